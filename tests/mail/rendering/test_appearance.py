"""How mails look: first words, logo, colours, pictures, the company's own words."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from html import unescape

import pytest
from opened_mails import (
    ENGLISH,
    HOSTILE,
    SENDER,
    Page,
    asked,
    html_of,
    open_mail,
    text_of,
)

from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.colours import STANDARD_ACCENT, contrast
from ticket24.domain.settings.model import (
    AccountSettings,
    FormField,
    OwnWords,
    TagLabels,
)
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.model import File, TicketRef
from ticket24.mail import digest as digests
from ticket24.mail.paper import PLAIN, MailLogo, Paper, Picture
from ticket24.mail.render import render


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("Short.", "Ana Silva: Short."),
        ("Two\n\n   lines <b>", "Ana Silva: Two lines &lt;b&gt;"),
        ("word " * 90, "Ana Silva: word word"),
    ],
)
def test_lists_of_mails_show_the_first_words_and_nothing_after(
    make_letter, make_message, words, line
):
    """The hidden line is filled up, so that neither styles nor what follows show."""
    html = html_of(open_mail(make_letter(messages=(make_message(text=words),))))

    hidden = re.search(r'<body[^>]*>\s*<div class="preview"[^>]*>(.*?)</div>', html)[1]
    shown = unescape(hidden).rstrip("\u034f\u200c\xa0")
    assert shown.startswith(unescape(line))
    assert len(shown) < 170
    assert len(unescape(hidden)) >= 250
    assert "<" not in hidden
    assert re.search(r'class="preview" style="[^"]*display: none', html)


def test_the_logo_is_a_picture_that_is_called_as_the_company(make_letter):
    """Its address is whole; where it is not loaded, the name has all the room."""
    paper = Paper(MailLogo("https://help.example.org/p/acme/logo/0123/mail", 56))
    settings = replace(ENGLISH, company_name='Acme <b>"&')

    html = html_of(open_mail(make_letter(), settings, paper=paper))

    page = Page(html)
    assert ["https://help.example.org/p/acme/logo/0123/mail"] == page.named("src")
    assert ['Acme <b>"&'] == page.named("alt")
    assert ["56"] == page.named("height")
    assert [] == page.named("width")


@pytest.mark.parametrize("accent", ["", "#ffff00", "#000000", "#0b6e4f", "#FFFFFF"])
def test_the_accent_can_be_read(make_letter, accent):
    """Buttons and links have the accent by the portal's own rules of contrast."""
    html = html_of(open_mail(make_letter(), replace(ENGLISH, accent=accent)))

    go = html.partition('class="go"')[2]
    button = re.search(r"background-color: (#\w{6})", go)
    edge = re.search(r"border: 1px solid (#\w{6})", go)
    words = re.search(r"<a [^>]*[^-]color: (#\w{6})", go)
    link = re.search(r'<p class="unread".*?<a [^>]*[^-]color: (#\w{6})', html)
    assert contrast(button[1], words[1]) >= 4.5
    assert contrast(edge[1], "#ffffff") >= 3
    assert contrast(link[1], "#ffffff") >= 4.5
    assert (accent or STANDARD_ACCENT).lower() == button[1]
    dark = html.partition("prefers-color-scheme: dark")[2]
    link = re.search(r"\.unread a\s*{\s*color: (#\w{6})", dark)
    assert contrast(link[1], "#1c222b") >= 4.5


def test_times_are_those_of_the_account(make_letter, make_message):
    """Both parts say when something was written by the clock of its people."""
    before = asked(make_message)
    paper = Paper(zone="America/Sao_Paulo")

    mail = open_mail(make_letter(before=before), paper=paper)

    for part in (text_of(mail), Page(html_of(mail)).words):
        assert "21 November 2026, 13:00 (GMT-3)" in part
        assert "21 November 2026, 11:00 (GMT-3)" in part
        assert "UTC" not in part


OWN = replace(
    ENGLISH,
    greeting=OwnWords(en="Dear {name} <b>,\nhow are you?"),
    signature=OwnWords(en="Yours, <script>\nAcme"),
    legal_footer=OwnWords(en="Acme Ltd & Co"),
)


@pytest.mark.parametrize("kind", Kind)
def test_a_companys_own_words_stand_in_its_mails(make_letter, kind):
    """Greeting, signature and footer are plain text with their lines, in both parts."""
    mail = open_mail(make_letter(kind=kind), OWN)

    text, html = text_of(mail), html_of(mail)
    assert "\n\nDear Maria Souza <b>,\nhow are you?\n\n" in text
    assert "\n\nYours, <script>\nAcme\n\n" in text
    assert text.endswith("\n\nAcme Ltd & Co\n")
    assert "Hello" not in text
    assert "Dear Maria Souza &lt;b&gt;,<br>how are you?</p>" in html
    assert "Yours, &lt;script&gt;<br>Acme</p>" in html
    assert "Acme Ltd &amp; Co</div>" in html


def test_without_a_name_nobody_is_called_by_one(make_letter):
    """A greeting of the company's that names somebody gives way to ours."""
    nameless = make_letter(recipient_name="")
    everybody = replace(ENGLISH, greeting=OwnWords(en="Good day"))

    assert "\n\nHello,\n" in text_of(open_mail(nameless, OWN))
    assert "\n\nGood day\n" in text_of(open_mail(nameless, everybody))
    assert "Hello Maria" in text_of(
        open_mail(make_letter(), replace(OWN, greeting=OwnWords(de="Moin")))
    )


def with_pictures(make_letter, make_message, **fields):
    """Return a mail with two pictures, of which one has come, and how it is sent."""
    files = (File(7, "photo.PNG", 900), File(8, "late.png", 900), File(9, "a.log", 9))
    letter = make_letter(messages=(make_message(files=files),), **fields)
    paper = Paper(pictures={files[0]: Picture(b"\x89PNG" + b"x" * 500, "png", 900)})
    return open_mail(letter, paper=paper)


def test_small_pictures_stand_in_the_mail(make_letter, make_message):
    """They are parts of the HTML, no attachments; one that did not come is a link."""
    mail = with_pictures(make_letter, make_message)

    plain, related = mail.iter_parts()
    assert ("text/plain", "multipart/related") == (
        plain.get_content_type(),
        related.get_content_type(),
    )
    assert "text/html" == related.get_param("type")
    html, picture = related.iter_parts()
    assert ("image/png", "inline") == (
        picture.get_content_type(),
        picture.get_content_disposition(),
    )
    assert b"\x89PNG" + b"x" * 500 == picture.get_content()
    page = Page(html.get_content())
    assert [f"cid:{picture['Content-ID'][1:-1]}"] == page.named("src")
    assert ["photo.PNG"] == page.named("alt")
    assert "480" in page.named("width")
    assert '<a href="https://help.example.org/p/acme/tickets/51"' in html.get_content()
    assert re.search(r"<a [^>]*><bdi>late.png</bdi></a>", html.get_content())
    assert re.search(r"<a [^>]*><bdi>a.log", html.get_content())
    assert [] == list(mail.iter_attachments())


def test_the_same_picture_has_the_same_name(make_letter, make_message):
    """A mail that is sent again is the same one; another ticket's is another."""
    names = {
        part["Content-ID"]
        for one in (TicketRef("a", 1), TicketRef("a", 1), TicketRef("a", 2))
        for part in with_pictures(make_letter, make_message, ref=one).walk()
        if part["Content-ID"]
    }

    assert 2 == len(names)


def test_no_letter_makes_a_program_clip_a_short_mail(make_letter, make_message):
    """Controls that Gmail stumbles over are in neither part, whoever wrote them."""
    controls = "".join(map(chr, range(0x80, 0xA0)))
    letter = make_letter(
        subject=f"a{controls}b",
        messages=(make_message(text=f"it{controls}s", author=f"A{controls}na"),),
        before=asked(make_message, f"why{controls}?"),
    )
    signature = OwnWords(en=f"Yours{controls}")

    mail = open_mail(letter, replace(ENGLISH, signature=signature))

    for part in (text_of(mail), html_of(mail)):
        assert not re.search("[\x80-\x9f]", part)
        assert "its" in part


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "You can simply reply to this email. Reply in the portal"),
        ("de", "Sie können einfach auf diese E-Mail antworten. Im Portal"),
        ("pt", "Você pode simplesmente responder a este e-mail. Responder no portal"),
    ],
)
def test_a_mail_that_can_be_answered_says_so(make_letter, language, words):
    """An answer goes to the address of this ticket and recipient."""
    settings = AccountSettings(company_name="Müller & Co", language=language)
    rendered = render(
        make_letter(),
        settings,
        "acme",
        SENDER,
        "https://help.example.org",
        reply_to="support+abc@tickets.münchen.example",
    )

    mail = message_from_bytes(rendered.as_bytes(), policy=policy.default)

    address = mail["Reply-To"].addresses[0]
    assert "Müller & Co" == address.display_name
    assert "support+abc@tickets.xn--mnchen-3ya.example" == address.addr_spec
    assert words in text_of(mail)
    assert words in " ".join(Page(html_of(mail)).words.split())


def test_what_was_filled_in_stands_in_the_mail_about_a_new_ticket(make_letter):
    """In the reader's language; short, without links for people in copy, harmless."""
    settings = replace(
        ENGLISH,
        language="de",
        fields=(
            FormField("urgent", "yes_no", OwnWords("Urgent", "Dringend")),
            FormField(
                "product",
                "choice",
                OwnWords("Product", "Produkt"),
                options=("web",),
                option_labels=TagLabels(de={"web": "Webseite"}),
            ),
        ),
    )
    values = (
        FieldValue("urgent", "yes_no", "Urgent", ("no",), ("No",)),
        FieldValue("product", "choice", "Product", ("web",), ("Website",)),
        FieldValue("gone", "text", "Order", (f"{HOSTILE} https://evil.example",)),
        FieldValue("long", "long_text", "Steps", ("One\nTwo " + "x" * 4_000,)),
    )
    created = make_letter(kind=Kind.CREATED, text="It burns.", values=values)
    mail = open_mail(created, settings)
    copy = open_mail(replace(created, in_copy=True), settings)

    assert "Dringend: Nein\nProdukt: Webseite\n" in text_of(mail)
    assert "Steps: One Two xxx" in text_of(mail)
    assert "x" * 300 not in html_of(mail)
    assert "<script" not in html_of(mail)
    assert "onerror=" not in re.sub("&lt;.*?&gt;", "", html_of(mail))
    assert "https://evil.example" not in text_of(copy).partition("Order:")[2][:900]


def test_what_was_filled_in_stands_in_mail_told_together(make_letter):
    """Each ticket with its own."""
    values = (FieldValue("order", "text", "Order", (f"0042 {HOSTILE}",)),)
    parts = tuple(
        make_letter(kind=Kind.CREATED, text="It burns.", values=some)
        for some in (values, ())
    )
    digest = make_letter(messages=(), parts=parts, gathered=True)
    origin = "https://help.example.org"
    rendered = digests.render(digest, ENGLISH, "acme", SENDER, origin, PLAIN)
    mail = message_from_bytes(rendered.as_bytes(), policy=policy.default)

    assert 1 == text_of(mail).count("Order: 0042")
    assert 1 == html_of(mail).count("0042")
    assert "<script" not in html_of(mail)


def test_nothing_of_colleagues_can_be_clicked_in_mail_told_together(make_letter):
    """Neither their subjects nor their names; what is the reader's own stays."""
    strange = {"of_company": True, "whose": "anna@evil.example"}
    parts = [
        make_letter(ref=TicketRef("acme", number), subject=f"See {host}", **more)
        for number, host, more in (
            (51, "https://evil.example", strange),
            (52, "https://own.example", {}),
        )
    ]
    digest = make_letter(messages=(), parts=parts, gathered=True)
    origin = "https://help.example.org"
    rendered = digests.render(digest, ENGLISH, "acme", SENDER, origin, PLAIN)
    mail = message_from_bytes(rendered.as_bytes(), policy=policy.default)

    for part in text_of(mail), html_of(mail):
        assert "https://own.example" in part
        assert "https://evil.example" not in part
        assert "anna@evil.example" not in part
