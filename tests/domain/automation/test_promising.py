"""What is promised of a ticket that appears."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, message, ticket

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.promising import Appearance, promised, promising
from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.times.promised_hours import PromisedHours
from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours

HOUR = timedelta(hours=1)
ALWAYS = WorkingHours(WeekHours(*["00:00-24:00"] * 7))
ROWS = (
    PromisedHours(level="Gold", answer_hours=1),
    PromisedHours(12, answer_hours=2),
    PromisedHours(priority="High", answer_hours=4, solve_hours=16),
    PromisedHours(7, "low", "SILVER", solve_hours=0.5),
)
KNOWN = Clocks(tasks=2 * HOUR)


def account(rows=ROWS, hours=ALWAYS):
    settings = AccountSettings(promises=rows, working_hours=hours)
    return Account("acme", "acme", 1, NOON - 90 * 24 * HOUR, settings=settings)


def seen(**fields):
    return ticket(
        **{
            "looked_at": NOON,
            "created_at": NOON,
            "tags": ("high",),
            "messages": (),
            "responsible_id": 11,
        }
        | fields
    )


def made(after, appearance=Appearance(), clocks=KNOWN, rules=None, before=None):  # noqa: B008  Frozen.
    return promising(before, after, rules or account(), clocks, appearance)


@pytest.mark.parametrize(
    ("group_id", "tags", "levels", "minutes"),
    [
        (7, ["HIGH"], [], (240, 960)),
        (7, ["high", "low"], ["silver"], (240, 960)),
        (7, ["high"], ["gold", "silver"], (60, 0)),
        (12, ["low"], [], (120, 0)),
        (7, ["Low"], ["silver"], (0, 30)),
        (7, ["low"], ["bronze"], None),
        (7, [], [], None),
    ],
)
def test_the_first_row_that_fits_counts(group_id, tags, levels, minutes):
    """By department, priority and level, however these are written."""
    found = promised(account(), group_id, tags, frozenset(levels), NOON)
    both = found and tuple(
        one.minutes if one else 0 for one in (found.answer, found.solution)
    )

    assert minutes == both


@pytest.mark.parametrize(
    ("appearance", "clocks", "hours"),
    [
        # As it was sent, or as the clock of rows says, if that is known.
        (Appearance(sent_at=NOON - HOUR), KNOWN, -1),
        (Appearance(sent_at=NOON + HOUR), KNOWN, 0),
        (Appearance(), KNOWN, -2),
        (Appearance(), Clocks(tasks=-HOUR), 0),
        (Appearance(), Clocks(), 0),
        # Bound to its customer half an hour ago.
        (Appearance(none_until=NOON - 0.5 * HOUR), KNOWN, -0.5),
    ],
)
def test_hours_count_from_when_it_was_a_ticket(appearance, clocks, hours):
    """Never from before, and never from a time to come."""
    found = made(seen(), appearance, clocks).after.promise

    assert NOON + (4 + hours) * HOUR == found.answer.by


def test_nobody_is_warned_at_the_first_look():
    """Even if it comes late: the next look is due at once."""
    late = made(seen(), Appearance(sent_at=NOON - 9 * HOUR))

    assert ((), ()) == (late.facts, late.warnings)
    assert late.next_at < NOON
    again = made(replace(late.after, looked_at=NOON + HOUR), before=late.after)
    (note,) = again.warnings
    assert ("note-51-promised-answer", "answer") == (note.id, note.about)
    assert ["answer-nearly", "answer-broken"] == [str(one) for one in again.facts]


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({"tags": ()}, account()),
        ({"group_id": 12}, account()),
        ({}, account(rows=())),
        ({}, account(hours=WorkingHours())),
        ({}, account(hours=WorkingHours(WeekHours(sun="09:00-09:30")))),
    ],
)
def test_what_was_promised_stays(fields, rules):
    """Other tags, another department, other rows, hours, or none at all."""
    first = made(seen()).after
    again = made(replace(first, looked_at=NOON + HOUR, **fields), rules=rules)

    assert first.promise == again.after.promise


@pytest.mark.parametrize(
    ("after", "before", "rules"),
    [
        (seen(), seen(), account()),
        (seen(created_at=NOON - 91 * 24 * HOUR), None, account()),
        (seen(), None, account(rows=())),
        (seen(), None, account(hours=WorkingHours())),
    ],
)
def test_nothing_is_promised_of_what_was_there(after, before, rules):
    """Before the promise, before us; nor without hours in which to keep it."""
    answered = replace(after, messages=(message(1),))

    found = made(answered, before=before, rules=rules)

    assert (None, None) == (found.after.promise, found.next_at)
