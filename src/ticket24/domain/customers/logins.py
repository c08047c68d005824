"""Who is signed in, and the plain facts of signing in."""

import re
import unicodedata
from dataclasses import dataclass

from ticket24.domain.lines import pasted
from ticket24.domain.places import parsed

# Of more contacts with one address than these, the oldest count.
MOST_CONTACTS = 20
_LONGEST_PASSWORD = 1_000

# So many tries with an e-mail wait for nothing; after each as many more, longer.
_QUICK_TRIES = 20
_PAUSE_SECONDS = 1.0, 2.0, 4.0
_PORT = re.compile(r"\[([^\[\]]*)\](?::\d+)?|([\d.]+):\d+")


class TooManyTries(Exception):
    """Somebody has to wait before the next try; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Login:
    """A signed-in customer: one or several contacts that share an address.

    `contact_ids` are sorted. `version` is equal between two looks at it while
    nothing changed on any page of these contacts, and differs otherwise.
    `read_only` says that it is not the customer who looks but a person of the staff,
    `viewer`: whatever would change something is refused.
    """

    account: str
    contact_ids: tuple[int, ...]
    email: str
    name: str
    version: str
    read_only: bool = False
    viewer: str = ""

    @property
    def owner(self) -> int:
        """The lowest contact id: whose the uploads and drafts are."""
        return self.contact_ids[0]


def pause(tries: int) -> float:
    """Return how many seconds the next try with an e-mail waits.

    `tries` is how many there were of late from everywhere. It slows down who guesses
    from very many addresses, and stays bearable for the owner.
    """
    if tries <= _QUICK_TRIES:
        return 0
    return _PAUSE_SECONDS[min(tries // _QUICK_TRIES, len(_PAUSE_SECONDS)) - 1]


def normal(password: str) -> str:
    """Return a password as passwords are compared; empty where it is none.

    White space around it and what nobody sees are slips of whoever typed or copied
    it, and one letter may be written in several ways.
    """
    if len(password) > _LONGEST_PASSWORD:
        return ""
    return pasted(unicodedata.normalize("NFC", password))


def client_address(peer: str, forwarded: str, proxies: int) -> str:
    """Return the address of whoever asks, behind so many trusted proxies.

    `forwarded` is X-Forwarded-For, several headers joined by commas. Each
    trusted proxy adds whom it heard to the right of it; what stands further to
    the left anybody may have written. Without a usable entry: `peer`.
    """
    heard = [part.strip() for part in forwarded.split(",") if part.strip()]
    if not proxies or not heard:
        return peer
    entry = heard[-min(proxies, len(heard))]
    if match := _PORT.fullmatch(entry):
        entry = match[1] or match[2]
    return entry if parsed(entry) else peer
