"""What may be in a mail's head: addresses, and words from strangers."""

from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import parseaddr

from ticket24.domain.customers.mailboxes import mailbox


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
        """The name before the mailbox; it may be empty.

        Operators may have encoded it; their words are the only ones that we decode.
        """
        name = parseaddr(self.address)[0]
        try:
            return str(make_header(decode_header(name)))
        except (HeaderParseError, LookupError, UnicodeError):
            return name

    @property
    def mailbox(self) -> str:
        """The mailbox alone, for the envelope; ValueError if there is none."""
        return mailbox(parseaddr(self.address)[1])
