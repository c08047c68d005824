"""What is history is known by ids, and by dates only where no id tells."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, message, ticket
from hypothesis import given, settings
from hypothesis import strategies as st

from ticket24.domain.accounts.model import Account
from ticket24.domain.looks.ages import age_of
from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.messages.voices import Rules
from ticket24.domain.news.notices import Wishes
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.tickets.model import (
    ContactRef,
    Customer,
    Look,
    MessageKey,
    Source,
    Status,
    Voice,
    Written,
)
from ticket24.domain.tickets.plans import plan

FEW = settings(max_examples=30, deadline=None)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
SKEWS = st.integers(-14 * 3600, 14 * 3600).map(lambda s: timedelta(seconds=s))
CARDS = st.sampled_from(Source)
ANNA = {43: Customer(ContactRef("acme", 43), "Anna", ("anna@example.com",))}
ACCOUNT = Account("acme", "acme", 1, NOON, imported=True, connected_after=51)
NEW = replace(ACCOUNT, connected_after=50)


def look(*dates, card=Source.CHAT, texts=None, **fields):
    """A look that finds messages of these dates, by rising id."""
    written = tuple(
        Written(MessageKey(card, n), 3, "Klaus", (texts or {}).get(n, "Hello"), at)
        for n, at in enumerate(dates, 1)
    )
    chat = card is Source.CHAT
    shown = ticket(messages=(), chat_id=58 if chat else 0, **fields)
    return Look(shown, None if chat else written, written if chat else None)


def see(account, one, before=None, none_until=None, clocks=None, shown="all"):
    age = age_of(account, one.ticket, before, none_until, clocks or Clocks())
    rules = Rules({1}, ("//",), age=age, shown=shown)
    return plan(one, before, rules, ANNA, Wishes(age))


def told(made):
    """The kinds of mails, and the ids of the messages in them."""
    return sorted(
        (one.kind.value, *(m.key.id for m in one.messages)) for one in made.letters
    )


@FEW
@given(SKEWS, SKEWS, CARDS)
def test_an_import_is_history_and_the_next_id_is_news(ahead, later, card):
    """Whatever the dates, and though the clocks move apart meanwhile."""
    old = NOON - HOUR + ahead
    first = see(ACCOUNT, look(old, card=card, status=Status.COMPLETED, closed_at=old))
    again = see(ACCOUNT, look(old, NOON + HOUR + later, card=card), before=first.after)

    assert [] == told(first)
    assert ("replied", 2) in told(again)
    assert [] == told(see(ACCOUNT, look(old, NOON + later, card=card), again.after))


@FEW
@given(SKEWS, CARDS)
def test_a_ticket_that_was_made_later_is_news(ahead, card):
    """All that is in it is news; its id is higher than any at the connection."""
    at = NOON + ahead
    done = {"status": Status.COMPLETED, "closed_at": at + HOUR}
    one = look(at + SECOND, card=card, created_at=at, **done)

    assert [("completed",), ("created",), ("replied", 1)] == told(see(NEW, one))


@FEW
@given(SKEWS, SKEWS, CARDS)
def test_what_happened_between_two_installations_is_history(ahead, later, card):
    """This includes tickets that we knew; what comes after the look is news."""
    first = see(NEW, look(NOON + ahead, card=card)).after
    again = replace(NEW, connected_at=NOON + 9 * HOUR, connected_after=51)
    between = look(NOON, NOON + later, card=card, status=Status.COMPLETED)
    made = see(again, between, first)
    news = look(NOON, NOON, NOON + ahead, card=card, status=Status.COMPLETED)

    assert [] == told(made)
    assert [("replied", 3)] == told(see(again, news, made.after))


@FEW
@given(SKEWS, CARDS)
def test_a_completion_that_we_saw_is_told(ahead, card):
    """Seen open, then closed: whatever date it bears."""
    first = see(ACCOUNT, look(card=card)).after
    closed = look(card=card, status=Status.COMPLETED, closed_at=NOON + ahead)

    assert [("completed",)] == told(see(ACCOUNT, closed, first))


@FEW
@given(SKEWS, CARDS, st.integers(1, 3600))
def test_what_was_said_before_it_had_a_customer_stays_inside(ahead, card, seconds):
    """It goes by the clock of its dates if that is known; else it may all be old."""
    until = NOON + HOUR
    one = look(until + ahead, until + ahead + seconds * SECOND, card=card)
    known = Clocks(forum=ahead, chat=ahead, tasks=ahead)
    first = see(NEW, one, None, until, known)
    unknown = see(NEW, one, None, until)

    assert [("created",), ("replied", 2)] == told(first)
    assert [("created",)] == told(unknown)
    for made in (first, unknown):
        later = look(NOON, NOON, NOON - ahead, card=card)
        assert [("replied", 3)] == told(see(NEW, later, made.after))


@FEW
@given(SKEWS, CARDS)
def test_what_other_rules_hid_is_not_told_when_they_change(ahead, card):
    """What was seen hidden is history, whatever its date; the next id is news."""
    first = see(NEW, look(NOON + ahead, card=card), shown="marked").after
    later = replace(NEW, shown_since=NOON, shown_after=51)
    made = see(later, look(NOON + ahead, card=card), first)

    assert [] == told(made)
    assert [Voice.STAFF] == [one.voice for one in made.after.messages]
    news = look(NOON, NOON + ahead, card=card)
    assert [("replied", 2)] == told(see(later, news, made.after))


@FEW
@given(SKEWS)
def test_the_first_message_in_a_chat_is_news(ahead):
    """A ticket moves from the old card to the new one."""
    first = see(ACCOUNT, look(NOON - HOUR, card=Source.FORUM)).after

    assert [("replied", 1)] == told(see(ACCOUNT, look(NOON + HOUR + ahead), first))


def test_a_chat_that_was_always_there_is_history():
    """Accounts may show it late: what is far older than the connection is not news."""
    first = see(ACCOUNT, look(card=Source.FORUM)).after

    assert [("replied", 2)] == told(see(ACCOUNT, look(NOON - 16 * HOUR, NOON), first))


@FEW
@given(SKEWS, CARDS)
def test_internal_words_of_before_stay_so(ahead, card):
    """An edit makes no news of history; one of our time is told when it is public."""
    inside = {1: "// no", 2: "// no"}
    first = see(ACCOUNT, look(NOON + ahead, card=card, texts=inside)).after
    second = see(ACCOUNT, look(NOON, NOON, card=card, texts=inside), first).after
    public = look(NOON, NOON - ahead, card=card)

    assert [("replied", 2)] == told(see(ACCOUNT, public, second))


@pytest.mark.parametrize("imported", [True, False])
def test_pictures_of_earlier_versions_mail_nothing_old(imported):
    """They went by dates, and so does what they knew; the next id is news."""
    old = replace(ACCOUNT, connected_after=None, imported=imported)
    inside = message(1, at=NOON - HOUR, voice=Voice.INTERNAL, text="// no")
    kept = message(2, at=NOON - HOUR, told=True)
    before = ticket(messages=(inside, kept), looked_at=NOON + HOUR, chat_id=58)
    dates = (NOON - HOUR, NOON - HOUR, NOON - 14 * HOUR)

    assert [("replied", 3)] == told(see(old, look(*dates), before))


@pytest.mark.parametrize(("hours", "expected"), [(-1, False), (1, True)])
def test_accounts_of_earlier_versions_go_by_dates_where_no_id_was_noted(
    hours, expected
):
    """A ticket that they have not seen is as old as its date."""
    old = replace(ACCOUNT, connected_after=None)
    one = look(NOON, created_at=NOON + hours * HOUR)

    assert expected is bool(told(see(old, one)))


def test_a_workgroup_has_its_own_line():
    """What was in it when it came into the settings is history, and no more."""
    chosen = AccountSettings(departments=(Department(7),))
    later = NEW.with_settings(chosen, NOON + HOUR, 60)
    group = {"group_id": 7}

    assert [] == told(see(later, look(NOON + 2 * HOUR, **group)))
    assert [] != told(see(later.with_settings(AccountSettings(), NOON), look(NOON)))
    assert {} == later.with_settings(AccountSettings(), NOON).added_after
