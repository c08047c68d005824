"""Settings read out of their form; what is wrong is named, and worded by the page.

A company is let in with what it had before: a password field that is called
otherwise than ours may stay.
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
    """Read settings out of a form; they are good if there are no faults.

    What the form does not ask for stays as it was `before`. Rows in which nothing
    was typed are no departments.
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
    """Return settings that come from elsewhere as the form would have saved them.

    The faults are what the form has to say against them, but that there is no name
    of a company yet.
    """
    read, faults = read_form(form_of(settings), before)
    return (
        replace(read, logo=settings.logo),
        [fault for fault in faults if fault.what is not Wrong.NO_COMPANY],
    )


def accepted(settings: AccountSettings) -> AccountSettings | None:
    """Return settings out of an account's mirror, or None where anything is wrong.

    Of its name a logo's file is the last part.
    """
    read, faults = judged(settings, AccountSettings())
    if faults:
        return None
    return replace(read, logo=one_line(PurePath(settings.logo).name)[:NAME_LENGTH])


def _place(form: SettingsForm) -> Callable[[Fault], int]:
    """Return the order of faults: that of their fields on the page."""
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
