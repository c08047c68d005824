"""The rules for settings: the form, TOML and the mirror are all read by them.

Faults are named here and worded by `flows.settings.words`. A company may keep a
password field with a name of its own that it had before.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath
from typing import cast, get_args

from ticket24.domain.lines import one_line
from ticket24.domain.settings.fields import (
    MARKS,
    NAME_LENGTH,
    SECTIONS,
    Fault,
    Reader,
    Wrong,
)
from ticket24.domain.settings.form import SettingsForm, form_of
from ticket24.domain.settings.model import AccountSettings, Language, Shown


def read_form(
    form: SettingsForm, before: AccountSettings
) -> tuple[AccountSettings, list[Fault]]:
    """Read settings from a form; they are good if there are no faults.

    Settings that the form does not hold stay as they were `before`. Empty rows are not
    departments.
    """
    reader = Reader(form)
    shown = reader.one_of("shown_messages", get_args(Shown), Wrong.SHOWN)
    tags = reader.tags()
    marks = reader.marks(shown)
    settings = replace(
        before,
        company_name=reader.name("company_name", missing=Wrong.NO_COMPANY),
        language=cast(
            "Language", reader.one_of("language", get_args(Language), Wrong.LANGUAGE)
        ),
        accent=reader.accent(),
        password_field=reader.password_field(before.password_field),
        departments=tuple(reader.departments()),
        tags=tags,
        created_mails=form.on("created_mails"),
        reply_mails=form.on("reply_mails"),
        status_mails=form.on("status_mails"),
        completed_mails=form.on("completed_mails"),
        subtask_tickets=form.on("subtask_tickets"),
        sender_name=reader.name("sender_name"),
        shown_messages=cast("Shown", shown),
        internal_marks=marks[0],
        public_marks=marks[1],
        task_fields=reader.task_fields(),
    )
    return settings, sorted(reader.faults, key=_place(form))


def judged(
    settings: AccountSettings, before: AccountSettings
) -> tuple[AccountSettings, list[Fault]]:
    """Return settings from elsewhere as the form would have saved them, and the faults.

    A missing company name is not a fault here: an account may not have one yet.
    """
    read, faults = read_form(form_of(settings), before)
    return (
        replace(read, logo=settings.logo),
        [fault for fault in faults if fault.what is not Wrong.NO_COMPANY],
    )


def accepted(settings: AccountSettings) -> AccountSettings | None:
    """Return settings from an account's mirror, or None if anything is wrong.

    Only the last part of the logo's path is kept.
    """
    read, faults = judged(settings, AccountSettings())
    if faults:
        return None
    return replace(read, logo=one_line(PurePath(settings.logo).name)[:NAME_LENGTH])


def _place(form: SettingsForm) -> Callable[[Fault], int]:
    """Return a sort key for faults: the order of their fields on the page."""
    rows = [
        f"departments.{row.key}.{part}"
        for row in form.rows
        for part in ("group_id", "name", "responsible_id", "creator_id")
    ]
    order = [
        *("company_name", "language", "accent", "password_field"),
        *("departments", *rows, "task_fields"),
        *SECTIONS,
        *("shown_messages", *MARKS, "sender_name"),
    ]
    places = {name: place for place, name in enumerate(order)}
    return lambda fault: places[fault.field]
