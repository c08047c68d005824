"""Rows of departments and rules, and two people who save at once."""

from dataclasses import replace

import pytest
from settings_typed import RULED, SETTINGS, faults, pairs_of, read

from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.form import changed, differing, form_of, merged, typed
from ticket24.domain.settings.parts import field_of
from ticket24.domain.settings.reading.fields import colour
from ticket24.domain.settings.reading.rulebook import read_form
from ticket24.domain.settings.rows import DepartmentRow


@pytest.mark.parametrize(
    ("part", "typed_text", "expected"),
    [
        ("when", "ever", [("when", WrongSetting.WHEN, "")]),
        ("key", "c2", [("key", WrongSetting.KEY_TWICE, "c2")]),
        ("key", "a b", [("key", WrongSetting.RULE_KEY, "a b")]),
        ("name", "W" * 101, [("name", WrongSetting.LONG, "100")]),
        ("then.responsible", "x", [("then.responsible", WrongSetting.PERSON, "")]),
        ("then.deadline", "0", [("then.deadline", WrongSetting.DAYS, "365")]),
        ("then.status", "new", [("then.status", WrongSetting.OUTCOME, "")]),
        ("then.observers.9", "-", [("then.observers.9", WrongSetting.PERSON, "")]),
        ("then.add_tags", "W" * 61, [("then.add_tags", WrongSetting.LONG, "60")]),
        ("if.customer.0", "Anna", [("if.customer.0", WrongSetting.CONTACT, "")]),
        ("then.said", "{name}", [("then.said", WrongSetting.VALUE, "{name}")]),
        ("then.answer.de", "{x}", [("then.answer.de", WrongSetting.VALUE, "{x}")]),
        ("then.remark", "W" * 1001, [("then.remark", WrongSetting.LONG_NOTE, "1000")]),
        ("then.mail.3", "Anna", [("then.mail.3", WrongSetting.PERSON, "")]),
        ("if.company.0", "Acme", [("if.company.0", WrongSetting.COMPANY, "")]),
        ("hours", "", [("hours", WrongSetting.SILENT_HOURS, "2000")]),
        ("hours", "0", [("hours", WrongSetting.SILENT_HOURS, "2000")]),
        ("if.words", "W" * 61, [("if.words", WrongSetting.LONG, "60")]),
        ("if.words", "a\n" * 51, [("if.words", WrongSetting.WORDS, "50")]),
        ("if.priority.0a", "on", [("if.priority", WrongSetting.GONE_TAG, "")]),
        ("if.department.9", "on", [("if.department", WrongSetting.NO_DEPARTMENT, "9")]),
        ("if.department.12", "on", [("then.stage", WrongSetting.ONE_DEPARTMENT, "")]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_named_at_its_row(part, typed_text, expected):
    """A rule's field is judged in its row."""
    pairs = pairs_of(RULED, **{f"rules.0.{part}": typed_text})
    found = read(pairs, RULED)[1]

    if part == "key" and expected[0][1] is WrongSetting.KEY_TWICE:
        expected = [(f"rules.1.{one}", *more) for one, *more in expected]
    else:
        expected = [(f"rules.0.{one}", *more) for one, *more in expected]
    assert [SettingFault(*one) for one in expected] == found


def test_a_rule_keeps_its_key():
    """A new one gets a key of its own; renamed, moved or switched it stays the same."""
    new = {"when": "opened", "then.status": "completed"}
    pairs = [
        (f"rules.{key}.{name}", text) for key in "ab" for name, text in new.items()
    ]
    (first, twin), _ = _rules(pairs)
    pairs += [("rules.a.name", "Other"), ("rules.a.key", first.key)]
    (renamed, _), faults = _rules(pairs)

    assert first.key != twin.key
    assert (first.key, []) == (renamed.key, faults)
    assert ((), []) == _rules([("rules.x.on", "on"), ("rules.x.when", "stage")])


def _rules(pairs):
    settings, faults = read([*pairs_of(), *pairs], SETTINGS)
    return settings.rules, faults


def test_rows_of_rules_are_added_moved_and_removed():
    """As those of departments are, and each by itself."""
    form = form_of(RULED)

    assert ["0", "1", "2"] == [one.key for one in changed(form, "rules.add").rules]
    assert ["1", "0"] == [one.key for one in changed(form, "rules.up:1").rules]
    assert ["0"] == [one.key for one in changed(form, "rules.remove:1").rules]
    assert form == changed(changed(form, "rules.down:0"), "rules.down:1")


def test_too_much_is_refused():
    """Lists have an end that no honest company reaches."""
    many = "\n".join(f"tag {number}" for number in range(101))
    marks = "\n".join(f"m{number}" for number in range(21))
    rows = {f"departments.{n}.group_id": str(n + 1) for n in range(41)}

    assert SettingFault("sector", WrongSetting.TAGS, "100") in faults(sector=many)
    assert SettingFault("internal_marks", WrongSetting.MARKS, "20") in faults(
        internal_marks=marks
    )
    assert SettingFault("departments", WrongSetting.DEPARTMENTS, "40") in faults(**rows)


def test_faults_come_in_the_order_of_the_page():
    """The error summary leads down the page."""
    wrong = faults(
        sender_name="W" * 101,
        sector="W" * 61,
        company_name="",
        **{"departments.1.name": "W" * 101, "departments.0.group_id": ""},
    )

    assert [
        *("company_name", "departments.0.group_id", "departments.1.name"),
        *("sector", "sender_name"),
    ] == [fault.field for fault in wrong]


def test_words_become_plain_lines():
    """What deceives or breaks a line is taken out; a tag has no number sign."""
    hostile = "#bugs\r\n  a\u202eb \r\n\x00\n\u2028c\n"

    settings, wrong = read(pairs_of(message_type=hostile), SETTINGS)

    assert [] == wrong
    assert ("bugs", "ab", "c") == settings.tags.message_type


@pytest.mark.parametrize(
    ("typed_text", "expected"),
    [
        ("0B6E4F", "#0b6e4f"),
        (" #abc ", "#aabbcc"),
        ("", ""),
        ("red", "red"),
        ("#12", "#12"),
    ],
)
def test_colours_are_taken_as_people_write_them(typed_text, expected):
    """A colour needs neither its number sign nor all six digits."""
    assert expected == colour(typed_text)


def test_a_field_that_was_chosen_before_may_stay():
    """A company whose password field has another name can save other things."""
    before = replace(SETTINGS, password_field="UF_PORTAL_PASS")

    assert (before, []) == read(pairs_of(before), before)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("add", ["0", "1", "2"]),
        ("remove:0", ["1"]),
        ("up:1", ["1", "0"]),
        ("up:0", ["0", "1"]),
        ("down:0", ["1", "0"]),
        ("down:1", ["0", "1"]),
        ("remove:77", ["0", "1"]),
        ("explode:0", ["0", "1"]),
        ("", ["0", "1"]),
    ],
)
def test_rows_are_added_removed_and_moved_without_scripts(action, expected):
    """Nothing else of what was typed is touched by it."""
    form = typed(pairs_of(company_name="Half ty"))

    after = changed(form, action)

    assert expected == [row.key for row in after.rows]
    assert replace(after, rows=form.rows) == form


def test_nothing_typed_is_lost():
    """What cannot be right is shown again as it was typed."""
    sent = {
        "company_name": "",
        "accent": "greenish",
        "departments.1.group_id": "nonsense",
        "departments.1.working_hours.days.sat": "early",
        "sector": "W" * 70,
    }
    form = typed(pairs_of(**sent))

    assert ("greenish", "W" * 70) == (form.line("accent"), form.text("sector"))
    row = form.rows[1]
    assert DepartmentRow("1", "nonsense", "Sales", "5", "4") == replace(row, parts={})
    assert "early" == row.part("working_hours.days.sat")


@pytest.mark.parametrize(
    "name",
    [
        *("departments..name", "departments.a b.name", "departments.1.x", "x.1.name"),
        *("departments.1.about", "departments.1.about.fr", "departments.1.name.de"),
    ],
)
def test_strange_fields_are_ignored(name):
    """Names that our page never sends make no rows."""
    assert (SETTINGS, []) == read(pairs_of(**{name: "x"}), SETTINGS)


def test_two_who_save_at_once_change_what_each_of_them_changed():
    """Where I changed nothing, what others have saved meanwhile is kept."""
    theirs = replace(
        SETTINGS,
        company_name="Acme Care",
        created_mails=False,
        departments=SETTINGS.departments[:1],
        tags=replace(SETTINGS.tags, sector=("Asia",)),
    )
    theirs = replace(
        theirs, automation=replace(theirs.automation, responsible={"Bugs": 12})
    )
    urgent = field_of("deadline", "Urgent")
    changes = {"priority": "High\nLow\nUrgent", urgent: "2"}
    mine = typed(pairs_of(company_name="Acme Help", **changes))

    both, wrong = read_form(merged(mine, SETTINGS, theirs), theirs)

    assert [] == wrong
    assert both == replace(
        theirs,
        company_name="Acme Help",
        tags=replace(theirs.tags, priority=("High", "Low", "Urgent")),
        automation=replace(
            theirs.automation, deadline={**theirs.automation.deadline, "Urgent": 2}
        ),
    )


def test_what_differs_is_named():
    """Settings that others changed can be told by name."""
    other = replace(
        SETTINGS, company_name="x", tags=replace(SETTINGS.tags, sector=("Asia",))
    )

    assert ["company_name", "sector"] == differing(SETTINGS, other)
    assert [] == differing(SETTINGS, SETTINGS)
