"""The rules for settings: the form, TOML and the mirror are all read by them.

Faults are named here and worded by `flows.settings.fault_words`. A company may keep a
password field with a name of its own that it had before.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import Any, get_args

from ticket24.domain.lines import one_line
from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.form import SECTIONS, SWITCHES, SettingsForm, form_of
from ticket24.domain.settings.house_rules.fields import house_rules, strange_tags
from ticket24.domain.settings.model import AccountSettings, Language, Shown, Stages
from ticket24.domain.settings.own_fields.reading import form_fields
from ticket24.domain.settings.parts import MOVES_CARDS
from ticket24.domain.settings.reading.automation import automation, strangers
from ticket24.domain.settings.reading.company_view import company_view
from ticket24.domain.settings.reading.departments import departments
from ticket24.domain.settings.reading.ends import ends
from ticket24.domain.settings.reading.fields import (
    GREETING_LENGTH,
    NAME_LENGTH,
    PHRASE_LENGTH,
    Reader,
)
from ticket24.domain.settings.reading.gathering import gathering
from ticket24.domain.settings.reading.ratings import ratings
from ticket24.domain.settings.times.hours import calendar, working_hours
from ticket24.domain.settings.times.promises import promises, unfit

# How each setting is read, in the order of the page, so that faults lead down the page.
# Switches need no rule, and the logos are not part of the form.
RULES: Mapping[str, Callable[[Reader, str], Any]] = {
    "company_name": partial(Reader.name, missing=WrongSetting.NO_COMPANY),
    "language": partial(
        Reader.one_of, known=get_args(Language), what=WrongSetting.LANGUAGE
    ),
    "time_zone": Reader.time_zone,
    "accent": Reader.accent,
    "password_field": Reader.contact_field,
    "departments": departments,
    "company_view": company_view,
    "fields": form_fields,
    "task_fields": Reader.task_fields,
    **dict.fromkeys(SECTIONS, Reader.tags),
    "tag_labels": Reader.tag_labels,
    "automation": automation,
    "promises": promises,
    "promise_field": Reader.level_field,
    "ends": ends,
    "ratings": ratings,
    "gathering": gathering,
    "rules": house_rules,
    "working_hours": working_hours,
    "shown_messages": partial(
        Reader.one_of, known=get_args(Shown), what=WrongSetting.SHOWN
    ),
    "internal_marks": Reader.marks,
    "public_marks": Reader.public_marks,
    "mail_megabytes": Reader.megabytes,
    "sender_name": Reader.name,
    "greeting": partial(Reader.phrases, most=GREETING_LENGTH),
    "signature": partial(Reader.phrases, most=PHRASE_LENGTH),
    "legal_footer": partial(Reader.phrases, most=PHRASE_LENGTH),
}


def read_form(
    form: SettingsForm, before: AccountSettings
) -> tuple[AccountSettings, list[SettingFault]]:
    """Read settings from a form; they are valid if there are no faults.

    Settings that the form does not contain stay as they were `before`. Empty rows are
    not departments.
    """
    reader = Reader(form, before)
    read = {name: rule(reader, name) for name, rule in RULES.items()}
    tags = replace(before.tags, **{name: read.pop(name) for name in SECTIONS})
    read |= {name: form.on(name) for name in SWITCHES}
    settings = replace(before, tags=tags, **read)
    reader.faults += unfit(settings, form.parts)
    if not calendar(settings.working_hours, "", ()):
        if settings.automation.counts_working_days:
            reader.wrong("working_hours.days.mon", WrongSetting.NO_HOURS)
        if settings.promises:
            reader.wrong("working_hours.days.mon", WrongSetting.UNCOUNTED)
    if settings.automation.completed_to_stage and not any(
        one.stages != Stages() for one in settings.departments
    ):
        reader.wrong(MOVES_CARDS, WrongSetting.NO_STAGES)
    return settings, reader.faults


def judged(
    settings: AccountSettings, before: AccountSettings
) -> tuple[AccountSettings, list[SettingFault]]:
    """Return settings from elsewhere as the form would have saved them, and the faults.

    A missing company name is not a fault here: an account may not have one yet.
    """
    read, faults = read_form(form_of(settings), before)
    faults += [*strangers(settings), *strange_tags(settings)]
    others = {WrongSetting.NO_COMPANY, WrongSetting.GONE_TAG}
    return (
        replace(read, logo=settings.logo, dark_logo=settings.dark_logo),
        [fault for fault in faults if fault.what not in others],
    )


def accepted(settings: AccountSettings) -> AccountSettings | None:
    """Return settings from an account's mirror, or None if anything is wrong.

    Only the last parts of the logos' paths are kept.
    """
    read, faults = judged(settings, AccountSettings())
    if faults:
        return None
    return apart(
        replace(read, logo=_bare(settings.logo), dark_logo=_bare(settings.dark_logo))
    )


def apart(settings: AccountSettings) -> AccountSettings:
    """Return the settings with two names for two logos: an export writes both."""
    name = settings.dark_logo
    if not name or name.casefold() != settings.logo.casefold():
        return settings
    return replace(settings, dark_logo=f"dark-{name}")


def _bare(path: str) -> str:
    return one_line(PurePath(path).name)[:NAME_LENGTH]
