"""Whose turn a ticket is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, message, ticket

from ticket24.domain.portal.rows import Row, to_row
from ticket24.domain.tickets.model import (
    Matter,
    Move,
    Status,
    Turn,
    Voice,
)
from ticket24.domain.tickets.turns import turn_of

S = Status
STAFF = message(1)
HERS = message(2, voice=Voice.CUSTOMER)
LATER = message(3)
CALL = message(4, matter=Matter.CALL, text="")
POLL = message(4, matter=Matter.POLL, text="")
NOTE = message(5, "// ask Klaus?", voice=Voice.INTERNAL)
HELD = message(6, voice=Voice.DOUBTFUL)
REMARK = message(7, voice=Voice.REMARK)
UNMARKED = message(8, voice=Voice.UNMARKED)
EMPTY = message(9, empty=True)
HIDDEN = (NOTE, HELD, REMARK, UNMARKED, EMPTY)
ASKS = message(1, "Which printer is it?")


@pytest.mark.parametrize(
    ("status", "messages", "turn"),
    [
        # Nobody has answered.
        (S.NEW, (), "new"),
        (S.NEW, (HERS,), "new"),
        (S.NEW, HIDDEN, "new"),
        (S.NEW, (HERS, *HIDDEN), "new"),
        # Nobody has answered, but somebody has begun.
        (S.IN_PROGRESS, (), "ours"),
        (S.IN_PROGRESS, (HERS,), "ours"),
        (S.IN_REVIEW, (), "ours"),
        # Staff who never press Start.
        (S.NEW, (STAFF,), "yours"),
        (S.NEW, (STAFF, HERS), "ours"),
        (S.NEW, (HERS, LATER), "yours"),
        (S.NEW, (STAFF, HERS, HERS), "ours"),
        (S.NEW, (STAFF, HERS, LATER), "yours"),
        (S.IN_PROGRESS, (STAFF,), "yours"),
        (S.IN_PROGRESS, (STAFF, HERS), "ours"),
        (S.IN_REVIEW, (STAFF,), "yours"),
        # What is not speaking.
        (S.NEW, (STAFF, HERS, *HIDDEN), "ours"),
        (S.NEW, (STAFF, *HIDDEN), "yours"),
        (S.NEW, (CALL,), "ours"),
        (S.NEW, (STAFF, HERS, CALL), "ours"),
        (S.NEW, (STAFF, CALL), "yours"),
        (S.NEW, (HERS, POLL), "yours"),
        # What holds whoever speaks.
        (S.COMPLETED, (), "solved"),
        (S.COMPLETED, (STAFF,), "solved"),
        (S.COMPLETED, (STAFF, HERS), "solved"),
        (S.DECLINED, (STAFF, HERS), "declined"),
        (S.DEFERRED, (STAFF,), "on_hold"),
        (S.DEFERRED, (HERS,), "on_hold"),
    ],
)
def test_status_and_who_spoke_last_tell_whose_turn_it_is(status, messages, turn):
    """Only what customers can read counts, and a status that rests holds."""
    assert turn == turn_of(ticket(status=status, messages=messages))


def moved(old, new, after, messages, **fields):
    return ticket(
        status=new,
        messages=messages,
        moves=(Move(old, new, NOON, after and after.key),),
        **fields,
    )


@pytest.mark.parametrize(
    ("old", "new", "after", "messages", "turn"),
    [
        # "We are looking into it", then Start.
        (S.NEW, S.IN_PROGRESS, STAFF, (STAFF,), "ours"),
        (S.NEW, S.IN_PROGRESS, NOTE, (STAFF, NOTE), "ours"),
        (S.NEW, S.IN_PROGRESS, ASKS, (ASKS,), "yours"),
        (S.NEW, S.IN_PROGRESS, None, (STAFF,), "yours"),
        (S.NEW, S.IN_PROGRESS, STAFF, (STAFF, LATER), "yours"),
        # Pause is no beginning.
        (S.IN_PROGRESS, S.NEW, STAFF, (STAFF,), "yours"),
        # The answer, then "done".
        (S.IN_PROGRESS, S.IN_REVIEW, ASKS, (ASKS,), "ours"),
        (S.IN_PROGRESS, S.IN_REVIEW, None, (ASKS,), "yours"),
        # Reopened, also without a word, and whatever was asked before.
        (S.COMPLETED, S.NEW, ASKS, (ASKS,), "ours"),
        (S.COMPLETED, S.IN_PROGRESS, ASKS, (ASKS,), "ours"),
        (S.IN_REVIEW, S.NEW, STAFF, (STAFF, *HIDDEN), "ours"),
        (S.DEFERRED, S.NEW, STAFF, (STAFF,), "ours"),
        (S.DECLINED, S.NEW, STAFF, (STAFF,), "ours"),
        (S.COMPLETED, S.NEW, None, (), "ours"),
        (S.COMPLETED, S.NEW, STAFF, (STAFF, LATER), "yours"),
        # An answer after "solved" does not open anything.
        (S.IN_PROGRESS, S.COMPLETED, STAFF, (STAFF, LATER), "solved"),
    ],
)
def test_a_move_after_the_last_answer_counts(old, new, after, messages, turn):
    """Staff who take a ticket up after they answered are on it."""
    assert turn == turn_of(moved(old, new, after, messages))


@pytest.mark.parametrize(
    ("reset_from", "turn"),
    [(S.COMPLETED, "ours"), (S.IN_PROGRESS, "yours"), (None, "yours")],
)
def test_a_new_responsible_opens_what_was_finished(reset_from, turn):
    """Bitrix24 opens a task that gets another responsible: that is nobody's answer."""
    assert turn == turn_of(ticket(status=S.NEW, reset_from=reset_from))


@pytest.mark.parametrize(
    ("minutes", "status", "turn"),
    [
        (1, S.IN_PROGRESS, "ours"),
        (-1, S.IN_PROGRESS, "yours"),
        (0, S.IN_PROGRESS, "yours"),
        (1, S.IN_REVIEW, "ours"),
        (1, S.NEW, "yours"),
    ],
)
def test_the_date_of_the_status_tells_where_no_move_was_seen(minutes, status, turn):
    """A ticket that is new to us was taken up when Bitrix24 says so."""
    at = NOON + timedelta(minutes=minutes)

    assert turn == turn_of(ticket(status=status, status_at=at))


@pytest.mark.parametrize(
    ("text", "turn"),
    [
        ("Which printer?", "yours"),
        ("Qual impressora\uff1f", "yours"),
        ("See https://example.com/?a=1 and www.example.com/?b", "ours"),
        ("[QUOTE]Is it broken?[/QUOTE]\nWe are looking into it.", "ours"),
        ("[URL=https://example.com/?a]here[/URL]", "ours"),
        ("We are looking into it.", "ours"),
    ],
)
def test_a_question_waits_for_the_customer(text, turn):
    """A question in staff's own words is one; addresses and quotes are none."""
    asked = message(1, text)

    assert turn == turn_of(moved(S.NEW, S.IN_PROGRESS, asked, (asked,)))


def test_a_lost_message_leaves_its_move_in_place():
    """A move whose message was deleted stands where its date says."""
    before = replace(STAFF, at=NOON - timedelta(hours=1))
    one = moved(S.NEW, S.IN_PROGRESS, message(99), (before,))
    other = replace(one, messages=(replace(before, at=NOON + timedelta(hours=1)),))

    assert (Turn.OURS, Turn.YOURS) == (turn_of(one), turn_of(other))


@pytest.mark.parametrize(
    ("status", "chat", "turn"),
    [
        (S.NEW, (), "new"),
        (S.NEW, (1,), "ours"),
        (S.IN_PROGRESS, (), "ours"),
        (S.IN_REVIEW, (), "ours"),
        (S.COMPLETED, (1,), "solved"),
        (S.DECLINED, (), "declined"),
        (S.DEFERRED, (), "on_hold"),
    ],
)
def test_a_row_of_an_earlier_version_never_bothers_its_customer(status, chat, turn):
    """Rows without a turn say what their status and the answers tell."""
    old: Row = replace(to_row(ticket(status=status)), whose=None, chat=chat)

    assert turn == old.turn
