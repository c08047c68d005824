"""Checks of what customers fill in: a new ticket, a reply, the names of files.

Everything here is pure. Faults are named, not worded: the pages have the words in the
customer's language.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ticket24.domain.customers.mailboxes import fold, mailbox, public
from ticket24.domain.customers.typed_addresses import the_address_in, without_names
from ticket24.domain.lines import laid_bare, one_line, shortened
from ticket24.domain.portal.names import department_names
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.words import folded

SUBJECT_LENGTH = 200
TEXT_LENGTH = 20_000
COPIES = 20

# The sections of an account's words, in the order in which they are asked for.
SECTIONS = ("priority", "message_type", "sector")

_SEPARATORS = re.compile(r"[,;\r\n]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")

# Longer fields are refused before their letters or addresses are examined one by one.
_FAR_TOO_LONG = 10
_LONGEST_COPIES = 10_000
_LONGEST_ADDRESS = 320
_MOST_COPIES_TYPED = 5 * COPIES


class Wrong(StrEnum):
    """What can be wrong with a field."""

    DEPARTMENT = "department"  # None, or one that is not offered.
    WORD = "word"  # Not one of the section's words.
    ADDRESS = "address"  # `detail` is what was typed.
    NO_ADDRESS = "no-address"
    ADDRESSES = "addresses"  # Too many.
    LEFT = "left"  # This person wants no more mail; `detail` is the address.
    NO_SUBJECT = "no-subject"
    LONG_SUBJECT = "long-subject"
    NO_TEXT = "no-text"
    NO_REPLY = "no-reply"  # Neither text nor files.
    LONG_TEXT = "long-text"
    LONG_ALONE = "long-alone"  # The same where no file can be added.
    PROGRAM = "program"  # About a file, like the next five; `detail` is its name.
    EMPTY = "empty"
    LARGE = "large"
    MANY = "many"
    GONE = "gone"  # It waited too long to be sent.
    FULL = "full"  # We have no room for more files at the moment.
    # About one of the company's own fields; `detail` is what it is called.
    NO_VALUE = "no-value"
    NO_CHOICE = "no-choice"
    NO_FILE = "no-file"
    LONG_LINE = "long-line"
    LONG_LINES = "long-lines"
    NO_DATE = "no-date"
    NO_NUMBER = "no-number"
    GONE_OPTION = "gone-option"  # It was offered until a moment ago.
    GONE_FIELD = "gone-field"  # So was the field; what stood there is in the message.
    AGAIN = "again"  # About the whole form: it was already sent a moment ago.
    BUSY = "busy"  # About the whole form: too much is waiting to be passed on.
    TICKETS = "tickets"  # Too many within a short time, as all below.
    REPLIES = "replies"
    COPIES = "copies"  # `detail` is how many of the addresses are too many.
    STRANGERS = "strangers"  # The same for new addresses.
    CROWD = "crowd"  # Too many people write who are not in the CRM.


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with one field; `detail` quotes the customer.

    A fault with `seconds` disappears by itself after that time.
    """

    field: str
    what: Wrong
    detail: str = ""
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A new ticket as its form says it, once nothing is wrong with it."""

    group_id: int
    tags: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    text: str


def read_new_ticket(
    fields: Mapping[str, str], settings: AccountSettings
) -> tuple[NewTicket, list[Fault]]:
    """Read the form's fields; the ticket is valid if there are no faults.

    If there is only one department, it need not be named. Sections without words are
    ignored.
    """
    faults: list[Fault] = []
    group_id = _department(fields.get("department", ""), settings, faults)
    tags = tuple(_tags(fields, settings, faults))
    subject = read_subject(fields.get("subject", ""), faults)
    text = read_text(fields.get("text", ""), faults)
    if not text:
        faults.append(Fault("text", Wrong.NO_TEXT))
    cc = read_copies(fields.get("cc", ""), faults)
    return NewTicket(group_id, tags, cc, subject, text), faults


def prefilled(
    asked: Mapping[str, str], settings: AccountSettings
) -> Iterator[tuple[str, str]]:
    """Yield what an address fills in in our fields: only what the form would take.

    An address from a stranger puts nobody in copy.
    """
    wrong: list[Fault] = []
    department = asked.get("department", "")
    if department and (group_id := _department(department, settings, wrong)):
        yield "department", str(group_id)
    for section in SECTIONS:
        one = {section: asked.get(section, "")}
        yield from ((section, word) for word in _tags(one, settings, wrong))
    for name, read in (("subject", read_subject), ("text", read_text)):
        faults: list[Fault] = []
        words = read(asked.get(name, ""), faults)
        if words and not faults:
            yield name, words


def read_text(raw: str, faults: list[Fault]) -> str:
    """Return a text without control characters, its lines ended by LF alone."""
    lines = raw.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROLS.sub("", lines).strip()
    if len(text) > TEXT_LENGTH:
        faults.append(Fault("text", Wrong.LONG_TEXT, str(len(text))))
    return text


def read_copies(raw: str, faults: list[Fault]) -> tuple[str, ...]:
    """Return the addresses in copy without duplicates, their domains in ASCII."""
    typed = _SEPARATORS.split(without_names(raw[:_LONGEST_COPIES]))
    different = list(dict.fromkeys(filter(None, map(the_address_in, typed))))
    if len(raw) > _LONGEST_COPIES or len(different) > _MOST_COPIES_TYPED:
        faults.append(Fault("cc", Wrong.ADDRESSES))
        return ()
    copies: dict[str, str] = {}
    for address in different:
        if len(address) <= _LONGEST_ADDRESS and public(address):
            local, _, domain = mailbox(address).rpartition("@")
            copies.setdefault(fold(address), f"{local}@{domain.lower()}")
        else:
            detail = shortened(laid_bare(address[:_LONGEST_ADDRESS]), 80)
            faults.append(Fault("cc", Wrong.ADDRESS, detail))
        if len(copies) > COPIES or len(faults) > COPIES:
            faults.append(Fault("cc", Wrong.ADDRESSES))
            break
    return tuple(copies.values())


def offered_departments(settings: AccountSettings) -> dict[int, str]:
    """Return the departments to choose from: names by workgroup id.

    A department without a name takes the company's, because the name of its workgroup
    is not known here.
    """
    names = department_names(settings)
    return {group_id: name or settings.company_name for group_id, name in names.items()}


def words_of(settings: AccountSettings, section: str) -> tuple[str, ...]:
    """Return the words that an account offers in one of the `SECTIONS`."""
    words: tuple[str, ...] = getattr(settings.tags, section)
    return words


def _department(value: str, settings: AccountSettings, faults: list[Fault]) -> int:
    """Find a workgroup by its id or by a department's name; 0 if there is none."""
    if not value and len(settings.group_ids) == 1:
        return settings.departments[0].group_id
    for department in settings.departments:
        names = {str(department.group_id), folded(department.name)}
        if value and folded(value) in names:
            return department.group_id
    faults.append(Fault("department", Wrong.DEPARTMENT))
    return 0


def _tags(
    fields: Mapping[str, str], settings: AccountSettings, faults: list[Fault]
) -> Iterator[str]:
    for section in SECTIONS:
        words = words_of(settings, section)
        chosen = fields.get(section, "")
        if not chosen or not words:
            continue
        offered = {folded(word): word for word in reversed(words)}
        if word := offered.get(folded(chosen)):
            yield word
        else:
            faults.append(Fault(section, Wrong.WORD))


def read_subject(raw: str, faults: list[Fault]) -> str:
    """Return a subject as one line."""
    if len(raw) > _FAR_TOO_LONG * SUBJECT_LENGTH:
        faults.append(Fault("subject", Wrong.LONG_SUBJECT, str(len(raw))))
        return ""
    subject = one_line(raw)
    if not subject:
        faults.append(Fault("subject", Wrong.NO_SUBJECT))
    elif len(subject) > SUBJECT_LENGTH:
        faults.append(Fault("subject", Wrong.LONG_SUBJECT, str(len(subject))))
    return subject
