"""Which conversations are archived, and what of them stays."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, message, ticket

from ticket24.domain.portal.marked import bearer_of
from ticket24.domain.portal.pages import to_page
from ticket24.domain.portal.rows import to_row
from ticket24.domain.tickets.archiving import again_at, as_kept
from ticket24.domain.tickets.model import Status, Voice

OLD = NOON - timedelta(days=40)
MARK = "0123456789abcdef"
LINK = f"[URL=https://help.example.com/p/acme/go/{MARK}]Open in Ticket24[/URL]"


def old(*messages, **fields):
    at = {"created_at": OLD, "changed_at": OLD, "active_at": OLD, "looked_at": NOON}
    said = tuple(replace(one, at=OLD) for one in messages)
    status = {"status": Status.COMPLETED}
    return ticket(**at | status | fields, messages=said)


def test_words_go_and_all_that_we_decide_by_stays():
    """Which messages there are, whose, whether they were told, and their files."""
    said = message(1, told=True), message(2, voice=Voice.CUSTOMER)
    whole = old(*said)

    kept = as_kept(whole, days=30)

    assert kept.archived
    assert [""] * 2 == [one.text for one in kept.messages]
    assert [replace(one, at=OLD, text="") for one in said] == [*kept.messages]
    assert replace(to_row(whole), words=0) == replace(to_row(kept), words=0)


@pytest.mark.parametrize(
    ("active_days", "again"),
    [(40, None), (10, NOON + timedelta(days=20)), (100, None)],
)
def test_a_ticket_with_dates_far_apart_is_looked_at_again(active_days, again):
    """Once the later date is old enough: by both together it was found before."""
    other = {"active_at": NOON - timedelta(days=active_days)}
    one = replace(old(message(1)), changed_at=NOON - timedelta(days=90), **other)

    assert again == again_at(one, days=30)
    assert as_kept(one, days=30).archived is (again is None)
    assert again_at(replace(one, status=Status.NEW), days=30) is None
    assert again_at(one, days=0) is None


def test_the_page_shows_no_empty_messages():
    """It says that they are elsewhere, and shows what opened the ticket."""
    whole = old(message(1, told=True), description="It burns.")

    page = to_page(as_kept(whole, days=30))

    assert (True, (), to_page(whole).text) == (page.archived, page.messages, page.text)


def test_a_link_still_finds_a_customers_message():
    """The mark of the command that wrote it stays."""
    mine = message(2, voice=Voice.CUSTOMER, text=f"Thanks.\n{LINK}")

    kept = as_kept(old(mine), days=30)

    assert mine.key == bearer_of(kept, MARK)
    assert "Thanks" not in repr(kept)


def test_internal_words_stay():
    """Whether they are still the same decides whether they stay internal."""
    inside = message(3, voice=Voice.INTERNAL, text="## They never pay.")

    kept = as_kept(old(message(1), inside), days=30)

    assert ["", "## They never pay."] == [one.text for one in kept.messages]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.IN_PROGRESS},
        {"status": Status.DEFERRED},
        {"changed_at": NOON - timedelta(days=29)},
        {"active_at": NOON - timedelta(days=29)},
    ],
)
def test_what_may_go_on_is_not_archived(fields):
    """A ticket is over once it has ended and nothing has moved it for so long."""
    whole = old(message(1), **fields)

    assert whole == as_kept(whole, days=30)


def test_nothing_is_archived_that_somebody_wants_or_has_to_judge():
    """Nor at all, where the setting says so."""
    whole, doubtful = old(message(1)), old(message(1, voice=Voice.DOUBTFUL))
    later, earlier = NOON + timedelta(hours=1), NOON - timedelta(hours=1)

    assert whole == as_kept(whole, days=0)
    assert whole == as_kept(whole, days=30, wanted_until=later)
    assert as_kept(whole, days=30, wanted_until=earlier).archived
    assert doubtful == as_kept(doubtful, days=30)
