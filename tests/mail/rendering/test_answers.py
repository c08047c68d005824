"""What mails repeat of a conversation, and how they can be answered."""

import pytest
from opened_mails import HOSTILE, Page, asked, created, html_of, open_mail, text_of

from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.model import AccountSettings


def test_an_answer_repeats_shortly_what_it_answers(make_letter, make_message):
    """The customer's last words stand below the answer, cut, and as plain text."""
    long = "[b]First[/b] line\n" + "word " * 2_000 + HOSTILE
    mail = open_mail(make_letter(before=asked(make_message, long)))

    quoted = text_of(mail).partition("In reply to: Maria Souza, ")[2]
    assert quoted.startswith("21 November 2026, 14:00 UTC\n> First line\n> word word")
    assert "word…" in quoted
    assert len(quoted) < 700
    page = Page(html_of(mail))
    assert "In reply to: Maria Souza" in page.words
    assert page.words.index("turning it off") < page.words.index("In reply to")
    assert "script" not in page.tags


def test_a_completed_mail_holds_the_last_answer(make_letter, make_message):
    """The answer is whole, and the way back leads to the button, not to an act."""
    letter = make_letter(
        kind=Kind.COMPLETED, messages=(), before=make_message(text="Fixed. " * 100)
    )

    mail = open_mail(letter)

    for part in (text_of(mail), Page(html_of(mail)).words):
        assert part.count("Fixed.") >= 100
        assert "Ana Silva" in part
    goal = "https://help.example.org/p/acme/tickets/51#moves"
    assert f"Not solved? Reopen: {goal}\n" in text_of(mail)
    assert goal in Page(html_of(mail)).named("href")


@pytest.mark.parametrize(
    ("language", "unread", "where"),
    [
        (
            "en",
            "Replies to this email aren’t read.",
            "Reply in the portal",
        ),
        (
            "de",
            "Antworten auf diese E-Mail werden nicht gelesen.",
            "Im Portal",
        ),
        (
            "pt",
            "As respostas a este e-mail não são lidas.",
            "Responder no portal",
        ),
    ],
)
@pytest.mark.parametrize("kind", Kind)
def test_the_first_line_says_that_answers_are_not_read(
    make_letter, kind, language, unread, where
):
    """It also says where to answer, before anything else that can be seen."""
    settings = AccountSettings(company_name="Acme", language=language)

    mail = open_mail(make_letter(kind=kind), settings)

    first = text_of(mail).splitlines()[0]
    assert first.startswith(f"{unread} {where}")
    assert first.endswith(": https://help.example.org/p/acme/tickets/51")
    seen = Page(html_of(mail).partition("</div>")[2])
    assert ["Acme", f"{unread} {where}"] == [
        line.strip()[: len(unread + where) + 1]
        for line in seen.words.splitlines()
        if line.strip()
    ][:2]


def test_whoever_is_in_copy_gets_no_key_to_a_locked_door(make_letter):
    """Neither part has a button or a link; they say whom to ask."""
    mail = open_mail(created(make_letter, in_copy=True, text="See https://x.example"))

    page = Page(html_of(mail))
    assert [] == page.named("href")
    assert "help.example.org" not in text_of(mail) + html_of(mail)
    for part in (text_of(mail), page.words):
        assert part.count("View ticket") + part.count("Reply in the portal") == 0
        assert "To add something or find out how it’s going, ask Maria" in part
