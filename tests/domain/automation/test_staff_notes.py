"""Who of the staff hears of a new ticket, and of a customer's reply."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from examples import SIGNATURE, message, ticket

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.recipes import later
from ticket24.domain.commands.model import MoveCard, MoveTicket, TellStaff
from ticket24.domain.settings.model import (
    AccountSettings,
    Automation,
    Department,
    Ends,
    Stages,
)
from ticket24.domain.tickets.changes import TicketAppeared
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import File, Status, TicketRef, Voice

NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
PORTALS = compose("Anna", "It burns.", (), SIGNATURE)
SUPPORT = Department(7, "Support", 3, 2, stages=Stages(in_progress=72, completed=74))


def account(**automation):
    settings = AccountSettings(
        departments=(SUPPORT,), automation=Automation(**automation)
    )
    return Account("acme", "acme", 1, NOW, connected_after=50, settings=settings)


def seen(**fields):
    return ticket(
        **{
            "ref": TicketRef("acme", 51),
            "responsible_id": 3,
            "acted_by": (2, 1),
            "description": PORTALS,
            "messages": (),
            "looked_at": NOW,
            "tags": ("bugs",),
        }
        | fields
    )


def told(after, **automation):
    found = later(None, after, (TicketAppeared(),), account(**automation))
    return [(one.by, one.user_id) for one in found if isinstance(one, TellStaff)]


@pytest.mark.parametrize(
    ("automation", "expected"),
    [
        ({}, []),
        ({"push": ("responsible",)}, [("note", 3)]),
        ({"push": ("responsible", "creator", 3, 9)}, [("note", p) for p in (3, 2, 9)]),
        ({"push": (3,), "mail": ("responsible",)}, [("note", 3), ("mail", 3)]),
        # Whoever gets it by its tags is the one to be told.
        ({"push": ("responsible",), "responsible": {"bugs": 11}}, [("note", 11)]),
    ],
)
def test_who_shall_hear_of_a_new_ticket_does(automation, expected):
    """Each once by note and once by mail, whatever role they have besides."""
    assert expected == told(seen(), **automation)


def test_who_made_the_ticket_knows_of_it():
    """A colleague who created it in Bitrix24 is not told; portals' tickets are new."""
    everybody = {"push": ("responsible", "creator")}

    assert [("note", 3), ("note", 2)] == told(seen(), **everybody)
    assert [("note", 3)] == told(seen(description="Toner"), **everybody)
    assert [] == told(seen(description="Toner", acted_by=(3, 2)), **everybody)


@pytest.mark.parametrize(
    "fields", [{"ref": TicketRef("acme", 50)}, {"status": Status.COMPLETED}]
)
def test_nobody_hears_of_old_tickets(fields):
    """Those from before us, and those that are over."""
    assert [] == told(seen(**fields), push=("responsible",), mail=(9,))


def test_a_note_says_the_same_however_often_it_is_decided():
    """Its id is made of the ticket and the person."""
    asked = [
        [*later(None, seen(), (TicketAppeared(),), account(push=(9,)))]
        for _ in range(2)
    ]

    assert asked[0] == asked[1]
    assert ["note-51-9"] == [one.id for one in asked[0]]


def reply(number, **fields):
    return message(number, voice=Voice.CUSTOMER, author="Anna", **fields)


def woken(before, after, **automation):
    rules = {"reply_resumes": True, "completed_to_stage": True} | automation
    return [*later(before, after, (), account(**rules))]


@pytest.mark.parametrize(
    ("status", "stage_id", "moves", "stages"),
    [
        (Status.IN_REVIEW, 73, ["resumed"], [72]),
        (Status.DEFERRED, 72, ["resumed"], []),
        # In the column that staff chose it stays; with the done ones it does not.
        (Status.IN_PROGRESS, 73, [], []),
        (Status.IN_PROGRESS, 74, [], [72]),
        (Status.NEW, 0, [], []),
        (Status.COMPLETED, 74, [], []),
    ],
)
def test_a_reply_wakes_a_ticket_that_rests(status, stage_id, moves, stages):
    """It moves back to work, with its card, and its person gets one note."""
    before = seen(status=status, stage_id=stage_id)
    after = replace(before, messages=(reply(1), message(2), reply(3, text="Sorry")))

    asked = woken(before, after)

    assert moves == [one.to for one in asked if isinstance(one, MoveTicket)]
    assert stages == [one.stage_id for one in asked if isinstance(one, MoveCard)]
    ((who, about, id_),) = [
        (one.user_id, one.about, one.id) for one in asked if isinstance(one, TellStaff)
    ]
    assert (3, "replied", "note-51-chat-3-3") == (who, about, id_)
    assert asked == woken(before, after)
    assert [] == woken(after, after)
    assert [] == woken(before, after, reply_resumes=False)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.DEFERRED])
def test_what_staff_did_after_a_reply_stays(status):
    """One look sees both: they have read it, unless we ended the ticket ourselves."""
    asked = message(1)
    before = seen(status=Status.IN_PROGRESS, messages=(asked,))
    after = replace(before, status=status, messages=(asked, reply(2)), closed_at=NOW)
    rules = account(reply_resumes=True)
    ends = Ends(close_after=7, reopen_within=7)
    rules = replace(rules, settings=replace(rules.settings, ends=ends))
    ended = replace(before, ended=asked.key)

    def moves(before):
        found = later(before, after, (), rules)
        return [one.to for one in found if isinstance(one, MoveTicket)]

    assert [] == moves(before)
    assert (["open"] if status is Status.COMPLETED else []) == moves(ended)


def test_a_reply_that_was_ruled_the_customers_counts():
    """It was held before, and nobody had seen it."""
    held = reply(2, text="Me again")
    before = seen(
        status=Status.DEFERRED, messages=(replace(held, voice=Voice.DOUBTFUL),)
    )

    asked = woken(before, replace(before, messages=(held,)))

    assert ["resumed"] == [one.to for one in asked if isinstance(one, MoveTicket)]


@pytest.mark.parametrize(
    ("days", "within", "expected"),
    [(0, 7, ["open"]), (7, 7, ["open"]), (7.1, 7, []), (0, 0, [])],
)
def test_a_reply_opens_what_was_solved_lately(days, within, expected):
    """Within the company's days; else it stays, and so do declined tickets."""
    before = seen(status=Status.COMPLETED, closed_at=NOW - timedelta(days=days))
    after = replace(before, messages=(reply(1),))
    rules = account()
    ends = Ends(reopen_within=within)
    rules = replace(rules, settings=replace(rules.settings, ends=ends))
    declined = replace(after, status=Status.DECLINED)

    assert expected == [one.to for one in later(before, after, (), rules)]
    assert [] == [*later(before, declined, (), rules)]


def test_thanks_open_nothing():
    """To somebody by name as well; with a file it is more."""
    before = seen(status=Status.COMPLETED, closed_at=NOW)
    rules = account()
    ends = Ends(reopen_within=7)
    rules = replace(rules, settings=replace(rules.settings, ends=ends))

    def moves(**said):
        after = replace(before, messages=(reply(1, **said),))
        return [one.to for one in later(before, after, (), rules)]

    assert [] == moves(text="Thank you so much, Klaus!")
    assert ["open"] == moves(text="Thanks, Klaus, but it burns again.")
    assert ["open"] == moves(text="Thank you!", files=(File(1, "a.png", 9),))


@pytest.mark.parametrize(
    "messages", [(message(9),), (reply(9, empty=True),), (reply(3),)]
)
def test_what_staff_write_wakes_nothing(messages):
    """Nor does an empty message, or one that was there before us."""
    before = seen(status=Status.DEFERRED, chat_history=5)

    assert [] == woken(before, replace(before, messages=messages))
