"""Who hears what, and why not when silent."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ticket24.domain.customers.followers import LastWord
from ticket24.domain.looks.ages import Age
from ticket24.domain.messages.signatures import marks_in
from ticket24.domain.messages.voices import split_customer_line
from ticket24.domain.news.heard import Heard
from ticket24.domain.news.letters import Kind, Letter, Notice
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.changes import (
    CardMoved,
    Change,
    CustomerSpoke,
    FollowersAdded,
    MessageAdded,
    MessageDoubted,
    StatusChanged,
    TicketAppeared,
    status_of,
)
from ticket24.domain.tickets.descriptions import parse_bbcode, without
from ticket24.domain.tickets.model import (
    Message,
    MessageKey,
    Source,
    Status,
    Ticket,
    Turn,
    Voice,
)
from ticket24.domain.tickets.ratings import solved_at
from ticket24.domain.tickets.turns import turn_of

# How much is kept of the words that a mail repeats shortly, BBCode included.
_MOST_BEFORE = 2_000
_OPENING = MessageKey(Source.FORUM, 0)


@dataclass(frozen=True, slots=True)
class Skipped:
    """The decision not to tell, with its reason for the log."""

    reason: str
    about: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """Which mails a company wants, and the age of what was seen.

    `named` returns what customers read of a ticket's status. With `followers`, people
    in copy follow tickets; what was `said` about them is by folded address, and
    `barred` are those of people who want no mail. `heard` says by the marks of
    customers' messages who has them already. The ticket is `watched` if managers of its
    customers may want to hear of it.
    """

    age: Age = field(default_factory=Age)
    kinds: Collection[Kind] = frozenset(Kind)
    named: Callable[[Ticket], str] = status_of
    followers: bool = False
    said: Mapping[str, LastWord] = field(default_factory=dict)
    barred: frozenset[str] = frozenset()
    heard: Mapping[str, Heard] = field(default_factory=dict)
    watched: bool = False


def wanted(settings: AccountSettings) -> frozenset[Kind]:
    """Return the kinds of mail that a company sends."""
    switches = {
        Kind.CREATED: settings.created_mails,
        Kind.REPLIED: settings.reply_mails,
        Kind.SAID: settings.reply_mails and settings.followers,
        Kind.STATUS: settings.status_mails,
        Kind.COMPLETED: settings.completed_mails,
        Kind.NOTICE: True,  # Each rule is its own switch.
    }
    return frozenset(kind for kind, on in switches.items() if on)


def decide(
    ticket: Ticket, changes: Iterable[Change], wishes: Wishes
) -> Iterator[Notice | Skipped]:
    """Choose what the ticket's customers hear.

    All new messages of one look make one notice.
    """
    for one in _news(ticket, changes, wishes):
        if isinstance(one, Skipped) or one.kind in wishes.kinds:
            yield one
        else:
            yield Skipped(f"{one.kind}-not-wanted", one.about)


def _news(
    ticket: Ticket, changes: Iterable[Change], wishes: Wishes
) -> Iterator[Notice | Skipped]:
    news: list[Message] = []
    moves: list[Notice | Skipped] = []
    for change in changes:
        match change:
            case TicketAppeared():
                yield _appeared(wishes.age)
            case MessageAdded(message, old=True):
                yield Skipped(wishes.age.reason, str(message.key))
            case MessageAdded(message):
                news.append(message)
            case CustomerSpoke(message):
                yield _said(message, wishes)
            case MessageDoubted(message):
                yield Skipped("doubtful", str(message.key))
            case StatusChanged() | CardMoved():
                moves.append(_moved(ticket, change, wishes.age))
            case FollowersAdded(emails):
                yield Notice(Kind.CREATED, "ticket", to=emails)
    if news:
        yield Notice(Kind.REPLIED, str(news[-1].key), tuple(news))
    # Who reads that a ticket is solved has read the answer.
    yield from moves


def reread(letter: Letter, now: Ticket | None) -> Letter | None:
    """Return a letter as it is true at the moment of sending; None if nothing is left.

    Messages that were deleted or made internal meanwhile are left out, and edited ones
    have their new words. The letter of a ticket that went away stays as it was.
    """
    if now is None or letter.kind not in {Kind.REPLIED, Kind.SAID, Kind.COMPLETED}:
        return letter
    public = {message.key: message for message in now.messages if message.public}
    if now.archived:  # Then only the letter has the words.
        own = (letter.before, *letter.messages)
        public = {one.key: one for one in own if one and one.key in public}
    if letter.before and letter.before.key != _OPENING:
        before = public.get(letter.before.key)
        letter = replace(letter, before=_bounded(before) if before else None)
    if letter.kind is Kind.COMPLETED:
        return letter
    if letter.reminder and now.messages and _answered(letter, now):
        return None
    messages = tuple(public[m.key] for m in letter.messages if m.key in public)
    return replace(letter, messages=messages) if messages else None


def letter_of(notice: Notice, ticket: Ticket, decided_at: datetime) -> Letter:
    """Write the part that is the same for every recipient."""
    letter = Letter(
        id="",
        ref=ticket.ref,
        kind=notice.kind,
        about=notice.about,
        recipient="",
        recipient_name="",
        subject=ticket.subject,
        status=ticket.status,
        responsible=ticket.responsible,
        decided_at=decided_at,
        messages=notice.messages,
        bound=ticket.contact_ids,
        turn=turn_of(ticket),
        before=_before(notice, ticket),
        group_id=ticket.group_id,
        named_stage=ticket.named_stage,
        unanswered=notice.kind is Kind.COMPLETED and _ended(ticket),
        followers=ticket.followers,
        was=notice.was,
        solved_at=solved_at(ticket) if notice.kind is Kind.COMPLETED else None,
    )
    if notice.kind is not Kind.CREATED:
        return letter
    opened = parse_bbcode(ticket.description)
    return replace(
        letter,
        text=without(opened.text, ticket.values),
        files=ticket.files,
        values=ticket.values,
        opened_by=opened.name or ticket.opened_by,
        by_guest=ticket.by_guest,
        continues=opened.follows,
    )


def _ended(ticket: Ticket) -> bool:
    """Whether we closed a ticket because nobody answered, and nobody has since."""
    spoken = [m.key for m in ticket.messages if m.public]
    return ticket.ended is not None and spoken[-1:] == [ticket.ended]


def _answered(letter: Letter, now: Ticket) -> bool:
    """Whether what a letter repeats has its answer, or waits for none any more."""
    asked = {message.key for message in letter.messages}
    spoken = [m.key for m in now.messages if m.public]
    return turn_of(now) is not Turn.YOURS or not asked.intersection(spoken[-1:])


def _before(notice: Notice, ticket: Ticket) -> Message | None:
    """Return the customer's last word before an answer, or staff's before the end.

    History is not mailed.
    """
    public = [
        message
        for message in ticket.messages
        if message.public and not ticket.is_history(message.key)
    ]
    if notice.kind is Kind.COMPLETED:
        answers = (one for one in reversed(public) if one.voice is Voice.STAFF)
        return next(map(_bounded, answers), None)
    if notice.kind is not Kind.REPLIED or not notice.messages:
        return None
    first = notice.messages[0].key
    keys = [message.key for message in public]
    earlier = public[: keys.index(first)] if first in keys else []
    asked = (one for one in reversed(earlier) if one.voice is Voice.CUSTOMER)
    return next(map(_bounded, asked), None) or _opening(ticket)


def _opening(ticket: Ticket) -> Message | None:
    """Return what a customer opened the ticket with, as the first message."""
    opened = parse_bbcode(ticket.description)
    author = opened.name or ticket.opened_by
    since = ticket.connected_at
    text = without(opened.text, ticket.values)
    if not author or not text.strip() or (since and ticket.created_at <= since):
        return None
    return _bounded(Message(_OPENING, Voice.CUSTOMER, author, text, ticket.created_at))


def _bounded(message: Message) -> Message:
    """Return a message of which the outbox keeps no more than a mail shows of it."""
    if message.voice is not Voice.CUSTOMER:
        return message
    split = split_customer_line(message.text)
    text = split[1] if split else message.text
    return replace(message, text=text[:_MOST_BEFORE], original="", files=())


def _moved(
    ticket: Ticket, change: StatusChanged | CardMoved, age: Age
) -> Notice | Skipped:
    if isinstance(change, CardMoved):
        return _card(ticket, change, age)
    return _status(ticket, change, age)


def _status(ticket: Ticket, change: StatusChanged, age: Age) -> Notice | Skipped:
    moved_at = ticket.closed_at or ticket.changed_at
    about = f"{change.new}-{int(moved_at.timestamp())}"
    completed = change.new is Status.COMPLETED
    over = age.is_over(moved_at if completed else ticket.changed_at)
    if change.old is None and (over or not completed):
        return Skipped("first-look", about)
    if over:
        return Skipped("older-than-connection", about)  # It was uninstalled meanwhile.
    if change.by_settings:
        return Skipped("other-settings", about)
    if change.by_nobody:
        return Skipped("other-responsible", about)
    if not (change.renamed or completed):
        return Skipped("same-words", about)
    kind = Kind.COMPLETED if completed else Kind.STATUS
    return Notice(kind, about, was=change.was)


def _card(ticket: Ticket, change: CardMoved, age: Age) -> Notice | Skipped:
    """Tell of other words for an open ticket; of a solved one the end was told."""
    about = f"stage-{ticket.named_stage}-{int(ticket.changed_at.timestamp())}"
    if age.is_over(ticket.changed_at):
        return Skipped("older-than-connection", about)
    if ticket.status is Status.COMPLETED:
        return Skipped("solved-before", about)
    return Notice(Kind.STATUS, about, by_card=True, was=change.was)


def _said(message: Message, wishes: Wishes) -> Notice | Skipped:
    """Tell the others of what somebody wrote, if it is known who that is."""
    marks = marks_in(message.text)
    heard = next((wishes.heard[one] for one in marks if one in wishes.heard), None)
    if heard is None:
        return Skipped("writer-unknown", str(message.key))
    return Notice(Kind.SAID, str(message.key), (message,), heard=heard)


def _appeared(age: Age) -> Notice | Skipped:
    if age.whole:
        return Skipped("older-than-connection", "ticket")
    return Notice(Kind.CREATED, "ticket")
