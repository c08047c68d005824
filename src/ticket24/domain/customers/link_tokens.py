"""Tokens of sign-in links: each ends with a mark of the contact that it was made for.

Nobody is signed in by the mark. It tells a page, when the link is no longer good and
nothing of it is kept, whether it was made for the person who is signed in anyway.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable

_MARK_BYTES = 12
_MARK_LENGTH = 16


def marked(secret: str, account: str, contact: int) -> str:
    """Return the token with this secret, marked as made for this contact."""
    return secret + _mark(secret, account, contact)


def made_for(token: str, account: str, contacts: Iterable[int]) -> bool:
    """Whether a token was made for one of these contacts.

    Whoever has the token can make such a mark: it gives no right to anything.
    """
    secret, mark = token[:-_MARK_LENGTH], token[-_MARK_LENGTH:]
    return bool(secret) and any(
        hmac.compare_digest(_mark(secret, account, contact).encode(), _raw(mark))
        for contact in contacts
    )


def leading(token: str, ticket: str) -> str:
    """Return the end of a link's address; with the number of a `ticket` it leads there.

    The number stands in the address because it has to be known in any browser, and when
    nothing of the link is kept any more.
    """
    return f"{token}?ticket={ticket}" if ticket else token


def _mark(secret: str, account: str, contact: int) -> str:
    digest = hmac.digest(_raw(secret), f"{account} {contact}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:_MARK_BYTES]).decode()


def _raw(text: str) -> bytes:
    # Addresses may contain bytes that are not text.
    return text.encode(errors="backslashreplace")
