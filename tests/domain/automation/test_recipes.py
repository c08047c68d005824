"""What a company's automation makes of a new ticket."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from examples import ticket

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.recipes import Handling, handling, later
from ticket24.domain.messages.signatures import signature
from ticket24.domain.settings.model import (
    AccountSettings,
    Automation,
    Department,
    Stages,
)
from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours
from ticket24.domain.tickets.changes import StatusChanged, TicketAppeared, diff
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import Status, TicketRef
from ticket24.domain.working.public_holidays import PublicHolidays

MONDAY = datetime(2026, 11, 30, 9, 30, 20, tzinfo=UTC)
FRIDAY = datetime(2026, 10, 23, 14, 0, tzinfo=UTC)  # Clocks change two days later.

OFFICE = WeekHours(*["09:00-18:00"] * 4, "09:00-15:00")


def settings(**automation):
    return AccountSettings(
        automation=Automation(**automation),
        working_hours=WorkingHours(OFFICE, ("2026-12-01 Founders’ Day",)),
    )


def company(settings, zone="", **more):
    return Account("a1", "acme", 1, MONDAY, settings=settings, home_zone=zone, **more)


def made(tags, at=MONDAY, zone="Europe/Berlin", **automation):
    return handling(tags, at, company(settings(**automation), zone), 0)


DEADLINE = {"high": 1, "medium": 3, "low": 5}
WORKING = {**DEADLINE, "count": "working"}


def test_without_automation_nothing_is_made_of_tags():
    """A company that ticks nothing gets what it got before."""
    assert Handling() == handling(("high",), MONDAY, company(AccountSettings()), 0)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (("bugs",), 11),
        (("BUGS",), 11),
        (("development", "high"), 12),
        (("development", "bugs"), 11),
        (("questions",), 0),
        ((), 0),
    ],
)
def test_a_message_type_says_who_is_responsible(tags, expected):
    """However the tag is written; the first of the settings counts."""
    persons = {"bugs": 11, "development": 12}

    assert expected == made(tags, responsible=persons).responsible_id


@pytest.mark.parametrize(
    ("at", "tags", "deadline", "expected"),
    [
        (MONDAY, ("high",), DEADLINE, "2026-12-01T09:30"),
        (MONDAY, ("low", "HIGH"), DEADLINE, "2026-12-01T09:30"),
        # The same time on the wall, an hour more by any other clock.
        (FRIDAY, ("medium",), DEADLINE, "2026-10-26T15:00"),
        # Tuesday is off, and Friday ends at three, in Berlin.
        (MONDAY, ("high",), WORKING, "2026-12-02T09:30"),
        (MONDAY, ("medium",), WORKING, "2026-12-04T09:30"),
        (FRIDAY, ("high",), WORKING, "2026-10-26T14:00"),
        (MONDAY, ("other",), WORKING, None),
    ],
)
def test_a_priority_says_by_when(at, tags, deadline, expected):
    """In calendar days or working days of the company's zone."""
    told = made(tags, at, deadline=deadline).deadline

    assert expected == (f"{told:%Y-%m-%dT%H:%M}" if told else None)
    assert told is None or told.tzinfo is UTC


def test_a_priority_sets_the_flag():
    """Only those that were ticked."""
    assert made(("High",), flag=("high",)).important
    assert not made(("low",), flag=("high",)).important


def test_working_days_without_hours_promise_nothing():
    """Settings from elsewhere may lack them: then there is no deadline."""
    without = AccountSettings(automation=Automation(deadline=WORKING))

    assert handling(("high",), MONDAY, company(without), 0).deadline is None


def test_public_holidays_are_no_working_days():
    """Those that the account keeps for its region, and for no other."""
    eve = datetime(2026, 12, 24, 9, 30, tzinfo=UTC)
    kept = PublicHolidays("DE", {2026: ("2026-12-25 Christmas Day",)})

    def due(region):
        hours = WorkingHours(OFFICE, holidays=region)
        chosen = replace(settings(deadline=WORKING), working_hours=hours)
        return handling(("high",), eve, company(chosen, holidays=kept), 0).deadline

    assert [28, 25, 25] == [due(region).day for region in ("DE", "", "BR")]


PORTALS = compose(
    "Anna", "It burns.", (), signature("https://a.eu", "acme", "ab" * 8, "en")
)
WATCHED = Account("acme", "acme", 1, MONDAY, connected_after=50)


def seen(**fields):
    """Return a ticket that staff created after we were connected."""
    return ticket(
        **{
            "ref": TicketRef("acme", 51),
            "status": Status.NEW,
            "tags": ("high",),
            "looked_at": MONDAY,
            "created_at": MONDAY,
        }
        | fields
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [(None, True, True)]),
        ({"important": True}, [(None, True, False)]),
        ({"deadline": MONDAY, "important": True}, []),
        (
            {"deadline": MONDAY, "important": True, "tags": ("bugs",)},
            [(11, False, False)],
        ),
        ({"tags": ("bugs",), "responsible_id": 11}, []),
        ({"tags": ("bugs",), "description": PORTALS, "responsible_id": 7}, []),
        (
            {"tags": ("bugs",), "description": PORTALS, "responsible_id": 1},
            [(11, False, False)],
        ),
        ({"status": Status.IN_PROGRESS}, []),
        ({"tags": ()}, []),
        ({"ref": TicketRef("acme", 50)}, []),
    ],
)
def test_a_new_ticket_gets_what_it_lacks(fields, expected):
    """What is set stays, and tickets from before are left alone; once for each."""
    rules = settings(responsible={"bugs": 11}, deadline=DEADLINE, flag=("high",))
    account = replace(WATCHED, settings=rules)
    after = seen(**fields)
    asked = [*later(None, after, (TicketAppeared(),), account)]

    assert expected == [
        (one.responsible_id or None, bool(one.deadline), one.important) for one in asked
    ]
    assert asked == [*later(None, after, (TicketAppeared(),), account)]
    assert [] == [*later(None, after, (), account)]


BOARD = Department(7, stages=Stages(72, 0, 74))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"status": Status.NEW}, {"status": Status.COMPLETED}, 74),
        ({"status": Status.NEW}, {"status": Status.IN_PROGRESS}, 72),
        ({"stage_id": 73}, {"stage_id": 73, "status": Status.COMPLETED}, 74),
        ({"stage_id": None}, {"stage_id": 73, "status": Status.COMPLETED}, 74),
        # No stage was chosen for it.
        ({"status": Status.NEW}, {"status": Status.IN_REVIEW}, None),
        ({"status": Status.COMPLETED}, {"status": Status.NEW}, None),
        # Opened again, it lies with the done ones no longer.
        (
            {"status": Status.COMPLETED, "stage_id": 74},
            {"status": Status.NEW, "stage_id": 74},
            72,
        ),
        ({"stage_id": 74}, {"stage_id": 74, "status": Status.DECLINED}, None),
        # It is there already, or somebody has moved it.
        ({}, {"stage_id": 74, "status": Status.COMPLETED}, None),
        ({"stage_id": 72}, {"stage_id": 73, "status": Status.COMPLETED}, None),
        # Our own move before is nobody else's.
        (
            {"stage_id": 0, "status": Status.IN_PROGRESS},
            {"stage_id": 72, "status": Status.COMPLETED},
            74,
        ),
        # Of another board.
        ({"stage_id": 12, "group_id": 1}, {"status": Status.COMPLETED}, 74),
        ({}, {"group_id": 1, "status": Status.COMPLETED}, None),
        # Nothing happened.
        ({"status": Status.COMPLETED}, {"status": Status.COMPLETED}, None),
    ],
)
def test_a_card_follows_its_ticket(before, after, expected):
    """To the stage of its department, once; where others moved it, it stays."""
    moves = Automation(completed_to_stage=True)
    account = replace(WATCHED, settings=AccountSettings(departments=(BOARD,)))
    moving = replace(account, settings=replace(account.settings, automation=moves))
    before, after = (
        seen(**{"group_id": 7, "stage_id": 0, "changed_at": MONDAY} | one)
        for one in (before, after)
    )
    changes = [one for one in diff(before, after) if isinstance(one, StatusChanged)]
    asked = [*later(before, after, changes, moving)]

    assert ([expected] if expected else []) == [one.stage_id for one in asked]
    assert asked == [*later(before, after, changes, moving)]
    assert [] == [*later(before, after, changes, account)]
    assert [] == [*later(None, after, changes, moving)]


def test_a_change_of_person_moves_no_card():
    """Bitrix24 sets the status back then, and nobody meant it."""
    moves = Automation(completed_to_stage=True)
    settings = AccountSettings(departments=(BOARD,), automation=moves)
    ticket = seen(group_id=7, status=Status.IN_PROGRESS)
    reset = StatusChanged(Status.COMPLETED, Status.IN_PROGRESS, by_nobody=True)

    assert [] == [*later(ticket, ticket, (reset,), replace(WATCHED, settings=settings))]
