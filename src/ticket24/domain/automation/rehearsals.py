"""What the company's rules would have done: a ticket's past, told from its picture.

The same rules judge the same occasions as when these happened. A picture does not tell
how tags were at the time, so they count as they are now; nor where cards lay before
their moves were kept.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.house_rules import judge
from ticket24.domain.automation.occasions import (
    Occasion,
    carded,
    first_status,
    rated_bad,
    said,
    statuses,
)
from ticket24.domain.automation.promises import pledge_of
from ticket24.domain.automation.rule_conditions import NO_FACTS, CustomerFacts
from ticket24.domain.automation.rulings import Ruled, acted, outcome
from ticket24.domain.automation.silences import name_of, past_silences
from ticket24.domain.settings.house_rules.model import SILENCES
from ticket24.domain.tickets.model import Ticket
from ticket24.domain.tickets.moves import places, status_at
from ticket24.domain.tickets.ratings import rated


def rehearsed(
    ticket: Ticket,
    account: Account,
    since: datetime,
    until: datetime,
    facts: CustomerFacts = NO_FACTS,
) -> Iterator[tuple[datetime, Ruled]]:
    """Yield what the account's rules would have decided since then, and when."""
    cards = [*ticket.cards]
    now = replace(ticket, rule_acts=(), stage_id=_first_stage(ticket))
    for at, occasion in _in_order(ticket, account, until):
        while cards and cards[0].since < at:
            now = replace(now, stage_id=cards.pop(0).new)
        if at < since:
            continue
        then = replace(now, looked_at=at, status=occasion.status)
        judgements = judge(then, occasion, account, facts)
        if judgements:
            one = Ruled(occasion, judgements)
            now = acted(outcome(then, judgements), (one,))
            yield at, one


def _in_order(
    ticket: Ticket, account: Account, until: datetime
) -> list[tuple[datetime, Occasion]]:
    """Return what has happened, with cards, silences and promises where they were."""
    found = [*past(ticket)]
    moved = (
        (card.at, carded(card, status_at(ticket, card.at)))
        for card in ticket.cards
        if not card.ours
    )
    for at, one in (*moved, *_promised(ticket)):
        found.insert(sum(then <= at for then, _ in found), (at, one))
    rules = [one for one in account.settings.rules if one.on and one.when in SILENCES]
    for at, last, rule in past_silences(ticket, rules, account, until):
        status, name = status_at(ticket, at), name_of(rule, last)
        one = Occasion(rule.when, name, status, rule=rule.key)
        place = sum(then <= at for then, _ in found)
        found.insert(place, (at, one))
    return found


def _first_stage(ticket: Ticket) -> int | None:
    return ticket.cards[0].old if ticket.cards else ticket.stage_id


def _promised(ticket: Ticket) -> Iterator[tuple[datetime, Occasion]]:
    """Yield what became of a promise before it was kept, as its record tells."""
    for what in ("answer", "solution"):
        pledged = pledge_of(ticket.promise, what)
        if pledged and (at := pledged.warned_at):
            name = f"promise-{what}-nearly"
            yield at, Occasion("promise_near", name, status_at(ticket, at))
        if pledged and (at := pledged.broken_at):
            name = f"promise-{what}-broken"
            yield at, Occasion("promise_broken", name, status_at(ticket, at))


def past(ticket: Ticket) -> Iterator[tuple[datetime, Occasion]]:
    """Yield what has happened in a ticket, as far as its picture tells, in order."""
    yield ticket.created_at, Occasion("opened", "opened", first_status(ticket))
    placed = [*zip(places(ticket.moves, ticket.messages), ticket.moves, strict=True)]
    now = statuses(ticket)
    for number in range(len(ticket.messages) + 1):
        if number:
            message = ticket.messages[number - 1]
            for occasion in said(message, now[number - 1], ticket):
                yield message.at, occasion
        for place, move in placed:
            if place == number and not move.ours:
                name = f"status-{move.new}-{int(move.at.timestamp() * 1_000)}"
                yield move.at, Occasion("status", name, move.new)
    if ticket.rating and rated(ticket) == "bad":
        yield ticket.rating.at, rated_bad(ticket)
