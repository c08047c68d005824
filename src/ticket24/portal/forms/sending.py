"""What both forms do with a command: check it, store it, and wait a moment."""

import asyncio
import time
from collections.abc import (
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, replace

from aiohttp import hdrs, web

from ticket24.domain.commands.forms import Fault, Wrong
from ticket24.domain.commands.model import (
    OpenTicket,
    PostReply,
    Progress,
    Upload,
    Waiting,
    Wordless,
)
from ticket24.domain.commands.repeats import said_before
from ticket24.domain.customers import budgets
from ticket24.domain.customers.budgets import Charge, Over
from ticket24.portal.asker import Asker
from ticket24.portal.forms import drafts
from ticket24.portal.forms.form import Form, say_all
from ticket24.portal.forms.uploading import SentForm

# No customer sends more than this, and Bitrix24 would take minutes for it.
MOST_WAITING = 30

# The button that sends the same thing a second time.
AGAIN = "again"

_BUSY_SECONDS = 120
_PAUSE_SECONDS = 0.1

# The fields in which a customer can get back under a budget.
_FIELDS = {Wrong.COPIES: "cc", Wrong.STRANGERS: "cc"}


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a form: it is on its way if there are no faults.

    `kept` says that the form is kept as a draft, so that following a link cannot lose
    it.
    """

    faults: Sequence[Fault] = ()
    uploads: Sequence[Upload] = ()
    kept: bool = True

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows the faults."""
        if self.asked:
            return 409
        return 429 if self._seconds else 422

    @property
    def asked(self) -> bool:
        """Whether nothing is wrong, but the customer may not mean to send it again."""
        return any(fault.what is Wrong.AGAIN for fault in self.faults)

    @property
    def _seconds(self) -> int:
        """After how many seconds the same form is accepted; 0 if it never will be."""
        return max((fault.seconds for fault in self.faults), default=0)

    def tell(self, response: web.Response) -> web.Response:
        """Tell scripts when to try again, if that helps."""
        if self._seconds:
            response.headers[hdrs.RETRY_AFTER] = str(self._seconds)
        return response

    def form(self, asker: Asker, name: str, posted: SentForm) -> Form:
        """Return the form with everything that was typed and uploaded."""
        told = say_all(self.faults, asker.language, asker.settings)
        return Form(
            name,
            asker.settings,
            posted.fields["form_id"],
            posted.fields,
            self.uploads,
            told,
            asked=self.asked,
            loose=not self.kept,
        )


async def send(
    asker: Asker,
    command: OpenTicket | PostReply,
    posted: SentForm,
    faults: list[Fault],
    draft: str,
    *,
    alone: bool = True,
) -> Sent:
    """Store the command with its files, once; else keep all of it as a draft.

    Without the name of a draft nothing is kept: then somebody of the staff sends the
    form, and the draft is the customer's own. Unless the form is `alone`, somebody may
    be typing into the next one of its name.
    """
    said = None if alone else command.text
    # The order matters: the other half of a double click is either known by then, or
    # not among those waiting.
    waiting = await asker.waiting()
    if not faults and await asker.outcome(command.id):
        await asker.forget_uploads(posted.uploads)
        await _sent(asker, draft, said, posted.fields)
        return Sent()
    earlier = await _free(asker, posted.kept, waiting, command.id)
    uploads = (*earlier, *posted.uploads)
    faults = [*faults, *posted.faults]
    gone = len(earlier) < len(posted.kept)
    faults += _wrong_files(uploads, asker.settings.upload_files, gone=gone)
    again = bool(posted.fields.get(AGAIN))
    faults = faults or _doubts(command, uploads, waiting, again=again)
    if not faults:
        faults = await _admit(asker, command, uploads, by_staff=not draft)
    if faults:
        # The same form may have been taken meanwhile, and have used up its files.
        if await asker.outcome(command.id):
            await _sent(asker, draft, said, posted.fields)
            return Sent()
        uploads = (*await asker.uploads(upload.id for upload in uploads),)
        sent = Sent(faults, uploads)
        if sent.asked:
            await _sent(asker, draft, said, posted.fields)
        elif draft and alone:
            kept = await drafts.keep(asker, draft, posted.fields, uploads)
            sent = replace(sent, kept=kept)
        return sent
    if not await asker.put(replace(command, uploads=uploads)):
        await asker.forget_uploads(posted.uploads)
    elif uploads:
        # The other half of a double click may have released them until now.
        await asker.hold_uploads([upload.id for upload in uploads])
    await _sent(asker, draft, said, posted.fields)
    return Sent()


async def _sent(
    asker: Asker, draft: str, said: str | None, fields: Mapping[str, str]
) -> None:
    """Forget the draft of a form that was sent, unless it holds more than `said`."""
    if not draft:
        return
    kept = await asker.draft(draft) if said is not None else None
    if kept is None or _bare(kept.fields.get("text", "")) in _bare(said or ""):
        await drafts.forget(asker, draft, fields)


def _bare(text: str) -> str:
    return "".join(text.split())


def _doubts(
    command: OpenTicket | PostReply,
    uploads: Sequence[Upload],
    waiting: Sequence[Waiting],
    *,
    again: bool,
) -> list[Fault]:
    """Say what speaks against a form whose fields are all right."""
    if isinstance(command, PostReply) and not (command.text or uploads):
        return [Fault("text", Wrong.NO_REPLY)]
    if _flooded(waiting):
        return [Fault("", Wrong.BUSY, seconds=_BUSY_SECONDS)]
    if not again and said_before(command, uploads, waiting):
        return [Fault("", Wrong.AGAIN)]
    return []


async def _admit(
    asker: Asker,
    command: OpenTicket | PostReply,
    uploads: Iterable[Upload],
    *,
    by_staff: bool,
) -> list[Fault]:
    """Hold the files and count the command, or do neither if something is wrong."""
    ids = [upload.id for upload in uploads]
    if not await asker.hold_uploads(ids):
        return [Fault("files", Wrong.GONE)]
    faults = await _spend(asker, command, by_staff=by_staff)
    if faults and not await asker.outcome(command.id):
        await asker.release_uploads(ids)
        if await asker.outcome(command.id):  # The other half of a double click's.
            await asker.hold_uploads(ids)
    return faults


async def _spend(
    asker: Asker, command: OpenTicket | PostReply, *, by_staff: bool
) -> list[Fault]:
    """Count the command; return a fault for every limit that it exceeds."""
    spent = budgets.charges(command, asker.login.owner, by_staff=by_staff)
    copies = command.cc if isinstance(command, OpenTicket) else ()
    over = await asker.spend(spent, copies)
    return over_faults(over, lambda charge: _wrong(command, charge))


def over_faults(
    over: Iterable[Over], wrong_of: Callable[[Charge], Wrong]
) -> list[Fault]:
    """Return a fault for every kind of limit that is exceeded."""
    found: dict[Wrong, Fault] = {}
    for one in over:
        wrong = wrong_of(one.charge)
        known = found.get(wrong, Fault("", wrong, "0"))
        found[wrong] = Fault(
            _FIELDS.get(wrong, ""),
            wrong,
            str(max(int(known.detail), one.surplus)),
            max(known.seconds, one.seconds),
        )
    return list(found.values())


async def spend_or_refuse(asker: Asker, wanted: Iterable[budgets.Budget]) -> None:
    """Count one act of a customer; raise 429 if there were too many.

    Nothing is counted while staff look as the customer: looking changes nothing.
    """
    if asker.login.read_only:
        return
    owner = str(asker.login.owner)
    over = await asker.spend(Charge(budget, owner) for budget in wanted)
    if over:
        seconds = max(one.seconds for one in over)
        raise web.HTTPTooManyRequests(headers={hdrs.RETRY_AFTER: str(seconds)})


def _wrong(command: OpenTicket | PostReply, charge: Charge) -> Wrong:
    if isinstance(command, PostReply):
        return Wrong.REPLIES
    of_copies = charge.cost is None or charge.budget in budgets.COPIES
    return too_many_copies(charge) if of_copies else Wrong.TICKETS


def too_many_copies(charge: Charge) -> Wrong:
    """Say which limit of addresses in copy it is."""
    return Wrong.STRANGERS if charge.cost is None else Wrong.COPIES


async def wait(
    asker: Asker,
    command_id: str,
    seconds: float,
    arrived: Callable[[Waiting], Awaitable[bool]] | None = None,
) -> Waiting | None:
    """Wait, but not for long, until a command has ended and its effect can be seen.

    The effect has `arrived` once the ticket's page shows it.
    """
    end = time.monotonic() + seconds
    while True:
        waiting = await asker.outcome(command_id)
        if waiting is None or waiting.progress is Progress.PARKED:
            return waiting
        if waiting.progress is Progress.DONE and await (
            arrived(waiting) if arrived else shown(asker, waiting)
        ):
            return waiting
        if time.monotonic() > end:
            return waiting
        await asyncio.sleep(_PAUSE_SECONDS)


async def shown(asker: Asker, waiting: Waiting) -> bool:
    """Tell whether the ticket's page shows what was sent."""
    found = await asker.ticket(waiting.task_id)
    if found is None:
        return False
    return waiting.key is None or waiting.key in {m.key for m in found.page.messages}


async def _free(
    asker: Asker, kept: Sequence[str], waiting: Iterable[Waiting], command_id: str
) -> list[Upload]:
    """Return the files sent earlier, without those that another command will use up."""
    taken = {
        upload.id
        for one in waiting
        if not isinstance(one.command, Wordless) and one.command.id != command_id
        for upload in one.command.uploads
    }
    earlier = await asker.uploads(kept)
    return [upload for upload in earlier if upload.id not in taken]


def _wrong_files(
    uploads: Sequence[Upload], most: int, *, gone: bool
) -> Iterator[Fault]:
    if gone:
        yield Fault("files", Wrong.GONE)
    if len(uploads) > most:
        yield Fault("files", Wrong.MANY, uploads[most].name)


def _flooded(waiting: Iterable[Waiting]) -> bool:
    return sum(one.progress is Progress.WAITING for one in waiting) >= MOST_WAITING
