"""What mails say of how far a ticket is: reminded, solved, moved, whose turn."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from opened_mails import HOSTILE, Page, html_of, open_mail, text_of

from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.colours import contrast
from ticket24.domain.settings.model import AccountSettings, Department, OwnWords, State
from ticket24.domain.tickets.model import Status, Turn
from ticket24.mail.paper import PLAIN


def test_a_reminder_says_until_when_an_answer_counts(make_letter):
    """It repeats what waits for an answer; a ticket may also wait for ever."""
    at = datetime(2026, 12, 9, 16, tzinfo=UTC)
    paper = replace(PLAIN, zone="Europe/Berlin")
    ends = make_letter(reminder=True, closes_at=at, turn=Turn.YOURS)
    told = [
        " ".join(text_of(open_mail(one, paper=paper)).split())
        for one in (ends, replace(ends, closes_at=None))
    ]

    until = "If we don’t hear from you by 9 December 2026, 17:00 (GMT+1), we’ll mark"
    assert [True, False] == [until in words for words in told]
    for words in told:
        assert "We’re still waiting for your reply." in words
        assert "replied to your ticket" not in words


def test_a_ticket_that_nobody_answered_ends_with_a_reason(make_letter):
    """Not as one that was solved."""
    mail = open_mail(make_letter(kind=Kind.COMPLETED, unanswered=True))

    for words in (text_of(mail), Page(html_of(mail)).words):
        assert "We haven’t heard from you" in " ".join(words.split())
        assert "has been solved" not in words


def test_a_mail_to_staff_leads_to_the_task(make_letter):
    """It says what the company wants said, and has no words for customers."""
    link = "https://acme.bitrix24.com/company/personal/user/3/tasks/task/view/51/"
    settings = AccountSettings(
        company_name="Acme",
        greeting=OwnWords("Dear {name},"),
        signature=OwnWords("Yours, Acme"),
        legal_footer=OwnWords("Acme Inc."),
    )
    letter = make_letter(
        kind=Kind.CREATED, text=HOSTILE, lead="New: <b>\nhurry", link=link, messages=()
    )

    mail = open_mail(replace(letter, recipient_name=""), settings)

    page = Page(html_of(mail))
    assert link == page.named("href")[-1]
    assert f"Open task: {link}\n" in text_of(mail)
    assert "staff" == mail["X-Ticket24-Kind"]
    for words in (text_of(mail), page.words):
        assert "New: <b>" in words
        assert "never closed" in words
        assert "switched on for you in the Ticket24 settings" in words
        assert "Replies to this email aren’t read." in words
        for others in ("Dear", "Yours, Acme", "Acme Inc.", "in the portal", "Status"):
            assert others not in words
    assert "script" not in page.tags


@pytest.mark.parametrize(
    ("language", "turn", "words", "prompt"),
    [
        ("en", Turn.YOURS, "Waiting for you", "It’s your turn: "),
        ("de", Turn.YOURS, "Wartet auf Sie", "Jetzt sind Sie an der Reihe: "),
        ("pt", Turn.YOURS, "Aguardando você", "Agora é a sua vez: "),
        ("en", Turn.SOLVED, "Solved", ""),
        ("en", Turn.ON_HOLD, "On hold", ""),
    ],
)
def test_a_mail_says_whose_turn_it_is(make_letter, language, turn, words, prompt):
    """Both parts say it in words; who is to answer is asked to."""
    settings = AccountSettings(company_name="Acme", language=language)

    mail = open_mail(make_letter(turn=turn), settings)

    page = Page(html_of(mail))
    assert f"Status: {words}\n" in text_of(mail)
    assert words in page.words
    assert "In progress" not in text_of(mail) + page.words
    for part in (text_of(mail), page.words):
        assert ("turn: " in part or "Reihe: " in part or "vez: " in part) is bool(
            prompt
        )
        assert prompt in part


STATES = (
    State("in_progress", words=OwnWords("With us")),
    State(stage=72, words=OwnWords("<b>In the workshop"), colour="#ffd000"),
)


@pytest.mark.parametrize(
    ("turn", "kind", "words"),
    [
        (Turn.OURS, Kind.REPLIED, "<b>In the workshop"),
        (Turn.YOURS, Kind.REPLIED, "Waiting for you"),
        (Turn.YOURS, Kind.STATUS, "<b>In the workshop"),
        (Turn.SOLVED, Kind.COMPLETED, "Solved"),
        (None, Kind.REPLIED, "In progress"),
    ],
)
def test_a_mail_has_the_companys_words(make_letter, turn, kind, words):
    """As the pages have them: where it is the customer's turn, that is said."""
    departments = (Department(7, states=STATES),)
    settings = AccountSettings(company_name="Acme", departments=departments)
    letter = make_letter(
        kind=kind, turn=turn, group_id=7, named_stage=72, status=Status.IN_PROGRESS
    )

    mail = open_mail(letter, settings)
    page = Page(html_of(mail))

    assert f"Status: {words}\n" in text_of(mail)
    assert words in page.words
    assert "b" not in page.tags
    if kind is Kind.STATUS:
        assert "now has the status “<b>In the workshop”." in text_of(mail)
    if words.startswith("<b>"):
        colours = r"background-color: ?(#\w+)[^\"}#]*; ?color: ?(#\w+)"
        badge, dark = r'<span class="status [a-z]+ state"[^>]*', r"\.state \{ "
        found = re.findall(f"(?:{badge}|{dark}){colours}", html_of(mail))
        assert 2 == len(found)
        assert all(contrast(*pair) >= 4.5 for pair in found)
