"""A customer who asks for things: commands as the portal puts them, on a desk."""

import itertools
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from desk import until

from ticket24.domain.commands.model import MoveTicket, OpenTicket, PostReply, Progress
from ticket24.domain.tickets.model import TicketRef

_numbers = itertools.count(1)


class Customer:
    """Puts commands of one contact, and waits for their results."""

    def __init__(self, desk, account, contact_id):
        self.desk = desk
        self.account = account
        self.contact_id = contact_id
        self.name = desk.world.contacts[contact_id].full_name

    def opening(self, **fields):
        return OpenTicket(
            **{
                "account": self.account.id,
                "group_id": self.desk.groups[0],
                "subject": "The printer burns",
                "text": "It burns since noon.",
            }
            | self._common()
            | fields
        )

    def reply(self, task, text="Thank you, it works.", **fields):
        ref = TicketRef(self.account.id, task.id)
        return PostReply(**self._common() | {"ref": ref, "text": text} | fields)

    def move(self, task, to, **fields):
        ref = TicketRef(self.account.id, task.id)
        return MoveTicket(**self._common() | {"ref": ref, "to": to} | fields)

    async def file(self, name="notes.txt", content=b"Look here.", type_="text/plain"):
        async def chunks():
            yield content

        spool = self.desk.stores.spool
        upload = await spool.keep(
            *(self.account.id, self.contact_id, name, type_, chunks()),
            limit=25 * 2**20,
        )
        await spool.hold(self.account.id, [upload.id])
        return upload

    async def put(self, command):
        assert await self.desk.stores.commands.put(command)
        return command

    async def outcome(self, command):
        return await self.desk.stores.commands.outcome(
            self.account.id, [self.contact_id], command.id
        )

    async def finished(self, command, seconds=90.0):
        """Wait until a command is done or parked."""

        async def over():
            outcome = await self.outcome(command)
            return outcome if outcome.progress is not Progress.WAITING else None

        return await until(over, seconds)

    async def done(self, command, seconds=90.0):
        """Put a command and wait until it is done."""
        await self.put(command)
        outcome = await self.finished(command, seconds)
        assert Progress.DONE is outcome.progress
        return outcome

    def _common(self):
        return {
            "id": f"command-{next(_numbers)}",
            "contact_id": self.contact_id,
            "name": self.name,
            "at": datetime.now(UTC),
        }


def on_the_wall(account, at):
    """Return what a clock of the account's shows, in whose days deadlines count."""
    return at.astimezone(ZoneInfo(account.zone)).replace(tzinfo=None)


# The link that ends what we write; a test of it reads the whole.
_SIGNED = re.compile(r"\n\[URL=\S+/go/[0-9a-f]{16}\]Open in Ticket24\[/URL\]\Z")


def said(world, task):
    """Return what our user wrote in a task: texts by place, with their files.

    The link at their end is left out.
    """
    comments = [world.comments[number] for number in world.by_task.get(task.id, ())]
    messages = [world.messages[n] for n in world.by_chat.get(task.chat_id, ())]
    hung = {
        c.id: [world.attachments[a].object_id for a in c.attachments] for c in comments
    }
    rows = [(c.posted_at, c.text, hung[c.id]) for c in comments if c.author_id == 1]
    rows += [(m.posted_at, m.text, m.files) for m in messages if m.author_id == 1]
    return [
        (
            _SIGNED.sub("", text),
            [(world.files[n].name, world.files[n].content) for n in files],
        )
        for _, text, files in rows
        if text
    ]
