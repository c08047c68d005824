"""How far tickets are, in the company's words: by their cards, by their status."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from examples import NOON, message, ticket

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.recipes import later
from ticket24.domain.automation.staff_notes import of_replies
from ticket24.domain.news.letters import Kind, Notice
from ticket24.domain.news.notices import Skipped, Wishes, decide
from ticket24.domain.portal.pages import to_page
from ticket24.domain.portal.rows import to_row
from ticket24.domain.settings.model import (
    AccountSettings,
    Department,
    OwnWords,
    Stages,
    State,
)
from ticket24.domain.tickets.changes import CardMoved, StatusChanged, diff
from ticket24.domain.tickets.model import Move, Status, Turn, Voice
from ticket24.domain.tickets.moves import Mover, moves_of
from ticket24.domain.tickets.states import counted, name_of, state_of
from ticket24.domain.tickets.turns import turn_of

S = Status
QUEUE, WORKSHOP, DONE, GONE = 71, 72, 74, 79
STATES = (
    State(status="new", words=OwnWords("Received")),
    State(status="in_progress", words=OwnWords("With us")),
    State(status="completed", words=OwnWords("Handed over")),
    State(stage=WORKSHOP, words=OwnWords("In the workshop"), colour="#0b6e4f"),
    State(stage=DONE, words=OwnWords("Ready"), completed=True),
)
HERS = message(2, voice=Voice.CUSTOMER)
SUPPORT = Department(7, "Support", states=STATES)


def company(*states, stages=None, boards=None, **more):
    states, stages = states or STATES, stages or Stages()
    departments = (Department(7, states=states, stages=stages), Department(9))
    return Account(
        *("a1", "acme", 1, NOON),
        settings=AccountSettings(departments=departments, **more),
        boards={7: (QUEUE, WORKSHOP, 73, DONE)} if boards is None else boards,
    )


def seen(status=S.IN_PROGRESS, stage=WORKSHOP, account=None, **fields):
    """Return a ticket as a look brings it home."""
    one = ticket(status=status, stage_id=stage, **fields)
    return counted(one, account or company())


def read(one, account=None):
    """Return what customers read of it."""
    departments = (account or company()).settings
    department = departments.department(one.group_id)
    state = state_of(one.status, turn_of(one), one.named_stage, department)
    return state.words.en if state else turn_of(one).value


@pytest.mark.parametrize(
    ("status", "stage", "words"),
    [
        # A stage goes before a status while the ticket is open.
        (S.NEW, WORKSHOP, "In the workshop"),
        (S.IN_PROGRESS, WORKSHOP, "In the workshop"),
        (S.IN_REVIEW, WORKSHOP, "In the workshop"),
        (S.NEW, 73, "Received"),
        (S.IN_PROGRESS, 73, "With us"),
        # Cards are left where they were when a task ends, or is put off.
        (S.COMPLETED, WORKSHOP, "Handed over"),
        (S.DECLINED, WORKSHOP, "declined"),
        (S.DEFERRED, WORKSHOP, "on_hold"),
        # Reaching a stage counts as the end, whatever the status.
        (S.NEW, DONE, "Ready"),
        (S.IN_REVIEW, DONE, "Ready"),
        (S.DEFERRED, DONE, "Ready"),
        (S.COMPLETED, DONE, "Ready"),
        (S.DECLINED, DONE, "declined"),
        # What is in review is in progress.
        (S.IN_REVIEW, 73, "With us"),
        # A version that did not ask, and a column that was deleted.
        (S.IN_PROGRESS, None, "With us"),
        (S.IN_PROGRESS, GONE, "With us"),
    ],
)
def test_customers_read_the_companys_words(status, stage, words):
    """Never two that contradict each other: a ticket that rests is said to rest."""
    assert words == read(seen(status, stage, messages=()))


def test_no_words_contradict_whose_turn_it_is():
    """Whatever lies where, and whoever spoke: the words of the end are for the end."""
    spoken = ((), (message(1),), (message(1, "Is it?"),), (message(1), HERS))
    stages = (None, 0, QUEUE, WORKSHOP, 73, DONE, GONE)
    for status, stage, messages in product(S, stages, spoken):
        one = seen(status, stage, messages=messages)
        turn = turn_of(one)
        state = state_of(one.status, turn, one.named_stage, SUPPORT)
        if state is None:
            continue
        resting = turn in {Turn.SOLVED, Turn.DECLINED, Turn.ON_HOLD}
        ends = state.completed or state.status == "completed"

        assert ends is (turn is Turn.SOLVED), (status, stage, messages)
        assert not resting or ends, (status, stage, messages)
        assert state.status != "new" or turn is Turn.NEW, (status, stage, messages)


def test_the_first_column_may_have_no_number():
    """Bitrix24 gives cards there the number 0; boards that are not known stay so."""
    first = State(stage=QUEUE, words=OwnWords("In the queue"))

    assert "In the queue" == read(
        seen(S.NEW, 0, company(first), messages=()), company(first)
    )
    assert 0 == seen(S.NEW, 0, company(first, boards={})).named_stage
    assert QUEUE == seen(S.NEW, QUEUE, company(first, boards={})).named_stage


def test_another_workgroups_stages_mean_nothing():
    """A task that moves elsewhere takes no words along."""
    assert 0 == seen(S.NEW, WORKSHOP, group_id=9).named_stage


@pytest.mark.parametrize(
    ("text", "turn", "words"),
    [
        ("The part is ordered.", "ours", "In the workshop"),
        ("Does Tuesday suit you?", "yours", "In the workshop"),
    ],
)
def test_a_stage_with_words_says_what_happens_next(text, turn, words):
    """An answer there passes nobody the ball; a question does."""
    one = seen(S.NEW, messages=(message(1, text),))

    assert turn == turn_of(one)
    assert words == read(one)
    assert "yours" == turn_of(replace(one, named_stage=0))


def test_an_answered_ticket_is_not_new_any_more():
    """Staff who just answer never press Start: the badge goes on all the same."""
    assert "With us" == read(seen(S.NEW, 73))
    assert "Received" == read(seen(S.NEW, 73, messages=()))


def test_what_is_on_its_way_is_named_by_its_turn():
    """Somebody has just marked it as solved, or opened it again."""
    solved = state_of(S.IN_PROGRESS, Turn.SOLVED, WORKSHOP, SUPPORT)
    opened = state_of(S.COMPLETED, Turn.OURS, DONE, SUPPORT)

    assert ("Handed over", "With us") == (solved.words.en, opened.words.en)


def test_rows_and_pages_bear_what_names_them():
    """What the card says is in the picture, and nowhere decided again."""
    one = seen(S.IN_PROGRESS, DONE)

    assert (S.COMPLETED, DONE, S.IN_PROGRESS) == (
        *(to_row(one).status, to_row(one).named_stage, to_row(one).task_status),
    )
    assert (S.COMPLETED, DONE) == (to_page(one).status, to_page(one).named_stage)
    assert S.IN_PROGRESS is one.in_bitrix24


# Moves, and the mails about them


def told(before, after, account=None, kinds=frozenset(Kind)):
    settings = (account or company()).settings
    wishes = Wishes(kinds=kinds, named=lambda one: name_of(one, settings))
    changes = [*diff(before, after, wishes.named)]
    return [
        one.kind.value if isinstance(one, Notice) else one.reason
        for one in decide(after, changes, wishes)
        if isinstance(one, Notice | Skipped)
    ]


READ = {"messages": (message(told=True),)}
LATER = {"changed_at": NOON + timedelta(hours=1), **READ}


@pytest.mark.parametrize(
    ("before", "after", "mails"),
    [
        # By a card: solved once, opened again, solved again.
        ((S.IN_PROGRESS, WORKSHOP), (S.IN_PROGRESS, DONE), ["completed"]),
        ((S.IN_PROGRESS, DONE), (S.COMPLETED, DONE), []),
        ((S.COMPLETED, WORKSHOP), (S.COMPLETED, DONE), ["solved-before"]),
        ((S.IN_PROGRESS, DONE), (S.IN_PROGRESS, WORKSHOP), ["status"]),
        # A Scrum board completes the task as well, and opens it again.
        ((S.IN_PROGRESS, WORKSHOP), (S.COMPLETED, DONE), ["completed"]),
        ((S.COMPLETED, DONE), (S.NEW, WORKSHOP), ["status"]),
        # Other words.
        ((S.IN_PROGRESS, 73), (S.IN_PROGRESS, WORKSHOP), ["status"]),
        ((S.IN_PROGRESS, 73), (S.IN_PROGRESS, QUEUE), []),
        # Another status, the same words.
        ((S.NEW, WORKSHOP), (S.IN_PROGRESS, WORKSHOP), ["same-words"]),
    ],
)
def test_a_mail_goes_out_when_customers_read_something_else(before, after, mails):
    """One for each move, and none twice for the same end."""
    assert mails == told(seen(*before, **READ), seen(*after, **LATER))


def test_words_that_change_in_the_settings_are_no_news():
    """A stage that counts as the end from now on mails nobody and leaves no line."""
    before = seen(S.IN_PROGRESS, DONE, company(State(status="new")), **READ)
    after = seen(S.IN_PROGRESS, DONE, **LATER)

    assert (S.IN_PROGRESS, S.COMPLETED) == (before.status, after.status)
    assert ["other-settings"] == told(before, after)
    assert () == moves_of(after, before, None, ())
    assert ["other-settings"] == told(after, replace(before, **LATER))


def test_a_first_look_at_a_picture_without_stages_is_no_news():
    """Earlier versions did not ask for them."""
    before = replace(seen(S.IN_PROGRESS, 73, **READ), stage_id=None)

    assert [] == told(before, seen(S.IN_PROGRESS, WORKSHOP, **LATER))


def test_a_card_that_a_customer_had_moved_back_names_the_customer():
    """Bitrix24 does not say who moved a card."""
    before, after = seen(S.IN_PROGRESS, DONE), seen(S.IN_PROGRESS, WORKSHOP, **LATER)
    mover = Mover("Anna", "open", 43)
    (move,) = moves_of(replace(after, status_by=3), before, mover, {1})

    assert ("Anna", S.COMPLETED, S.IN_PROGRESS) == (move.by, move.old, move.new)


# What the automation makes of it


def cards(before, after, account):
    moves = later(before, after, [*diff(before, after)], account)
    return [one.stage_id for one in moves if one.sort == "card"]


FOLLOWING = {
    "stages": Stages(in_progress=WORKSHOP, completed=73),
}


def following(**automation):
    account = company(**FOLLOWING)
    settings = account.settings
    switched = replace(settings.automation, completed_to_stage=True, **automation)
    return replace(account, settings=replace(settings, automation=switched))


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        # A card that solves its ticket does not follow itself.
        ((S.IN_PROGRESS, WORKSHOP), (S.IN_PROGRESS, DONE), []),
        ((S.IN_PROGRESS, DONE), (S.IN_PROGRESS, WORKSHOP), []),
        # Where a completed task lies among those that count as done, it stays.
        ((S.IN_PROGRESS, DONE), (S.COMPLETED, DONE), []),
        ((S.IN_PROGRESS, WORKSHOP), (S.COMPLETED, WORKSHOP), [73]),
        # Opening the task in Bitrix24 takes its card out of them.
        ((S.COMPLETED, DONE), (S.NEW, DONE), [WORKSHOP]),
        ((S.COMPLETED, DONE), (S.IN_PROGRESS, DONE), [WORKSHOP]),
    ],
)
def test_cards_follow_tasks_and_not_what_cards_mean(before, after, moved):
    """Nothing runs in circles."""
    account = following()

    assert moved == cards(
        seen(*before, account), seen(*after, account, **LATER), account
    )


def test_a_new_responsible_person_moves_no_card():
    """Bitrix24 sets the task back, and nobody wanted it opened."""
    account = following()
    before = seen(S.COMPLETED, DONE, account, responsible_id=3)
    after = seen(S.NEW, DONE, account, responsible_id=4, reset_from=S.COMPLETED)

    assert [] == cards(before, after, account)


def test_a_reply_opens_what_a_card_has_solved():
    """The days count from when the card came there, which no column of a task tells."""
    account = company()
    account = replace(
        account,
        settings=replace(
            account.settings, ends=replace(account.settings.ends, reopen_within=7)
        ),
    )
    at = NOON + timedelta(days=10)
    move = Move(S.IN_PROGRESS, S.COMPLETED, at - timedelta(days=3))
    hers = message(2, "Still broken", voice=Voice.CUSTOMER, at=at)
    before = seen(S.IN_PROGRESS, DONE, status_at=NOON, moves=(move,), looked_at=at)
    after = replace(before, messages=(message(1), hers))

    assert ["open"] == [one.to for one in of_replies(before, after, account)]
    late = replace(after, looked_at=at + timedelta(days=5))
    assert [] == [*of_replies(before, late, account)]


def test_a_moved_card_is_not_a_changed_status():
    """The two are told apart, so that nothing is mailed for both."""
    settings = company().settings
    before, after = seen(stage=73, **READ), seen(**LATER)

    (moved,) = diff(before, after, lambda one: name_of(one, settings))
    assert moved == CardMoved(name_of(before, settings))
    assert [] == [*diff(before, after)]
    assert [StatusChanged(S.IN_PROGRESS, S.COMPLETED, was="in_progress")] == [
        *diff(before, seen(stage=DONE, **LATER))
    ]
