"""What a mail looks like when it is opened."""

import re
from datetime import timedelta

import pytest
from opened_mails import HOSTILE, Page, html_of, open_mail, text_of

from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import File, Status, TicketRef, Voice


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
