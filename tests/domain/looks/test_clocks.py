"""How far the dates of rows run ahead of the time of answers."""

from datetime import timedelta

from examples import NOON, message, ticket
from hypothesis import given, settings
from hypothesis import strategies as st

from ticket24.domain.looks.clocks import MOST_APART, Clocks, measured
from ticket24.domain.tickets.model import MessageKey, Source

FEW = settings(max_examples=30, deadline=None)
SECOND, MINUTE, HOUR = (timedelta(seconds=s) for s in (1, 60, 3600))
ZONES = st.integers(-56, 56).map(lambda number: number * 15 * MINUTE)


def said(number, at, source=Source.CHAT):
    return message(key=MessageKey(source, number), at=at)


@FEW
@given(
    ahead=ZONES,
    lag=st.integers(0, 300),
    source=st.sampled_from(Source),
    since=st.integers(301, 590),
)
def test_what_is_new_tells_how_its_clock_stands(ahead, lag, source, since):
    """In the zones of the earth, however late we look within minutes."""
    before = ticket(looked_at=NOON - since * SECOND, messages=())
    at = NOON - lag * SECOND + ahead
    after = ticket(
        looked_at=NOON, messages=(said(1, at, source),), active_at=before.active_at
    )

    assert {source.value: ahead} == dict(measured(after, before, None).items())


def test_tasks_have_a_clock_of_their_own():
    """Whatever moves in a task is dated by it."""
    before = ticket(looked_at=NOON - MINUTE)
    after = ticket(looked_at=NOON, changed_at=NOON + 3 * HOUR - 9 * SECOND)

    assert {"tasks": 3 * HOUR} == dict(measured(after, before, None).items())


def test_what_may_be_old_tells_nothing():
    """A ticket that was seen last week shows when, if all that moved was seen."""
    before = ticket(looked_at=NOON - 200 * HOUR, messages=())
    after = ticket(looked_at=NOON, messages=(said(1, NOON - 3 * HOUR),))

    assert {} == dict(measured(after, before, None).items())
    assert {"chat": -3 * HOUR} == dict(
        measured(after, before, NOON - 2 * MINUTE).items()
    )


def test_a_clock_that_is_set_wrong_is_taken_as_early():
    """What might be history is history: the date runs ahead as far as it may."""
    before = ticket(looked_at=NOON - MINUTE, messages=())
    after = ticket(looked_at=NOON, messages=(said(1, NOON + 7 * MINUTE),))
    (ahead,) = (ahead for _, ahead in measured(after, before, None).items())

    assert 8 * MINUTE <= ahead <= 8 * MINUTE + 5 * SECOND


def test_clocks_are_remembered():
    """They are read as kept; an unknown one runs ahead as far as any may."""
    clocks = Clocks(forum=timedelta(), chat=-3 * HOUR)
    facts = {name: str(fact) for name, fact in clocks.facts().items()}

    assert clocks == Clocks.read(facts)
    assert NOON + 3 * HOUR == clocks.of_message(Source.CHAT, NOON)
    assert NOON == clocks.of_message(Source.FORUM, NOON)
    assert NOON - MOST_APART == clocks.of_task(NOON)
