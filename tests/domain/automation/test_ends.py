"""What becomes of a ticket whose customer does not answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from examples import message, ticket

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.ends import ending
from ticket24.domain.news.notices import reread
from ticket24.domain.settings.model import AccountSettings, Ends
from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours
from ticket24.domain.tickets.model import (
    ContactRef,
    Customer,
    MessageKey,
    Source,
    Status,
    Voice,
)

# A Wednesday; Berlin is an hour ahead.
ANSWERED = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
OFFICE = WorkingHours(WeekHours(*["09:00-17:00"] * 5))
CUSTOMERS = {43: Customer(ContactRef("acme", 43), "Anna", ("anna@example.com",))}
BOTH = {"remind_after": 3, "close_after": 7}


def account(hours=OFFICE, since=None, **ends):
    settings = AccountSettings(
        ends=Ends(**ends), working_hours=hours, time_zone="Europe/Berlin"
    )
    connected = ANSWERED - timedelta(days=90)
    return Account("acme", "acme", 1, connected, settings=settings, ends_since=since)


def waiting(days=0.0, **fields):
    """Return a ticket that was answered, as it is that many days later."""
    return ticket(
        **{
            "messages": (message(1, at=ANSWERED),),
            "status": Status.IN_PROGRESS,
            "status_at": ANSWERED - timedelta(hours=1),
            "looked_at": ANSWERED + timedelta(days=days),
            "asked": MessageKey(Source.CHAT, 1),
            "asked_at": ANSWERED,
        }
        | fields
    )


def days_of(at):
    return None if at is None else (at - ANSWERED) / timedelta(days=1)


@pytest.mark.parametrize(
    ("ends", "days", "letters", "closes", "next_day"),
    [
        ({}, 30, 0, 0, None),
        ({"reopen_within": 7}, 30, 0, 0, None),
        # Thursday, Friday, Monday; then four more.
        (BOTH, 0, 0, 0, 5),
        (BOTH, 4.9, 0, 0, 5),
        (BOTH, 5, 1, 0, 9),
        # A reminder that comes late puts off the end.
        (BOTH, 12, 1, 0, 16),
        ({"remind_after": 3}, 5, 1, 0, None),
        ({"close_after": 7}, 8.9, 0, 0, 9),
        ({"close_after": 7}, 9, 0, 1, None),
    ],
)
def test_one_reminder_then_the_end(ends, days, letters, closes, next_day):
    """In working days since the answer; the next look is told."""
    found = ending(waiting(days), account(**ends), CUSTOMERS)

    assert (letters, closes) == (len(found.letters), len(found.ends))
    assert next_day == days_of(found.next_at)


def test_a_reminder_is_sent_once_and_says_when_the_ticket_ends():
    """However often it is looked at; the end comes then, and no sooner."""
    rules = account(**BOTH)
    first = ending(waiting(5), rules, CUSTOMERS)
    (letter,) = first.letters
    again = ending(replace(first.after, looked_at=at(8.9)), rules, CUSTOMERS)
    last = ending(replace(first.after, looked_at=at(9)), rules, CUSTOMERS)

    assert (True, 9) == (letter.reminder, days_of(letter.closes_at))
    assert ["chat-1-reminder"] == [letter.about]
    assert ((), (), 9) == (again.letters, again.ends, days_of(again.next_at))
    ((end,), key) = last.ends, MessageKey(Source.CHAT, 1)
    assert ("end-51-chat-1-20261204", key, key) == (end.id, end.asked, last.after.ended)


def at(days):
    return ANSWERED + timedelta(days=days)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.COMPLETED},
        {"status": Status.DEFERRED},
        {"status": Status.DECLINED},
        {"messages": ()},
        {"messages": (message(1), message(2, voice=Voice.CUSTOMER, at=ANSWERED))},
        # Staff took it up after they had answered.
        {"status_at": ANSWERED + timedelta(hours=1)},
    ],
)
def test_nothing_ends_while_it_is_not_the_customers_turn(fields):
    """On hold, over, or ours: nobody is reminded, and nothing is closed."""
    for days in (5, 30):
        found = ending(waiting(days, **fields), account(**BOTH), CUSTOMERS)
        assert ((), (), None) == (found.letters, found.ends, found.next_at)


def test_another_answer_begins_anew():
    """It waits for an answer to that one; so it is reminded of it, too."""
    rules = account(**BOTH)
    reminded = ending(waiting(5), rules, CUSTOMERS).after
    later = (*reminded.messages, message(2, at=at(6)))
    seen = ending(replace(reminded, messages=later, looked_at=at(6)), rules, CUSTOMERS)
    more = replace(seen.after, looked_at=at(8))

    assert ((), ()) == (
        ending(more, rules, CUSTOMERS).letters,
        ending(more, rules, CUSTOMERS).ends,
    )
    assert 1 == len(ending(replace(more, looked_at=at(9)), rules, CUSTOMERS).letters)


def test_an_answer_waits_from_when_we_saw_it():
    """Nobody is told of an answer and reminded of it, or closed, in one minute."""
    for rules in (account(**BOTH), account(close_after=7)):
        late = waiting(30, asked=None, asked_at=None)
        found = ending(late, rules, CUSTOMERS)

        assert ((), ()) == (found.letters, found.ends)
        assert at(30) == found.after.asked_at
        assert found.next_at > at(32)


def test_after_another_connection_nothing_old_counts():
    """An account that was installed anew, or an old copy of Redis."""
    again = replace(account(since=at(-60), **BOTH), connected_at=at(29))
    found = ending(waiting(30), again, CUSTOMERS)

    assert ((), ()) == (found.letters, found.ends)


@pytest.mark.parametrize(
    "messages",
    [
        (message(1, at=ANSWERED), message(2, voice=Voice.DOUBTFUL, at=ANSWERED)),
        (message(1, at=ANSWERED, voice=Voice.REMARK),),
    ],
)
def test_what_waits_for_a_ruling_may_be_the_answer(messages):
    """It is no silence of the customer's."""
    found = ending(waiting(30, messages=messages), account(**BOTH), CUSTOMERS)

    assert ((), (), None) == (found.letters, found.ends, found.next_at)


def test_history_waits_for_no_answer():
    """Nothing that happened before us is mailed again, or closed."""
    found = ending(waiting(30, chat_history=1), account(**BOTH), CUSTOMERS)

    assert ((), (), None) == (found.letters, found.ends, found.next_at)


def test_what_a_reminder_says_is_kept():
    """Also if the company shortens the days meanwhile."""
    first = ending(waiting(5), account(**BOTH), CUSTOMERS)
    shorter = account(remind_after=3, close_after=4)
    found = ending(replace(first.after, looked_at=at(8)), shorter, CUSTOMERS)

    assert ((), 9) == (found.ends, days_of(found.next_at))


def test_switching_it_on_ends_nothing_old():
    """Waiting before the company decided so does not count."""
    rules = account(since=at(100), **BOTH)

    assert ((), ()) == (
        ending(waiting(101), rules, CUSTOMERS).letters,
        ending(waiting(101), rules, CUSTOMERS).ends,
    )
    assert 1 == len(ending(waiting(105), rules, CUSTOMERS).letters)


def test_who_cannot_be_reminded_is_not_closed():
    """It is tried again the next day, as an address may come."""
    rules = account(**BOTH)
    found = ending(waiting(30), rules, {})

    assert ((), (), 31) == (found.letters, found.ends, days_of(found.next_at))
    assert waiting(30) == found.after


def test_without_hours_monday_to_friday_count():
    """Holidays of the region do not."""
    rules = account(hours=WorkingHours(), **BOTH)

    assert 5 == days_of(ending(waiting(), rules, CUSTOMERS).next_at)


def test_what_comes_late_waits_for_the_day():
    """We were away when it was due, and it is night: it goes when the office opens."""
    rules = account(**BOTH)
    late = ending(waiting(5.5), rules, CUSTOMERS)
    morning = datetime(2026, 12, 1, 8, tzinfo=UTC)
    then = ending(waiting(looked_at=morning), rules, CUSTOMERS)

    assert ((), morning) == (late.letters, late.next_at)
    assert 1 == len(then.letters)
    night = waiting(9.5, reminded=MessageKey(Source.CHAT, 1))
    assert ((), morning + timedelta(days=6)) == (
        ending(night, rules, CUSTOMERS).ends,
        ending(night, rules, CUSTOMERS).next_at,
    )


def test_what_is_due_at_the_end_of_hours_is_not_late():
    """The look that was set for that instant comes a moment after it."""
    evening = datetime(2026, 11, 25, 20, tzinfo=UTC)
    asked = message(1, at=evening)
    due = datetime(2026, 11, 30, 16, 0, 30, tzinfo=UTC)
    seen = waiting(messages=(asked,), asked_at=evening, looked_at=due)

    assert 1 == len(ending(seen, account(**BOTH), CUSTOMERS).letters)


SATURDAY = datetime(2026, 11, 28, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "clock"),
    [("", "17:00"), ("09:00-13:00", "13:00"), ("00:00-24:00", "23:59")],
)
def test_nobody_is_reminded_at_a_weekend(hours, clock):
    """Of what was answered at one: by the end of a working day, five of them later."""
    asked = message(1, at=SATURDAY)
    seen = waiting(messages=(asked,), asked_at=SATURDAY, looked_at=SATURDAY)
    rules = account(WorkingHours(WeekHours(*[hours] * 5)), remind_after=5)
    next_at = ending(seen, rules, CUSTOMERS).next_at

    assert (
        f"Fri 04 {clock}"
        == f"{next_at.astimezone(ZoneInfo('Europe/Berlin')):%a %d %H:%M}"
    )


def test_a_reminder_is_dropped_if_it_is_not_true_any_more():
    """The customer may answer, or staff take the answer back, before it is sent."""
    found = ending(waiting(5), account(**BOTH), CUSTOMERS)
    (letter,) = found.letters
    answer = message(2, voice=Voice.CUSTOMER, at=at(5))

    assert letter == reread(letter, found.after)
    for now in (
        replace(found.after, messages=(*found.after.messages, answer)),
        replace(found.after, status=Status.COMPLETED),
        replace(found.after, messages=()),
        replace(found.after, messages=(*found.after.messages, message(3, at=at(5)))),
    ):
        assert reread(letter, now) is None
