"""What people write who are not in the CRM, until they have confirmed their address.

Everything here is a stranger's, and may be hostile.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ticket24.domain.commands.forms import Fault, Wrong, read_subject, read_text
from ticket24.domain.commands.model import Introduce
from ticket24.domain.customers.mailboxes import fold, mailbox, public
from ticket24.domain.customers.typed_addresses import the_address_in
from ticket24.domain.lines import laid_bare, shortened
from ticket24.domain.settings.model import AccountSettings, FirstWay, Language
from ticket24.domain.words import folded

NAME_LENGTH = 100

# Where dots before the @ say nothing.
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})

_MOST_TYPED = 1_000
_LONGEST_ADDRESS = 320


@dataclass(frozen=True, slots=True)
class Introduction:
    """A message that waits until somebody confirms its address.

    `mail` is the id of the mail that it came with; then `text` is its beginning alone.
    `language` is that of the page on which it was written.
    """

    id: str
    email: str
    name: str
    group_id: int
    subject: str
    text: str
    at: datetime
    language: Language | None = None
    mail: str = ""
    files: int = 0

    def command(self, account: str, group_id: int) -> Introduce:
        """Return what becomes of it once it is confirmed, in a workgroup."""
        return Introduce(
            id=hashlib.sha256(f"introduce {account} {self.id}".encode()).hexdigest()[
                :32
            ],
            account=account,
            email=self.email,
            name=self.name,
            at=self.at,
            group_id=group_id,
            subject=self.subject,
            text=self.text,
            language=self.language,
            mail=self.mail,
        )


@dataclass(frozen=True, slots=True)
class FirstWords:
    """What the form says, once nothing is wrong with it."""

    email: str
    name: str
    group_id: int
    subject: str
    text: str


def id_of(email: str, *parts: str) -> str:
    """Name an introduction: first the address, then what was sent.

    The same form sent twice is one.
    """
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode(errors="backslashreplace")
        digest.update(len(raw).to_bytes(4) + raw)
    return f"{address_tag(email)}-{digest.hexdigest()[:24]}"


def address_tag(email: str) -> str:
    """Name an address without revealing it."""
    return hashlib.sha256(fold(email).encode()).hexdigest()[:24]


def mailbox_tag(email: str) -> str:
    """Name the mailbox that an address probably reaches, without revealing it.

    What stands behind a plus is its reader's own nearly everywhere, and so are dots at
    Gmail: whoever varies them writes to the same person.
    """
    local, _, domain = fold(email).rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return address_tag(f"{local}@{domain}")


def read_first_words(
    fields: Mapping[str, str], settings: AccountSettings
) -> tuple[FirstWords, list[Fault]]:
    """Read the form's fields; they are valid if there are no faults.

    If there is only one department, it need not be named. A name is optional.
    """
    faults: list[Fault] = []
    group_id = _department(fields.get("department", ""), settings, faults)
    name = shortened(fields.get("name", "")[:_MOST_TYPED], NAME_LENGTH)
    email = _address(fields.get("email", ""), faults)
    subject = read_subject(fields.get("subject", ""), faults)
    too_long: list[Fault] = []
    text = read_text(fields.get("text", ""), too_long)
    faults += (replace(one, what=Wrong.LONG_ALONE) for one in too_long)
    if not text:
        faults.append(Fault("text", Wrong.NO_TEXT))
    return FirstWords(email, name, group_id, subject, text), faults


def where(one: Introduction, settings: AccountSettings) -> int:
    """Return the workgroup that takes a confirmed message; 0 if there is none.

    If its own department is gone, or no longer open to everybody, the first one that is
    open takes it.
    """
    way: FirstWay = "mail" if one.mail else "form"
    groups = [each.group_id for each in settings.open_by(way)]
    return one.group_id if one.group_id in groups else next(iter(groups), 0)


def _department(value: str, settings: AccountSettings, faults: list[Fault]) -> int:
    """Find a workgroup by its id or by a department's name; 0 if there is none."""
    offered = settings.open_by("form")
    if len(offered) == 1:
        return offered[0].group_id
    for one in offered:
        if value and folded(value) in {str(one.group_id), folded(one.name)}:
            return one.group_id
    faults.append(Fault("department", Wrong.DEPARTMENT))
    return 0


def _address(raw: str, faults: list[Fault]) -> str:
    """Return an address with its domain in ASCII; "" if nobody can write to it."""
    typed = the_address_in(raw[:_MOST_TYPED])
    if not typed:
        faults.append(Fault("email", Wrong.NO_ADDRESS))
        return ""
    if len(typed) > _LONGEST_ADDRESS or not public(typed):
        detail = shortened(laid_bare(typed[:_LONGEST_ADDRESS]), 80)
        faults.append(Fault("email", Wrong.ADDRESS, detail))
        return ""
    local, _, domain = mailbox(typed).rpartition("@")
    return f"{local}@{domain.lower()}"
