"""The form of the settings: read, judged, changed row by row, put together."""

from dataclasses import fields

import pytest
from settings_typed import RULED, SETTINGS, faults, pairs_of, read

from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.form import (
    LABELS,
    LINES,
    LOGOS,
    PHRASES,
    SECTIONS,
    SWITCHES,
    WORD_LISTS,
    form_of,
)
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.reading.rulebook import RULES


def test_what_a_page_shows_is_what_it_sends_back():
    """Settings that were not touched are read as they were, all of them."""
    assert (SETTINGS, []) == read(pairs_of(), SETTINGS)
    assert (RULED, []) == read(pairs_of(RULED), SETTINGS)


def test_an_empty_account_lacks_its_name_alone():
    """Of everything that can be set, only the company's name has to be."""
    settings = AccountSettings()

    assert [SettingFault("company_name", WrongSetting.NO_COMPANY)] == read(
        pairs_of(settings), settings
    )[1]


def test_every_setting_has_its_way_into_the_form():
    """Each is read by a rule, or is a switch; logos come as files."""
    settings = {one.name for one in fields(AccountSettings)} - {"tags", *LOGOS}

    assert {*settings, *SECTIONS} == {*RULES, *SWITCHES}
    phrases = {name.partition(".")[0] for name in (*PHRASES, *LABELS)}
    lists = {*WORD_LISTS} - {*LABELS}
    assert {*RULES} == {
        *(*LINES, *lists, *phrases),
        *("departments", "automation", "ends", "rules", "fields", "working_hours"),
        *("promises", "ratings", "company_view", "gathering"),
    }


def test_labels_of_tags_have_a_line_for_each_tag():
    """Without a label as well, and for a tag that tickets only had before."""
    form = form_of(SETTINGS)

    assert (
        "Bugs = Fehler", "Questions =", "High =", "Low =", "Europe =", "Old = Alt",
    ) == form.words["tag_labels.de"]  # fmt: skip
    assert "High = Alta" in form.words["tag_labels.pt"]


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("HIGH=Dringend", {"High": "Dringend"}),
        ("  #high  =  Sehr = dringend ", {"High": "Sehr = dringend"}),
        ("a=b = Beides", {"a=b": "Beides"}),
        ("Gone = Weg", {"Gone": "Weg"}),
        ("high =", {}),
        ("high = A\nHigh = B", {"High": "A"}),
    ],
)
def test_labels_are_read_for_the_tags_beside_them(line, labels):
    """However a tag is written there, and whatever its words."""
    tags = {"priority": "High\nLow\na=b", "sector": "", "message_type": ""}
    settings, faults = read(pairs_of(**tags, **{"tag_labels.de": line}), SETTINGS)

    assert ([], labels) == (faults, dict(settings.tag_labels.de))


def test_rows_stay_in_the_order_in_which_they_were_sent():
    """Scripts move rows about without naming them anew."""
    pairs = pairs_of()
    last = [pair for pair in pairs if pair[0].startswith("departments.1")]

    settings, _ = read(last + [p for p in pairs if p not in last], SETTINGS)

    assert [12, 7] == [one.group_id for one in settings.departments]


def test_a_row_without_anything_is_no_department():
    """A person who adds a row too many need not remove it."""
    empty = {f"departments.9.{part}": " " for part in ("group_id", "name")}

    assert (SETTINGS, []) == read(pairs_of(**empty), SETTINGS)


@pytest.mark.parametrize(
    ("field", "typed_text", "expected"),
    [
        (
            "company_name",
            " \u202e ",
            SettingFault("company_name", WrongSetting.NO_COMPANY),
        ),
        (
            "company_name",
            "W" * 101,
            SettingFault("company_name", WrongSetting.LONG, "100"),
        ),
        (
            "sender_name",
            "W" * 101,
            SettingFault("sender_name", WrongSetting.LONG, "100"),
        ),
        *(
            ("tag_labels.de", line, SettingFault("tag_labels.de", what, detail))
            for line, what, detail in (
                ("High", WrongSetting.TAG_LABEL, "High"),
                ("= Hoch", WrongSetting.TAG_LABEL, "= Hoch"),
                (f"High = {'W' * 61}", WrongSetting.LONG_LABEL, "W" * 61),
                (f"{'W' * 61} = W", WrongSetting.LONG_TAG, "W" * 61),
            )
        ),
        ("language", "fr", SettingFault("language", WrongSetting.LANGUAGE)),
        ("accent", "red;}", SettingFault("accent", WrongSetting.ACCENT)),
        ("accent", "#12345", SettingFault("accent", WrongSetting.ACCENT)),
        (
            "password_field",
            "NAME",
            SettingFault("password_field", WrongSetting.PASSWORD_FIELD),
        ),
        (
            "password_field",
            "",
            SettingFault("password_field", WrongSetting.PASSWORD_FIELD),
        ),
        ("shown_messages", "none", SettingFault("shown_messages", WrongSetting.SHOWN)),
        ("sector", "W" * 61, SettingFault("sector", WrongSetting.LONG_TAG, "W" * 61)),
        (
            "priority",
            "High\nhigh",
            SettingFault("priority", WrongSetting.TAG_TWICE, "high"),
        ),
        ("sector", "Bugs", SettingFault("sector", WrongSetting.TAG_TWICE, "Bugs")),
        ("public_marks", "", SettingFault("public_marks", WrongSetting.NO_MARK)),
        (
            "public_marks",
            "//x",
            SettingFault("public_marks", WrongSetting.MARK_HIDDEN, "//x"),
        ),
        (
            "internal_marks",
            "m" * 31,
            SettingFault("internal_marks", WrongSetting.LONG_MARK, "m" * 31),
        ),
    ],
)
def test_what_is_wrong_is_named_at_its_field(field, typed_text, expected):
    """Each field is judged, and what was typed is quoted where that helps."""
    assert [expected] == faults(**{field: typed_text})


@pytest.mark.parametrize(
    ("part", "typed_text", "expected"),
    [
        ("group_id", "", SettingFault("departments.1.group_id", WrongSetting.NO_GROUP)),
        ("group_id", "0", SettingFault("departments.1.group_id", WrongSetting.GROUP)),
        ("group_id", "-7", SettingFault("departments.1.group_id", WrongSetting.GROUP)),
        ("group_id", "١٢", SettingFault("departments.1.group_id", WrongSetting.GROUP)),
        (
            "group_id",
            "9" * 5_000,
            SettingFault("departments.1.group_id", WrongSetting.GROUP),
        ),
        (
            "group_id",
            "7",
            SettingFault("departments.1.group_id", WrongSetting.GROUP_TWICE),
        ),
        (
            "name",
            "support",
            SettingFault("departments.1.name", WrongSetting.NAME_TWICE, "support"),
        ),
        (
            "name",
            "W" * 101,
            SettingFault("departments.1.name", WrongSetting.LONG, "100"),
        ),
        (
            "responsible_id",
            "x",
            SettingFault("departments.1.responsible_id", WrongSetting.PERSON),
        ),
        (
            "creator_id",
            "1.5",
            SettingFault("departments.1.creator_id", WrongSetting.PERSON),
        ),
        (
            "about.pt",
            "W" * 201,
            SettingFault("departments.1.about.pt", WrongSetting.LONG_ABOUT, "200"),
        ),
        (
            "opening_hours.de",
            "W" * 101,
            SettingFault(
                "departments.1.opening_hours.de", WrongSetting.LONG_HOURS, "100"
            ),
        ),
        (
            "working_hours.days.sat",
            "late",
            SettingFault(
                "departments.1.working_hours.days.sat", WrongSetting.HOURS, "late"
            ),
        ),
        (
            "working_hours.time_zone",
            "Mars/Base",
            SettingFault("departments.1.working_hours.time_zone", WrongSetting.ZONE),
        ),
        (
            "working_hours.holidays",
            "XX",
            SettingFault("departments.1.working_hours.holidays", WrongSetting.REGION),
        ),
        (
            "working_hours.closed",
            "soon",
            SettingFault(
                "departments.1.working_hours.closed", WrongSetting.CLOSED_DAY, "soon"
            ),
        ),
    ],
)
def test_what_is_wrong_with_a_department_is_named_at_its_row(
    part, typed_text, expected
):
    """A department's field is judged in its row."""
    assert [expected] == faults(**{f"departments.1.{part}": typed_text})
