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


class StepState(StrEnum):
    """How far a step is: `TODO` is for somebody to do, `WRONG` for somebody to mend."""

    DONE = "done"
    TODO = "todo"
    WRONG = "wrong"


class StepFact(StrEnum):
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
    StepFact.CHOSEN,
    StepFact.EVENTS_COME,
    StepFact.MAILED,
    StepFact.TABS_THERE,
    StepFact.SEVERAL,
    StepFact.TICKET_CAME,
}
_TODO = {
    StepFact.NO_DEPARTMENT,
    StepFact.NO_EVENT_YET,
    StepFact.NEVER_MAILED,
    StepFact.TABS_COMING,
    StepFact.ONE,
    StepFact.NO_TICKET_YET,
}


@dataclass(frozen=True, slots=True)
class Check:
    """A step, what is the case, and when it was last so (seconds since 1970; or 0)."""

    step: Step
    found: StepFact
    at: float = 0

    @property
    def standing(self) -> StepState:
        """Whether it is done, to do, or to mend."""
        if self.found in _DONE:
            return StepState.DONE
        return StepState.TODO if self.found in _TODO else StepState.WRONG


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
    chosen = StepFact.CHOSEN if departments else StepFact.NO_DEPARTMENT
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
        found = StepFact.EVENTS_REFUSED
    elif any(name.startswith("ON") for name in _unbound(known)):
        found = StepFact.EVENTS_UNBOUND
    elif not last:
        found = StepFact.NO_EVENT_YET
    elif known.now - last > condition.RECENT_SECONDS:
        found = StepFact.SILENCE
    else:
        found = StepFact.EVENTS_COME
    return Check(Step.EVENTS, found, last)


def _mails(known: Known, around: Surroundings) -> Check:
    last = known.memory.mailed_at or 0
    if not around.mail_server:
        found = StepFact.NO_MAIL_SERVER
    elif around.mail_held:
        found = StepFact.MAIL_HELD
    elif known.failing.persist:
        found = StepFact.MAIL_FAILS
    else:
        found = StepFact.MAILED if last else StepFact.NEVER_MAILED
    return Check(Step.MAILS, found, last)


def _tabs(known: Known) -> StepFact:
    memory = known.memory
    refused = memory.refusals.get(Duty.BINDINGS, Undone()).words
    if refused or any(not name.startswith("ON") for name in _unbound(known)):
        return StepFact.TABS_REFUSED
    return StepFact.TABS_THERE if memory.bound_at else StepFact.TABS_COMING


def _unbound(known: Known) -> list[str]:
    return (known.memory.unbound or "").split()


def _administrators(count: int) -> StepFact:
    if count >= _ENOUGH_ADMINISTRATORS:
        return StepFact.SEVERAL
    return StepFact.ONE if count else StepFact.NOBODY


def _ticket(known: Known, newest: int) -> StepFact:
    """Say whether a ticket has come since the account was connected."""
    came = newest > (known.account.connected_after or 0)
    return StepFact.TICKET_CAME if came else StepFact.NO_TICKET_YET
