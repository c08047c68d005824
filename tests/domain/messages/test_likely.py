"""Which new comments are held where Bitrix24's words are not known."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, ticket

from ticket24.domain.messages.voices import Rules
from ticket24.domain.tickets.model import (
    Look,
    MessageKey,
    Source,
    Status,
    Voice,
    Written,
)
from ticket24.domain.tickets.pictures import all_told, to_picture

US, KLAUS, ANN = 1, 3, 5
RULES = Rules({US})
LATER = NOON + timedelta(hours=1)
WORDS = "Works again, try it."  # Of a language that nobody has a table for.
REMARK = "Feladat lezárva."
QUIET = ticket(messages=(), service_comments=1, responsible_id=KLAUS)
DONE = replace(
    QUIET,
    status=Status.COMPLETED,
    changed_at=LATER,
    status_at=LATER,
    closed_at=LATER,
    acted_by=(KLAUS,),
)
DEEDS = {
    "completed": (QUIET, DONE),
    "resumed": (DONE, replace(DONE, status=Status.NEW, closed_at=None)),
    "deadline": (
        QUIET,
        replace(QUIET, deadline=NOON, changed_at=LATER, acted_by=(KLAUS,)),
    ),
    "responsible": (
        QUIET,
        replace(QUIET, responsible_id=ANN, changed_at=LATER, acted_by=(KLAUS,)),
    ),
}


def comment(number, text, seconds=0, author_id=KLAUS):
    at = LATER + timedelta(seconds=seconds)
    key = MessageKey(Source.FORUM, number)
    return Written(key, author_id, "Klaus Weber", text, at)


def held(before, now, *comments, count=2):
    """Return the texts that are held, after a look that saw nothing yet."""
    first = replace(before, service_comments=None if count is None else 1)
    known = all_told(to_picture(Look(first, ()), None, RULES))
    look = Look(replace(now, service_comments=count), comments)
    messages = to_picture(look, known, RULES).messages
    assert {Voice.STAFF, Voice.DOUBTFUL} >= {one.voice for one in messages}
    return [one.text for one in messages if one.voice is Voice.DOUBTFUL]


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("count", [2, None])
@pytest.mark.parametrize("seconds", [-40, -3, 3, 40])
def test_only_what_came_with_a_deed_is_held(deed, count, seconds):
    """In the same second and by the same user; staff's words in the look go out."""
    talk = (comment(2, REMARK), comment(3, WORDS, seconds))

    assert [REMARK] == held(*DEEDS[deed], *talk, count=count)


@pytest.mark.parametrize("count", [2, None])
def test_words_of_somebody_else_in_the_same_second_go_out(count):
    """Bitrix24 writes in the name of the person who acted, not of anybody else."""
    talk = (comment(2, WORDS, author_id=ANN), comment(3, REMARK))

    assert [REMARK] == held(*DEEDS["completed"], *talk, count=count)


@pytest.mark.parametrize(
    ("deed", "remark"),
    [
        ("deadline", f"Új határidő: {int(NOON.timestamp())}"),
        ("deadline", "Új határidő: 2026. november 21. 12:00"),
        ("responsible", f"[USER={ANN}]Ann[/USER], te vagy a felelős."),
    ],
)
def test_what_a_remark_names_tells_it_too(deed, remark):
    """The new deadline or responsible, where the last change was another one."""
    before, now = DEEDS[deed]
    now = replace(now, changed_at=LATER + timedelta(minutes=9))

    assert [remark] == held(before, now, comment(2, WORDS), comment(3, remark))


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(days=1)])
def test_reminders_come_without_a_deed(ahead):
    """A ping names the responsible; a deadline is near, or has just passed."""
    ping = f"[USER={KLAUS}]Klaus[/USER], mi a feladat állapota"
    due = replace(QUIET, deadline=LATER - timedelta(minutes=5) + ahead)
    late = (comment(2, REMARK), comment(3, WORDS, -900))

    assert [ping] == held(QUIET, QUIET, comment(2, WORDS, 5), comment(3, ping, 9))
    assert [REMARK] == held(due, due, *late)


def test_people_ask_and_link_and_write_at_length():
    """Bitrix24 never does, so of two without a deed the other one is held."""
    for words in ("Is it plugged in?", "See https://example.com", "Long. " * 80):
        assert [REMARK] == held(QUIET, QUIET, comment(2, words), comment(3, REMARK))


def test_where_nothing_tells_them_apart_all_wait():
    """To mail a remark is worse than to ask; each is one click."""
    talk = (comment(2, WORDS, 5), comment(3, REMARK, 9))

    assert [WORDS, REMARK] == held(QUIET, QUIET, *talk)


def test_as_many_are_held_as_are_counted():
    """Two remarks and three messages: the two that came with deeds."""
    talk = (
        comment(2, WORDS, -90),
        comment(3, REMARK),
        comment(4, "Határidő törölve."),
        comment(5, "It was the fuse.", 20),
        comment(6, "Bye.", 60),
    )

    assert [REMARK, "Határidő törölve."] == held(*DEEDS["completed"], *talk, count=3)


@pytest.mark.parametrize("status", [Status.DEFERRED, Status.IN_PROGRESS])
def test_deeds_that_leave_no_remark_hold_nothing(status):
    """To defer, start or pause is not commented upon: a comment is a person's."""
    now = replace(DONE, status=status, closed_at=None)

    assert [] == held(QUIET, now, comment(2, WORDS), count=None)


def test_a_remark_that_is_known_explains_its_deed():
    """What else was written in that second is staff's, with or without a count."""
    talk = (comment(2, "Task closed."), comment(3, WORDS))

    assert [] == held(*DEEDS["completed"], *talk, count=None)
    assert [] == held(*DEEDS["completed"], *talk, count=2)
