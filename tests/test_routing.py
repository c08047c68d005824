"""Which handler hears which event."""

import pytest
from fakes import FakeDue

from ticket24.bitrix.events.event import BitrixEvent
from ticket24.domain.tickets.model import TicketRef
from ticket24.routing import Outcome, Router


def handler(number):
    """Make a handler that marks the ticket with this number."""

    async def look(event, due):
        await due.mark(TicketRef(event.account, number))

    return look


def router(*numbers, name="ONTASKADD", **options):
    made = Router(**options)
    for number in numbers:
        made.register(name)(handler(number))
    return made


async def dispatch(to, name="ONTASKADD"):
    due = FakeDue()
    outcome = await to.dispatch(BitrixEvent(name, "acme"), due)
    return outcome, [ref.task_id for ref in due.marked]


async def test_every_handler_of_an_event_runs_in_order():
    """All handlers of an event run, in the order of their registration."""
    assert (Outcome.HANDLED, [3, 1, 2]) == await dispatch(router(3, 1, 2))


async def test_handled_ignored_and_unknown_are_three_things():
    """An event that nobody hears is ignored on purpose, or unknown."""
    one = router(1, ignored=["ONAPPTEST"])

    assert (Outcome.HANDLED, [1]) == await dispatch(one)
    assert (Outcome.IGNORED, []) == await dispatch(one, "ONAPPTEST")
    assert (Outcome.UNKNOWN, []) == await dispatch(one, "ONSOMETHING")


async def test_who_hears_an_event_wins_over_who_ignores_it():
    """A company's own handler hears an event that we ignore."""
    both = Router(router(ignored=["ONAPPTEST"]), router(1, name="ONAPPTEST"))

    assert (Outcome.HANDLED, [1]) == await dispatch(both, "ONAPPTEST")


async def test_routers_compose():
    """A router of routers hears and ignores what they do, in their order."""
    whole = Router(router(2), router(1), router(3, name="ONTASKUPDATE", ignored=["X"]))

    assert (Outcome.HANDLED, [2, 1]) == await dispatch(whole)
    assert (Outcome.HANDLED, [3]) == await dispatch(whole, "ONTASKUPDATE")
    assert (Outcome.IGNORED, []) == await dispatch(whole, "X")
    assert {"ONTASKADD", "ONTASKUPDATE"} == whole.names


async def test_composing_changes_no_part():
    """What is registered on the whole is not heard by its parts."""
    part = router(1)
    whole = Router(part)
    whole.register("ONTASKADD")(handler(2))

    assert (Outcome.HANDLED, [1]) == await dispatch(part)
    assert (Outcome.HANDLED, [1, 2]) == await dispatch(whole)


async def test_a_handler_may_hear_several_events():
    """One function can be registered for several names, and stays callable."""
    several = Router()
    look = handler(1)

    assert look is several.register("ONTASKADD", "ONTASKUPDATE")(look)
    assert (look,) == several.fetch("ONTASKADD") == several.fetch("ONTASKUPDATE")


def test_fetching_runs_nothing():
    """One can ask what would run; nobody hears an unknown event."""
    assert () == router(1).fetch("ONSOMETHING")
    assert 2 == len(router(1, 2).fetch("ONTASKADD"))


async def test_what_a_handler_raises_reaches_the_caller():
    """The error of a handler is not swallowed: the event must be parked."""
    broken = Router()

    @broken.register("ONTASKADD")
    async def fail(event, due):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await dispatch(broken)
