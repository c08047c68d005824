"""How an account is, by what we know of it without asking Bitrix24.

The one place that says what is well: `doctor`, `accounts` and the metrics tell it.
The metrics do so in a word, of all accounts together (`outline`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.lines import one_line
from ticket24.domain.running.findings import Finding

NOBODY_LEFT = (
    "The access to Bitrix24 has ended, perhaps because its owner was dismissed:"
    " an administrator has to open ticket24 in Bitrix24 once"
)

# Greylisting takes a few tries and a minute or two.
_MANY_TRIES = 5

RECENT_SECONDS = 7 * 86_400

# A wrong token counts for this long after an event with the right one: one of several
# webhooks may be wrong, and anybody who knows the member_id can send one.
_WRONG_TOKEN_SECONDS = 3_600

# An account that has just been connected has not sent an event yet.
_SETTLING_SECONDS = 3_600

# The names under which things that are set aside are counted.
_NAMED = {
    "event": ("event", "events"),
    "ticket": ("ticket", "tickets"),
    "command": ("request of a customer", "requests of customers"),
    "refused": ("mail refused", "mails refused"),
    "mail": ("mail not sent", "mails not sent"),
    "link": ("sign-in link not sent", "sign-in links not sent"),
    "untold": ("piece of news told to nobody", "pieces of news told to nobody"),
    "message": ("message held", "messages held"),
}


# How an account is, in a word.
STATES = ("ok", "waits", "closed", "fails")


@dataclass(frozen=True, slots=True)
class Failing:
    """Mails that failed and are tried again: how many, the most tries of one.

    `limited` if the mail server, whose last `words` these are, takes no more for now.
    """

    count: int = 0
    tries: int = 0
    words: str = ""
    limited: bool = False

    @property
    def persist(self) -> bool:
        """Whether it is more than a server that lets a stranger wait once."""
        return self.tries >= _MANY_TRIES or (self.count > 0 and self.limited)


@dataclass(frozen=True, slots=True)
class Known:
    """What Redis tells of an account at the instant `now`, seconds since 1970.

    `administrators` are those whose tokens we have. `parked` counts what is set aside
    by its sort, and mails that were refused for good by themselves. `sealed` says why
    its secrets cannot be read, if they cannot.
    """

    account: Account
    memory: Memory
    now: float
    administrators: Collection[int] = ()
    failing: Failing = field(default_factory=Failing)
    parked: Mapping[str, int] = field(default_factory=dict)
    sealed: str = ""


def faults(known: Known, relay: str = "", worker: str = "") -> list[str]:
    """Return everything that keeps an account from being well; [] if it is.

    `relay` is how the mail server refuses us, `worker` that no worker runs, which both
    concern every account.
    """
    found = [
        known.memory.trouble or known.sealed,
        _without_departments(known),
        *(one(known).fault for one in (administrators, false_ends) if _by_app(known)),
        "" if _settles(known) else _named("events", events(known)),
        f"mail waits: the server refuses us: {relay}" if relay else "",
        _named("mails", mails(known)),
        f"{kinds(known.parked)}: see `ticket24 failed`" if known.parked else "",
        worker,
    ]
    return list(dict.fromkeys(one_line(one) for one in found if one))


def outline(memory: Memory, now: float, *, parked: int, tries: int) -> str:
    """Say in a word how an account is, by what costs little to know of thousands.

    `tries` are the most that a mail which waits has had.
    """
    if memory.trouble:
        return "waits" if memory.trouble.startswith("waits: ") else "closed"
    refused = _is_recent(_refused_at(memory), now)
    return "fails" if parked or refused or tries >= _MANY_TRIES else "ok"


def without_departments(account: Account) -> str:
    """Say what to do about an account that has no department; "" if it has one."""
    if account.settings.departments:
        return ""
    way = "choose them in ticket24's settings in Bitrix24, or by "
    return (
        f"has no departments: {way if account.by_app else ''}"
        f"`ticket24 settings {account.slug} --import FILE`"
    )


def administrators(known: Known) -> Finding:
    """Tell whose tokens we have. If there are several, one person may leave."""
    subject = f"administrators of {known.account.slug}"
    if not known.administrators:
        return Finding(subject, NOBODY_LEFT)
    users = ", ".join(map(str, known.administrators))
    return Finding(f"{subject} (users {users}; we work as {known.account.user_id})")


def false_ends(known: Known) -> Finding:
    """Tell whether somebody reported a deletion of the application that is not true."""
    subject = f"installation of {known.account.slug}"
    at = known.memory.uninstall_refused_at or 0
    if not _is_recent(at, known.now):
        return Finding(subject)
    when = datetime.fromtimestamp(at, UTC)
    return Finding(
        subject,
        f"on {when:%Y-%m-%d at %H:%M} UTC somebody who has its application token told"
        " us that it was deleted, and it was not: nothing was removed. Delete and"
        " install the application if this goes on, which changes the token",
    )


def events(known: Known) -> Finding:
    """Tell when Bitrix24 last told us anything, and whether we refuse what it tells."""
    subject = f"events of {known.account.slug}"
    last = known.memory.last_event_at
    if wrong := refused(known):
        return Finding(subject, wrong, whose="who set up the webhook")
    if not last:
        return Finding(subject, f"none has come yet: {_no_event(known.account)}")
    silence = known.now - last
    if silence > RECENT_SECONDS:
        mend = "the bindings" if known.account.by_app else "the outgoing webhook"
        return Finding(subject, f"none for {silence / 86_400:.0f} days: check {mend}")
    return Finding(f"{subject} (last {silence:.0f} s ago)")


def mails(known: Known) -> Finding:
    """Tell of mails that the mail server does not take, though it may later."""
    failing = known.failing
    wait = "1 waits" if failing.count == 1 else f"{failing.count} wait"
    said = f"{wait} for another try by itself; last was said: {failing.words}"
    return Finding(f"mails of {known.account.slug}", said if failing.persist else "")


def parked(known: Known) -> Finding:
    """Tell how much is set aside for a person."""
    count = sum(known.parked.values())
    fault = f"{count} wait for you: see `ticket24 failed`" if count else ""
    return Finding(f"failures of {known.account.slug}", fault)


def kinds(counts: Mapping[str, int]) -> str:
    """Count what is set aside, as in `2 mails refused, 1 message held`."""
    return ", ".join(
        f"{counts[sort]} {names[counts[sort] > 1]}"
        for sort, names in _NAMED.items()
        if counts.get(sort)
    )


def _by_app(known: Known) -> bool:
    return known.account.by_app


def _settles(known: Known) -> bool:
    """Whether it is too early to miss events, and none was refused."""
    since = known.now - known.account.connected_at.timestamp()
    fresh = not known.memory.last_event_at and since < _SETTLING_SECONDS
    return fresh and not refused(known)


def _without_departments(known: Known) -> str:
    return without_departments(known.account)


def _named(what: str, finding: Finding) -> str:
    return f"{what}: {finding.fault}" if finding.fault else ""


def refused(known: Known) -> str:
    """Report events that are refused; "" if there were none recently."""
    return _other_member(known) or _wrong_token(known)


def _wrong_token(known: Known) -> str:
    """Report refused events that named the account; "" if none came recently."""
    memory, at = known.memory, known.memory.wrong_token_at or 0
    ago = known.now - at
    over = ago > _WRONG_TOKEN_SECONDS and at < (memory.last_event_at or 0)
    if over or ago > RECENT_SECONDS:
        return ""
    if known.account.by_app:
        mend = (
            "let an administrator open ticket24 in Bitrix24, which brings the new one"
        )
    else:
        mend = (
            "take the outgoing webhook out that nobody gave us, or disconnect, and"
            " connect with the token that it shows now"
        )
    return (
        f"refused, last {ago:.0f} s ago: they name it and have another application"
        f" token than ours. If its Bitrix24 sends them, {mend}. The resync finds what"
        " they were about meanwhile"
    )


def _other_member(known: Known) -> str:
    """Report refused events with the account's token; "" if none came recently."""
    at = _refused_at(known.memory)
    if not _is_recent(at, known.now):
        return ""
    member_id = (known.memory.other_member or "").partition(" ")[2]
    return (
        f"refused, last {known.now - at:.0f} s ago: they have its application token and"
        f" the member_id {member_id or '(none)'}, which is another one than its first"
        " event had. If nobody moved or copied its Bitrix24, somebody has the token."
        " Disconnect, and connect with a new outgoing webhook"
    )


def _refused_at(memory: Memory) -> float:
    return float((memory.other_member or "").partition(" ")[0] or 0)


def _is_recent(at: float, now: float) -> bool:
    return now - at <= RECENT_SECONDS


def _no_event(account: Account) -> str:
    if account.by_app:
        return (
            "if tasks or contacts have changed in Bitrix24, see that its installation"
            " of ticket24 was finished and that it can reach our address"
        )
    return (
        "check the outgoing webhook's handler address (…/bitrix24/events) and its"
        " application token"
    )
