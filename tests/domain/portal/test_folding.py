"""What the page of a long ticket shows, and what it folds."""

from dataclasses import replace

import pytest
from examples import NOON, message, ticket

from ticket24.domain.portal.folding import (
    FEWEST,
    LATEST,
    MOST,
    Fold,
    holds,
    latest,
    parts,
    place_of,
)
from ticket24.domain.portal.pages import Seen, to_page
from ticket24.domain.tickets.model import (
    File,
    MessageKey,
    Move,
    Source,
    Status,
)

READ = Seen(forum=10**6, chat=10**6)


def page_of(count, text="Hello", **fields):
    """Return the page of a ticket; all messages are the staff's, ids are places."""
    messages = tuple(message(number, text) for number in range(count))
    return to_page(ticket(messages=messages, **fields))


def brief(found):
    """Return ranges as pairs, and folds as lists with what to ask for."""
    return [
        [one.start, one.stop, one.ask]
        if isinstance(one, Fold)
        else (one.start, one.stop)
        for one in found
    ]


@pytest.mark.parametrize("count", [0, 1, LATEST, LATEST + FEWEST - 1])
def test_a_short_ticket_is_shown_whole(count):
    """To fold a few messages is not worth a click."""
    assert [(0, count)] == brief(parts(page_of(count), READ))


def test_the_middle_of_a_long_ticket_is_folded():
    """The latest are shown; the fold says how many it hides and which is the last."""
    found = parts(page_of(50), READ)

    assert [[0, 34, "chat-33"], (34, 50)] == brief(found)
    assert (34, False) == (len(found[0]), found[0].new)


def test_what_is_new_is_shown_from_its_beginning():
    """It is shown even if it is more than the latest; what was read is folded."""
    found = parts(page_of(3000), Seen(chat=2959))

    assert [[0, 2960, "chat-2959"], (2960, 3000)] == brief(found)
    assert not found[0].new


def test_what_is_new_is_bounded():
    """Of a ticket that nobody has read the fold says that it is new."""
    found = parts(page_of(3000), Seen())

    assert [[0, 3000 - MOST, f"chat-{2999 - MOST}"], (3000 - MOST, 3000)] == brief(
        found
    )
    assert found[0].new


def test_long_messages_count_for_more():
    """A page stays small however long the messages are, but shows some of them."""
    assert [[0, 2988, "chat-2987"], (2988, 3000)] == brief(
        parts(page_of(3000, "x" * 2_000), Seen())
    )
    assert [[0, 46, "chat-45"], (46, 50)] == brief(
        parts(page_of(50, "x" * 50_000), READ)
    )


def test_a_message_that_is_asked_for_comes_with_its_neighbours():
    """Before and after it there are folds, each next to where one would read on."""
    page = page_of(3000)
    at = place_of(page, MessageKey(Source.CHAT, 1000))

    assert [
        [0, 1000 - MOST, f"chat-{999 - MOST}"],
        (1000 - MOST, 1000 + MOST),
        [1000 + MOST, 2984, f"chat-{1000 + MOST}"],
        (2984, 3000),
    ] == brief(parts(page, READ, at))


def test_an_open_page_gets_what_it_lacks():
    """Up to the message that it shows, whatever else came meanwhile, and no more."""
    page = page_of(3000)

    assert [
        [0, 1000 - MOST, f"chat-{999 - MOST}"],
        (1000 - MOST, 1000 + MOST),
        [1000 + MOST, 2950, f"chat-{1000 + MOST}"],
        (2950, 2951),
    ] == brief(parts(page, READ, 1000, until=2950))
    assert [[0, 2949 - MOST, f"chat-{2948 - MOST}"], (2949 - MOST, 2951)] == brief(
        parts(page, READ, 2949, until=2950)
    )
    assert parts(page, READ, 1000) == parts(page, READ, 1000, until=1000)
    assert parts(page, READ) == parts(page, READ, until=1000)


def test_unfolding_hides_nothing_and_shows_nothing_twice():
    """Whatever is asked for, each message is shown once or counted once, in order."""
    page = page_of(3000)
    for at in range(0, 3000, 75):
        found = parts(page, READ, at)
        places = [place for one in found for place in (one.start, one.stop)]
        assert 0 == places[0]
        assert 3000 == places[-1]
        assert places[1:-1:2] == places[2::2]
        assert any(at in one for one in found if isinstance(one, range))
        assert all(len(one) >= FEWEST for one in found if isinstance(one, Fold))


def test_parts_that_meet_are_one():
    """What is asked for just above the latest leaves no fold between."""
    assert [[0, 2919, "chat-2918"], (2919, 3000)] == brief(
        parts(page_of(3000), READ, 2983)
    )


def test_who_asks_again_and_again_sees_the_whole_ticket():
    """Each fold leads to the next part, up to the beginning."""
    page, asked = page_of(500), 0
    found = parts(page, READ)
    while isinstance(found[0], Fold):
        source, _, number = found[0].ask.partition("-")
        key = MessageKey(Source(source), int(number))
        before, found = found[0], parts(page, READ, place_of(page, key))
        assert not isinstance(found[0], Fold) or len(found[0]) < len(before)
        asked += 1

    assert 8 == asked


@pytest.mark.parametrize(
    "key", [MessageKey(Source.CHAT, 3000), MessageKey(Source.FORUM, 7), None]
)
def test_an_unknown_message_changes_nothing(key):
    """What is not in the ticket cannot be asked for."""
    page = page_of(3000)

    assert parts(page, READ) == parts(page, READ, place_of(page, key))


@pytest.mark.parametrize("seen", [READ, Seen(), Seen(chat=2950), Seen(chat=2990)])
def test_the_latest_part_tells_the_same(seen):
    """What is kept apart shows what the whole page would have shown."""
    page = page_of(3000)
    part = latest(page)

    assert parts(page, seen) == parts(part, seen)
    assert page.answers == part.answers
    assert MOST == len(part.messages)
    assert page.messages[-MOST:] == part.messages
    assert part == latest(part)


def test_a_short_page_has_no_latest_part():
    """Of a ticket that shows everything anyway nothing is left out."""
    page = page_of(MOST + FEWEST - 1)

    assert page == latest(page)


def test_the_latest_part_knows_the_files_that_it_names():
    """A quotation may name a picture of a message that is left out."""
    early = message(1, files=(File(70, "a.png", 9), File(80, "b.png", 9)))
    quoting = message(2999, "[DISK FILE ID=n70] [quote]n800[/quote]")
    middle = tuple(message(number) for number in range(2, 2999))
    page = to_page(ticket(messages=(early, *middle, quoting)))

    assert ["a.png"] == [file.name for file in latest(page).earlier.files]


def test_the_latest_part_keeps_what_became_of_the_ticket():
    """Lines at the beginning and beside the latest messages stay where they are."""
    moves = tuple(
        Move(Status.NEW, Status.IN_PROGRESS, NOON, after)
        for after in (None, message(10).key, message(2999).key)
    )
    page = page_of(3000, moves=moves)

    assert [0, 11, 3000] == [move.place for move in page.moves]
    assert [0, 3000] == [move.place for move in latest(page).moves]


def test_a_message_that_is_left_out_is_in_the_ticket():
    """A reply that has arrived is not shown as being sent, however old it is."""
    part = latest(page_of(3000))

    assert holds(part, MessageKey(Source.CHAT, 5))
    assert holds(part, MessageKey(Source.CHAT, 2999))
    assert not holds(part, MessageKey(Source.CHAT, 3000))
    assert not holds(part, MessageKey(Source.FORUM, 5))
    assert not holds(page_of(0), MessageKey(Source.CHAT, 5))


def test_only_the_staff_have_news():
    """What the customer wrote is not new to them, wherever it stands."""
    page = page_of(50)
    mine = tuple(replace(one, by_customer=True) for one in page.messages)

    assert [[0, 34, "chat-33"], (34, 50)] == brief(
        parts(replace(page, messages=mine), Seen())
    )
