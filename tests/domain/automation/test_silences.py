"""When nobody has said anything for some working hours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from examples import message, ticket
from hypothesis import example, given
from hypothesis import strategies as st

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.rehearsals import rehearsed
from ticket24.domain.automation.silences import silence
from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.settings.house_rules.model import Deeds, HouseRule
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours
from ticket24.domain.tickets.model import Move, Status, Voice
from ticket24.domain.tickets.moves import status_at

MONDAY = datetime(2026, 11, 30, 15, tzinfo=UTC)
OFFICE = WorkingHours(WeekHours(*["09:00-17:00"] * 5))
RULE = HouseRule("silent", key="s", hours=4, then=Deeds(important=True))
ACCOUNT = Account(
    *("acme", "acme", 1, MONDAY - timedelta(days=9)),
    settings=AccountSettings(working_hours=OFFICE, rules=(RULE,)),
)
WROTE = message(1, voice=Voice.CUSTOMER, at=MONDAY)


def at(hours, before=None, account=ACCOUNT, **fields):
    """Look at a ticket so many hours after Monday, three o'clock."""
    now = MONDAY + timedelta(hours=hours)
    seen = ticket(**{"messages": (WROTE,), "looked_at": now} | fields)
    kept = before.after.silences if before else ()
    return silence(replace(seen, silences=kept), account, Clocks())


def names(found):
    return [one.name for one in found.occasions]


def test_silence_counts_in_working_hours():
    """Two of Monday, two of Tuesday; until then it says when to look again."""
    early, late = at(19), at(20)

    assert [] == names(early)
    assert MONDAY + timedelta(hours=20) == early.next_at
    assert ["silent-s-4-chat-1"] == names(late)
    assert "s" == late.occasions[0].rule


def test_each_silence_is_noticed_once():
    """However often we look, and whatever becomes of the calendar; until one speaks."""
    late = at(20)
    open_all_day = replace(ACCOUNT.settings, working_hours=WorkingHours())
    other = replace(ACCOUNT, settings=open_all_day)
    answer = message(2, at=MONDAY + timedelta(hours=24))

    assert [] == names(at(21, late)) == names(at(2_000, late))
    assert [] == names(at(21, late, other))
    assert at(21, late).next_at is None
    both = {"messages": (WROTE, answer)}
    assert [] == names(at(43, late, **both))
    again = at(44, at(43, late, **both), **both)
    assert ["silent-s-4-chat-2"] == names(again)


WAITING = replace(RULE, when="unanswered")
WAITS = replace(ACCOUNT, settings=replace(ACCOUNT.settings, rules=(WAITING,)))


def test_who_writes_again_has_waited_since_the_first_time():
    """Only staff's answer ends it; then nobody waits until the customer writes."""
    more = message(2, voice=Voice.CUSTOMER, at=MONDAY + timedelta(hours=19))
    answer = message(3, at=MONDAY + timedelta(hours=21))
    both, over = {"messages": (WROTE, more)}, {"messages": (WROTE, more, answer)}

    late = at(20, account=WAITS, **both)
    assert ["silent-s-4-opened"] == names(late)
    assert "unanswered" == late.occasions[0].when
    assert [] == names(at(44, late, WAITS, **both))
    quiet = at(200, late, WAITS, **over)
    assert ([], None, ()) == (names(quiet), quiet.next_at, quiet.after.silences)
    back = message(4, voice=Voice.CUSTOMER, at=MONDAY + timedelta(hours=43))
    again = at(212, quiet, WAITS, messages=(WROTE, more, answer, back))
    assert ["silent-s-4-chat-4"] == names(again)


def test_a_rehearsal_knows_who_waited():
    """The same times as were noticed then."""
    talk = (
        message(1, at=MONDAY + timedelta(hours=1)),
        message(2, voice=Voice.CUSTOMER, at=MONDAY + timedelta(hours=18)),
        message(3, voice=Voice.CUSTOMER, at=MONDAY + timedelta(hours=21)),
    )
    seen = ticket(messages=talk, created_at=MONDAY)
    now = MONDAY + timedelta(days=3)

    told = [*rehearsed(seen, WAITS, MONDAY - timedelta(days=9), now)]

    assert [(MONDAY + timedelta(hours=22), "silent-s-4-chat-2")] == [
        (when, one.occasion.name) for when, one in told
    ]


def test_what_comes_late_waits_for_the_day():
    """We were away when the silence was over, and it is night by now."""
    night = at(32)

    assert [] == names(night)
    assert MONDAY + timedelta(hours=42) == night.next_at
    assert ["silent-s-4-chat-1"] == names(at(42, night))


def test_what_is_between_staff_breaks_no_silence():
    """Nor does what ended: a solved ticket is silent for good."""
    inside = message(2, voice=Voice.INTERNAL, at=MONDAY + timedelta(hours=19))

    assert ["silent-s-4-chat-1"] == names(at(20, messages=(WROTE, inside)))
    solved = at(20, status=Status.COMPLETED)
    assert ([], None) == (names(solved), solved.next_at)


def test_no_silence_counts_from_before_the_rule():
    """Switching it on touches no old ticket at once, and renaming it none again."""
    old = Account("acme", "acme", 1, MONDAY - timedelta(days=90))
    on = old.with_settings(ACCOUNT.settings, MONDAY - timedelta(hours=1))
    named = replace(ACCOUNT.settings, rules=(replace(RULE, name="Nudge"),))
    longer = replace(ACCOUNT.settings, rules=(replace(RULE, hours=5),))
    long_ago = {"messages": (message(1, at=MONDAY - timedelta(days=30)),)}

    assert [] == names(at(0, account=on, **long_ago))
    assert ["silent-s-4-chat-1"] == names(at(20, account=on, **long_ago))
    assert on.silence_since == on.with_settings(named, MONDAY).silence_since
    assert {"s": MONDAY} == on.with_settings(longer, MONDAY).silence_since


def test_a_rehearsal_knows_silences():
    """Those that were long enough, as far as the ticket was open."""
    answer = message(2, at=MONDAY + timedelta(days=2))
    seen = ticket(messages=(WROTE, answer), created_at=MONDAY - timedelta(hours=1))
    until = answer.at + timedelta(hours=1)

    told = [*rehearsed(seen, ACCOUNT, MONDAY - timedelta(days=9), until)]

    assert [(MONDAY + timedelta(hours=20), "silent-s-4-chat-1")] == [
        (when, one.occasion.name) for when, one in told
    ]


def live(seen, account, until):
    """Return which silences are noticed, and when: looks come when there is reason."""
    found, kept, now = [], (), seen.created_at
    happens = [*(one.at for one in seen.messages), *(one.at for one in seen.moves)]
    while now <= until:
        then = replace(
            seen,
            looked_at=now,
            silences=kept,
            status=status_at(seen, now),
            messages=tuple(one for one in seen.messages if one.at <= now),
        )
        look = silence(then, account, Clocks())
        found += [(now, one.name) for one in look.occasions]
        kept = look.after.silences
        coming = [one for one in (*happens, look.next_at) if one and one > now]
        now = min(coming, default=until + timedelta(1))
    return found


def lived(steps):
    """Return a ticket in which, after so many hours, somebody spoke or moved it."""
    words, moves, status = [], [], Status.IN_PROGRESS
    for place, (hours, what) in enumerate(sorted(steps.items())):
        when = MONDAY + timedelta(hours=hours, minutes=2 * place + 1)
        if isinstance(what, Voice):
            words.append(message(place + 1, voice=what, at=when))
        elif what is not status:
            moves.append(Move(status, what, when))
            status = what
    return ticket(
        created_at=MONDAY, messages=tuple(words), moves=tuple(moves), status=status
    )


SOLVED, OPEN = Status.COMPLETED, Status.IN_PROGRESS
WHATS = st.sampled_from([Voice.CUSTOMER, Voice.STAFF, SOLVED, OPEN])


@pytest.mark.parametrize("account", [ACCOUNT, WAITS])
@given(steps=st.dictionaries(st.integers(0, 100), WHATS, max_size=7))
# Solved when it was over, opened again by day, at night, at night for a moment.
@example(steps={0: Voice.CUSTOMER, 1: SOLVED, 24: OPEN})
@example(steps={0: Voice.CUSTOMER, 1: SOLVED, 30: OPEN})
@example(steps={0: Voice.CUSTOMER, 1: SOLVED, 30: OPEN, 32: SOLVED, 50: OPEN})
# Noticed, solved, opened again without a word.
@example(steps={0: Voice.CUSTOMER, 22: SOLVED, 24: OPEN})
def test_a_rehearsal_notices_silences_as_looks_do(account, steps):
    """Whatever is said, and however often it is solved and opened again."""
    seen, until = lived(steps), MONDAY + timedelta(days=9)
    told = rehearsed(seen, account, MONDAY - timedelta(days=9), until)

    assert live(seen, account, until) == [(at, one.occasion.name) for at, one in told]
