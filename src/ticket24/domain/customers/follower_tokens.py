"""The links of followers: each opens one ticket for one person, until that ends.

Nothing is stored. A token is a keyed digest of the ticket, the person's address, what
it is for, and how often that person has left or was removed: so it ends with that, and
with the secret key.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from ticket24.domain.customers.followers import LastWord
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.tickets.model import TicketRef

_BYTES = 18
LENGTH = 24

# Links to leave stay good after the person has left and come back this many times.
_OLDER = 20


class Purpose(StrEnum):
    """What a link is for: to read and reply, to leave, or to leave as a manager."""

    READ = "read"
    LEAVE = "leave"
    COMPANY = "company"


def keys_of(secrets: Iterable[str]) -> tuple[bytes, ...]:
    """Return the keys of tokens: the first makes them, all of them are accepted."""
    named = (f"followers:{one}".encode() for one in secrets)
    return tuple(hashlib.sha256(one).digest() for one in named)


def token(
    key: bytes, purpose: Purpose, ref: TicketRef, email: str, ended: int = 0
) -> str:
    """Return the token of one person's link to one ticket."""
    about = f"{purpose} {ref.account} {ref.task_id} {ended} {fold(email)}"
    digest = hmac.digest(key, about.encode(errors="backslashreplace"), "sha256")
    return urlsafe_b64encode(digest[:_BYTES]).decode()


def whose(
    sent: str,
    keys: Iterable[bytes],
    purpose: Purpose,
    ref: TicketRef,
    known: Iterable[tuple[str, int]],
) -> str | None:
    """Return whose link has this token, of the people known with their `ended`."""
    raw = sent.encode(errors="backslashreplace")
    found = None
    keys = tuple(keys)
    for email, ended in known:
        for key in keys:
            mine = token(key, purpose, ref, email, ended).encode()
            if hmac.compare_digest(mine, raw):
                found = email
    return found


def company_token(key: bytes, account: str, contact_id: int) -> str:
    """Return the token by which a manager ends mail about tickets of the company."""
    return token(key, Purpose.COMPANY, TicketRef(account, contact_id), "")


def is_company_token(
    sent: str, keys: Iterable[bytes], account: str, contact_id: int
) -> bool:
    """Whether it is this contact's."""
    raw = sent.encode(errors="backslashreplace")
    made = [company_token(key, account, contact_id).encode() for key in keys]
    return sum(hmac.compare_digest(one, raw) for one in made) > 0


def person_id(ref: TicketRef, email: str) -> int:
    """Return the number under which what a follower does is kept: no contact has it."""
    about = f"{ref.account} {ref.task_id} {fold(email)}"
    raw = hashlib.sha256(about.encode(errors="backslashreplace")).digest()
    return -1 - int.from_bytes(raw[:6])


def readers(
    followers: Iterable[str], said: Mapping[str, LastWord]
) -> Iterator[tuple[str, int]]:
    """Yield who may read a ticket, with the count that their links are made with."""
    for email in followers:
        one = said.get(fold(email))
        yield email, one.ended if one else 0


def leavers(
    followers: Iterable[str], said: Mapping[str, LastWord]
) -> Iterator[tuple[str, int]]:
    """Yield who may leave, or has left: whoever did so may still open that page.

    Links of mails from before count, too: nobody who wants no mail should be told that
    a link is too old.
    """
    ended = dict(readers(followers, said))
    ended |= {one.email: one.ended for one in said.values() if one.over}
    for email, last in ended.items():
        yield from ((email, count) for count in range(max(last - _OLDER, 0), last + 1))
