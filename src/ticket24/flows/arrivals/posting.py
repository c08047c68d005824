"""A mail becomes what a customer asks for: a reply in a ticket, or a new ticket.

It goes the way of the portal's forms: a command with its files in the spool. The id of
the command is made of the mail, so a mail that is judged twice asks once.
"""

import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.arrivals.fates import Begin, Post
from ticket24.domain.arrivals.gestures.reactions import as_reaction
from ticket24.domain.arrivals.model import Arrival, Attachment
from ticket24.domain.arrivals.spoken import Spoken
from ticket24.domain.arrivals.subjects import with_subject
from ticket24.domain.commands.after_the_end import becomes, past_of
from ticket24.domain.commands.files import file_name, is_program
from ticket24.domain.commands.forms import SUBJECT_LENGTH, read_text
from ticket24.domain.commands.model import (
    MoveTicket,
    OpenTicket,
    PostReply,
    Upload,
    mark_of,
)
from ticket24.domain.customers import budgets
from ticket24.domain.lines import shortened
from ticket24.domain.news.heard import address_digest
from ticket24.domain.settings.model import Language
from ticket24.domain.tickets.model import Ticket
from ticket24.flows.arrivals.proposing import people_met
from ticket24.flows.arrivals.trouble_words import trouble_words
from ticket24.i18n import noop, translations
from ticket24.settings import Settings
from ticket24.store.commands.spool import CHUNK_BYTES, SpoolFull, TooLarge
from ticket24.store.stores import Stores

log = structlog.get_logger()

# Longer texts come as a file, too.
_MOST_LETTERS = 60_000
_MOST_MET = 50

_NOT_KEPT = noop("Not attached: %(name)s (%(reason)s)")
_REASONS = {
    "large": noop("larger than %(megabytes)d MB"),
    "many": noop("more than %(files)d files"),
    "program": noop("programs aren’t accepted"),
    "empty": noop("empty file"),
}


class TooMany(Exception):
    """The sender sends more than people do; it gets better in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class _Files:
    kept: tuple[Upload, ...]
    refused: tuple[tuple[str, str], ...]


async def post(
    judged: Post | Begin,
    arrival: Arrival,
    spoken: Spoken,
    at: datetime,
    stores: Stores,
    settings: Settings,
    *,
    released: bool = False,
) -> None:
    """Put the command on its way, once.

    What the mail quoted is kept beside it. One that staff have `released` costs its
    sender nothing. Raises TooMany, or SpoolFull if there is no room for the files at
    the moment; nothing was done then.
    """
    account = judged.ref.account if isinstance(judged, Post) else judged.account
    record = await stores.accounts.get(account)
    language: Language = record.settings.language if record else "en"
    ticket = await stores.tickets.get(judged.ref) if isinstance(judged, Post) else None
    title = ticket.subject if ticket else arrival.subject
    text = with_subject(spoken.text, arrival.subject, title)
    if arrival.reaction:
        text = as_reaction(arrival.reaction, language)
    command = _command(judged, arrival, text, at)
    if isinstance(command, OpenTicket):
        met = people_met(arrival, stores, settings)
        command = replace(command, proposed=met)
    owner = command.contact_id
    command, *more = _becomes(command, arrival, record, ticket)
    if await stores.commands.outcome(account, [owner], command.id):
        return
    files = await _keep(account, owner, arrival.attachments, stores, settings)
    ids = [upload.id for upload in files.kept]
    try:
        await _spend(command, owner, "" if released else arrival.senders[0], stores)
        await _hold(account, ids, stores)
        notes = "\n".join(_notes(files.refused, language, settings))
        unread = trouble_words(arrival.troubles, language)
        said = "\n\n".join(filter(None, [command.text, unread, notes]))
        command = replace(command, text=said, uploads=files.kept)
        if spoken.cut and isinstance(command, PostReply):
            await stores.quoted.keep(command.ref, mark_of(command), spoken.cut)
        if isinstance(judged, Begin):
            await stores.begun.expect(account, command.id)
        # The reply comes last: once it is known, nothing is asked for again.
        for one in more:
            await stores.commands.put(one)
        if not await stores.commands.put(command):
            await stores.spool.remove(account, owner, ids)
    except (TooMany, SpoolFull):
        await stores.spool.remove(account, owner, ids)
        raise


def _becomes(
    command: PostReply | OpenTicket,
    arrival: Arrival,
    account: Account | None,
    ticket: Ticket | None,
) -> tuple[PostReply | OpenTicket, *tuple[MoveTicket, ...]]:
    """Return what a mail asks for: after the end of its ticket it may be more."""
    if not isinstance(command, PostReply) or account is None or ticket is None:
        return (command,)
    files = bool(arrival.attachments)
    return becomes(
        command, past_of(ticket), account.settings, by_mail=True, files=files
    )


def _command(
    judged: Post | Begin, arrival: Arrival, text: str, at: datetime
) -> PostReply | OpenTicket:
    text = read_text(text, [])[:_MOST_LETTERS]
    if isinstance(judged, Post):
        return PostReply(
            id=_id("reply", str(judged.ref), arrival.message_id or arrival.id),
            ref=judged.ref,
            contact_id=judged.contact_id,
            name=judged.name,
            at=at,
            text=text,
            heard=_heard(arrival),
        )
    subject = shortened(arrival.subject, SUBJECT_LENGTH) or shortened(text, 80)
    return OpenTicket(
        id=opening_id(judged.account, arrival.message_id or arrival.id),
        account=judged.account,
        contact_id=judged.contact_id,
        name=judged.name,
        at=at,
        group_id=judged.group_id,
        subject=subject or "…",
        text=text or subject or "…",
    )


def _heard(arrival: Arrival) -> tuple[str, ...]:
    """Return who has the mail, by digests of addresses."""
    met = [*arrival.senders, *arrival.to, *arrival.cc][:_MOST_MET]
    return tuple(dict.fromkeys(map(address_digest, met)))


def opening_id(account: str, name: str) -> str:
    """Name the command with which a mail of this name opens a ticket."""
    return _id("open", account, name)


def _id(sort: str, about: str, name: str) -> str:
    words = f"mail {sort} {about} {name}"
    return hashlib.sha256(words.encode(errors="backslashreplace")).hexdigest()[:32]


async def _keep(
    account: str,
    owner: int,
    attachments: Sequence[Attachment],
    stores: Stores,
    settings: Settings,
) -> _Files:
    """Put files into the spool; name those that no form would accept, and why."""
    kept: list[Upload] = []
    refused: list[tuple[str, str]] = []
    for one in attachments:
        if one.folded and one.inline:
            continue
        name = file_name(one.name)
        reason = _reason(name, one.content, len(kept), settings)
        if reason:
            refused.append((name, reason))
            continue
        try:
            upload = await stores.spool.keep(
                *(account, owner, name, one.type[:100], _chunks(one.content)),
                limit=settings.file_bytes,
            )
        except TooLarge:
            refused.append((name, "large"))
        except SpoolFull:
            ids = [upload.id for upload in kept]
            await stores.spool.remove(account, owner, ids)
            raise
        else:
            kept.append(upload)
    return _Files(tuple(kept), tuple(refused))


def _reason(name: str, content: bytes, count: int, settings: Settings) -> str:
    if not content:
        return "empty"
    if is_program(name, content[:64]):
        return "program"
    if len(content) > settings.file_bytes:
        return "large"
    return "many" if count >= settings.upload_files else ""


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


def _notes(
    refused: Sequence[tuple[str, str]], language: Language, settings: Settings
) -> Iterator[str]:
    """Name each file that is not there, with its reason, to all who read the ticket."""
    say = translations(language).gettext
    limits = {"megabytes": settings.upload_megabytes, "files": settings.upload_files}
    for name, reason in refused:
        yield say(_NOT_KEPT) % {"name": name, "reason": say(_REASONS[reason]) % limits}


async def _hold(account: str, ids: Sequence[str], stores: Stores) -> None:
    if not await stores.spool.hold(account, ids):
        raise SpoolFull


async def _spend(
    command: PostReply | OpenTicket, owner: int, sender: str, stores: Stores
) -> None:
    spent = [*budgets.charges(command, owner, by_staff=False)]
    spent += budgets.mails(sender) if sender else ()
    over = await stores.budgets.spend(command.account, spent, [])
    if over:
        raise TooMany(max(one.seconds for one in over))
