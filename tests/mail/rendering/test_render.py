"""What a mail looks like when it is opened."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from opened_mails import HOSTILE, Page, html_of, open_mail, text_of

from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.colours import contrast
from ticket24.domain.settings.model import AccountSettings, Department, OwnWords, State
from ticket24.domain.tickets.model import File, Status, TicketRef, Turn, Voice
from ticket24.mail.paper import PLAIN


def test_the_head_says_what_the_mail_is(make_letter):
    """The headers name sender, recipient, ticket and kind, and that no person wrote."""
    mail = open_mail(make_letter())

    assert "Acme Support <desk@example.org>" == mail["From"]
    assert "Maria Souza <maria@example.com>" == mail["To"]
    assert "Re: [#51] Printer is on fire" == mail["Subject"]
    assert "Sat, 21 Nov 2026 16:00:05 +0000" == mail["Date"]
    assert "auto-generated" == mail["Auto-Submitted"]
    assert "All" == mail["X-Auto-Response-Suppress"]
    assert "disallow" == mail["X-MS-Reactions"]
    assert "replied" == mail["X-Ticket24-Kind"]
    assert "acme/51" == mail["X-Ticket24-Ticket"]
    assert "multipart/alternative" == mail.get_content_type()
    assert ["text/plain", "text/html"] == [
        part.get_content_type() for part in mail.iter_parts()
    ]


def test_the_same_letter_has_the_same_message_id(make_letter):
    """A letter rendered again, later and in other words, keeps its Message-ID."""
    again = make_letter(status=Status.DEFERRED, responsible="Jo", subject="Renamed")

    message_id = open_mail(make_letter())["Message-ID"]

    assert message_id == open_mail(again)["Message-ID"]
    assert re.fullmatch(r"<[a-z0-9.]+@tickets\.example\.org>", message_id)


def test_different_news_have_different_message_ids(make_letter):
    """Another account, ticket, kind, message or recipient is another Message-ID."""
    letters = [
        make_letter(),
        make_letter(ref=TicketRef("other", 51)),
        make_letter(ref=TicketRef("a1b2c3", 52)),
        make_letter(kind=Kind.COMPLETED),
        make_letter(about="chat-901"),
        make_letter(recipient="joao@example.com"),
    ]

    assert 6 == len({open_mail(letter)["Message-ID"] for letter in letters})


def test_mails_of_a_ticket_form_one_conversation(make_letter):
    """All kinds refer to one message and share a subject, so that they are threaded."""
    mails = [open_mail(make_letter(kind=kind, about=kind.value)) for kind in Kind]

    conversations = {mail["References"] for mail in mails}
    assert 1 == len(conversations)
    assert conversations == {mail["In-Reply-To"] for mail in mails}
    assert conversations.isdisjoint(mail["Message-ID"] for mail in mails)
    subjects = {mail["Subject"].removeprefix("Re: ") for mail in mails}
    assert {"[#51] Printer is on fire"} == subjects


def test_conversations_stay_apart(make_letter):
    """Another ticket, account or recipient is another conversation."""
    letters = [
        make_letter(),
        make_letter(ref=TicketRef("other", 51)),
        make_letter(ref=TicketRef("a1b2c3", 52)),
        make_letter(recipient="joao@example.com"),
    ]

    assert 4 == len({open_mail(letter)["References"] for letter in letters})


SAID = {
    (Kind.CREATED, "en"): """
        We’ve created a ticket for you. Its number is #51.
        What happens next? We’ll look into it
        View ticket""",
    (Kind.CREATED, "de"): """
        Wir haben für Sie ein Ticket erstellt. Es hat die Nummer #51.
        Wie geht es weiter? Wir kümmern uns darum
        Ticket ansehen""",
    (Kind.CREATED, "pt"): """
        Criamos um tíquete para você. O número dele é #51.
        E agora? Vamos analisar o tíquete e
        Ver o tíquete""",
    (Kind.REPLIED, "en"): """
        Hello Maria Souza,
        Ana Silva replied to your ticket.
        21 November 2026, 16:00 UTC
        In progress
        Reply in the portal""",
    (Kind.REPLIED, "de"): """
        Guten Tag Maria Souza,
        Ana Silva hat auf Ihr Ticket geantwortet.
        21. November 2026, 16:00 UTC
        In Bearbeitung
        Im Portal antworten""",
    (Kind.REPLIED, "pt"): """
        Olá, Maria Souza,
        Ana Silva respondeu ao seu tíquete.
        21 de novembro de 2026, 16:00 UTC
        Em andamento
        Responder no portal""",
    (Kind.COMPLETED, "en"): "Your ticket has been solved.\nNot solved? Reopen",
    (Kind.COMPLETED, "de"): "Ihr Ticket wurde gelöst.\nNicht gelöst? Wieder öffnen",
    (Kind.COMPLETED, "pt"): "Seu tíquete foi resolvido.\nNão foi resolvido? Reabrir",
    (Kind.STATUS, "en"): "Your ticket now has the status “In progress”.",
    (Kind.STATUS, "de"): "Ihr Ticket hat jetzt den Status „In Bearbeitung“.",
    (Kind.STATUS, "pt"): "Seu tíquete agora está com o status “Em andamento”.",
}


@pytest.mark.parametrize(("kind", "language"), SAID)
def test_a_mail_speaks_the_accounts_language(make_letter, kind, language):
    """Both parts say what happened in the account's language, and which it is."""
    settings = AccountSettings(company_name="Acme", language=language)

    mail = open_mail(make_letter(kind=kind), settings)

    page = Page(html_of(mail))
    tag = {"pt": "pt-BR"}.get(language, language)
    assert tag == mail["Content-Language"]
    assert [tag] == page.named("lang")
    for words in SAID[kind, language].strip().splitlines():
        assert words.strip() in text_of(mail)
        assert words.strip() in page.words


def test_every_word_survives_the_journey(make_letter, make_message):
    """Umlauts, accents, emoji and other scripts arrive in headers and both parts."""
    letter = make_letter(
        subject="Größe ändern 🔥 não 打印机",
        recipient_name="João Müller-Łuk, 👩‍🚒",
        responsible="Çağla",
        messages=(make_message(author="Søren", text="Grüße 👨‍👩‍👧 ção 火"),),
    )

    mail = open_mail(letter, AccountSettings(company_name="Müller & Söhne, „Hilfe“"))

    assert "Re: [#51] Größe ändern 🔥 não 打印机" == mail["Subject"]
    assert "João Müller-Łuk, 👩‍🚒" == mail["To"].addresses[0].display_name
    assert "Müller & Söhne, „Hilfe“" == mail["From"].addresses[0].display_name
    for part in (text_of(mail), Page(html_of(mail)).words):
        for words in ("Größe ändern 🔥", "Çağla", "Søren", "Grüße 👨‍👩‍👧 ção 火"):
            assert words in part


@pytest.mark.parametrize("hostile", ["Eve\r\nBcc: all@example.com", "\u202eeve" * 4000])
def test_hostile_words_cannot_leave_their_header(make_letter, make_message, hostile):
    """Line ends, bidi overrides and endless words in any field change no header."""
    letter = make_letter(
        subject=hostile,
        recipient_name=hostile,
        responsible=hostile,
        messages=(
            make_message(author=hostile, text=hostile, files=(File(1, hostile, 1),)),
        ),
    )

    mail = open_mail(letter, AccountSettings(company_name=hostile))

    assert open_mail(make_letter()).keys() == mail.keys()
    assert ["maria@example.com"] == [a.addr_spec for a in mail["To"].addresses]
    assert ["desk@example.org"] == [a.addr_spec for a in mail["From"].addresses]
    for name in ("From", "To", "Subject"):
        assert len(mail[name]) <= 240
        assert not re.search(r"[\r\n\u202e]", mail[name])
    assert all(len(line) <= 998 for line in mail.as_bytes().splitlines())


def test_a_hopeless_address_stays_out_of_the_head(make_letter):
    """No mail goes to what is not an address; invisible characters are named."""
    with pytest.raises(ValueError, match=re.escape("x@y[U+000D][U+000A]Bcc: all@")):
        open_mail(make_letter(recipient="x@y\r\nBcc: all@example.com"))


def test_hostile_text_stays_text(make_letter, make_message):
    """Markup written by strangers runs nothing, and loads nothing from anywhere."""
    letter = make_letter(
        subject=HOSTILE,
        recipient_name=HOSTILE,
        responsible=HOSTILE,
        messages=(
            make_message(author=HOSTILE, text=HOSTILE, files=(File(1, HOSTILE, 1),)),
        ),
    )

    page = Page(html_of(open_mail(letter, AccountSettings(company_name=HOSTILE))))

    names = {name for name, _ in page.attributes}
    assert set() == page.tags & {"script", "img", "link", "iframe", "svg", "form"}
    assert set() == {name for name in names if name.startswith("on")}
    assert set() == names & {"src", "srcset", "background", "action", "poster"}
    assert all(href.startswith("https://") for href in page.named("href"))
    assert not re.search(r"url\(|@import", page.styles + "".join(page.named("style")))


def test_no_mail_loads_anything(make_letter):
    """A mail needs nothing from elsewhere to be seen, and carries its style inline."""
    page = Page(html_of(open_mail(make_letter())))

    portal = "https://help.example.org/p/acme"
    assert {f"{portal}/tickets/51", f"{portal}/preferences"} == set(page.named("href"))
    assert [] == page.named("src")
    assert "prefers-color-scheme: dark" in page.styles
    assert any("background-color" in style for style in page.named("style"))


def test_messages_stand_in_their_order(make_letter, make_message):
    """Several new messages appear once each, oldest first, with author and time."""
    first = make_message()
    letter = make_letter(
        messages=(
            make_message(
                author="Jürgen Groß",
                text="A technician is coming.",
                at=first.at + timedelta(minutes=5),
            ),
            first,
        )
    )

    mail = open_mail(letter)

    assert "You have 2 new replies to your ticket." in text_of(mail)
    for part in (text_of(mail), Page(html_of(mail)).words):
        shown = re.findall(
            r"16:00 UTC|turning it off|Jürgen Groß|16:05 UTC|A technician is coming",
            part[part.index("16:00 UTC") :],
        )
        assert [
            "16:00 UTC",
            "turning it off",
            "Jürgen Groß",
            "16:05 UTC",
            "A technician is coming",
        ] == shown


@pytest.mark.parametrize("voice", [Voice.INTERNAL, Voice.DOUBTFUL])
def test_internal_words_never_leave(make_letter, make_message, voice):
    """A message that customers may not read is in no part, even if a letter has it."""
    secret = make_message(voice=voice, text="He never pays.", author="Boss")
    letter = make_letter(messages=(make_message(), secret))

    mail = open_mail(letter)

    assert "He never pays" not in text_of(mail) + html_of(mail)
    assert "Boss" not in text_of(mail) + html_of(mail)


def test_files_are_named(make_letter, make_message):
    """The files of a message are named with their size, and where they are."""
    files = (File(7, "printer.log", 12_345), File(8, "foto <b>\u202egnp.exe", 0))
    letter = make_letter(messages=(make_message(files=files),))

    mail = open_mail(letter)

    link = "https://help.example.org/p/acme/tickets/51"
    named = f"Files:\n- printer.log (13 kB): {link}\n- foto <b>gnp.exe: {link}\n"
    assert named in text_of(mail)
    words = Page(html_of(mail)).words
    assert "printer.log (13 kB)" in words
    assert "foto <b>gnp.exe" in words


def test_the_text_part_is_plain_and_tidy(make_letter, make_message):
    """The text part has no markup, no double empty lines and no broken addresses."""
    address = "https://example.com/" + "a/very/long/path/" * 20 + "end?x=1&y=2"
    text = f"[b]Look[/b] at\n\n\n\n[url]{address}[/url]   \n\n[code]a < b[/code]\x00"
    letter = make_letter(
        subject='"Q&A" <fast>', messages=(make_message(text=text, files=()),) * 2
    )

    part = text_of(open_mail(letter))

    assert address in part
    assert 'Ticket #51: "Q&A" <fast>' in part
    assert "a < b" in part
    assert not re.search(r"\[/?\w+\]|</?\w+>(?<!<fast>)|&\w+;|\x00", part)
    assert "\n\n\n" not in part
    assert ["-- "] == [line for line in part.splitlines() if line != line.rstrip()]


def test_what_is_unknown_is_left_out(make_letter):
    """Without names the mail still greets, and has no empty labels."""
    letter = make_letter(recipient_name="", responsible="")

    mail = open_mail(letter, AccountSettings())

    assert "\n\nHello,\n" in text_of(mail)
    assert "maria@example.com" == mail["To"]
    assert "Desk <desk@example.org>" == mail["From"]
    assert "Assignee" not in text_of(mail) + html_of(mail)


@pytest.mark.parametrize("kind", Kind)
def test_every_mail_leads_to_its_ticket(make_letter, kind):
    """Both parts contain the address, and where customers choose what mail they get."""
    mail = open_mail(make_letter(kind=kind))

    portal = "https://help.example.org/p/acme"
    address, chosen = f"{portal}/tickets/51", f"{portal}/preferences"
    assert f": {chosen}\n" in text_of(mail)
    assert f": {address}\n" in text_of(mail)
    goal = f"{address}#moves" if kind is Kind.COMPLETED else address
    assert [address, goal, chosen] == Page(html_of(mail)).named("href")


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
