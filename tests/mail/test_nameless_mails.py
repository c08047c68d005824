"""Mails about people whose names are unknown."""

import re
from email import message_from_bytes, policy

import pytest
from examples import letter, message

from ticket24.domain.messages.voices import customer_line, split_customer_line
from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import File, Matter
from ticket24.mail.render import Sender, render

ACME = AccountSettings(company_name="Acme Support")

# Empty, or of nothing that anybody sees.
NOTHING = ["", "  \n ", "\u200b\ufeff", "\u200d", "\u3164", "\u2800 \u115f", "\ufe0f"]


def words_of(one, settings=ACME):
    """Render a letter; return its text and its HTML, each as one line."""
    sender = Sender("Desk <desk@example.org>", "tickets.example.org")
    mail = render(one, settings, "acme", sender, "https://help.example.org")
    read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    parts = (read.get_body((kind,)).get_content() for kind in ("plain", "html"))
    return [" ".join(part.split()) for part in parts]


@pytest.mark.parametrize("name", NOTHING)
def test_the_company_replies_for_whoever_has_no_name(name):
    """A reply without a name is one of the company, in the sentence and above it."""
    plain, html = words_of(letter(messages=(message(author=name),)))

    assert "Acme Support replied to your ticket." in plain
    assert "Acme Support, 21 November 2026, 12:00 UTC" in plain
    assert ">Acme Support replied to your ticket.</p>" in html
    assert re.search(r'class="preview"[^>]*> ?Acme Support: Hello', html)
    assert re.search(r'class="author"[^>]*>Acme Support</div>', html)


def test_the_preview_of_a_picture_without_words_is_its_name():
    """In a list of mails no preview is empty after a colon."""
    photo = message(text=" ", files=(File(5, "photo.png", 1),))
    call = message(text="", matter=Matter.CALL)

    _, html = words_of(letter(messages=(photo,)))
    assert re.search(r'class="preview"[^>]*> ?Klaus Weber: photo.png', html)
    _, html = words_of(letter(messages=(call,)))
    assert re.search(r'class="preview"[^>]*> ?Klaus Weber replied to', html)


@pytest.mark.parametrize("name", ["?", *NOTHING[1:]])
def test_a_customer_without_a_name_still_opened_the_ticket(name):
    """The mail still says who opened a ticket if the name says nothing."""
    created = letter(kind=Kind.CREATED, messages=(), text="It burns.", opened_by=name)

    plain, html = words_of(created)

    assert "We’ve received your ticket." in plain
    assert "We’ve received your ticket." in html
    assert "created a ticket for you" not in plain + html


@pytest.mark.parametrize("name", ["?", *NOTHING])
def test_copies_are_told_of_a_customer_without_a_name(name):
    """To those in copy, a person without a name is a customer of the company."""
    created = letter(
        kind=Kind.CREATED, messages=(), text="It burns.", opened_by=name, in_copy=True
    )

    for words in words_of(created):
        assert "A customer of Acme Support created a ticket and copied you in" in words
        assert "because a customer of Acme Support copied you in" in words


@pytest.mark.parametrize("title", NOTHING)
def test_a_ticket_without_a_title_is_called_by_its_number(title):
    """A title of nothing leaves no empty heading."""
    plain, html = words_of(letter(subject=title))

    assert "Ticket #51: #51" in plain
    assert ">#51</h1>" in html


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_but_what_is_invisible_names_no_recipient(name):
    """A recipient without a name is greeted without one; nobody is responsible."""
    plain, html = words_of(letter(recipient_name=name, responsible=name))

    assert "/tickets/51 Hello, Klaus Weber replied" in plain
    assert ">Hello,</p>" in html
    assert "Assignee" not in plain + html


@pytest.mark.parametrize("name", NOTHING)
def test_a_company_without_a_name_is_called_as_its_sender(name):
    """What the company is called is never nothing."""
    plain, _ = words_of(
        letter(messages=(message(author=""),)),
        AccountSettings(company_name=name, sender_name=name),
    )

    assert "Desk replied to your ticket." in plain


@pytest.mark.parametrize("name", ["", "[]", *NOTHING])
def test_a_customer_line_always_names_somebody(name):
    """What we post for a customer without a name is recognised as a customer's."""
    assert ("?", "Hello") == split_customer_line(customer_line(name) + "Hello")


@pytest.mark.parametrize("name", [" ", "\u200b", "\u3164"])
def test_a_customer_line_of_nothing_still_is_one(name):
    """Lines that were posted with an invisible name stay the customer's."""
    assert ("?", "Hi") == split_customer_line(f"[B]{name}[/B] · ticket24\nHi")
