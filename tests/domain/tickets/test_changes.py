"""The differences between two pictures."""

from dataclasses import replace

import pytest
from examples import SIGNATURE, message, ticket

from ticket24.domain.tickets.changes import (
    CustomerSpoke,
    MessageAdded,
    MessageDoubted,
    StatusChanged,
    TicketAppeared,
    diff,
)
from ticket24.domain.tickets.model import Status, Voice
from ticket24.domain.tickets.pictures import all_told

HEARD = ticket(messages=(message(1, told=True),))


def with_messages(*messages):
    return replace(HEARD, messages=messages)


def changes(before, after):
    return list(diff(before, after))


def test_nothing_changed_is_no_change():
    """Two equal pictures have no difference, however often they are compared."""
    assert [] == changes(HEARD, HEARD)
    assert [] == changes(HEARD, replace(HEARD, looked_at=HEARD.looked_at))


@pytest.mark.parametrize(
    "other",
    [{"subject": "New"}, {"tags": ("high",)}, {"responsible": "Ana"}, {"chat_id": 58}],
)
def test_what_nobody_is_told_about_is_no_change(other):
    """Title, tags and people may differ without a word to the customer."""
    assert [] == changes(HEARD, replace(HEARD, **other))


def test_new_staff_messages_are_added_in_order():
    """Every staff message that was not told is a change, oldest first."""
    after = with_messages(message(1, told=True), message(2), message(3))

    assert [MessageAdded(message(2)), MessageAdded(message(3))] == changes(HEARD, after)


@pytest.mark.parametrize("voice", [Voice.INTERNAL, Voice.REMARK])
def test_other_voices_add_nothing(voice):
    """What staff and Bitrix24 say among themselves is none of customers' business."""
    assert [] == changes(
        HEARD, with_messages(message(1, told=True), message(2, voice=voice))
    )


def test_what_a_customer_says_is_new_once():
    """Not at the first look, not if it is history, and not forwarded by staff."""
    mine = message(2, text=f"Help!\n{SIGNATURE}", voice=Voice.CUSTOMER)
    first = with_messages(message(1, told=True), mine)
    again = with_messages(*first.messages, replace(mine, key=message(3).key))

    assert [CustomerSpoke(mine)] == changes(HEARD, first)
    assert [] == changes(first, first)
    assert [] == changes(first, again)
    assert [] == changes(HEARD, replace(first, chat_history=9))
    assert not any(isinstance(one, CustomerSpoke) for one in changes(None, first))


@pytest.mark.parametrize(
    "voice", [Voice.INTERNAL, Voice.DOUBTFUL, Voice.REMARK, Voice.STAFF]
)
def test_a_message_is_added_when_it_becomes_public(voice):
    """Whatever a message was before: once it is staff's and not told, it is news."""
    before = with_messages(message(2, voice=voice))

    assert [MessageAdded(message(2))] == changes(before, with_messages(message(2)))


def test_a_told_message_is_never_added_again():
    """Edited, taken back and released again: told once is told."""
    told = message(1, "Other words", told=True)

    assert [] == changes(HEARD, with_messages(told))
    assert [] == changes(with_messages(replace(told, voice=Voice.INTERNAL)), HEARD)


def test_a_doubtful_message_is_named_once():
    """A person is asked when the doubt arises, not at every look."""
    doubtful = message(2, voice=Voice.DOUBTFUL)
    after = with_messages(message(1, told=True), doubtful)

    assert [MessageDoubted(doubtful)] == changes(HEARD, after)
    assert [] == changes(after, after)


def test_deleted_messages_are_no_change():
    """A message that is gone from Bitrix24 is news to nobody."""
    assert [] == changes(HEARD, with_messages())


def test_a_status_change_has_both_ends():
    """The old status and the new, whatever happened in between."""
    after = replace(HEARD, status=Status.COMPLETED)

    moved = StatusChanged(Status.NEW, Status.COMPLETED, was="new")
    assert [moved] == changes(HEARD, after)


def test_a_status_that_came_back_is_no_change():
    """Between two looks a ticket may be closed and reopened unnoticed."""
    assert [] == changes(HEARD, replace(HEARD, changed_at=HEARD.looked_at))


def test_a_first_picture_is_all_new():
    """Without a picture before, the ticket, its messages and status are changes."""
    after = ticket(messages=(message(1), message(2, voice=Voice.DOUBTFUL)))

    assert [
        TicketAppeared(),
        MessageAdded(message(1)),
        MessageDoubted(message(2, voice=Voice.DOUBTFUL)),
        StatusChanged(None, Status.NEW),
    ] == changes(None, after)


def test_after_a_commit_nothing_is_left_to_say():
    """A committed picture has no difference to the same look again."""
    doubtful = message(3, voice=Voice.DOUBTFUL)
    after = all_told(with_messages(message(1), message(2), doubtful))

    assert [] == changes(after, after)
