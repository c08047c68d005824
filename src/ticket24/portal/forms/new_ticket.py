"""The form for a new ticket: what it offers, and the command that it becomes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from ticket24.domain.commands import forms, own_fields
from ticket24.domain.commands.changed_form import moved_into_text, strays
from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.portal.names import in_words
from ticket24.domain.settings.model import AccountSettings, Language
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.field_words import yes_or_no
from ticket24.portal.asker import Asker
from ticket24.portal.forms.form import command_id, form_id_of
from ticket24.portal.forms.uploading import SentForm


class Told(NamedTuple):
    """What customers read of a department besides its name; either may be empty."""

    about: str
    opening_hours: str


def command_of(
    asker: Asker, posted: SentForm, *, by_staff: bool = False
) -> tuple[OpenTicket, list[forms.Fault]]:
    """Read the asker's form; the command is valid only if there are no faults.

    Nobody asks staff what they would know of the company's own fields.
    """
    login, account = asker.login, asker.account
    settings, files = account.settings, _files(posted)
    lost = strays(posted.fields, settings, files)
    posted.fields = moved_into_text(posted.fields, settings, files)
    ticket, faults = forms.read_new_ticket(posted.fields, settings)
    if lost:
        faults.append(forms.Fault("text", forms.Wrong.GONE_FIELD))
    values: tuple[FieldValue, ...] = ()
    if not by_staff:
        values, wrong = own_fields.read_own_fields(
            posted.fields, settings, ticket.group_id, asker.language, files
        )
        faults += wrong
    posted.fields["form_id"] = form_id = form_id_of(posted.fields)
    words = [ticket.group_id, ticket.tags, ticket.cc, ticket.subject, ticket.text]
    words += [values] if values else []
    command = OpenTicket(
        id=command_id("open", login.owner, form_id, *words),
        account=account.id,
        contact_id=login.owner,
        name=login.name or login.email,
        at=datetime.now(UTC),
        group_id=ticket.group_id,
        subject=ticket.subject,
        text=ticket.text,
        cc=ticket.cc,
        tags=ticket.tags,
        private=settings.company_view.on and bool(posted.fields.get("private")),
        values=tuple(_worded(one, settings.language) for one in values),
    )
    return command, faults


def prefilled(
    query: Iterable[tuple[str, str]], settings: AccountSettings, language: Language
) -> dict[str, str]:
    """Return what an address fills in: only what the form would take, and no copies."""
    asked: dict[str, str] = {}
    for name, value in query:
        asked[name] = f"{asked[name]}\n{value}" if name in asked else value
    return dict(forms.prefilled(asked, settings)) | dict(
        own_fields.prefilled(asked, settings, language)
    )


def _files(posted: SentForm) -> set[str]:
    """Return the ids of the files that a form has."""
    return {*posted.kept, *(upload.id for upload in posted.uploads)}


def _worded(value: FieldValue, language: Language) -> FieldValue:
    """Return a value with yes and no in the company's language."""
    if value.kind != "yes_no":
        return value
    words = tuple(yes_or_no(one, language) for one in value.values)
    return replace(value, words=words)


def offered(settings: AccountSettings, language: Language) -> dict[str, object]:
    """Return what the form offers to choose from, in the words of its reader."""
    labels = settings.tag_labels.of(language)
    sections = {
        name: [(word, in_words(word, labels)) for word in words]
        for name in forms.SECTIONS
        if (words := forms.words_of(settings, name))
    }
    return {
        "departments": forms.offered_departments(settings),
        "department_words": department_words(settings, language),
        "sections": sections,
        "shared": settings.company_view.on,
        "copies_follow": settings.followers,
        "own_fields": (),
    }


def department_words(settings: AccountSettings, language: Language) -> dict[int, Told]:
    """Return what customers read of departments, by workgroup id; if anything."""
    other = settings.language
    every = {
        one.group_id: Told(
            one.about.nearest(language, other),
            one.opening_hours.nearest(language, other),
        )
        for one in reversed(settings.departments)  # The first of a workgroup counts.
    }
    return {group_id: one for group_id, one in every.items() if any(one)}
