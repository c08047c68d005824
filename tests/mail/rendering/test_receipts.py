"""What the mail about a new ticket says of it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from opened_mails import ENGLISH, HOSTILE, Page, created, html_of, open_mail, text_of

from ticket24.domain.settings.model import AccountSettings, Department, OwnWords
from ticket24.domain.tickets.descriptions import harmless
from ticket24.domain.working.pledges import Pledge, Promise


def test_what_a_customer_sent_is_confirmed(make_letter):
    """The mail repeats number, subject, words and files, and says what is next."""
    mail = open_mail(created(make_letter))

    assert "[#51] Printer is on fire" == mail["Subject"]
    assert "created" == mail["X-Ticket24-Kind"]
    expected = """\
Replies to this email aren’t read. Reply in the portal: \
https://help.example.org/p/acme/tickets/51

Hello Maria Souza,

We’ve received your ticket. Its number is #51.

Ticket #51: Printer is on fire
Status: In progress
Assignee: Ana Silva

Maria Souza
-----------

It burns.

Files:
- photo.jpg (13 kB)

What happens next? We’ll look into it and email you as soon as we reply. \
You can follow the progress and add details in the portal.

View ticket: https://help.example.org/p/acme/tickets/51

--
Acme Support
You’re receiving this automatic email because you’re the contact for ticket #51.

Choose how often you get emails: https://help.example.org/p/acme/preferences
"""
    assert expected == text_of(mail).replace("\n-- \n", "\n--\n")
    words = " ".join(Page(html_of(mail)).words.split())
    for piece in (
        "[#51] Printer is on fire",
        "We’ve received your ticket. Its number is #51.",
        "Maria Souza It burns.",
        "photo.jpg (13 kB)",
        "What happens next?",
    ):
        assert piece in words


def test_a_ticket_that_staff_opened_is_told_as_such(make_letter):
    """Its words are the company's."""
    part = text_of(open_mail(created(make_letter, opened_by="")))

    assert "We’ve created a ticket for you. Its number is #51." in part
    assert "Acme Support\n------------\n\nIt burns.\n" in part


def test_a_receipt_tells_the_opening_hours(make_letter):
    """In the reader's language, else the company's; as words; to customers alone."""
    hours = OwnWords(en="9-17 <b>daily</b>", pt="9h às 17h")
    settings = replace(ENGLISH, departments=(Department(7, opening_hours=hours),))
    letter = created(make_letter, group_id=7)
    receipts = [
        open_mail(letter, settings.read_in(language)) for language in ("de", "pt")
    ]

    said = "Servicezeiten: 9-17 <b>daily</b>"
    assert f"\n\n{said}\n" in text_of(receipts[0])
    assert said in Page(html_of(receipts[0])).words
    assert "Horário de atendimento: 9h às 17h" in text_of(receipts[1])
    for other in (
        replace(letter, group_id=8),
        replace(letter, in_copy=True),
        make_letter(group_id=7),
    ):
        assert "9-17" not in text_of(open_mail(other, settings))


def test_a_receipt_tells_what_is_promised(make_letter):
    """By when, in the company's time zone; to customers alone."""
    by = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
    one = Pledge(60, by, by)
    letter = created(make_letter, promise=Promise(one, one))
    both = text_of(open_mail(letter, ENGLISH))
    solution = Page(
        html_of(
            open_mail(
                replace(letter, promise=Promise(solution=one)), ENGLISH.read_in("de")
            )
        )
    ).words

    said = "We’ll reply by Monday, 30 November, 09:30 UTC.\nYou’ll have a solution"
    assert f"\n\n{said} by " in both
    assert "Lösung erhalten Sie bis Montag, 30. November, 09:30 UTC." in solution
    for other in (replace(letter, in_copy=True), created(make_letter)):
        assert "reply by" not in text_of(open_mail(other, ENGLISH))


def test_a_ticket_that_other_guests_opened_is_nobodys(make_letter):
    """Neither the company nor the customer said its words."""
    part = text_of(open_mail(created(make_letter, opened_by="", by_guest=True)))

    assert "A ticket has been created for you. Its number is #51." in part
    assert "We’ve" not in part
    assert "Acme Support\n---" not in part
    assert "It burns." in part


def test_an_empty_description_leaves_no_empty_box(make_letter):
    """Without words and files nothing is repeated."""
    mail = open_mail(created(make_letter, text="", files=()))

    assert "said" not in Page(html_of(mail)).named("class")
    assert "-----" not in text_of(mail)


def test_files_alone_are_named(make_letter):
    """Words that are missing leave no gap."""
    part = text_of(open_mail(created(make_letter, text="")))

    assert "Maria Souza\n-----------\n\nFiles:\n- photo.jpg (13 kB)\n" in part


@pytest.mark.parametrize(
    ("language", "news", "promise", "reason"),
    [
        (
            "en",
            "Maria Souza created a ticket and copied you in.",
            "This is the only email you’ll get about this ticket.",
            "because Maria Souza copied you in on ticket #51.",
        ),
        (
            "de",
            "Maria Souza hat ein Ticket erstellt und Sie in Kopie gesetzt.",
            "Dies ist die einzige E-Mail, die Sie zu diesem Ticket erhalten.",
            "weil Maria Souza Sie beim Ticket #51 in Kopie gesetzt hat.",
        ),
        (
            "pt",
            "Maria Souza criou um tíquete e colocou você em cópia.",
            "Este é o único e-mail que você receberá sobre este tíquete.",
            "porque Maria Souza colocou você em cópia no tíquete #51.",
        ),
    ],
)
def test_who_is_in_copy_learns_by_whom(make_letter, language, news, promise, reason):
    """The mail also says, in every language, that nothing else will come."""
    letter = created(make_letter, in_copy=True, recipient_name="")

    mail = open_mail(letter, AccountSettings(company_name="Acme", language=language))

    for part in (text_of(mail), Page(html_of(mail)).words):
        for words in (news, promise, reason, "It burns."):
            assert words in part


def test_what_a_customer_typed_is_shown_as_typed(make_letter):
    """BBCode in a customer's own words is text, and does nothing."""
    typed = "[B]bold[/B] [URL=https://evil.example]x[/URL] #tag"

    mail = open_mail(created(make_letter, text=harmless(typed), opened_by=HOSTILE))

    assert typed in text_of(mail)
    assert typed in Page(html_of(mail)).words
    assert "\u2060" not in text_of(mail) + html_of(mail)
    assert set() == Page(html_of(mail)).tags & {"script", "img"}
