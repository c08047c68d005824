"""Whether an account is ready for its customers: a list that ticks itself.

It goes by the facts that `condition` judges for the operator, and says of each step
what an administrator of the account can do.
"""

from dataclasses import dataclass
from enum import StrEnum

from ticket24.domain.accounts import condition
from ticket24.domain.accounts.condition import Known
from ticket24.domain.accounts.memory import Duty, Undone

_ENOUGH_ADMINISTRATORS = 2


class Step(StrEnum):
    """What has to be so before customers come."""

    DEPARTMENTS = "departments"
    EVENTS = "events"
    MAILS = "mails"
    TABS = "tabs"
    ADMINISTRATORS = "administrators"
    TICKET = "ticket"


class Standing(StrEnum):
    """How far a step is: `TODO` is for somebody to do, `WRONG` for somebody to mend."""

    DONE = "done"
    TODO = "todo"
    WRONG = "wrong"


class Found(StrEnum):
    """What is the case with a step."""

    CHOSEN = "chosen"
    NO_DEPARTMENT = "no-department"
    EVENTS_COME = "events-come"
    NO_EVENT_YET = "no-event-yet"
    EVENTS_REFUSED = "events-refused"
    EVENTS_UNBOUND = "events-unbound"
    SILENCE = "silence"
    MAILED = "mailed"
    NEVER_MAILED = "never-mailed"
    NO_MAIL_SERVER = "no-mail-server"
    MAIL_HELD = "mail-held"
    MAIL_FAILS = "mail-fails"
    TABS_THERE = "tabs-there"
    TABS_COMING = "tabs-coming"
    TABS_REFUSED = "tabs-refused"
    SEVERAL = "several"
    ONE = "one"
    NOBODY = "nobody"
    TICKET_CAME = "ticket-came"
    NO_TICKET_YET = "no-ticket-yet"


_DONE = {
    Found.CHOSEN,
    Found.EVENTS_COME,
    Found.MAILED,
    Found.TABS_THERE,
    Found.SEVERAL,
    Found.TICKET_CAME,
}
_TODO = {
    Found.NO_DEPARTMENT,
    Found.NO_EVENT_YET,
    Found.NEVER_MAILED,
    Found.TABS_COMING,
    Found.ONE,
    Found.NO_TICKET_YET,
}


@dataclass(frozen=True, slots=True)
class Check:
    """A step, what is the case, and when it was last so (seconds since 1970; or 0)."""

    step: Step
    found: Found
    at: float = 0

    @property
    def standing(self) -> Standing:
        """Whether it is done, to do, or to mend."""
        if self.found in _DONE:
            return Standing.DONE
        return Standing.TODO if self.found in _TODO else Standing.WRONG


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is the case beside the account.

    `mail_server` says that one is set up, `mail_held` that it takes no mail of ours
    now; `newest` is the highest number among the latest tickets.
    """

    mail_server: bool
    mail_held: bool
    newest: int


def checks(known: Known, around: Surroundings) -> list[Check]:
    """Return every step, in the order in which one takes them."""
    departments = known.account.settings.departments
    chosen = Found.CHOSEN if departments else Found.NO_DEPARTMENT
    return [
        Check(Step.DEPARTMENTS, chosen),
        _events(known),
        _mails(known, around),
        Check(Step.TABS, _tabs(known)),
        Check(Step.ADMINISTRATORS, _administrators(len(known.administrators))),
        Check(Step.TICKET, _ticket(known, around.newest)),
    ]


def _events(known: Known) -> Check:
    last = known.memory.last_event_at or 0
    if condition.refused(known):
        found = Found.EVENTS_REFUSED
    elif any(name.startswith("ON") for name in _unbound(known)):
        found = Found.EVENTS_UNBOUND
    elif not last:
        found = Found.NO_EVENT_YET
    elif known.now - last > condition.RECENT_SECONDS:
        found = Found.SILENCE
    else:
        found = Found.EVENTS_COME
    return Check(Step.EVENTS, found, last)


def _mails(known: Known, around: Surroundings) -> Check:
    last = known.memory.mailed_at or 0
    if not around.mail_server:
        found = Found.NO_MAIL_SERVER
    elif around.mail_held:
        found = Found.MAIL_HELD
    elif known.failing.persist:
        found = Found.MAIL_FAILS
    else:
        found = Found.MAILED if last else Found.NEVER_MAILED
    return Check(Step.MAILS, found, last)


def _tabs(known: Known) -> Found:
    memory = known.memory
    refused = memory.refusals.get(Duty.BINDINGS, Undone()).words
    if refused or any(not name.startswith("ON") for name in _unbound(known)):
        return Found.TABS_REFUSED
    return Found.TABS_THERE if memory.bound_at else Found.TABS_COMING


def _unbound(known: Known) -> list[str]:
    return (known.memory.unbound or "").split()


def _administrators(count: int) -> Found:
    if count >= _ENOUGH_ADMINISTRATORS:
        return Found.SEVERAL
    return Found.ONE if count else Found.NOBODY


def _ticket(known: Known, newest: int) -> Found:
    """Say whether a ticket has come since the account was connected."""
    came = newest > (known.account.connected_after or 0)
    return Found.TICKET_CAME if came else Found.NO_TICKET_YET
