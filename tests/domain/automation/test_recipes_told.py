"""What the automation did is told, and what it would have done, too."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from examples import SIGNATURE, message, ticket

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.recipes_told import rehearsed_recipes, told
from ticket24.domain.commands.model import HandleTicket, MoveTicket, TellStaff
from ticket24.domain.commands.rule_deeds import RuleDeed
from ticket24.domain.settings.model import (
    AccountSettings,
    Automation,
    Department,
    Ends,
    Stages,
)
from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import Move, Status, Voice

SENT = compose("Anna", "It burns.", (), SIGNATURE)
# A Monday, at nine.
OPENED = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SETTINGS = AccountSettings(
    departments=(Department(7, "Support", 3, 2, stages=Stages(5, 6, 74)),),
    automation=Automation(
        {"bugs": 11},
        {"high": 1},
        ("high",),
        answer_starts=True,
        completed_to_stage=True,
        reply_resumes=True,
        push=("responsible",),
    ),
    ends=Ends(remind_after=2, close_after=4),
    working_hours=WorkingHours(WeekHours(*["09:00-17:00"] * 5)),
)
# Connected after all that happened: it counts as if it were now.
ACCOUNT = Account(
    *("acme", "acme", 1, OPENED + 30 * DAY), settings=SETTINGS, connected_after=9_000
)


def opened(**fields):
    usual = {
        "tags": ("high", "bugs"),
        "created_at": OPENED,
        "looked_at": OPENED,
        "messages": (),
        "responsible_id": 3,
        "stage_id": 0,
    }
    return ticket(**usual | fields)


def rehearsed(one, days=30):
    found = rehearsed_recipes(one, ACCOUNT, OPENED + days * DAY)
    return [((at - OPENED) / DAY, judged.deed) for at, judged in found]


def test_a_new_ticket_would_have_been_handled():
    """As far as nobody has set it; the portal's own are taken as they were sent."""
    due = OPENED + DAY
    both = RuleDeed("", 11, due, important=True, note=(11,))

    assert [(0, both)] == rehearsed(opened())
    set_ = opened(responsible_id=11, deadline=due, important=True)
    assert [(0, RuleDeed(note=(11,)))] == rehearsed(set_)
    sent = replace(set_, description=SENT)
    assert [(0, both)] == rehearsed(sent)


def test_what_happened_later_would_have_moved_it():
    """The first answer, the customer's reply to what rests, the end."""
    talk = (
        message(1, at=OPENED + HOUR),
        message(2, at=OPENED + 4 * HOUR, voice=Voice.CUSTOMER),
    )
    moves = (
        Move(Status.NEW, Status.IN_REVIEW, OPENED + 3 * HOUR, talk[0].key),
        Move(Status.IN_REVIEW, Status.COMPLETED, OPENED + 5 * HOUR, talk[1].key),
    )
    one = opened(tags=(), messages=talk, moves=moves, status=Status.COMPLETED)

    assert [
        (0, RuleDeed(note=(3,))),
        (1, RuleDeed(status=Status.IN_PROGRESS)),
        (3, RuleDeed(stage_id=6)),
        (4, RuleDeed(status=Status.IN_PROGRESS, stage_id=5, note=(3,))),
        (5, RuleDeed(stage_id=74)),
    ] == [(round(days * 24), deed) for days, deed in rehearsed(one)]


@pytest.mark.parametrize(("days", "expected"), [(1, []), (3, [2]), (30, [2, 4])])
def test_who_did_not_answer_would_have_been_reminded(days, expected):
    """And the ticket been closed, in working days; once for each answer."""
    talk = (message(1, at=OPENED), message(2, at=OPENED))
    found = rehearsed(opened(tags=(), messages=talk), days)
    silent = [(at, deed) for at, deed in found if deed.reminds or deed.status]
    silent = [one for one in silent if one[1].status is not Status.IN_PROGRESS]

    assert expected == [at for at, _ in silent]
    assert [True, False][: len(expected)] == [deed.reminds for _, deed in silent]


def test_the_end_of_a_long_conversation_is_replayed():
    """As if it were short: who is asked last is reminded, and nobody of old times."""
    voices = (Voice.CUSTOMER, Voice.STAFF)
    talk = [
        message(n, at=OPENED + n * timedelta(minutes=1), voice=voices[n % 2])
        for n in range(1_001)
    ]
    found = rehearsed(opened(tags=(), messages=(*talk, message(2_000, at=talk[-1].at))))
    reminders = [deed for _, deed in found if deed.reminds]
    notes = [deed for _, deed in found if deed.note]

    assert 1 == len(reminders)
    assert 1 + 100 == len(notes)


def test_what_it_did_is_told_together():
    """One note for what belongs together, under a name of its own."""
    after = opened(deadline=OPENED + DAY, important=True, responsible_id=11)
    ref, at = after.ref, after.looked_at
    asked = (
        HandleTicket("handle-51", ref, at, 11, OPENED + DAY),
        TellStaff("note-51-11", ref, at, 11, "note", "created"),
        MoveTicket("start-51-chat-1", ref, 0, "", at, "started"),
    )

    found = [*told(asked, (), after, ACCOUNT, new=True)]
    sent = replace(after, description=SENT)
    (given,) = told((), (), sent, ACCOUNT, new=True)

    assert [
        ("opened", "automation-handle-51"),
        ("answered", "automation-start-51-chat-1"),
    ] == [(one.occasion.when, one.occasion.name) for one in found]
    (first, _) = (one.judgements[0].deed for one in found)
    assert RuleDeed("", 11, OPENED + DAY, note=(11,)) == first
    deed = given.judgements[0].deed
    assert RuleDeed("", 11, OPENED + DAY, important=True) == deed
