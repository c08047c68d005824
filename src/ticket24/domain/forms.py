"""What customers fill in, checked: a new ticket, a reply, the names of files.

Everything here is pure. What is wrong is named, not worded: the pages find the
words in the customer's language.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from email_validator import validate_email

from ticket24.domain.lines import one_line
from ticket24.domain.lists import department_names
from ticket24.domain.mailboxes import fold, mailbox, tidy
from ticket24.domain.settings import AccountSettings

SUBJECT_LENGTH = 200
TEXT_LENGTH = 20_000
COPIES = 20
NAME_LENGTH = 150

# The sections of an account's words, in the order in which they are asked for.
SECTIONS = ("priority", "message_type", "sector")

# What starts a program when a person of the staff opens it.
_PROGRAM = re.compile(
    r".*\.(ade|adp|apk|app|appx|bas|bat|chm|cmd|com|cpl|dll|dmg|exe|gadget|hta|inf|ins"
    r"|iso|isp|jar|jse?|lib|lnk|mde|msc|ms[ipt]|msix|nsh|pif|pkg|ps1|psd1|psm1|reg|scf"
    r"|scr|sct|shb|sys|url|vb[es]?|vxd|ws[cfh]|xll)",
    re.IGNORECASE | re.DOTALL,
)

_SEPARATORS = re.compile(r"[,;\r\n]")


class Wrong(StrEnum):
    """What can be wrong with a field."""

    DEPARTMENT = "department"  # None, or one that is not offered.
    WORD = "word"  # Not one of the section's words.
    ADDRESS = "address"  # `detail` is what stands there.
    ADDRESSES = "addresses"  # Too many.
    NO_SUBJECT = "no-subject"
    LONG_SUBJECT = "long-subject"
    NO_TEXT = "no-text"
    NO_REPLY = "no-reply"  # Neither text nor files.
    LONG_TEXT = "long-text"
    PROGRAM = "program"  # Of a file, as all below; `detail` is its name.
    EMPTY = "empty"
    LARGE = "large"
    MANY = "many"
    GONE = "gone"  # It waited too long to be sent.
    FULL = "full"  # We have no room for more files just now.
    BUSY = "busy"  # Of the whole form: too much is waiting to be passed on.
    TICKETS = "tickets"  # Too many within a short time, as all below.
    REPLIES = "replies"
    COPIES = "copies"  # `detail` is how many of the addresses are too many.
    STRANGERS = "strangers"  # The same, of those that are new.


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with one field; `detail` is the customer's own.

    What is wrong for `seconds` only is right after that.
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
    """Read the form's fields; the ticket is good if there are no faults.

    With one department it need not be named. Sections without words are ignored.
    """
    faults: list[Fault] = []
    group_id = _department(fields.get("department", ""), settings, faults)
    tags = tuple(_tags(fields, settings, faults))
    subject = _subject(fields.get("subject", ""), faults)
    text = read_text(fields.get("text", ""), faults)
    if not text:
        faults.append(Fault("text", Wrong.NO_TEXT))
    cc = read_copies(fields.get("cc", ""), faults)
    return NewTicket(group_id, tags, cc, subject, text), faults


def read_text(raw: str, faults: list[Fault]) -> str:
    """Return a text without control characters, its lines ended by LF alone."""
    text = _without_controls(raw.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(text) > TEXT_LENGTH:
        faults.append(Fault("text", Wrong.LONG_TEXT, str(len(text))))
    return text


def read_copies(raw: str, faults: list[Fault]) -> tuple[str, ...]:
    """Return the addresses in copy, each once, their domains in ASCII."""
    copies: dict[str, str] = {}
    for address in filter(None, map(str.strip, _SEPARATORS.split(raw))):
        try:
            checked = _address(address)
        except ValueError:
            faults.append(Fault("cc", Wrong.ADDRESS, shortened(address, 80)))
        else:
            copies.setdefault(fold(checked), checked)
        if len(copies) > COPIES or len(faults) > COPIES:
            faults.append(Fault("cc", Wrong.ADDRESSES))
            break
    return tuple(copies.values())


def check_file(name: str) -> Wrong | None:
    """Say what is wrong with a file of this (cleaned) name, if anything is.

    Windows forgets dots and spaces at the end, and what follows a colon.
    """
    plain = name.partition(":")[0].rstrip(". ")
    return Wrong.PROGRAM if _PROGRAM.fullmatch(plain) else None


def file_name(raw: str) -> str:
    """Return what to show as the name of a file: no folders, nothing invisible."""
    line = shortened(re.split(r"[/\\]", raw)[-1], len(raw) or 1).strip(". ")
    if len(line) <= NAME_LENGTH:
        return line or "file"
    stem, dot, extension = line.rpartition(".")
    end = f"…{dot}{extension}" if stem and len(extension) <= 10 else "…"  # noqa: PLR2004  Longer ones are part of the name.
    return line[: NAME_LENGTH - len(end)] + end


def offered_departments(settings: AccountSettings) -> dict[int, str]:
    """Return what to choose from: the names of departments by their workgroups.

    A workgroup's own name is not known here: a nameless one bears the company's.
    """
    names = department_names(settings)
    return {group_id: name or settings.company_name for group_id, name in names.items()}


def shortened(text: str, limit: int) -> str:
    """Make a stranger's words one visible line of at most `limit` characters."""
    line = one_line(text[: 4 * limit])
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def words_of(settings: AccountSettings, section: str) -> tuple[str, ...]:
    """Return the words that an account offers in one of the `SECTIONS`."""
    words: tuple[str, ...] = getattr(settings.tags, section)
    return words


def _department(value: str, settings: AccountSettings, faults: list[Fault]) -> int:
    """Find a workgroup by its id or by a department's name; 0 if there is none."""
    if not value and len(settings.group_ids) == 1:
        return settings.departments[0].group_id
    for department in settings.departments:
        if value and value in {str(department.group_id), department.name}:
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
        if chosen in words:
            yield chosen
        else:
            faults.append(Fault(section, Wrong.WORD))


def _subject(raw: str, faults: list[Fault]) -> str:
    subject = shortened(raw, max(len(raw), 1))
    if not subject:
        faults.append(Fault("subject", Wrong.NO_SUBJECT))
    elif len(subject) > SUBJECT_LENGTH:
        faults.append(Fault("subject", Wrong.LONG_SUBJECT, str(len(subject))))
    return subject


def _address(address: str) -> str:
    """Check an address as a mail server without SMTPUTF8 takes it, or ValueError."""
    checked = validate_email(
        tidy(address),
        strict=True,
        allow_smtputf8=False,
        check_deliverability=False,
        test_environment=True,
    )
    return mailbox(checked.normalized)


def _without_controls(text: str) -> str:
    return "".join(
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cs"}
    )
