"""A Bitrix24 account that answers batches, and looks at its tickets."""

import time
from datetime import UTC, datetime, timedelta

from examples import message, ticket
from fakes import FakeCaller

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.tickets.source import BitrixSource
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.tickets.model import TicketRef

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNT = Account(
    "acme", "acme", 1, NOON, settings=AccountSettings(departments=(Department(7),))
)
LIST, GET = "tasks.task.list", "tasks.task.get"
SEARCH, OLD_SEARCH = "im.dialog.messages.search", "im.dialog.messages.get"
FORUM, CONTACTS = "task.commentitem.getlist", "crm.contact.list"
UPDATE, FILE = "tasks.task.update", "disk.attachedObject.get"


class Bitrix24:
    """A Bitrix24 that answers from dicts: tasks, comments, chats, contacts.

    `overrides` answers a method instead: a value, or a function of the command.
    """

    def __init__(self, *task_rows, comments=(), chats=(), contacts=(), **overrides):
        self.tasks = {int(row["id"]): row for row in task_rows}
        self.comments, self.chats = dict(comments), dict(chats)
        self.contacts = {number: contact(number) for number in contacts}
        self.overrides = overrides

    def __call__(self, command: Call):
        name = command.method.replace(".", "_")
        if name in self.overrides:
            override = self.overrides[name]
            return override(command) if callable(override) else override
        return getattr(self, name)(command.params)

    def tasks_task_list(self, params):
        wanted = params["filter"]["ID"]
        return {"tasks": [self.tasks[one] for one in wanted if one in self.tasks]}

    def tasks_task_get(self, params):
        row = self.tasks.get(params["taskId"])
        return {"task": row} if row else []

    def tasks_task_update(self, params):
        return {"task": {"id": str(params["taskId"])}}

    def task_commentitem_getlist(self, params):
        return [comment(n) for n in self.comments.get(params["TASKID"], ())]

    def im_dialog_messages_search(self, params):
        return self.page(params["CHAT_ID"], params["LAST_ID"], params["LIMIT"])

    def im_dialog_messages_get(self, params):
        """Answer like the real one: what follows an id has gaps, what precedes none."""
        chat = list(self.chats.get(int(params["DIALOG_ID"].removeprefix("chat")), ()))
        limit = min(params["LIMIT"], 50)
        if "LAST_ID" in params:
            ids = [n for n in chat if n < params["LAST_ID"]][-limit:][::-1]
        elif "FIRST_ID" in params:
            newer = [n for n in chat if n > params["FIRST_ID"]]
            ids = [*newer[:limit], *newer[limit:][-2:]][::-1]
        else:
            ids = chat[:limit]  # All of it is unread.
        return {"messages": list(map(chat_message, ids)), "users": [], "files": []}

    def page(self, chat_id, after, limit):
        numbers = [n for n in self.chats.get(chat_id, ()) if n > after][:limit]
        return {"messages": list(map(chat_message, numbers)), "users": [], "files": []}

    def disk_attachedObject_get(self, params):  # noqa: N802  Bitrix24's name.
        number = int(params["id"])
        return {"ID": str(number), "NAME": f"{number}.jpg", "SIZE": str(number)}

    def crm_contact_list(self, params):
        wanted = params["filter"]["@ID"]
        return [self.contacts[one] for one in wanted if one in self.contacts]


def row(number, **fields):
    return {
        "id": str(number),
        "groupId": "7",
        "ufCrmTask": ["C_43"],
        "chatId": None,
        "forumTopicId": None,
        "auditors": ["13"],
        "responsibleId": "3",
        "createdDate": "2026-11-20T09:00:00+02:00",
    } | fields


def comment(number):
    return {
        "ID": str(number),
        "AUTHOR_ID": "3",
        "POST_MESSAGE": f"Comment {number}",
        "POST_DATE": "2026-11-21T14:00:00+02:00",
    }


def chat_message(number):
    return {
        "id": number,
        "author_id": 3,
        "text": f"Message {number}",
        "date": "2026-11-21T14:00:00+02:00",
        "params": [],
    }


def contact(number):
    return {"ID": str(number), "NAME": "Anna", "EMAIL": [{"VALUE": "a@example.com"}]}


def known(number, *numbers, chat_id=0):
    """A picture from an earlier look, with chat messages too old to be edited."""
    long_ago = NOON - timedelta(days=9)
    messages = tuple(message(n, at=long_ago) for n in numbers)
    return ticket(ref=TicketRef("acme", number), chat_id=chat_id, messages=messages)


class Looking:
    """A source before a Bitrix24; `look` forgets what was asked before."""

    def __init__(self, bitrix24):
        self.caller = FakeCaller(bitrix24, NOON)
        self.later = 0.0
        self.source = BitrixSource(
            self.caller, clock=lambda: time.monotonic() + self.later
        )

    async def look(self, wanted, contact_ids=(), known_contacts=(43,)):
        async def strangers(ids):
            return set(ids) - set(known_contacts)

        self.caller.asked, self.caller.requests = [], 0
        return await self.source.look(
            ACCOUNT,
            wanted,
            contact_ids=contact_ids,
            strangers=strangers,
        )

    @property
    def methods(self):
        return self.caller.methods()


async def look_at(bitrix24, wanted, **options):
    """Return what was seen, and the methods that were asked."""
    looking = Looking(bitrix24)
    seen = await looking.look(wanted, **options)
    return seen, looking.methods


def numbers(written):
    return [one.key.id for one in written]
