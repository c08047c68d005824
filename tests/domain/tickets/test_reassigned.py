"""Another responsible sets a task back to pending, and nobody moved the ticket."""

from datetime import UTC, datetime

import pytest

from ticket24.domain.messages.voices import Rules
from ticket24.domain.news.letters import Kind
from ticket24.domain.news.notices import Wishes
from ticket24.domain.tickets.model import (
    ContactRef,
    Customer,
    Look,
    Source,
    Status,
    Ticket,
    TicketRef,
    Written,
)
from ticket24.domain.tickets.model import MessageKey as Key
from ticket24.domain.tickets.plans import plan

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
ANNA = Customer(ContactRef("acme", 41), "Anna", ("anna@example.com",))
MOVES = {Kind.STATUS, Kind.COMPLETED}
DONE, STARTED, NEW = Status.COMPLETED, Status.IN_PROGRESS, Status.NEW


def ticket(status, who, **more):
    return Ticket(
        TicketRef("acme", 51),
        *("Printer", "", status, 7, f"Person {who}", (41,)),
        *(NOON, NOON, NOON, NOON),
        closed_at=NOON if status is DONE else None,
        responsible_id=who,
        **more,
    )


def told(*moves):
    """Return the kinds of mails about the status that each look leads to."""
    before, kinds = None, []
    for status, who, number in moves:
        chat = tuple(
            Written(Key(Source.CHAT, one), 3, "Ida", "Hello.", NOON)
            for one in range(1, number + 1)
        )
        look = Look(ticket(status, who, chat_id=5), None, chat)
        now = plan(look, before, Rules(), {41: ANNA}, Wishes())
        kinds.append([one.kind for one in now.letters if one.kind in MOVES])
        before = now.after
    return kinds[1:]


@pytest.mark.parametrize("status", [STARTED, DONE, Status.DEFERRED, Status.IN_REVIEW])
def test_being_set_back_and_coming_back_is_no_news(status):
    """Nobody is told that it is new again, nor that it is again as before."""
    assert [[], [], []] == told(
        (status, 3, 0), (NEW, 5, 0), (NEW, 5, 0), (status, 5, 0)
    )


@pytest.mark.parametrize(
    ("kind", "moves"),
    [
        (Kind.STATUS, [(STARTED, 3, 0), (NEW, 3, 0)]),
        (Kind.STATUS, [(STARTED, 3, 0), (STARTED, 5, 0), (NEW, 5, 0)]),
        (Kind.STATUS, [(DONE, 3, 0), (NEW, 5, 0), (STARTED, 5, 0)]),
        (Kind.COMPLETED, [(DONE, 3, 0), (NEW, 5, 0), (NEW, 5, 1), (DONE, 5, 1)]),
        (Kind.COMPLETED, [(STARTED, 3, 0), (NEW, 5, 0), (DONE, 5, 0)]),
    ],
)
def test_what_staff_do_themselves_is_news(kind, moves):
    """Set back by hand, moved on to something else, or finished after words."""
    assert [kind] == told(*moves)[-1]
