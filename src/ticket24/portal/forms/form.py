"""A form on a page: what was typed, and what is wrong with it, in words."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from ticket24 import i18n
from ticket24.domain.commands.field_kinds import LINE_LENGTH, LINES_LENGTH
from ticket24.domain.commands.forms import (
    COPIES,
    SUBJECT_LENGTH,
    TEXT_LENGTH,
    Fault,
    Wrong,
)
from ticket24.domain.commands.model import Upload
from ticket24.domain.settings.model import Language
from ticket24.i18n import noop
from ticket24.settings import Settings

# What is typed beside the reply on a ticket's page: words of a rating, and who is to be
# put in copy. It is sent with the reply's form, also by buttons for something else.
RATING_TEXT, COPY_IN = BESIDE = ("rating_text", "copy_in")

_FORM_ID = re.compile(r"[\w-]{8,64}", re.ASCII)

_WORDS = {
    Wrong.DEPARTMENT: noop("Choose a department"),
    Wrong.WORD: noop("Choose an option"),
    Wrong.ADDRESS: noop("We can’t send to “%(detail)s”. Check the email address."),
    Wrong.NO_ADDRESS: noop("Enter your email address"),
    Wrong.ADDRESSES: noop("Enter no more than %(copies)s addresses"),
    Wrong.LEFT: noop("“%(detail)s” has asked for no more emails. Remove this address."),
    Wrong.NO_SUBJECT: noop("Enter a subject"),
    Wrong.LONG_SUBJECT: noop(
        "The subject has %(detail)s characters. Shorten it to %(subject)s."
    ),
    Wrong.NO_TEXT: noop("Tell us what you need help with"),
    Wrong.NO_REPLY: noop("Write a reply or add a file"),
    Wrong.LONG_ALONE: noop(
        "The text has %(detail)s characters. Shorten it to %(text)s."
    ),
    Wrong.LONG_TEXT: noop(
        "The text has %(detail)s characters. Shorten it to %(text)s, or add it"
        " as a file."
    ),
    Wrong.PROGRAM: noop("“%(detail)s” wasn’t added because we don’t accept programs"),
    Wrong.EMPTY: noop("“%(detail)s” wasn’t added because the file is empty"),
    Wrong.LARGE: noop(
        "“%(detail)s” wasn’t added because it’s larger than %(megabytes)s MB"
    ),
    Wrong.MANY: noop(
        "“%(detail)s” wasn’t added because you can send up to %(files)s files"
    ),
    Wrong.GONE: noop(
        "The files you added earlier are no longer available. Please add them again."
    ),
    Wrong.FULL: noop(
        "“%(detail)s” wasn’t added because we have no room for files right now."
        " Please try again in a few minutes."
    ),
    Wrong.NO_VALUE: noop("Fill in “%(detail)s”"),
    Wrong.NO_CHOICE: noop("Choose an option for “%(detail)s”"),
    Wrong.NO_FILE: noop("Add a file for “%(detail)s”"),
    Wrong.LONG_LINE: noop(
        "“%(detail)s” is too long. Shorten it to %(line)s characters."
    ),
    Wrong.LONG_LINES: noop(
        "“%(detail)s” is too long. Shorten it to %(lines)s characters."
    ),
    Wrong.NO_DATE: noop("Enter a date for “%(detail)s”, for example 2026-12-24"),
    Wrong.NO_NUMBER: noop("Enter a number for “%(detail)s”"),
    Wrong.GONE_OPTION: noop(
        "What you chose for “%(detail)s” is no longer offered. Choose another option."
    ),
    Wrong.GONE_FIELD: noop(
        "This form has changed while you were filling it in. What you entered in"
        " fields that are gone now stands at the end of your message. Please check it"
        " and send again."
    ),
    Wrong.AGAIN: noop(
        "You sent exactly this a few minutes ago, and we have it. Do you want"
        " to send it again?"
    ),
    Wrong.BUSY: noop(
        "Too many of your messages are still on their way to our team. Your"
        " text is still here. Please try again in a few minutes."
    ),
    Wrong.TICKETS: noop(
        "You’ve created too many tickets in a short time. Your text is still"
        " here. Please send it %(again)s."
    ),
    Wrong.REPLIES: noop(
        "You’ve sent too many messages in a short time. Your text is still"
        " here. Please send it %(again)s."
    ),
    Wrong.COPIES: noop(
        "You’ve copied in too many addresses in a short time. Your text is"
        " still here. Remove %(detail)s of them, or send this %(again)s."
    ),
    Wrong.STRANGERS: noop(
        "You’ve copied in too many new addresses in a short time. Your text is"
        " still here. Remove %(detail)s of them, or send this %(again)s."
    ),
    Wrong.CROWD: noop(
        "Too many messages are coming in from people we don’t know yet. Your text is"
        " still here. Please send it %(again)s."
    ),
}


@dataclass(frozen=True, slots=True)
class Form:
    """What a template needs to show a form again. `name` is the name of its draft.

    `form_id` identifies this filling-in of the form, and so what is sent with it.
    `faults` are pairs of a field and words. `restored` says that the form is a draft.
    `asked` says that the same was sent before: then the faults are a question. A
    `loose` form exists on this page alone.
    """

    name: str
    limits: Settings
    form_id: str = field(default_factory=lambda: secrets.token_hex(16))
    values: Mapping[str, str] = field(default_factory=dict)
    uploads: Sequence[Upload] = ()
    faults: Sequence[tuple[str, str]] = ()
    restored: bool = False
    asked: bool = False
    loose: bool = False

    most_subject: ClassVar = SUBJECT_LENGTH
    most_text: ClassVar = TEXT_LENGTH
    most_line: ClassVar = LINE_LENGTH
    most_lines: ClassVar = LINES_LENGTH

    def value(self, name: str, default: str = "") -> str:
        """Return what was typed into a field."""
        return self.values.get(name, default)

    def wrong(self, name: str) -> list[str]:
        """Return what is wrong with a field, in words."""
        return [words for field_, words in self.faults if field_ == name]


def form_id_of(fields: Mapping[str, str]) -> str:
    """Return the id that the form came with, or a new one if it has none."""
    sent = fields.get("form_id", "")
    return sent if _FORM_ID.fullmatch(sent) else secrets.token_hex(16)


def command_id(*parts: object) -> str:
    """Name a command after what was sent: the same form sent twice is one command.

    The name depends on the words too, so a form that was changed and sent again is
    another command.
    """
    digest = hashlib.sha256()
    for part in parts:
        raw = str(part).encode()
        digest.update(len(raw).to_bytes(4) + raw)
    return digest.hexdigest()[:32]


def say_all(
    faults: Iterable[Fault], language: Language, settings: Settings
) -> list[tuple[str, str]]:
    """Say what is wrong, but nothing twice."""
    told = ((fault.field, say(fault, language, settings)) for fault in faults)
    return list(dict.fromkeys(told))


def say(fault: Fault, language: Language, settings: Settings) -> str:
    """Say what is wrong with a field, for the customer."""
    words = i18n.translations(language).gettext(_WORDS[fault.what])
    return words % {
        "detail": fault.detail,
        "again": i18n.in_time(fault.seconds, language),
        "copies": COPIES,
        "subject": SUBJECT_LENGTH,
        "text": TEXT_LENGTH,
        "line": LINE_LENGTH,
        "lines": LINES_LENGTH,
        "files": settings.upload_files,
        "megabytes": settings.upload_megabytes,
    }
