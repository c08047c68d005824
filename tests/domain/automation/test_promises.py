"""What becomes of a promise while its ticket goes on."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from examples import message, ticket

from ticket24.domain.automation.promises import promise_after, promise_facts
from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.tickets.model import Matter, Source, Status, Voice
from ticket24.domain.working.calendar import Calendar
from ticket24.domain.working.pledges import Promise, pledge
from ticket24.domain.working.spans import read

OFFICE = Calendar(ZoneInfo("UTC"), dict.fromkeys(range(5), read("09:00-17:00")))
# A Monday, at nine.
OPENED = datetime(2026, 11, 23, 9, tzinfo=UTC)
S = Status


def at(hours):
    return OPENED + timedelta(hours=hours)


def promise():
    return Promise(pledge(4 * 60, OPENED, OFFICE), pledge(16 * 60, OPENED, OFFICE))


def seen(hours, *messages, **fields):
    return ticket(
        **{
            "status": S.NEW,
            "created_at": OPENED,
            "changed_at": OPENED,
            "looked_at": at(hours),
            "messages": messages,
        }
        | fields
    )


def staff(number, hours, **fields):
    return message(number, at=at(hours), **fields)


def hers(number, hours):
    return message(number, at=at(hours), voice=Voice.CUSTOMER)


def followed(*pictures, clocks=None):
    """Return the last of these pictures, with the promise as each look left it."""
    before, now = None, promise()
    facts = []
    for look in pictures:
        now = promise_after(now, before, look, OFFICE, clocks or Clocks(), OPENED)
        picture = replace(look, promise=now)
        facts += map(str, promise_facts(before, picture))
        before = picture
    return now, facts


@pytest.mark.parametrize(
    ("answer", "done", "facts"),
    [
        (staff(1, 2), 2, ["answer-kept"]),
        (staff(1, 5), 5, ["answer-nearly", "answer-broken", "answer-late"]),
        (staff(1, 2, matter=Matter.CALL), 2, ["answer-kept"]),
        (hers(1, 2), None, ["answer-nearly", "answer-broken"]),
        (staff(1, 2, voice=Voice.INTERNAL), None, ["answer-nearly", "answer-broken"]),
        (staff(1, 2, voice=Voice.DOUBTFUL), None, ["answer-nearly", "answer-broken"]),
    ],
)
def test_the_first_word_that_customers_can_read_is_the_answer(answer, done, facts):
    """It counts from when it was written, although we saw it hours later."""
    looks = [seen(0), seen(1)]
    if done is None or done > 4:
        looks += [seen(3.5), seen(4.5)]
    now, found = followed(*looks, seen(6, answer))

    assert (facts, done and at(done)) == (found, now.answer.done_at)


def test_what_staff_said_before_it_was_a_ticket_is_no_answer():
    """The customer has not heard of it: it counts neither now nor at later looks."""
    before, after = staff(1, 0.5), staff(2, 3)

    now, facts = followed(
        *(seen(1, before, chat_history=1), seen(2, before, chat_history=1)),
        seen(3.1, before, after, chat_history=1),
    )

    assert (at(3), ["answer-kept"]) == (now.answer.done_at, facts)
    assert (at(3), timedelta(hours=13)) == (now.solution.still_at, now.solution.left)


def test_time_stands_still_while_the_customer_has_the_ball():
    """From staff's answer to the customer's, or until staff take it up again."""
    asked = staff(1, 2)
    waits, facts = followed(seen(0), seen(2, asked), seen(200, asked))
    back, _ = followed(
        seen(0), seen(2, asked), seen(200, asked), seen(201, asked, hers(2, 200.5))
    )
    taken, _ = followed(
        seen(0),
        seen(2, asked),
        seen(25, asked, status=S.IN_PROGRESS, status_at=at(24.5)),
    )

    assert (at(2), timedelta(hours=14)) == (
        waits.solution.still_at,
        waits.solution.left,
    )
    assert (None, ["answer-kept"]) == (waits.next_at, facts)
    # From Tuesday evening until Thursday; from Tuesday at 9:30 until Wednesday.
    assert at(24 * 10 + 6) == back.solution.by
    assert at(24 * 2 + 6.5) == taken.solution.by


def test_turns_between_two_looks_count_each():
    """An hour without Bitrix24 loses no pause."""
    talk = (staff(1, 1), hers(2, 3), staff(3, 5), hers(4, 6))
    now, facts = followed(seen(0), seen(8, *talk))

    # Two hours and one did not count.
    assert (at(24 + 24 + 3), ["answer-kept"]) == (now.solution.by, facts)


def test_first_looks_count_what_was_there():
    """A ticket that was answered and ended before we saw it kept its promise."""
    ended = seen(8, staff(1, 1), status=S.COMPLETED, status_at=at(3))
    now, facts = followed(ended)

    assert (at(1), at(1)) == (now.answer.done_at, now.solution.still_at)
    assert ["answer-kept", "solution-kept"] == facts


@pytest.mark.parametrize("status", [S.COMPLETED, S.DECLINED])
def test_an_end_settles_both(status):
    """Whoever solves a ticket without a word has answered."""
    now, facts = followed(seen(0), seen(3, status=status, status_at=at(2)))

    assert (at(2), at(2)) == (now.answer.done_at, now.solution.done_at)
    assert ["answer-kept", "solution-kept"] == facts


def test_a_solved_ticket_that_goes_on_has_the_time_that_was_left():
    """What it was solved does not count, and the promise is kept or broken again."""
    answered = staff(1, 2)
    solved = seen(4, answered, status=S.COMPLETED, status_at=at(2))
    again = seen(101, answered, hers(2, 24 * 4), status=S.NEW, status_at=at(24 * 4))
    open_, before = followed(seen(0), solved, again)
    closed = replace(again, looked_at=at(300), status=S.COMPLETED, status_at=at(24 * 9))
    late, facts = followed(seen(0), solved, again, closed)

    assert (None, at(24 * 7 + 6)) == (open_.solution.done_at, open_.solution.by)
    assert ["answer-kept", "solution-kept"] == before
    assert "solution-late" == facts[-1]
    assert open_.solution.by == late.solution.broken_at


def test_putting_it_off_is_no_pause():
    """Only the customer's turn is one."""
    now, _ = followed(seen(0), seen(3, status=S.DEFERRED, status_at=at(1)))

    assert promise().solution == now.solution


def test_clocks_that_jump_warn_once():
    """Bitrix24's time goes back by a day and comes again."""
    now, facts = followed(seen(0), seen(3.5), seen(-20), seen(3.5), seen(3.6))

    assert (["answer-nearly"], at(3.5)) == (facts, now.answer.warned_at)


def test_rows_of_another_zone_count_by_the_answers_clock():
    """Where it was measured; else nothing is before the last look or after this one."""
    ahead = timedelta(hours=2)
    rows = staff(1, 5)
    known, _ = followed(seen(0), seen(4.5, rows), clocks=Clocks(chat=ahead))
    unknown, _ = followed(seen(0), seen(4.5, rows))

    assert Source.CHAT is rows.key.source
    assert (at(3), at(4.5)) == (known.answer.done_at, unknown.answer.done_at)


def test_the_same_look_twice_changes_nothing():
    """Two workers, or a commit that is tried again."""
    looks = [seen(0), seen(4, staff(1, 2)), seen(5, staff(1, 2), hers(2, 4.5))]
    once, facts = followed(*looks)
    twice, same = followed(*looks, looks[-1])

    assert (once, facts) == (twice, same)


@pytest.mark.parametrize("seed", range(20))
def test_it_makes_no_difference_when_we_looked(seed):
    """Once, or after each message: the same is kept, broken and left."""
    chance = random.Random(seed)
    times = sorted(chance.sample(range(1, 200), 6))
    said = [
        chance.choice((staff, hers))(number, hour) for number, hour in enumerate(times)
    ]

    def picture(hour):
        return seen(hour, *(m for m in said if m.at <= at(hour)))

    hours = sorted(chance.sample(range(1, 200), 12))
    often, facts = followed(seen(0), *map(picture, hours), picture(200))
    once, _ = followed(seen(0), picture(200))

    assert once.public == often.public
    assert len(facts) == len({*facts})
