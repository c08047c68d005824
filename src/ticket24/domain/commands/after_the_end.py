"""What becomes of a customer's reply: it may come after the ticket was solved.

The portal and the way in of mails ask here, and put what they get, in its order. The
ids follow from the reply's, so what is asked twice is asked for once.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ticket24.domain.arrivals.gestures.thanks import asks, only_thanks
from ticket24.domain.commands.forms import SUBJECT_LENGTH
from ticket24.domain.commands.model import MoveTicket, OpenTicket, PostReply
from ticket24.domain.lines import shortened
from ticket24.domain.portal.pages import TicketPage
from ticket24.domain.settings.model import AccountSettings, Language
from ticket24.domain.tickets.model import Ticket, TicketRef, Voice
from ticket24.domain.tickets.ratings import solved_at
from ticket24.domain.words import folded

# A mail has no box to tick: where the company has said nothing, a reply by mail opens a
# solved ticket again for this many days.
BY_MAIL_DAYS = 7

# What was written once is recognised for ever: change a word, and keep the old one.
FOLLOW_UP: Mapping[Language, str] = {
    "en": "Follow-up: ",
    "de": "Folgeticket: ",
    "pt": "Continuação: ",
}


@dataclass(frozen=True, slots=True)
class Past:
    """What of a ticket decides; `solved_at` is None while it is open.

    `people` have spoken in it. `unasked`: staff asked nothing when they spoke last.
    """

    ref: TicketRef
    subject: str
    group_id: int
    tags: tuple[str, ...]
    solved_at: datetime | None
    people: tuple[str, ...] = ()
    unasked: bool = False


def past_of(ticket: Ticket) -> Past:
    """Return what of a picture decides."""
    return Past(
        ticket.ref,
        ticket.subject,
        ticket.group_id,
        ticket.tags,
        solved_at(ticket),
        people=(*{one.author: 1 for one in ticket.messages}, ticket.responsible),
        unasked=is_unasked(ticket),
    )


def past_of_page(page: TicketPage) -> Past:
    """Return the same of a page."""
    said = ((not one.by_customer, one.text) for one in reversed(page.messages))
    return Past(
        page.ref,
        page.subject,
        page.group_id,
        page.tags,
        page.solved_at,
        people=(*{one.author: 1 for one in page.messages}, page.responsible),
        unasked=not page.archived and _is_unasked(said),
    )


def is_unasked(ticket: Ticket) -> bool:
    """Whether staff asked their customer nothing when they spoke last."""
    public = (one for one in reversed(ticket.messages) if one.public)
    said = ((one.voice is Voice.STAFF, one.text) for one in public)
    return not ticket.archived and _is_unasked(said)


def _is_unasked(said: Iterable[tuple[bool, str]]) -> bool:
    """Whether nothing is asked in what staff said last; `said` has the newest first."""
    begun = False
    for by_staff, text in said:
        if begun and not by_staff:
            break
        if by_staff and asks(text):
            return False
        begun = begun or by_staff
    return True


def becomes(
    reply: PostReply,
    past: Past,
    settings: AccountSettings,
    *,
    by_mail: bool = False,
    files: bool = False,
) -> tuple[PostReply | OpenTicket, *tuple[MoveTicket, ...]]:
    """Return what a reply is: itself, itself and a reopening, or a ticket of its own.

    Whoever only says thanks, without `files`, wants nothing more. Where the company
    lets replies reopen its tickets, its automation does that as soon as it sees one,
    however it came.
    """
    days = settings.ends.reopen_within
    if past.solved_at is None or not (days or by_mail):
        return (reply,)
    if _thanks(reply, past, files=files):
        return (reply,)
    if is_over(past, settings, reply.at, by_mail=by_mail):
        return (_follow_up(reply, past, settings),)
    return (reply,) if days else (reply, _reopening(reply))


def is_over(
    past: Past, settings: AccountSettings, now: datetime, *, by_mail: bool = False
) -> bool:
    """Whether a ticket was solved too long ago for a reply to open it again."""
    days = settings.ends.reopen_within or (BY_MAIL_DAYS if by_mail else 0)
    if past.solved_at is None or not days:
        return False
    return now - past.solved_at > timedelta(days=days)


def _thanks(reply: PostReply, past: Past, *, files: bool) -> bool:
    names = reply.name, *past.people
    thanks = only_thanks(reply.text, names, unasked=past.unasked)
    return thanks and not (files or reply.uploads)


def _reopening(reply: PostReply) -> MoveTicket:
    return MoveTicket(
        _id("reopen", reply),
        reply.ref,
        reply.contact_id,
        reply.name,
        reply.at,
        "open",
    )


def _follow_up(reply: PostReply, past: Past, settings: AccountSettings) -> OpenTicket:
    """Return a ticket with the same department and the same of the offered tags."""
    tags = settings.tags
    offered = {*map(folded, (*tags.message_type, *tags.priority, *tags.sector))}
    return OpenTicket(
        _id("follow-up", reply),
        reply.account,
        reply.contact_id,
        reply.name,
        reply.at,
        past.group_id,
        _subject(past, settings.language),
        reply.text,
        tags=tuple(tag for tag in past.tags if folded(tag) in offered),
        uploads=reply.uploads,
        follows=past.ref.task_id,
    )


def _subject(past: Past, language: Language) -> str:
    subject = past.subject
    for known in FOLLOW_UP.values():
        subject = subject.removeprefix(known)
    return shortened(f"{FOLLOW_UP[language]}{subject}", SUBJECT_LENGTH)


def _id(what: str, reply: PostReply) -> str:
    return hashlib.sha256(f"{what} {reply.id}".encode()).hexdigest()[:32]
