"""What becomes of a reply that comes after the ticket was solved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from examples import message, ticket

from ticket24.domain.commands.after_the_end import (
    Past,
    becomes,
    past_of,
    past_of_page,
)
from ticket24.domain.commands.model import PostReply
from ticket24.domain.portal.pages import to_page
from ticket24.domain.settings.model import AccountSettings, Ends, Tags
from ticket24.domain.tickets.model import Status, TicketRef, Voice

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
REPLY = PostReply("r1", TicketRef("acme", 51), 7, "Anna", NOW, "It burns again.")
PAST = Past(REPLY.ref, "Printer", 3, ("Bugs", "vip"), None)
SETTINGS = AccountSettings(language="de", tags=Tags(message_type=("bugs",)))


def made_of(reply=REPLY, *, days=0, ago=None, **more):
    """Return what a reply becomes, so many days after the end."""
    settings = replace(SETTINGS, ends=Ends(reopen_within=days))
    at = NOW - timedelta(days=ago) if ago is not None else None
    return becomes(reply, replace(PAST, solved_at=at), settings, **more)


@pytest.mark.parametrize(
    ("days", "ago", "portal", "mail"),
    [
        (0, None, ["reply"], ["reply"]),
        (0, 1, ["reply"], ["reply", "move"]),
        (0, 8, ["reply"], ["open"]),
        (14, 8, ["reply"], ["reply"]),  # The automation reopens it.
        (14, 15, ["open"], ["open"]),
    ],
)
def test_a_reply_finds_its_way(days, ago, portal, mail):
    """Open: it is posted. Solved: soon it reopens, later it is a ticket of its own."""
    by_mail = made_of(days=days, ago=ago, by_mail=True)

    assert portal == [one.sort for one in made_of(days=days, ago=ago)]
    assert mail == [one.sort for one in by_mail]
    assert by_mail == made_of(days=days, ago=ago, by_mail=True)


@pytest.mark.parametrize("ago", [1, 30])
def test_thanks_wake_nothing(ago):
    """They are posted, and that is all."""
    thanks = replace(REPLY, text="Vielen Dank, Anna!")

    assert (thanks,) == made_of(thanks, days=7, ago=ago, by_mail=True)
    assert (thanks,) == made_of(thanks, days=7, ago=ago)
    assert (thanks,) != made_of(thanks, ago=ago, by_mail=True, files=True)


@pytest.mark.parametrize(
    ("last", "wakes"),
    [("It is repaired.", False), ("Shall we order a new one?", True)],
)
def test_a_mere_ok_wakes_only_who_asked(last, wakes):
    """Also where the customer wrote in between; a name of the staff is no word."""
    staff = message(1, last, author="Olga")
    own = message(2, "Which one?", voice=Voice.CUSTOMER, author="Anna")
    ended = {"status": Status.COMPLETED, "closed_at": NOW, "task_status": None}
    ok = replace(REPLY, text="Passt, Olga")
    for messages in ((staff,), (staff, own), (own, staff), (own, staff, own)):
        old = ticket(messages=messages, **ended)
        for past in (past_of(old), past_of_page(to_page(old))):
            assert wakes == (1 < len(becomes(ok, past, SETTINGS, by_mail=True)))
        hidden = past_of(replace(old, archived=True))
        assert 1 < len(becomes(ok, hidden, SETTINGS, by_mail=True))


def test_a_follow_up_is_like_the_ticket_before():
    """Its department and offered tags; named once, and of each reply there is one."""
    (one,) = made_of(days=7, ago=8)
    again = replace(PAST, subject=one.subject, solved_at=NOW - timedelta(days=9))
    (next_,) = becomes(REPLY, again, SETTINGS, by_mail=True)
    (other,) = made_of(replace(REPLY, id="r2"), days=7, ago=8)

    assert "Folgeticket: Printer" == one.subject == next_.subject
    assert (3, ("Bugs",), 51) == (one.group_id, one.tags, one.follows)
    assert (REPLY.text, 7, "Anna") == (one.text, one.contact_id, one.name)
    assert one.id == next_.id != other.id
