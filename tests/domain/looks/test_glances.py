"""Whether a row of a list wants another look: rows are compared with rows."""

from datetime import timedelta

from examples import NOON, ticket
from hypothesis import given, settings
from hypothesis import strategies as st

from ticket24.domain.looks.glances import LAG, Tide, moved, settled, trace

FEW = settings(max_examples=30, deadline=None)
SECOND = timedelta(seconds=1)
SKEWS = st.integers(-14 * 3600, 14 * 3600).map(lambda s: timedelta(seconds=s))


def seen(changed_at, active_at, looked_at=NOON):
    return ticket(changed_at=changed_at, active_at=active_at, looked_at=looked_at)


@FEW
@given(SKEWS, SKEWS)
def test_a_row_that_stayed_as_it_was_has_not_moved(ahead, later):
    """Whatever its dates say of the time of the look."""
    dates = NOON + ahead, NOON + later

    assert not moved(*dates, trace(seen(*dates), None))


@FEW
@given(SKEWS, st.integers(1, 10**6))
def test_a_row_moves_with_either_date(ahead, seconds):
    """Each column misses what the other shows."""
    dates = NOON + ahead, NOON
    by = timedelta(seconds=seconds)

    assert moved(dates[0] + by, dates[1], trace(seen(*dates), None))
    assert moved(dates[0], dates[1] + by, trace(seen(*dates), None))


def test_what_was_seen_once_is_not_settled():
    """More may have happened in the second of the look; a later look settles it."""
    dates = NOON, NOON
    first = seen(*dates)
    once = trace(first, None)
    at_once = trace(seen(*dates, NOON + SECOND), first)
    later = trace(seen(*dates, NOON + 2 * SECOND), first)
    other = trace(seen(*dates, NOON + 9 * SECOND), seen(NOON, NOON - SECOND))

    assert [False, False, True, False] == [
        settled(*dates, one) for one in (once, at_once, later, other)
    ]
    assert not moved(*dates, later)


def test_traces_of_earlier_versions_are_read():
    """They kept the later of the two dates: nothing is looked at because of that."""
    old = float(int((NOON + SECOND).timestamp()))

    assert not moved(NOON, NOON + SECOND, old)
    assert settled(NOON, NOON + SECOND, old)
    assert moved(NOON, NOON + 2 * SECOND, old)


@FEW
@given(SKEWS, st.integers(1, 40))
def test_a_tide_follows_the_rows(ahead, rounds):
    """Its floor stays behind what was seen, by what may show itself late, and comes."""
    tide, now = Tide(), 1_000_000.0
    for number in range(rounds):
        at = NOON + ahead + number * timedelta(minutes=1)
        tide = tide.rise(at, now + 60 * number)

        assert at - 2 * LAG <= tide.floor <= at - LAG + SECOND
        assert at == tide.latest


def test_a_tide_comes_to_rest_above_what_is_known():
    """In a quiet account the same rows are not asked for again and again."""
    tide = Tide().rise(NOON, 0.0)
    for number in range(1, 8):
        tide = tide.rise(NOON, 60.0 * number)

    assert NOON + SECOND == tide.floor


def test_a_tide_is_remembered():
    """What is kept of it can be read back; an empty list has none."""
    tide = Tide().rise(NOON, 0.5).rise(NOON + LAG, 60.5)
    facts = {name: str(fact) for name, fact in tide.facts("x").items()}

    assert tide == Tide.read("x", facts)
    assert Tide() == Tide.read("y", facts) == Tide().rise(None, 1.0)
