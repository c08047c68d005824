"""Who hears what, and why not when silent."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, letter, message, ticket
from news_told import IMPORTED, LATER, NEWS, customer, decided

from ticket24.domain.looks.ages import Age
from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.news.addressing import address
from ticket24.domain.news.letters import Kind, Letter, Notice, Untold
from ticket24.domain.news.notices import Skipped, reread
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.changes import MessageAdded, MessageDoubted, StatusChanged
from ticket24.domain.tickets.model import Status, Voice

RIGHT = Clocks(timedelta(), timedelta(), timedelta())
ANNAS = hashlib.sha256(b"anna@example.com").hexdigest()[:12]


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


def addressed(*customers, contact_ids, notice=NEWS):
    known = {one.ref.contact_id: one for one in customers}
    addressees = ticket(contact_ids=contact_ids)
    return list(address(notice, addressees, known, decided_at=LATER))


def test_a_letter_is_complete():
    """A letter can be rendered later, without a look at anything else."""
    (letter,) = addressed(customer(43, "anna@example.com"), contact_ids=(43,))

    assert "51-replied-chat-1-" + ANNAS == letter.id
    assert ("anna@example.com", "Anna Smith") == (
        letter.recipient,
        letter.recipient_name,
    )
    assert (ticket().ref, "Printer is on fire", Status.NEW, "Klaus Weber") == (
        letter.ref,
        letter.subject,
        letter.status,
        letter.responsible,
    )
    assert (Kind.REPLIED, "chat-1", (message(1),), LATER) == (
        letter.kind,
        letter.about,
        letter.messages,
        letter.decided_at,
    )


def test_mail_goes_to_the_first_address():
    """A customer with two addresses gets one mail."""
    letters = addressed(
        customer(43, "a@example.com", "b@example.com"), contact_ids=(43,)
    )

    assert ["a@example.com"] == [letter.recipient for letter in letters]


def test_every_customer_of_a_ticket_gets_one():
    """A ticket bound to several contacts is told to each."""
    letters = addressed(
        customer(43, "a@example.com"),
        customer(44, "b@example.com"),
        contact_ids=(44, 43),
    )

    assert ["b@example.com", "a@example.com"] == [one.recipient for one in letters]


def test_recipients_are_a_set():
    """Two contacts with one address, in whatever case, get one mail."""
    letters = addressed(
        customer(43, "Anna@Example.com"),
        customer(44, "anna@example.COM"),
        contact_ids=(43, 44, 43),
    )

    assert ["Anna@Example.com"] == [letter.recipient for letter in letters]
    assert ["51-replied-chat-1-" + ANNAS] == [letter.id for letter in letters]


def test_a_letters_name_ignores_case():
    """The same news to the same address has one name, however it is spelled."""
    (one,) = addressed(customer(43, "Anna@Example.com"), contact_ids=(43,))
    (two,) = addressed(customer(43, "anna@example.com"), contact_ids=(43,))

    assert one.id == two.id


def test_other_news_has_another_name():
    """Kind, subject matter and ticket are all part of a letter's name."""
    others = (NEWS, replace(NEWS, about="chat-2"), replace(NEWS, kind=Kind.STATUS))
    ids = {
        addressed(customer(43, "a@example.com"), contact_ids=(43,), notice=one)[0].id
        for one in others
    }

    assert 3 == len(ids)


def test_no_address_is_a_silence_with_a_name():
    """A customer who has no address, or is gone, does not delay the others."""
    outcome = addressed(
        customer(43), customer(45, "c@example.com"), contact_ids=(43, 44, 45)
    )

    assert [
        Skipped("no-address", "contact-43"),
        Skipped("no-address", "contact-44"),
    ] == outcome[:2]
    (told,) = [one for one in outcome if isinstance(one, Letter)]
    assert "c@example.com" == told.recipient
    (untold,) = [one for one in outcome if isinstance(one, Untold)]
    expected = (43, 44), (44,), (43, 44, 45), (told.id,)
    assert expected == (untold.contact_ids, untold.unknown, untold.bound, untold.told)


def test_a_letter_is_sent_as_it_is_true():
    """Deleted and internal messages are left out, edited ones read as they do now."""
    written = (message(1), message(2), message(3, "The price"))
    now = ticket(
        messages=(
            message(2, voice=Voice.INTERNAL),
            message(3, "The right price"),
            message(4, "Later"),
        )
    )

    assert (message(3, "The right price"),) == reread(
        letter(messages=written), now
    ).messages


def test_a_letter_of_nothing_is_not_sent():
    """If everything was taken back, there is no letter."""
    assert reread(letter(messages=(message(1),)), ticket(messages=())) is None


def test_a_letter_outlives_its_ticket():
    """The ticket went away after staff had answered: the answer is owed."""
    assert letter() == reread(letter(), None)


def test_a_completion_stays_one():
    """Letters without messages are not looked into."""
    one = letter(kind=Kind.COMPLETED, messages=())

    assert one == reread(one, ticket())
