"""Who is signed in, and the plain facts of signing in."""

import re
import unicodedata
from dataclasses import dataclass, field

from ticket24.domain.customers.languages import Tongue
from ticket24.domain.lines import pasted
from ticket24.domain.places import parsed

# If more contacts than this share an address, the oldest of them count.
MOST_CONTACTS = 20
_LONGEST_PASSWORD = 1_000

# The first tries with an address, this many, do not wait. After every further batch of
# as many, the pause is longer.
_QUICK_TRIES = 20
_PAUSE_SECONDS = 1.0, 2.0, 4.0
_PORT = re.compile(r"\[([^\[\]]*)\](?::\d+)?|([\d.]+):\d+")


class TooManyTries(Exception):
    """The next try has to wait; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Login:
    """A signed-in customer: one or several contacts that share an address.

    `contact_ids` are sorted. `version` changes whenever anything on the pages of these
    contacts changes. `read_only` means that a member of staff, `onlooker`, looks on as
    the customer: every change is refused. Nothing `waits` if none of them had sent
    anything that pages may not show by themselves when the login was read. `tongue` is
    what we know of the customer's language.

    `only` are the tickets that a member of staff may read in Bitrix24, who sees no
    others here; it is None for customers and for administrators of Bitrix24.
    """

    account: str
    contact_ids: tuple[int, ...]
    email: str
    name: str
    version: str
    read_only: bool = False
    onlooker: str = ""
    waits: bool = field(default=True, compare=False)
    tongue: Tongue = field(default=Tongue(), compare=False)
    only: frozenset[int] | None = None

    @property
    def owner(self) -> int:
        """The lowest contact id: whose the uploads and drafts are."""
        return self.contact_ids[0]

    def may_see(self, task_id: int) -> bool:
        """Whether a ticket of these contacts may be shown to whoever looks."""
        return self.only is None or task_id in self.only


def pause(tries: int) -> float:
    """Return how many seconds the next try with an e-mail has to wait.

    `tries` counts the recent ones from everywhere. The pause slows down an attacker who
    uses many addresses, and stays bearable for the owner.
    """
    if tries <= _QUICK_TRIES:
        return 0
    return _PAUSE_SECONDS[min(tries // _QUICK_TRIES, len(_PAUSE_SECONDS)) - 1]


def normal(password: str) -> str:
    """Return a password in the form in which passwords are compared, or "" for none.

    Surrounding white space and invisible characters are slips of typing or copying, and
    one letter can be encoded in several ways.
    """
    if len(password) > _LONGEST_PASSWORD:
        return ""
    return pasted(unicodedata.normalize("NFC", password))


def client_address(peer: str, forwarded: str, proxies: int) -> str:
    """Return the client's address, seen through this many trusted proxies.

    `forwarded` is X-Forwarded-For, several headers joined by commas. Each trusted proxy
    appends the address that it saw; anything further left may be forged. Falls back to
    `peer` if there is no usable entry.
    """
    heard = [part.strip() for part in forwarded.split(",") if part.strip()]
    if not proxies or not heard:
        return peer
    entry = heard[-min(proxies, len(heard))]
    if match := _PORT.fullmatch(entry):
        entry = match[1] or match[2]
    return entry if parsed(entry) else peer
