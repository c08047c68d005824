"""Letters about a status say each thing once, and at the end what is true."""

from dataclasses import replace

from examples import letter, ticket
from hypothesis import given
from hypothesis import strategies as st

from ticket24.domain.news.letters import Kind
from ticket24.domain.news.statuses import judged, worth_telling
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import Status
from ticket24.domain.tickets.states import name_of

SETTINGS = AccountSettings()
STATUSES = st.sampled_from([Status.NEW, Status.IN_PROGRESS, Status.DEFERRED])


def at(status):
    return ticket(status=status)


def moved(before, after):
    """Return the letter about a move."""
    was = name_of(at(before), SETTINGS)
    return letter(kind=Kind.STATUS, status=after, was=was)


# Where it moves to, how many letters go before the next move, and whether it has none.
MOVES = st.lists(st.tuples(STATUSES, st.integers(0, 3), st.booleans()), max_size=8)


@given(MOVES)
def test_readers_know_in_the_end_what_is_true_and_read_nothing_twice(moves):
    """However late letters go; a move that nobody is told of counts as read."""
    now, known, read = Status.NEW, Status.NEW, None
    waiting = []

    def go(most):
        nonlocal known, read
        for one in [waiting.pop(0) for _ in range(min(most, len(waiting)))]:
            goes, read = judged(one, at(now), SETTINGS, read)
            if goes:
                assert one.status is now
                assert one.status is not known
                known = one.status

    for status, letters, silent in moves:
        if status is not now:
            if silent:
                go(len(waiting))
                known = status
            else:
                waiting.append(moved(now, status))
            now = status
        go(letters)
    go(len(waiting))

    assert now is known


def test_a_digest_says_once_where_a_ticket_has_come_to():
    """Nothing if it has come back to where it was."""
    here, there = Status.IN_PROGRESS, Status.DEFERRED
    away, back = moved(here, there), moved(there, here)

    def told(letters, status):
        now = {away.ref: at(status)}
        return list(worth_telling(letters, now, SETTINGS))

    assert [] == told([away, back], here)
    assert [away] == told([away, back, replace(away, id="2")], there)
    assert [away] == told([away], there)
