"""How much one customer may ask for: far more than people do, far less than programs.

A budget of 30 an hour allows 30 at once and one more every two minutes. It stops
anybody with a stolen password, and any program that repeats itself, from writing to
strangers in the company's name and from flooding the staff.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from ticket24.domain.commands.model import OpenTicket, PostReply

_HOUR_SECONDS = 3_600
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that may be spent at once; it refills within `seconds`."""

    name: str
    most: int
    seconds: int


TICKETS = (
    Budget("tickets-hour", 30, _HOUR_SECONDS),
    Budget("tickets-day", 100, _DAY_SECONDS),
)

# Replies, and tickets that are completed or reopened.
REPLIES = (
    Budget("replies-hour", 90, _HOUR_SECONDS),
    Budget("replies-day", 400, _DAY_SECONDS),
)

# Mails from one address: two programs that answer each other through us stop at this,
# also where an address speaks for several people, or none.
MAILS = (
    Budget("mails-hour", 30, _HOUR_SECONDS),
    Budget("mails-day", 150, _DAY_SECONDS),
)

# Mails to one address with what others of its tickets write; more of them wait.
TOLD = Budget("told-hour", 20, _HOUR_SECONDS)

# Addresses in copy, and those among them that nobody in the account has ever written
# to. New ones also have a budget for the whole account, because they are what turns a
# portal into an open relay.
COPIES = (
    Budget("copies-hour", 120, _HOUR_SECONDS),
    Budget("copies-day", 400, _DAY_SECONDS),
)
STRANGERS = (
    Budget("strangers-hour", 20, _HOUR_SECONDS),
    Budget("strangers-day", 50, _DAY_SECONDS),
)
STRANGERS_OF_ALL = (
    Budget("strangers-of-all-hour", 100, _HOUR_SECONDS),
    Budget("strangers-of-all", 300, _DAY_SECONDS),
)

# Tickets that all staff together open for contacts: this limit only stops loops.
STAFF = (
    Budget("staff-hour", 300, _HOUR_SECONDS),
    Budget("staff-day", 1_500, _DAY_SECONDS),
)

# Each download costs one of the two requests a second that an account is allowed.
DOWNLOADS = Budget("downloads", 240, 1_200)

# So does each old conversation that is read again, which then stays for a day.
RETRIEVALS = Budget("retrievals", 120, _HOUR_SECONDS)

# Following a link "Open in Ticket24" reads all tickets that its reader may see.
LOOKUPS = Budget("lookups", 60, 600)


@dataclass(frozen=True, slots=True)
class Charge:
    """What something costs in a budget; `who` owns it, "" means the account.

    Without a `cost`, each address that is new costs one.
    """

    budget: Budget
    who: str
    cost: int | None = 1


@dataclass(frozen=True, slots=True)
class Over:
    """A budget that is used up for `seconds`; `surplus` is what was too much."""

    charge: Charge
    seconds: int
    surplus: int


def charges(
    command: OpenTicket | PostReply, owner: int, *, by_staff: bool
) -> Iterator[Charge]:
    """Say what a command costs, and whom."""
    if by_staff:
        yield from (Charge(budget, "") for budget in STAFF)
        return
    who = str(owner)
    if isinstance(command, PostReply):
        yield from (Charge(budget, who) for budget in REPLIES)
        return
    yield from (Charge(budget, who) for budget in TICKETS)
    if command.cc:
        yield from copies(owner, len(command.cc))


def mails(sender: str) -> Iterator[Charge]:
    """Say what a mail costs the address that it is from, of which a digest is kept."""
    yield from (Charge(budget, _digest(sender)) for budget in MAILS)


def told(recipient: str) -> Charge:
    """Say what a mail costs the folded address that hears of another's words."""
    return Charge(TOLD, _digest(recipient))


def copies(owner: int, count: int) -> Iterator[Charge]:
    """Say what it costs a customer to put this many addresses in copy."""
    who = str(owner)
    yield from (Charge(budget, who, count) for budget in COPIES)
    yield from (Charge(budget, who, None) for budget in STRANGERS)
    yield from (Charge(budget, "", None) for budget in STRANGERS_OF_ALL)


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode(errors="replace")).hexdigest()[:24]
