"""What settings may hold: words, zones, automation, hours, notes."""

from datetime import date

import pytest
from pydantic import TypeAdapter
from settings_typed import SETTINGS, faults, pairs_of, read

from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.form import form_of
from ticket24.domain.settings.model import (
    AccountSettings,
    Department,
    Ends,
    Gathering,
    OwnWords,
    Ratings,
)
from ticket24.domain.settings.parts import field_of, with_hours
from ticket24.domain.settings.reading.automation import filled
from ticket24.domain.settings.times.hours import calendar
from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours


@pytest.mark.parametrize(
    ("field", "typed_text", "what"),
    [
        ("greeting.de", "x" * 201, WrongSetting.LONG),
        ("signature.pt", "x\r\n" * 1_001, WrongSetting.LONG),
        ("legal_footer.en", "x" * 2_001, WrongSetting.LONG),
        ("time_zone", "Berlin", WrongSetting.ZONE),
        ("time_zone", "../../etc/passwd", WrongSetting.ZONE),
    ],
)
def test_own_words_and_zones_have_their_bounds(field, typed_text, what):
    """What is too long, or no zone, is a fault of the very field."""
    assert [(field, what)] == [
        (fault.field, fault.what) for fault in faults(**{field: typed_text})
    ]


def test_own_words_keep_their_lines_and_nothing_else():
    """Line breaks are kept; what cannot be seen, and empty ends, are not."""
    pairs = pairs_of(**{"signature.en": "\r\n Yours,\u202e \r\n\r\nAcme\0\r\n"})

    settings, found = read(pairs, SETTINGS)

    assert ("Yours,\n\nAcme", []) == (settings.signature.en, found)


def test_words_of_departments_are_plain_lines():
    """What deceives or breaks a line is taken out of them."""
    hostile = " Mo\u202e-Fr \r\n\0 9-17\u2028Uhr "

    settings, found = read(pairs_of(**{"departments.1.about.de": hostile}), SETTINGS)

    assert (OwnWords(de="Mo-Fr 9-17 Uhr"), []) == (
        settings.departments[1].about,
        found,
    )


def test_a_row_with_words_alone_is_a_department_without_a_workgroup():
    """Nobody's words are dropped in silence."""
    assert [SettingFault("departments.9.group_id", WrongSetting.NO_GROUP)] == faults(
        **{"departments.9.opening_hours.en": "24/7"}
    )


def test_departments_from_before_they_had_words_are_the_same_without():
    """What was stored then is no other setting now."""
    stored = '{"departments": [{"group_id": 7, "name": "Support"}]}'
    now = AccountSettings(departments=(Department(7, "Support"),))

    read = TypeAdapter(AccountSettings).validate_json(stored, strict=True)

    assert (now, now.stamp) == (read, read.stamp)


@pytest.mark.parametrize(
    ("field", "typed_text", "what", "detail"),
    [
        ("automation.responsible.Bugs", "nobody", WrongSetting.PERSON, ""),
        ("automation.deadline.High", "soon", WrongSetting.DAYS, "365"),
        ("automation.deadline.High", "0", WrongSetting.DAYS, "365"),
        ("automation.deadline.High", "-1", WrongSetting.DAYS, "365"),
        ("automation.deadline.High", "366", WrongSetting.DAYS, "365"),
        ("automation.deadline.High", "1.5", WrongSetting.DAYS, "365"),
        ("automation.deadline.High", "9" * 5_000, WrongSetting.DAYS, "365"),
        ("automation.deadline.count", "all", WrongSetting.COUNT, ""),
        ("working_hours.days.tue", "9-5", WrongSetting.HOURS, "9-5"),
        ("working_hours.closed", "31.2.2026", WrongSetting.CLOSED_DAY, "31.2.2026"),
        ("working_hours.closed", "Xmas", WrongSetting.CLOSED_DAY, "Xmas"),
        ("working_hours.closed", "2026-12-24\n" * 401, WrongSetting.CLOSED_DAYS, "400"),
        ("working_hours.holidays", "DE-XX", WrongSetting.REGION, ""),
        ("working_hours.holidays", "Germany", WrongSetting.REGION, ""),
        ("working_hours.holidays", "DE-" * 5_000, WrongSetting.REGION, ""),
    ],
)
def test_automation_and_hours_have_their_bounds(field, typed_text, what, detail):
    """What is no number of days, no hours or no date is a fault of the very field."""
    _, table, tag = field.split(".") if field.count(".") > 1 else ("", "", "")
    sent = field_of(table, tag) if tag in {"Bugs", "High"} else field

    assert [SettingFault(field, what, detail)] == faults(**{sent: typed_text})


def test_cards_need_a_stage_to_move_to():
    """Of any department; a stage is a number."""
    none = {f"departments.0.stages.{part}": "" for part in ("in_progress", "completed")}
    wrong = {"departments.0.stages.review": "Done"}

    assert [
        SettingFault("automation.completed_to_stage", WrongSetting.NO_STAGES)
    ] == faults(**none)
    assert [SettingFault("departments.0.stages.review", WrongSetting.STAGE)] == faults(
        **wrong
    )


def test_notes_have_their_bounds():
    """People are numbers, each once; a note names what there is."""
    changes = {
        "automation.push.0": "Anna",
        "automation.note": "{subject} {company} {}",
    }
    twice = {"automation.mail.7": "11", "automation.mail.0": "11"}
    long = {"automation.note": "x" * 1_001}

    assert [
        SettingFault("automation.push.0", WrongSetting.PERSON),
        SettingFault("automation.note", WrongSetting.VALUE, "{company}"),
        SettingFault("automation.note", WrongSetting.VALUE, "{}"),
    ] == faults(**changes)
    assert [] == faults(**twice)
    assert (11,) == read(pairs_of(**twice), SETTINGS)[0].automation.mail
    assert [SettingFault("automation.note", WrongSetting.LONG_NOTE, "1000")] == faults(
        **long
    )


def test_values_are_put_into_a_note_once():
    """Whatever a customer writes: braces in it are words."""
    values = {"subject": "{customer} {number}", "customer": "Anna"}

    assert "Anna: {customer} {number} {other}" == filled(
        "{customer}: {subject} {other}", values
    )


@pytest.mark.parametrize(
    ("changes", "field", "what", "detail"),
    [
        ({"remind_after": "soon"}, "remind_after", WrongSetting.DAYS, "365"),
        ({"close_after": "366"}, "close_after", WrongSetting.DAYS, "365"),
        ({"reopen_within": "-1"}, "reopen_within", WrongSetting.DAYS, "365"),
        ({"close_after": "3"}, "close_after", WrongSetting.NO_TIME_LEFT, ""),
    ],
)
def test_ends_have_their_bounds(changes, field, what, detail):
    """Days of a year; nothing ends before its reminder, and each may be empty."""
    sent = {f"ends.{name}": text for name, text in changes.items()}
    none = {f"ends.{name}": " " for name in ("remind_after", "close_after")}

    assert [SettingFault(f"ends.{field}", what, detail)] == faults(**sent)
    assert Ends(reopen_within=14) == read(pairs_of(**none), SETTINGS)[0].ends


def test_customers_are_asked_again_after_a_number_of_days():
    """Of a year; an empty one is ours."""
    name = "ratings.every_days"

    assert [SettingFault(name, WrongSetting.DAYS, "365")] == faults(**{name: "0"})
    found = read(pairs_of(**{name: " "}), SETTINGS)[0].ratings
    assert Ratings(ask=True, every_days=30, mark=False) == found


@pytest.mark.parametrize(
    ("typed", "time"), [("7", "07:00"), ("18.30", "18:30"), (" ", "08:00")]
)
def test_the_day_is_told_at_a_time(typed, time):
    """Of any day; an empty one is ours."""
    name = "gathering.daily_at"

    found = read(pairs_of(**{name: typed}), SETTINGS)[0].gathering
    assert Gathering(("replied",), time) == found
    assert [SettingFault(name, WrongSetting.TIME_OF_DAY)] == faults(**{name: "24:00"})


def test_working_days_need_working_hours():
    """Else a deadline would never come."""
    none = {"working_hours.days.mon": "", "working_hours.days.sun": " "}

    assert [SettingFault("working_hours.days.mon", WrongSetting.NO_HOURS)] == faults(
        **none
    )
    assert [] == faults(**none, **{"automation.deadline.count": "calendar"})


def test_hours_and_days_off_are_kept_in_one_form():
    """However people write them, in the order of the calendar, each once."""
    written = {
        "working_hours.days.tue": " 9-12 / 13h - 17h30 ",
        "working_hours.closed": (
            "24/12/2027, Christmas\u202e Eve\r\n\r\n1.1.2027\r\n2026-5-1\r\n01.01.2027"
        ),
    }
    settings, found = read(pairs_of(**written), SETTINGS)

    assert [] == found
    assert "09:00-12:00, 13:00-17:30" == settings.working_hours.days.tue
    assert (
        "2026-05-01", "2027-01-01", "2027-12-24 Christmas Eve",
    ) == settings.working_hours.closed  # fmt: skip


def test_a_region_is_kept_as_the_library_writes_it():
    """Copying the hours of Bitrix24, which knows no region, leaves it as it is."""
    written = {"working_hours.holidays": " de - be\u202e"}
    settings, found = read(pairs_of(**written), SETTINGS)

    assert [] == found
    assert "DE-BE" == settings.working_hours.holidays

    copied = with_hours(form_of(settings).parts, WorkingHours())
    assert {"working_hours.holidays": "DE-BE"} == {
        name: text for name, text in copied.items() if name.startswith("working_hours.")
    }


def test_public_holidays_are_days_off_beside_those_that_are_closed():
    """A day may be both."""
    hours = WorkingHours(WeekHours(thu="9-17", fri="9-17"), ("2026-12-24 Eve",), "DE")
    days = [date(2026, 12, day) for day in (24, 25)]

    for told in (days, days[1:]):
        assert not any(map(calendar(hours, "UTC", told).spans, days))
    assert calendar(hours, "UTC", ()).spans(days[1])


@pytest.mark.parametrize("written", ["none", " NONE ", "None"])
def test_a_department_may_work_on_public_holidays(written):
    """It says so in place of a region."""
    settings, found = read(
        pairs_of(**{"departments.1.working_hours.holidays": written}), SETTINGS
    )

    assert [] == found
    assert "none" == settings.departments[1].working_hours.holidays


def test_what_belongs_to_a_tag_goes_with_it():
    """A tag that is not offered has no deadline; it is spelt as in the list."""
    tags = {"priority": "HIGH\nUrgent", field_of("deadline", "Urgent"): "2"}
    settings, found = read(pairs_of(**tags), SETTINGS)

    assert [] == found
    assert {"HIGH": 1, "Urgent": 2, "count": "working"} == settings.automation.deadline
    assert ("HIGH",) == settings.automation.flag


def test_settings_from_before_automation_are_the_same_without():
    """What was stored then is no other setting now."""
    assert AccountSettings() == TypeAdapter(AccountSettings).validate_json("{}")
