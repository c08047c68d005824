"""Who hears what, and why not when silent."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, message
from news_told import IMPORTED, LATER, decided

from ticket24.domain.looks.ages import Age
from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.news.letters import Kind, Notice
from ticket24.domain.news.notices import Skipped
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.changes import MessageAdded, MessageDoubted, StatusChanged
from ticket24.domain.tickets.model import Status, Voice

RIGHT = Clocks(timedelta(), timedelta(), timedelta())


def moved(old, new, **options):
    fields = {"status": new, "changed_at": LATER}
    if new is Status.COMPLETED:
        fields["closed_at"] = LATER
    return decided(StatusChanged(old, new), **fields | options)


def at(status):
    return f"{status.value}-{int(LATER.timestamp())}"


def test_no_change_no_notice():
    """Without a change nobody is told anything."""
    assert [] == decided()


def test_all_new_messages_of_a_look_make_one_notice():
    """One mail tells all that was written since the last, in its order."""
    messages = (message(1), message(2), message(3))
    notices = decided(*map(MessageAdded, messages))

    assert [Notice(Kind.REPLIED, "chat-3", messages)] == notices


@pytest.mark.parametrize("hours", [-14, 0, 14])
def test_what_was_there_before_we_watched_is_history(hours):
    """Nothing of it is told, whatever its date."""
    old = message(1, at=NOON + timedelta(hours=hours))

    assert [Skipped("older-than-connection", "chat-1")] == decided(
        MessageAdded(old, old=True), age=IMPORTED
    )


def test_news_is_told_beside_history():
    """Old messages do not hold a new one back, and are not quoted with it."""
    old, new = message(1), message(2)

    assert [
        Skipped("older-than-connection", "chat-1"),
        Notice(Kind.REPLIED, "chat-2", (new,)),
    ] == decided(MessageAdded(old, old=True), MessageAdded(new))


def test_doubt_is_silence_with_a_name():
    """A doubtful message is not mailed, and the log can say why."""
    doubtful = message(1, voice=Voice.DOUBTFUL)

    assert [Skipped("doubtful", "chat-1")] == decided(MessageDoubted(doubtful))


def test_completion_is_always_told():
    """Customers hear that their ticket is done, whatever it was before."""
    for old in (Status.NEW, Status.IN_PROGRESS, Status.IN_REVIEW, Status.DEFERRED):
        assert [Notice(Kind.COMPLETED, at(Status.COMPLETED))] == moved(
            old, Status.COMPLETED
        )


@pytest.mark.parametrize("new", [one for one in Status if one != "completed"])
def test_other_statuses_are_told_when_wanted(new):
    """A company chooses whether its customers are told of every step."""
    assert [Notice(Kind.STATUS, at(new))] == moved(
        Status.COMPLETED, new, settings=AccountSettings(status_mails=True)
    )
    assert [Skipped("status-not-wanted", at(new))] == moved(Status.COMPLETED, new)


def test_a_completion_is_one_notice_with_status_mails_too():
    """A customer who is told of every step is told of the last one once."""
    assert [Notice(Kind.COMPLETED, at(Status.COMPLETED))] == moved(
        Status.NEW, Status.COMPLETED, settings=AccountSettings(status_mails=True)
    )


def test_the_same_status_later_is_other_news():
    """A ticket that is closed twice is told twice, by different names."""
    (first,) = moved(Status.NEW, Status.COMPLETED)
    (second,) = moved(
        Status.NEW, Status.COMPLETED, closed_at=LATER + timedelta(hours=1)
    )

    assert first.about != second.about


def test_a_completion_is_named_by_its_own_time():
    """What is changed in a closed ticket makes no new completion."""
    (first,) = moved(Status.NEW, Status.COMPLETED)
    (second,) = moved(
        Status.NEW, Status.COMPLETED, changed_at=LATER + timedelta(hours=1)
    )

    assert first == second


def test_a_message_and_a_completion_are_two_notices():
    """Kinds stay apart: one mail with the words, one that says it is done."""
    notices = decided(
        MessageAdded(message(1)),
        StatusChanged(Status.NEW, Status.COMPLETED),
        status=Status.COMPLETED,
        closed_at=LATER,
    )

    assert {Kind.REPLIED, Kind.COMPLETED} == {notice.kind for notice in notices}
    assert 2 == len(notices)


@pytest.mark.parametrize("status_mails", [True, False])
@pytest.mark.parametrize("new", [one for one in Status if one != "completed"])
def test_a_first_look_tells_no_status(new, status_mails):
    """A ticket that we meet for the first time has not moved."""
    assert [Skipped("first-look", at(new))] == moved(
        None, new, settings=AccountSettings(status_mails=status_mails)
    )


def test_a_ticket_that_was_done_before_we_watched_is_history():
    """The import of a closed ticket tells nothing, whenever it was closed."""
    assert [Skipped("first-look", at(Status.COMPLETED))] == moved(
        None, Status.COMPLETED, age=IMPORTED
    )


def test_a_ticket_that_was_done_before_it_had_a_customer_is_history():
    """It is history until we last saw it without a customer, by its own clock."""
    for ahead in (timedelta(hours=-14), timedelta(), timedelta(hours=14)):
        for seconds, told in ((0, False), (1, True)):
            until = LATER - ahead - timedelta(seconds=seconds)
            age = Age(until=until, clocks=replace(RIGHT, tasks=ahead))
            (one,) = moved(None, Status.COMPLETED, age=age)

            assert told is isinstance(one, Notice)


def test_what_cannot_be_dated_is_history():
    """Until we know how the dates run, a completion that may be old is not news."""
    (one,) = moved(None, Status.COMPLETED, age=Age(until=LATER - timedelta(hours=14)))

    assert isinstance(one, Skipped)


@pytest.mark.parametrize("hours", [-14, 0, 14])
def test_what_we_saw_move_is_told(hours):
    """A ticket that we saw open is closed: that is news, whatever its date."""
    closed_at = NOON + timedelta(hours=hours)
    (one,) = moved(Status.NEW, Status.COMPLETED, closed_at=closed_at)

    assert isinstance(one, Notice)


def test_what_moved_while_we_were_away_is_history():
    """If the application was deleted and reinstalled, nobody is told of between."""
    about = at(Status.COMPLETED)

    assert [Skipped("older-than-connection", about)] == moved(
        Status.NEW, Status.COMPLETED, age=IMPORTED
    )


def test_a_ticket_that_was_done_before_our_first_look_is_told():
    """If it was opened and closed between two rounds, the customer is told."""
    assert [Notice(Kind.COMPLETED, at(Status.COMPLETED))] == moved(
        None, Status.COMPLETED
    )
