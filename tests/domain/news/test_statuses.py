"""Letters about a status say each thing once, and at the end what is true."""

from dataclasses import replace

from examples import letter, ticket
from hypothesis import example, given
from hypothesis import strategies as st

from ticket24.domain.news.letters import Kind
from ticket24.domain.news.statuses import judged, worth_telling
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import Status
from ticket24.domain.tickets.states import name_of
from ticket24.domain.tickets.turns import turn_of

SETTINGS = AccountSettings()
STATUSES = st.sampled_from([Status.NEW, Status.IN_PROGRESS, Status.DEFERRED])


def at(status):
    return ticket(status=status)


def moved(before, after):
    """Return the letter about a move."""
    was = name_of(at(before), SETTINGS)
    turn = turn_of(at(after))
    return letter(kind=Kind.STATUS, status=after, was=was, turn=turn)


# Where it moves to, how many letters go before the next move, whether it has none, and
# whether those that go are told together.
MOVES = st.lists(
    st.tuples(STATUSES, st.integers(0, 3), st.booleans(), st.booleans()), max_size=8
)

# One letter goes too late to say anything, and two digests say what came after it.
SAID_BY_DIGESTS = [
    (Status.IN_PROGRESS, 0, False, False),
    (Status.DEFERRED, 1, False, False),
    (Status.DEFERRED, 1, False, True),
    (Status.IN_PROGRESS, 1, False, True),
    (Status.NEW, 1, False, False),
]

# A digest begins where a letter before it has said nothing.
MOVED_AWAY_AND_BACK = [
    (Status.IN_PROGRESS, 0, True, False),
    (Status.NEW, 0, False, False),
    (Status.IN_PROGRESS, 1, False, False),
    (Status.NEW, 2, False, True),
]


@given(MOVES)
@example(SAID_BY_DIGESTS)
@example(MOVED_AWAY_AND_BACK)
def test_readers_know_in_the_end_what_is_true_and_read_nothing_twice(moves):
    """However late letters go; a move that nobody is told of counts as read."""
    now, known, read = Status.NEW, Status.NEW, None
    waiting = []

    def go(most, *, together=False):
        nonlocal known, read
        letters = [waiting.pop(0) for _ in range(min(most, len(waiting)))]
        if together:
            before = {letter().ref: read} if read else {}
            ticket = {letter().ref: at(now)}
            told, after = worth_telling(letters, ticket, SETTINGS, before)
            read = after.get(letter().ref, read)
        for one in told if together else letters:
            goes = together
            if not together:
                goes, read = judged(one, at(now), SETTINGS, read)
            if goes:
                assert one.status is now
                assert one.status is not known
                known = one.status

    for status, letters, silent, together in moves:
        if status is not now:
            if silent:
                go(len(waiting))
                known = status
            else:
                waiting.append(moved(now, status))
            now = status
        go(letters, together=together)
    go(len(waiting))

    assert now is known


def test_a_digest_says_once_where_a_ticket_has_come_to():
    """Nothing if it has come back to where it was."""
    here, there = Status.IN_PROGRESS, Status.DEFERRED
    away, back = moved(here, there), moved(there, here)

    def told(letters, status):
        now = {away.ref: at(status)}
        return [*worth_telling(letters, now, SETTINGS, {})[0]]

    assert [] == told([away, back], here)
    assert [away] == told([away, back, replace(away, id="2")], there)
    assert [away] == told([away], there)
