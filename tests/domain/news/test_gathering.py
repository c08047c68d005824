"""Several letters become the one that tells them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import letter, message

from ticket24.domain.news.gathering import follows_wishes, together
from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.model import Gathering
from ticket24.domain.tickets.model import TicketRef


def reply(number, task_id, **more):
    ref = TicketRef("acme", task_id)
    said = (message(number, f"Reply {number}"),)
    one = letter(id=f"{task_id}-{number}", ref=ref, contact_id=43, messages=said)
    return replace(one, decided_at=one.decided_at + timedelta(minutes=number), **more)


def test_replies_of_a_ticket_stand_together():
    """Each once, in the order in which the tickets were heard of."""
    ended = reply(3, 51, kind=Kind.COMPLETED, messages=())
    letters = [reply(1, 51), reply(2, 52), ended, reply(4, 51)]

    digest = together(letters, None)

    assert ["51-4", "51-3", "52-2"] == [one.id for one in digest.parts]
    first = digest.parts[0].messages
    assert ["Reply 1", "Reply 4"] == [one.text for one in first]
    assert digest == together(letters, None)
    assert digest.id != together(letters[:3], None).id


def test_replies_of_one_ticket_are_a_mail_as_ever():
    """With all of them in it, and the name of the last."""
    only = together([reply(1, 51), reply(2, 51)], None)

    assert ("51-2", (), True) == (only.id, only.parts, only.gathered)
    assert ["Reply 1", "Reply 2"] == [one.text for one in only.messages]


@pytest.mark.parametrize(
    ("more", "asks"),
    [
        ({}, True),
        ({"kind": Kind.COMPLETED}, False),
        ({"contact_id": 0}, False),
        ({"in_copy": True}, False),
        ({"link": "/tasks/1"}, False),
        ({"gathered": True}, False),
    ],
)
def test_only_customers_are_asked_what_they_want(more, asks):
    """Not people in copy, not staff, nor of what the company always tells."""
    assert asks == follows_wishes(reply(1, 51, **more), Gathering())
