"""Whose something is, told such that nobody can say it of something else.

What a browser keeps or a page brings along is bound to a person by a mark: the next
person at the same browser has another one.
"""

import hmac

from aiohttp import web

from ticket24.domain.customers.mailboxes import fold
from ticket24.portal.parts import LOGIN, account_of, portal_of

_BYTES = 16


def mark(request: web.Request) -> str:
    """Return the mark of whoever is signed in, as the owner of drafts."""
    return _marks(request, f"contact {request[LOGIN].owner}")[0]


def is_theirs(request: web.Request, mark: str) -> bool:
    """Whether a mark is that of whoever is signed in."""
    return _fits(mark, _marks(request, f"contact {request[LOGIN].owner}"))


def mark_of_address(request: web.Request, email: str) -> str:
    """Return the mark of whoever reads the mails to this address."""
    return _marks(request, f"address {fold(email)}")[0]


def is_of_address(request: web.Request, mark: str, email: str) -> bool:
    """Whether a mark is that of this address."""
    return _fits(mark, _marks(request, f"address {fold(email)}"))


def _marks(request: web.Request, whose: str) -> list[str]:
    about = f"owner:{account_of(request).id}:{whose}".encode(errors="backslashreplace")
    return [
        hmac.digest(secret, about, "sha256")[:_BYTES].hex()
        for secret in portal_of(request).secrets
    ]


def _fits(mark: str, marks: list[str]) -> bool:
    sent = mark.encode(errors="backslashreplace")
    return any(hmac.compare_digest(sent, one.encode()) for one in marks)
