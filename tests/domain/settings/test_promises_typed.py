"""Promises, and who sees what of a company, as a form sends them."""

from dataclasses import replace

import pytest
from settings_typed import SETTINGS, pairs_of, read

from ticket24.domain.settings.form import changed, form_of, merged
from ticket24.domain.settings.reading.rulebook import read_form
from ticket24.domain.settings.sharing import CompanyView
from ticket24.domain.settings.times.promised_hours import PromisedHours
from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours

PROMISING = replace(
    SETTINGS,
    promises=(PromisedHours(7, "High", "Gold", 4, 16), PromisedHours(answer_hours=1.5)),
    promise_field="UF_CRM_LEVEL",
    working_hours=WorkingHours(WeekHours(mon="09:00-17:00")),
)


def test_promises_are_read_as_they_are_shown():
    """Row by row; hours have a comma or a point, and an empty row is none."""
    pairs = pairs_of(PROMISING)
    typed_in = [*pairs, ("promises.7.solve_hours", "2,5"), ("promises.3.level", " ")]
    cleared = [(n, "" if n.startswith("promises.0.") else v) for n, v in pairs]

    assert (PROMISING, []) == read(pairs, PROMISING)
    assert PromisedHours(solve_hours=2.5) == read(typed_in, PROMISING)[0].promises[2]
    assert PROMISING.promises[1:] == read(cleared, PROMISING)[0].promises


@pytest.mark.parametrize(
    ("changes", "field", "what"),
    [
        ({"promises.0.answer_hours": "soon"}, "promises.0.answer_hours", "hours"),
        ({"promises.0.solve_hours": "1000.5"}, "promises.0.solve_hours", "hours"),
        ({"promises.1.solve_hours": "0"}, "promises.1.solve_hours", "hours"),
        ({"promises.0.solve_hours": "0,1"}, "promises.0.solve_hours", "solved-first"),
        ({"promises.0.department": "9"}, "promises.0.department", "no-department"),
        ({"promises.0.priority": "Urgent"}, "promises.0.priority", "no-tag"),
        ({"promises.0.level": "x" * 61}, "promises.0.level", "long"),
        ({"promises.2.level": "Gold"}, "promises.2.answer_hours", "no-promise"),
        ({"promise_field": ""}, "promise_field", "no-levels"),
        ({"promise_field": "COMPANY_ID"}, "promise_field", "level-field"),
        ({"working_hours.days.mon": ""}, "working_hours.days.mon", "uncounted"),
        ({f"promises.{n}.level": "A" for n in range(41)}, "promises", "promises"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_refused(changes, field, what):
    """The fault stands at its own field."""
    pairs = [*({**dict(pairs_of(PROMISING)), **changes}).items()]
    found = {(one.field, str(one.what)) for one in read(pairs, PROMISING)[1]}

    assert (field, "working-hours" if what == "hours" else what) in found


def test_promises_of_two_people_are_never_mixed():
    """All rows are mine if I changed any, since rows are known by their places."""
    theirs = replace(PROMISING, promises=PROMISING.promises[1:])
    mine = replace(PROMISING, promises=(PromisedHours(answer_hours=8),))

    kept = merged(form_of(PROMISING), PROMISING, theirs)
    changed_by_both = merged(form_of(mine), PROMISING, theirs)

    assert theirs.promises == read_form(kept, PROMISING)[0].promises
    assert mine.promises == read_form(changed_by_both, PROMISING)[0].promises


@pytest.mark.parametrize(
    ("action", "order"),
    [
        ("promises.up:1", [1, 0]),
        ("promises.up:0", [0, 1]),
        ("promises.up:7", [0, 1]),
        ("promises.up:x", [0, 1]),
        ("promises.down:1", [0, 1]),
    ],
)
def test_a_promise_moves_up(action, order):
    """The first that fits counts, so their order does; others stay where they are."""
    form = changed(form_of(PROMISING), action)

    assert [PROMISING.promises[n] for n in order] == [
        *read_form(form, PROMISING)[0].promises
    ]


SHARING = replace(
    SETTINGS,
    departments=(
        replace(SETTINGS.departments[0], own_only=True, strangers=("form", "mail")),
        *SETTINGS.departments[1:],
    ),
    company_view=CompanyView("own", "UF_CRM_ROLE", ("Team",), ("Boss", "yes")),
)


def test_who_sees_what_of_a_company_is_read_as_it_is_shown():
    """So is whether a department is kept apart, and who else may write to it."""
    assert (SHARING, []) == read(pairs_of(SHARING), SHARING)


@pytest.mark.parametrize(
    ("field", "typed_in", "what"),
    [
        ("company_view.default", "everything", "role"),
        ("company_view.field", "ROLE", "role-field"),
        ("company_view.manager", "boss\nTEAM", "two-roles"),
        ("company_view.colleague", "x" * 61, "long"),
        ("company_view.colleague", "\n".join(map(str, range(21))), "words"),
    ],
)
def test_what_nobody_can_be_in_a_company_is_refused(field, typed_in, what):
    """The fault stands at its own field."""
    pairs = [*({**dict(pairs_of(SHARING)), field: typed_in}).items()]

    assert (field, what) in {
        (one.field, str(one.what)) for one in read(pairs, SHARING)[1]
    }
