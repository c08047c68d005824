"""What may stand in a mail's head: addresses, and words from strangers."""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr

from ticket24.domain import lines

_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9._-]{1,253}")

# What has a meaning in a list of addresses unless it is quoted; and how long a line
# may be that is never folded: Python forgets the quotes of a name that it folds, and
# the name's own commas and brackets become recipients.
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,"]')
_NEVER_FOLDED = 60


@dataclass(frozen=True, slots=True)
class Sender:
    """Who our mails come from.

    `address` is a mailbox, `a@example.com` or `Name <a@example.com>`; `domain`
    is the right side of our message ids.
    """

    address: str
    domain: str

    @property
    def name(self) -> str:
        """The name before the mailbox; may be empty."""
        return parseaddr(self.address)[0]

    @property
    def mailbox(self) -> str:
        """The mailbox alone, for the envelope; ValueError if there is none."""
        return mailbox(parseaddr(self.address)[1])


def mailbox(address: str) -> str:
    """Return the address as every mail server takes it: a domain in ASCII.

    ValueError where it is none, or where the part before the @ is not ASCII.
    """
    local, _, domain = address.strip().rpartition("@")
    try:
        plain = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        plain = ""
    if not _MAILBOX.fullmatch(plain):
        raise ValueError(f"not an e-mail address: {one_line(address, 100)!r}")
    return plain


def named(name: str, address: str) -> Address:
    """Return an address with the name before it, such that nothing in it is another.

    ValueError where the address is none.
    """
    whole = Address(name, addr_spec=address)
    if len(str(whole)) <= _NEVER_FOLDED:
        return whole
    return Address(" ".join(_SPECIALS.sub(" ", name).split()), addr_spec=address)


def one_line(text: str, limit: int) -> str:
    """Make a stranger's words harmless: one line, nothing invisible, not too long."""
    line = lines.one_line(text[: 4 * limit])
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
