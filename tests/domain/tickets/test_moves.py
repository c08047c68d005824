"""The lines that changes of status leave in a conversation."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, message, ticket

from ticket24.domain.messages.voices import Rules
from ticket24.domain.portal.pages import PageMove, same_page, to_page
from ticket24.domain.tickets.model import Look, Move, Source, Status, Voice, Written
from ticket24.domain.tickets.model import MessageKey as Key
from ticket24.domain.tickets.moves import Mover, places
from ticket24.domain.tickets.pictures import to_picture

US, KLAUS = 1, 3
NEW, STARTED, DONE = Status.NEW, Status.IN_PROGRESS, Status.COMPLETED
REVIEW, LATER = Status.IN_REVIEW, Status.DEFERRED
SOLVES = Mover("Anna Smith", "completed")
OPENS = Mover("Anna Smith", "open")


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def picture(before, status, *minutes, mover=None, **fields):
    """Look at a ticket with messages of these minutes, numbered."""
    chat = tuple(
        Written(Key(Source.CHAT, number), KLAUS, "Klaus", "Hello.", at(minute))
        for number, minute in enumerate(minutes, 1)
    )
    now = ticket(messages=(), status=status, chat_id=5, **fields)
    return to_picture(Look(now, None, chat), before, Rules({US}, mover=mover))


def test_a_first_look_invents_no_history():
    """What happened before we looked is not told as a move."""
    assert () == picture(None, DONE, 1, status_at=at(2), closed_at=at(2)).moves


def test_each_change_of_status_is_kept_where_it_was_seen():
    """Moves stand in their order, each after the messages that came before it."""
    one = picture(None, NEW, 1)
    two = picture(one, STARTED, 1, status_at=at(2))
    three = picture(two, STARTED, 1, 3, status_at=at(2))
    four = picture(three, DONE, 1, 3, 5, status_at=at(4), closed_at=at(4))

    assert (
        Move(NEW, STARTED, at(2), Key(Source.CHAT, 1)),
        Move(STARTED, DONE, at(4), Key(Source.CHAT, 2)),
    ) == four.moves
    assert [1, 2] == places(four.moves, four.messages)


def test_clocks_that_differ_move_no_line():
    """What was seen before a move stands above it, and what came later below."""
    hours = 180
    one = picture(None, NEW, hours)
    two = picture(one, STARTED, hours, status_at=at(2))
    three = picture(two, STARTED, hours, hours + 5, status_at=at(2))

    assert [1] == places(three.moves, three.messages)


@pytest.mark.parametrize("status", [STARTED, DONE, REVIEW, LATER])
def test_what_nobody_moved_leaves_no_line(status):
    """Bitrix24 sets a task back for a new responsible: that is nobody's move."""
    one = picture(None, status, responsible_id=3)
    two = picture(one, NEW, responsible_id=5)
    three = picture(two, status, responsible_id=5)

    assert ((), ()) == (two.moves, three.moves)


@pytest.mark.parametrize(
    ("mover", "old", "new", "status_by", "by"),
    [
        (SOLVES, NEW, DONE, US, "Anna Smith"),
        (SOLVES, NEW, REVIEW, US, "Anna Smith"),
        (SOLVES, NEW, DONE, 0, "Anna Smith"),
        (OPENS, DONE, NEW, US, "Anna Smith"),
        (OPENS, LATER, STARTED, US, "Anna Smith"),
        (SOLVES, NEW, DONE, KLAUS, ""),
        (OPENS, NEW, DONE, US, ""),
        (SOLVES, DONE, NEW, US, ""),
        (SOLVES, NEW, LATER, US, ""),
        (None, NEW, DONE, US, ""),
    ],
)
def test_a_customer_is_named_only_for_what_she_did(mover, old, new, status_by, by):
    """Her own wish, carried out by us, and nobody else's deed."""
    before = picture(None, old)

    (move,) = picture(before, new, mover=mover, status_by=status_by).moves

    assert by == move.by


def test_completing_and_approving_is_one_deed():
    """A look between our two steps leaves no second line; other deeds do."""
    one = picture(None, NEW)
    two = picture(one, REVIEW, mover=SOLVES, status_by=US)
    done = picture(two, DONE, mover=SOLVES, status_by=US)
    staff = picture(two, DONE, status_by=KLAUS)
    opened = picture(done, NEW, mover=OPENS, status_by=US)

    assert [(NEW, DONE)] == [(move.old, move.new) for move in done.moves]
    assert ["Anna Smith", ""] == [move.by for move in staff.moves]
    assert [DONE, NEW] == [move.new for move in opened.moves]


def test_a_date_that_did_not_change_is_no_date_of_a_move():
    """Without a new date of the status the task's own dates tell."""
    before = picture(None, NEW, status_at=at(-9))

    after = picture(before, STARTED, status_at=at(-9), changed_at=at(3))

    assert at(3) == after.moves[0].at


def test_histories_are_bounded():
    """Of a task that moves to and fro for ever the latest moves are kept."""
    now = picture(None, NEW)
    for number in range(120):
        now = picture(now, NEW if number % 2 else STARTED, status_at=at(number))

    assert (50, at(119)) == (len(now.moves), now.moves[-1].at)


def test_a_page_shows_moves_between_what_it_shows():
    """Internal messages have no place on a page, and moves keep theirs."""
    note = message(2, "// secret", voice=Voice.INTERNAL)
    move = Move(NEW, DONE, at(2), note.key, "Anna\nSmith")
    now = ticket(status=DONE, messages=(message(1), note, message(3)), moves=(move,))

    page = to_page(now)

    assert (PageMove(1, NEW, DONE, at(2), "Anna Smith"),) == page.moves
    assert not same_page(now, replace(now, moves=()))
