"""Mails as a company's customers get them, about a ticket that does not exist."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from enum import StrEnum

from ticket24 import i18n
from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.promising import promised
from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.settings.model import Language
from ticket24.domain.tickets.model import (
    Message,
    MessageKey,
    Source,
    Status,
    TicketRef,
    Turn,
    Voice,
)
from ticket24.i18n import noop
from ticket24.mail.paper import Paper
from ticket24.mail.writing import Writer

_NUMBER = 51
_SUBJECT = noop("Printer prints blank pages")
_ASKED = noop("Since this morning, the printer has only been printing blank pages.")
_ANSWERED = noop("We’ve replaced the drum. Is it printing again?")


class Sample(StrEnum):
    """The mails that there are."""

    REPLIED = "replied"
    CREATED = "created"
    COMPLETED = "completed"
    STATUS = "status"
    COPY = "copy"
    SIGN_IN = "sign_in"
    INVITATION = "invitation"


NAMES: Mapping[Sample, str] = {
    Sample.REPLIED: noop("Your team replied"),
    Sample.CREATED: noop("We received their ticket"),
    Sample.COMPLETED: noop("The ticket was solved"),
    Sample.STATUS: noop("The status changed"),
    Sample.COPY: noop("We received a ticket (to people in CC)"),
    Sample.SIGN_IN: noop("Sign-in link"),
    Sample.INVITATION: noop("Portal invitation"),
}


def write(
    sample: Sample,
    account: Account,
    language: Language,
    writer: Writer,
    *,
    recipient: str,
    paper: Paper,
    at: datetime,
) -> EmailMessage:
    """Write a mail in a language; its links lead nowhere that matters."""
    account = replace(account, settings=account.settings.read_in(language))
    name = "Maria Souza"
    if sample is Sample.SIGN_IN:
        return writer.link(account, recipient, name, "example", paper)
    if sample is Sample.INVITATION:
        return writer.invitation(account, recipient, name, "example", paper)
    letter = _letter(sample, account, language, at)
    return writer.letter(
        replace(letter, recipient=recipient, recipient_name=name), account, paper
    )


def _letter(
    sample: Sample, account: Account, language: Language, at: datetime
) -> Letter:
    say = i18n.translations(language).gettext
    question = Message(
        *(MessageKey(Source.CHAT, 1), Voice.CUSTOMER, "Maria Souza", say(_ASKED)),
        at - timedelta(hours=1),
    )
    answer = Message(
        MessageKey(Source.CHAT, 2), Voice.STAFF, "Ana Silva", say(_ANSWERED), at
    )
    departments = account.settings.departments
    letter = Letter(
        id="sample",
        ref=TicketRef(account.id, _NUMBER),
        kind=Kind.REPLIED,
        about=secrets.token_hex(8),  # Mail programs drop what they have seen.
        recipient="",
        recipient_name="",
        subject=say(_SUBJECT),
        status=Status.IN_PROGRESS,
        responsible="Ana Silva",
        decided_at=at,
        turn=Turn.OURS,
        group_id=departments[0].group_id if departments else 0,
    )
    match sample:
        case Sample.REPLIED:
            return replace(letter, messages=(answer,), before=question, turn=Turn.YOURS)
        case Sample.COMPLETED:
            return replace(
                letter,
                kind=Kind.COMPLETED,
                status=Status.COMPLETED,
                turn=Turn.SOLVED,
                before=answer,
                rating_token="example" if account.settings.ratings.ask else "",
            )
        case Sample.STATUS:
            return replace(letter, kind=Kind.STATUS)
    return replace(
        letter,
        kind=Kind.CREATED,
        status=Status.NEW,
        turn=Turn.NEW,
        text=question.text,
        opened_by=question.author,
        in_copy=sample is Sample.COPY,
        follows=sample is Sample.COPY and account.settings.followers,
        promise=promised(account, departments[0].group_id, (), (), at)
        if departments
        else None,
    )
