"""What becomes of a ticket whose customer does not answer: a reminder, then its end.

Only while the customer has the ball. The days are working days of the company, of
Monday to Friday where it has told no hours, and none counts from before it decided so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import EndTicket
from ticket24.domain.news.addressing import address
from ticket24.domain.news.letters import Kind, Letter, Notice
from ticket24.domain.settings.times.zones import zone
from ticket24.domain.tickets.model import (
    Customer,
    Matter,
    Message,
    MessageKey,
    Ticket,
    Turn,
    Voice,
)
from ticket24.domain.tickets.turns import turn_of
from ticket24.domain.working.calendar import Calendar
from ticket24.domain.working.spans import DAY, Span

_WEEK = dict.fromkeys(range(5), (Span(0, DAY),))
# Nobody wants to hear of it at night; of a Sunday, Friday's end is the beginning.
_DAYTIME = dict.fromkeys(range(5), (Span(9 * 60, 17 * 60),))

# Whoever could not be reminded, for lack of an address, is tried again.
_AGAIN = timedelta(days=1)

# How the name of an answer ends where it is told once more.
REMINDER = "-reminder"


@dataclass(frozen=True, slots=True)
class Standstill:
    """What a ticket that waits asks for now, and when to look again, if at all.

    `asked` is the answer that nobody has replied to. `closes_at` is when the ticket
    will be closed after this reminder; None if it will not.
    """

    asked: Message
    remind: bool = False
    close: bool = False
    closes_at: datetime | None = None
    next_at: datetime | None = None


def standstill(ticket: Ticket, account: Account) -> Standstill | None:
    """Tell what a ticket's waiting asks for at its last look; None if it does not wait.

    It waits from when we first saw so: an answer that came late to us is as late for
    its customer. No wait counts from before we were there, or from before the company
    decided about the ends. A ticket is never closed sooner than its reminder says.
    What we are late for waits for the next working hours: nobody is mailed at night.
    """
    ends, now = account.settings.ends, ticket.looked_at
    asked = unanswered(ticket) if ends.waits else None
    if asked is None:
        return None
    days = working_days(account, ticket.group_id, _DAYTIME)
    seen = ticket.asked_at if ticket.asked == asked.key and ticket.asked_at else now
    since = max(seen, account.connected_at, account.ends_since or account.connected_at)
    if ends.remind_after and ticket.reminded != asked.key:
        at = _done_at(days.days_after(since, ends.remind_after), now, days)
        if at and at <= now:
            left = ends.close_after - ends.remind_after
            closes = days.days_after(now, left) if ends.close_after else None
            return Standstill(asked, remind=True, closes_at=closes, next_at=closes)
        return Standstill(asked, next_at=at)
    at = days.days_after(since, ends.close_after) if ends.close_after else None
    if at and ends.remind_after:
        at = max(at, ticket.open_until or at)
    at = _done_at(at, now, days)
    if at and at <= now:
        return Standstill(asked, close=True)
    return Standstill(asked, next_at=at)


def _done_at(due_at: datetime | None, now: datetime, days: Calendar) -> datetime | None:
    """Return when something is to be done that is due at an instant, if it is."""
    return days.waits_until(due_at, now) if due_at and due_at <= now else due_at


@dataclass(frozen=True, slots=True)
class Ending:
    """What a look at a ticket leads to: its next picture, letters, and its end.

    `next_at` is when to look again though nothing moves.
    """

    after: Ticket
    letters: tuple[Letter, ...] = ()
    ends: tuple[EndTicket, ...] = ()
    next_at: datetime | None = None


def ending(
    after: Ticket, account: Account, customers: Mapping[int, Customer]
) -> Ending:
    """Decide what becomes of a ticket that waits for its customers, if it does.

    Without anybody who could be reminded, no ticket is closed after a reminder. An end
    that was called off is asked for again on another day.
    """
    found = standstill(after, account)
    if found is None:
        return Ending(after)
    key = found.asked.key
    if after.asked != key:
        after = replace(after, asked=key, asked_at=after.looked_at)
    if found.close:
        id_ = f"end-{after.ref.task_id}-{key}-{after.looked_at:%Y%m%d}"
        end = EndTicket(id_, after.ref, after.looked_at, key)
        return Ending(replace(after, ended=key), ends=(end,))
    letters = (*_reminders(after, found, customers),) if found.remind else ()
    if not letters:
        again = after.looked_at + _AGAIN if found.remind else found.next_at
        return Ending(after, next_at=again)
    until = found.closes_at or after.looked_at + _AGAIN
    reminded = replace(after, reminded=key, open_until=until)
    return Ending(reminded, letters, next_at=found.next_at)


def unanswered(ticket: Ticket) -> Message | None:
    """Return staff's last message if it is the customer's turn to answer it."""
    if turn_of(ticket) is not Turn.YOURS:
        return None
    return last_word(ticket)


def last_word(ticket: Ticket) -> Message | None:
    """Return what staff said last if nobody has said anything since.

    What waits for a ruling may be the customer's answer; history waits for none.
    """
    for message in reversed(ticket.messages):
        if message.voice is Voice.DOUBTFUL and not message.empty:
            return None
        if message.public and message.matter is not Matter.CALL:
            theirs = message.voice is Voice.STAFF
            return message if theirs and not ticket.is_history(message.key) else None
    return None


def reminder_id(ticket: Ticket, asked: MessageKey) -> str:
    """Return how the ids of a ticket's reminders of a message begin."""
    return f"{ticket.ref.task_id}-{Kind.REPLIED}-{asked}{REMINDER}-"


def _reminders(
    ticket: Ticket, found: Standstill, customers: Mapping[int, Customer]
) -> Iterator[Letter]:
    """Write a reminder for each customer of a ticket who has an address.

    People in copy are not asked: who answers is the customers' affair.
    """
    notice = Notice(Kind.REPLIED, f"{found.asked.key}{REMINDER}", (found.asked,))
    for one in address(notice, ticket, customers, decided_at=ticket.looked_at):
        if isinstance(one, Letter) and not one.in_copy:
            yield replace(one, reminder=True, closes_at=found.closes_at)


def working_days(
    account: Account, group_id: int, week: Mapping[int, tuple[Span, ...]] = _WEEK
) -> Calendar:
    """Return when a department works: Monday to Friday where nobody has told hours.

    Of these days all hours count, unless another `week` is given.
    """
    if hours := account.calendar(group_id):
        return hours
    days_off = account.holidays_in(account.settings.working_hours.holidays).dates
    return Calendar(zone(account.zone), week, days_off)
