"""The form for a new ticket: what it offers, and the command that it becomes."""

from datetime import UTC, datetime
from typing import NamedTuple

from ticket24.domain.commands import forms
from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.portal.lists import in_words
from ticket24.domain.settings.model import AccountSettings, Language
from ticket24.portal.asker import Asker
from ticket24.portal.forms.form import command_id, form_id_of
from ticket24.portal.forms.uploading import SentForm


class Told(NamedTuple):
    """What customers read of a department besides its name; either may be empty."""

    about: str
    opening_hours: str


def command_of(asker: Asker, posted: SentForm) -> tuple[OpenTicket, list[forms.Fault]]:
    """Read the asker's form; the command is valid only if there are no faults."""
    login, account = asker.login, asker.account
    ticket, faults = forms.read_new_ticket(posted.fields, account.settings)
    posted.fields["form_id"] = form_id = form_id_of(posted.fields)
    words = (ticket.group_id, ticket.tags, ticket.cc, ticket.subject, ticket.text)
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
        private=account.settings.company_view.on and bool(posted.fields.get("private")),
    )
    return command, faults


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
