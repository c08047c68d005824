"""The differences between two pictures of a ticket, in the past tense."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ticket24.domain.messages.signatures import marks_in
from ticket24.domain.tickets.model import Message, Status, Ticket, Voice
from ticket24.domain.tickets.moves import stayed


@dataclass(frozen=True, slots=True)
class TicketAppeared:
    """We saw the ticket as a ticket for the first time."""


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A staff message became readable to the customer: written or released.

    `old` ones were there before us, or only other rules hid them.
    """

    message: Message
    old: bool = False


@dataclass(frozen=True, slots=True)
class CustomerSpoke:
    """A message of a customer, or of somebody in copy, was not there before."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageDoubted:
    """A message appeared that may be Bitrix24's own: a person must say."""

    message: Message


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The ticket moved; `old` is None if we never saw it before.

    `by_nobody`: Bitrix24 set it back because it has another responsible, or it is
    again what it was before that. `by_settings`: only what the company says of its
    stages is another. `renamed`: customers read other words for it; `was` is what they
    read before.
    """

    old: Status | None
    new: Status
    by_nobody: bool = False
    by_settings: bool = False
    renamed: bool = True
    was: str = ""


@dataclass(frozen=True, slots=True)
class CardMoved:
    """Its card moved, and customers read other words; the status is the same.

    `was` is what they read before.
    """

    was: str = ""


@dataclass(frozen=True, slots=True)
class FollowersAdded:
    """More people are in copy, of a ticket that was there before."""

    emails: tuple[str, ...]


Change = (
    TicketAppeared
    | MessageAdded
    | CustomerSpoke
    | MessageDoubted
    | StatusChanged
    | CardMoved
    | FollowersAdded
)


def status_of(ticket: Ticket) -> str:
    """Return what customers read of a status where the company has no own words."""
    return ticket.status.value


def diff(
    before: Ticket | None,
    after: Ticket,
    named: Callable[[Ticket], str] = status_of,
) -> Iterator[Change]:
    """Name what is different, whatever the events said and however often.

    A message counts as added until it is `told`, so one that was internal or
    doubtful is announced when it becomes public. `named` returns what customers read of
    a ticket's status.
    """
    if before is None:
        yield TicketAppeared()
    elif fresh := set(after.followers) - set(before.followers):
        yield FollowersAdded(tuple(one for one in after.followers if one in fresh))
    yield from _messages(before, after)
    if before is None:
        yield StatusChanged(None, after.status)
    elif before.status is not after.status:
        back = before.reset_from is after.status
        yield StatusChanged(
            before.status,
            after.status,
            bool(after.reset_from) or back,
            by_settings=stayed(before, after),
            renamed=named(before) != named(after),
            was=named(before),
        )
    elif (
        before.named_stage != after.named_stage
        and not stayed(before, after)
        and named(before) != named(after)
    ):
        yield CardMoved(named(before))


def _messages(before: Ticket | None, after: Ticket) -> Iterator[Change]:
    known = {m.key: m.voice for m in before.messages} if before else {}
    spoken: set[str] | None = None
    for message in after.messages:
        if message.empty:
            continue
        old = after.is_history(message.key)
        if message.voice is Voice.STAFF and not message.told:
            # A person who releases a held message wants customers to be told of it.
            held = known.get(message.key) is Voice.DOUBTFUL
            yield MessageAdded(message, old and not held)
        elif message.voice is Voice.DOUBTFUL and known.get(message.key) != "doubtful":
            yield MessageDoubted(message)
        elif before and not old and message.key not in known and _speaks(message):
            spoken = _marks_of(before) if spoken is None else spoken
            # What a customer said before may be forwarded, or come to another card.
            if not spoken & marks_in(message.text):
                yield CustomerSpoke(message)


def _speaks(message: Message) -> bool:
    return message.voice is Voice.CUSTOMER


def _marks_of(ticket: Ticket) -> set[str]:
    """Return the marks of everything that customers have said in a ticket."""
    return {
        mark for one in filter(_speaks, ticket.messages) for mark in marks_in(one.text)
    }
