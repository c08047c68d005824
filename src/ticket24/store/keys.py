"""Every Redis key, in one place.

All keys of one account carry the hash tag `{account}`, so a script or a
transaction of that account stays on one node of a cluster. Global keys are
single-key structures.
"""

from ticket24.domain.model import TicketRef

# The stream of events as they were accepted, and its one consumer group.
JOURNAL = "t24:journal"
WORKERS = "workers"

# Accounts with due tickets, with outgoing mail, and those to ask what changed:
# sorted sets of accounts by the instant (milliseconds) they want attention.
DUE_ACCOUNTS = "t24:due"
MAIL_ACCOUNTS = "t24:mail"
SWEEPS = "t24:sweeps"

# Accounts with commands of customers to carry out, by the same kind of instant.
COMMAND_ACCOUNTS = "t24:commands"

# How an account is found: by its slug, its member_id, or a token's digest.
SLUGS = "t24:slugs"
MEMBERS = "t24:members"
TOKENS = "t24:tokens"


def _of(account: str, *parts: str) -> str:
    return ":".join(("t24", f"{{{account}}}", *parts))


def account(account: str) -> str:
    """Name the account's own record: settings, address, sealed secrets."""
    return _of(account, "account")


def lease(account: str, room: str) -> str:
    """Name the lease of whoever works on this account in `room` just now."""
    return _of(account, "lease", room)


def due(account: str) -> str:
    """Name the sorted set: what to look at, by when (milliseconds)."""
    return _of(account, "due")


def marks(account: str) -> str:
    """Name the hash: how often each due thing was marked since it was settled."""
    return _of(account, "marks")


def tries(account: str) -> str:
    """Name the hash: how often a look at a due thing failed in a row."""
    return _of(account, "tries")


def ticket(ref: TicketRef) -> str:
    """Name the hash of a ticket: `picture` and its revision `rev`."""
    return _of(ref.account, "ticket", str(ref.task_id))


def tickets(account: str) -> str:
    """Name the sorted set of known tickets, by last activity (seconds)."""
    return _of(account, "tickets")


def bystanders(account: str) -> str:
    """Name the sorted set of tasks that are no tickets, by last look (seconds)."""
    return _of(account, "bystanders")


def customers(account: str) -> str:
    """Name the hash of customers by contact id."""
    return _of(account, "customers")


def rows(account: str, contact_id: int) -> str:
    """Name the hash of a customer's tickets: their rows, by task id."""
    return _of(account, "rows", str(contact_id))


def seen(account: str, contact_id: int) -> str:
    """Name the hash of how far a customer has read, by task id."""
    return _of(account, "seen", str(contact_id))


def versions(account: str) -> str:
    """Name the hash: what each customer's pages look like has changed, when."""
    return _of(account, "versions")


def outbox(account: str) -> str:
    """Name the hash of letters that are decided and not yet delivered."""
    return _of(account, "outbox")


def outbox_times(account: str) -> str:
    """Name the sorted set of outbox letters, by next attempt (milliseconds)."""
    return _of(account, "outbox", "times")


def outbox_tries(account: str) -> str:
    """Name the hash: how often a letter was tried in vain."""
    return _of(account, "outbox", "tries")


def rulings(account: str) -> str:
    """Name the hash of what a person decided about doubtful messages."""
    return _of(account, "rulings")


def everything(account: str) -> str:
    """Name the pattern of all keys of an account."""
    return _of(account, "*")


def parked(account: str) -> str:
    """Name the hash of what is set aside for a person, by its id."""
    return _of(account, "parked")


def state(account: str) -> str:
    """Name the hash of facts that change by themselves: cursors, last event."""
    return _of(account, "state")


def bucket(account: str, egress: str) -> str:
    """Name the leaky bucket of requests from one source address."""
    return _of(account, "bucket", egress)


def blocked(account: str) -> str:
    """Name the hash of methods out of run time, by when they return."""
    return _of(account, "blocked")
