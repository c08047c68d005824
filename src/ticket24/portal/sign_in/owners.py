"""Marks that say whose something is, and that nobody can forge.

What a browser keeps, or a page sends along, is bound to a person by a mark. The next
person at the same browser has another mark.
"""

import hmac
from dataclasses import dataclass

from aiohttp import web

from ticket24.domain.customers.logins import Login
from ticket24.domain.customers.mailboxes import fold
from ticket24.portal.parts import account_of, portal_of

_BYTES = 16


@dataclass(frozen=True, slots=True)
class OwnerMarks:
    """The marks of an account; the first secret signs, all of them are accepted."""

    account: str
    secrets: tuple[bytes, ...]

    def of(self, login: Login) -> str:
        """Return the mark of a customer, as the owner of drafts."""
        return self._all(f"contact {login.owner}")[0]

    def is_of(self, login: Login, mark: str) -> bool:
        """Whether a mark is that of a customer."""
        return _fits(mark, self._all(f"contact {login.owner}"))

    def of_address(self, email: str) -> str:
        """Return the mark of whoever reads the mail to this address."""
        return self._all(f"address {fold(email)}")[0]

    def is_of_address(self, mark: str, email: str) -> bool:
        """Whether a mark is that of this address."""
        return _fits(mark, self._all(f"address {fold(email)}"))

    def _all(self, whose: str) -> list[str]:
        about = f"owner:{self.account}:{whose}".encode(errors="backslashreplace")
        return [
            hmac.digest(secret, about, "sha256")[:_BYTES].hex()
            for secret in self.secrets
        ]


def marks_of(request: web.Request) -> OwnerMarks:
    """Return the marks of the account whose portal this is."""
    return OwnerMarks(account_of(request).id, portal_of(request).secrets)


def _fits(mark: str, marks: list[str]) -> bool:
    sent = mark.encode(errors="backslashreplace")
    return any(hmac.compare_digest(sent, one.encode()) for one in marks)
