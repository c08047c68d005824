"""Each event asks for a look at what it is about, and at nothing else."""

from pathlib import Path

import pytest
from fakes import FakeDue
from samples import GOOD, event

import handlers
from ticket24.bitrix.events.event import BadEvent, BitrixEvent
from ticket24.domain.accounts.uninstalls import Removal
from ticket24.domain.tickets.model import ContactRef, TicketRef
from ticket24.routing import Outcome

TICKET = TicketRef("acme", 8017)
CUSTOMER = ContactRef("acme", 264442)

MARKS = {
    "ontaskadd": TICKET,
    "ontaskupdate": TICKET,
    "ontaskdelete": TICKET,
    "ontaskcommentadd": TICKET,
    "ontaskcommentupdate": TICKET,
    "ontaskcommentdelete": TICKET,
    "oncrmcontactadd": CUSTOMER,
    "oncrmcontactupdate": CUSTOMER,
    "oncrmcontactdelete": CUSTOMER,
    "onappuninstall": Removal("acme", clean=False, sent_at=1795276913),
}
# It has no subject but the account itself.
WHOLE_ACCOUNT = {"ONAPPUNINSTALL"}
IGNORED = {"onapptest", "oncrmdealupdate"}


def cases(names):
    return [case for case in GOOD if case.partition("/")[0] in names]


async def outcome_of(case):
    due = FakeDue()
    outcome = await handlers.router.dispatch(event(case), due)
    return outcome, due.marked


@pytest.mark.parametrize("case", cases(MARKS))
async def test_an_event_asks_for_one_look(case):
    """Whoever caused it, on either card, it asks for one look at one thing."""
    expected = MARKS[case.partition("/")[0]]

    assert (Outcome.HANDLED, [expected]) == await outcome_of(case)


@pytest.mark.parametrize("case", cases(IGNORED))
async def test_known_noise_is_ignored(case):
    """Events that mean nothing to us ask for nothing and raise no warning."""
    assert (Outcome.IGNORED, []) == await outcome_of(case)


@pytest.mark.parametrize("case", sorted(set(GOOD) - set(cases({*MARKS, *IGNORED}))))
async def test_everything_else_is_unknown(case):
    """An event that nobody thought of is told apart from one we ignore."""
    assert (Outcome.UNKNOWN, []) == await outcome_of(case)


@pytest.mark.parametrize("value", ["1", "0", "", None])
async def test_an_uninstalled_application_says_whether_to_clean(value):
    """CLEAN is a word of a form; without it the data stays."""
    due = FakeDue()
    data = {} if value is None else {"CLEAN": value}
    await handlers.router.dispatch(BitrixEvent("ONAPPUNINSTALL", "acme", data, 7), due)

    assert [Removal("acme", clean=value == "1", sent_at=7)] == due.marked


@pytest.mark.parametrize("name", sorted(handlers.router.names - WHOLE_ACCOUNT))
async def test_an_event_without_its_subject_is_not_swallowed(name):
    """A handler that finds no id says so, and the event can be parked."""
    due = FakeDue()

    with pytest.raises(BadEvent, match="there is no"):
        await handlers.router.dispatch(BitrixEvent(name, "acme"), due)
    assert [] == due.marked


def test_every_module_is_in_the_table_of_contents():
    """No handler is in the folder without being registered."""
    folder = Path(handlers.__file__).parent
    modules = {file.stem for file in folder.glob("on_*.py")}
    heard = {
        function.__module__.removeprefix("handlers.")
        for name in handlers.router.names
        for function in handlers.router.fetch(name)
    }

    assert modules == heard


def test_nothing_is_both_handled_and_ignored():
    """An event is on one of the two lists at most, and every handler has a sample."""
    assert set() == handlers.router.names & set(handlers.IGNORED)
    assert {name.upper() for name in MARKS} == handlers.router.names
