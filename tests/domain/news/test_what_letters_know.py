"""Which mails a company wants, and what a letter knows of the conversation."""

from dataclasses import replace

import pytest
from examples import NOON, SIGNATURE, message, ticket
from news_told import LATER, decided

from ticket24.domain.looks.ages import Age
from ticket24.domain.messages.voices import customer_line
from ticket24.domain.news.addressing import address
from ticket24.domain.news.letters import Kind, Letter, Notice
from ticket24.domain.news.notices import Skipped, reread
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.changes import MessageAdded, StatusChanged, TicketAppeared
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import (
    ContactRef,
    Customer,
    Move,
    Status,
    Turn,
    Voice,
)

SWITCHES = {
    Kind.CREATED: "created_mails",
    Kind.REPLIED: "reply_mails",
    Kind.STATUS: "status_mails",
    Kind.COMPLETED: "completed_mails",
}


@pytest.mark.parametrize("off", SWITCHES)
def test_each_switch_silences_its_kind_alone(off):
    """The silence has a reason, and the other kinds are told."""
    settings = replace(AccountSettings(status_mails=True), **{SWITCHES[off]: False})
    fields = {"settings": settings, "changed_at": LATER, "closed_at": LATER}
    said = decided(
        TicketAppeared(),
        MessageAdded(message(1)),
        StatusChanged(Status.NEW, Status.IN_PROGRESS),
        StatusChanged(Status.IN_PROGRESS, Status.COMPLETED),
        **fields,
    )

    assert SWITCHES.keys() - {off} == {
        one.kind for one in said if isinstance(one, Notice)
    }
    assert [f"{off}-not-wanted"] == [
        one.reason for one in said if isinstance(one, Skipped)
    ]


def test_what_other_rules_made_visible_is_not_told():
    """It was there before the settings were changed."""
    old, new = message(1), message(2)
    age = Age(shown_until=NOON)
    said = decided(MessageAdded(old, old=True), MessageAdded(new), age=age)

    assert [Skipped("older-than-settings", str(old.key))] == said[:1]
    assert [(new,)] == [one.messages for one in said[1:]]


@pytest.mark.parametrize(
    ("status", "turn"),
    [(Status.IN_PROGRESS, Turn.YOURS), (Status.COMPLETED, Turn.SOLVED)],
)
def test_a_letter_says_whose_turn_it_is(status, turn):
    """It is told with the news, as it was when the news was decided."""
    now = ticket(status=status)
    notice = Notice(Kind.REPLIED, "chat-1", now.messages)

    anna = Customer(ContactRef("acme", 43), "Anna Smith", ("anna@example.com",))
    (one,) = address(notice, now, {43: anna}, decided_at=NOON)

    assert turn == one.turn


ANNA = Customer(ContactRef("acme", 43), "Anna Smith", ("anna@example.com",))
ASKED = message(1, "Why?", voice=Voice.CUSTOMER, author="Anna Smith")
LINE = customer_line("Anna Smith")
OPENED = compose("Anna Smith", "It burns.", (), SIGNATURE)


@pytest.mark.parametrize(
    ("description", "messages", "fields", "expected"),
    [
        ("", (ASKED, message(2)), {}, "Why?"),
        (OPENED, (ASKED, message(2)), {}, "Why?"),
        ("", (replace(ASKED, text=f"{LINE}Why?"), message(2)), {}, "Why?"),
        (OPENED, (message(2),), {}, "It burns."),
        ("Staff made it.", (message(2),), {}, None),
        (OPENED, (message(2),), {"connected_at": LATER}, None),
        ("", (ASKED, message(2)), {"chat_history": 1}, None),
        ("", (replace(ASKED, empty=True), message(2)), {}, None),
        ("", (message(2), replace(ASKED, key=message(3).key)), {}, None),
    ],
)
def test_a_reply_knows_what_it_answers(description, messages, fields, expected):
    """It is the customer's last word before it, or the opening; never history."""
    one = ticket(description=description, messages=messages, **fields)
    notice = Notice(Kind.REPLIED, "chat-2", (message(2),))

    (written,) = address(notice, one, {43: ANNA}, decided_at=NOON)

    assert expected == (written.before and written.before.text)


def test_the_end_knows_the_last_answer():
    """A completed ticket repeats what staff said last, and follows edits of it."""
    inside = message(3, "He never pays.", voice=Voice.INTERNAL)
    one = ticket(
        messages=(message(1, "First"), message(2, "Fixed."), inside),
        status=Status.COMPLETED,
    )
    notice = Notice(Kind.COMPLETED, "completed-1")

    (written,) = address(notice, one, {43: ANNA}, decided_at=NOON)
    edited = replace(one, messages=(message(2, "Fixed!"),))
    hidden = replace(one, messages=(message(2, "Fixed!", voice=Voice.INTERNAL),))

    assert "Fixed." == written.before.text
    assert "Fixed!" == reread(written, edited).before.text
    assert None is reread(written, hidden).before


@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.COMPLETED])
def test_nobody_gets_mail_about_a_click_of_his_own(kind):
    """Who solved or reopened the ticket in the portal is left out; others are told."""
    status = Status.COMPLETED if kind is Kind.COMPLETED else Status.IN_PROGRESS
    move = Move(Status.NEW, status, LATER, None, "Anna Smith", 43)
    one = ticket(contact_ids=(43, 44, 45), status=status, moves=(move,))
    bert = replace(ANNA, ref=ContactRef("acme", 44), emails=("bert@example.com",))
    same = replace(ANNA, ref=ContactRef("acme", 45), emails=("ANNA@example.com",))
    people = {43: ANNA, 44: bert, 45: same}
    notice = Notice(kind, "about")

    told = list(address(notice, one, people, decided_at=NOON))
    by_staff = replace(one, moves=(replace(move, by="", contact_id=0),))
    later = replace(one, status=Status.DEFERRED)

    assert [
        Skipped("own-click", "contact-43"),
        "bert@example.com",
        Skipped("own-click", "contact-45"),
    ] == [one.recipient if isinstance(one, Letter) else one for one in told]
    for other in (by_staff, later):
        written = address(notice, other, people, decided_at=NOON)
        assert ["anna@example.com", "bert@example.com"] == [
            one.recipient for one in written
        ]
