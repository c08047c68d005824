"""When nobody has said anything for some working hours, as rules may wait for that.

Silence counts by a clock that all looks share, from what was last said, or from when
the rule was switched on. A customer waits from the first message that staff have not
answered, or from the ticket's beginning. Each is noticed once: the picture keeps its
name until somebody speaks.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.ends import working_days
from ticket24.domain.automation.occasions import Occasion
from ticket24.domain.automation.promises import instant_of
from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.settings.house_rules.model import SILENCES, HouseRule, When
from ticket24.domain.tickets.model import Matter, Message, Status, Ticket, Voice
from ticket24.domain.tickets.moves import status_at
from ticket24.domain.working.calendar import Calendar

_ENDED = frozenset({Status.COMPLETED, Status.DECLINED})


@dataclass(frozen=True, slots=True)
class Silence:
    """What a look makes of a ticket in which nobody speaks.

    `next_at` is when to look again though nothing moves.
    """

    after: Ticket
    occasions: tuple[Occasion, ...] = ()
    next_at: datetime | None = None


def silence(after: Ticket, account: Account, clocks: Clocks) -> Silence:
    """Tell which rules' silence is over at a look, and when the next one is."""
    rules = [one for one in account.settings.rules if one.on and one.when in SILENCES]
    if not rules:
        return Silence(replace(after, silences=()) if after.silences else after)
    if after.status in _ENDED:
        return Silence(after)
    found, coming, noticed = [], [], []
    calendar = working_days(account, after.group_id)
    now = {
        when: one
        for when in {one.when for one in rules}
        for one in quiet(after, when, lambda one: instant_of(one, clocks))
        if one.until is None
    }
    for rule in rules:
        if rule.when not in now:
            continue
        last, said_at = now[rule.when].after, now[rule.when].since
        name = name_of(rule, last)
        if name in after.silences:
            noticed.append(name)
            continue
        since = account.silence_since.get(rule.key, account.connected_at)
        begun = max(min(said_at, after.looked_at), since)
        at = ends_at(rule, begun, calendar)
        if at and at <= after.looked_at:
            at = calendar.waits_until(at, after.looked_at)
        if at and at <= after.looked_at:
            found.append(Occasion(rule.when, name, after.status, rule=rule.key))
            noticed.append(name)
        elif at:
            coming.append(at)
    after = replace(after, silences=tuple(noticed))
    return Silence(after, tuple(found), min(coming, default=None))


def past_silences(
    ticket: Ticket, rules: Iterable[HouseRule], account: Account, now: datetime
) -> Iterator[tuple[datetime, Message | None, HouseRule]]:
    """Yield when a silence was long enough for a rule, and what was said before it.

    In a ticket that had ended before, it was noticed when that was opened again.
    """
    calendar = working_days(account, ticket.group_id)
    opened = [move.at for move in ticket.moves if move.new not in _ENDED]
    for rule in rules:
        for one in quiet(ticket, rule.when, lambda message: message.at):
            at = ends_at(rule, one.since, calendar)
            if at is None:
                continue
            late = (calendar.waits_until(at, again) for again in opened if again > at)
            noticed = (
                look
                for look in (at, *late)
                if look <= (one.until or now) and status_at(ticket, look) not in _ENDED
            )
            if first := next(noticed, None):
                yield first, one.after, rule


@dataclass(frozen=True, slots=True)
class Quiet:
    """A time in which nobody spoke, or staff did not; it is not over without `until`.

    It begins `after` a message, or with the ticket.
    """

    since: datetime
    after: Message | None = None
    until: datetime | None = None


def quiet(
    ticket: Ticket, when: When, at: Callable[[Message], datetime]
) -> Iterator[Quiet]:
    """Yield each such time of a ticket; `at` tells when a message was written."""
    since, lasts = ticket.created_at, True
    after: Message | None = None
    for message in filter(speaks, ticket.messages):
        waits = when == "unanswered" and message.voice is Voice.CUSTOMER
        if lasts and waits:
            continue
        if lasts:
            yield Quiet(since, after, at(message))
        lasts = waits or when == "silent"
        if lasts:
            since, after = at(message), message
    if lasts:
        yield Quiet(since, after)


def speaks(message: Message) -> bool:
    """Whether somebody says something; in a call nobody knows who did."""
    return message.public and message.matter is not Matter.CALL


def name_of(rule: HouseRule, last: Message | None) -> str:
    """Return the name of a rule's silence after a message."""
    return f"silent-{rule.key}-{rule.hours}-{last.key if last else 'opened'}"


def ends_at(rule: HouseRule, start: datetime, calendar: Calendar) -> datetime | None:
    """Return when a silence is long enough for a rule; None if it never is."""
    return calendar.after(start, timedelta(hours=rule.hours))
