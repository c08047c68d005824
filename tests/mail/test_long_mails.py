"""Mails of any length lead to their ticket, and are not clipped by programs."""

import pytest

from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import File
from ticket24.mail.address import Sender
from ticket24.mail.render import render

LINK = "https://help.example.org/p/acme/tickets/51"
WHOLE = {
    "en": "Read the full message in the portal.",
    "de": "Die ganze Nachricht lesen Sie im Portal.",
    "pt": "Leia a mensagem completa no portal.",
}


def table(rows, columns):
    def line(row):
        return "".join(f"[td]cell {row} {at}[/td]" for at in range(columns))

    lines = "".join(f"[tr]{line(row)}[/tr]" for row in range(rows))
    return f"Here it is:[table]{lines}[/table]And that was it."


LONG = {
    "table": table(300, 3),
    "wide table": table(90, 40),
    "words": "word " * 40_000,
    "Cyrillic": "слово " * 40_000,
    "one word": "x" * 200_000,
    "escapes": "&<>\"' " * 30_000,
    "nested tables": "[table][tr][td]" * 16 + "a" * 200_000,
    "links": "https://example.com/a?b=c " * 5_000,
    "quotes": "[quote]a[/quote]" * 8_000,
    "code": "[code]" + "a\n" * 60_000 + "[/code]",
    "emoji": "😀" * 60_000,
}


@pytest.fixture
def written(make_letter):
    """Return both parts of a mail, and the whole mail as it is sent."""

    def written(language="en", **fields):
        settings = AccountSettings(company_name="Acme", language=language)
        sender = Sender("desk@example.org", "example.org")
        origin = "https://help.example.org"
        mail = render(make_letter(**fields), settings, "acme", sender, origin)
        html = mail.get_body(("html",)).get_content()
        return html, mail.get_body(("plain",)).get_content(), mail.as_bytes()

    return written


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_what_is_too_long_is_cut_and_leads_on(written, make_message, text):
    """No program clips the HTML; the link to the ticket is at its top too."""
    html, plain, raw = written(messages=(make_message(text=text),))

    assert len(html.encode()) < 100_000
    assert html.encode().index(f'href="{LINK}"'.encode()) < 10_000
    assert raw.index(LINK.encode(), raw.index(b"text/html")) < len(raw) - 1_000
    assert 2 == html.count(f'href="{LINK}"')
    assert WHOLE["en"] in html
    assert f"[{WHOLE['en']}]" in plain
    assert LINK in plain
    assert len(plain) < 200_000


def test_a_table_is_cut_after_a_whole_row(written, make_message):
    """A hundred rows are shown, alike in both parts; what follows them is not."""
    html, plain, _ = written(messages=(make_message(text=table(300, 3)),))

    assert "cell 99 2" in html
    assert "cell 100" not in html
    assert "cell 99 0 | cell 99 1 | cell 99 2\n" in plain
    assert "cell 100" not in plain
    assert "And that was it" not in html + plain


def test_no_row_is_cut_in_its_middle(written, make_message):
    """A row whose cells do not all fit is left out."""
    _, plain, _ = written(messages=(make_message(text=LONG["wide table"]),))

    rows = [line for line in plain.splitlines() if " | " in line]
    assert {40} == {row.count("cell ") for row in rows}


def test_what_fits_is_whole(written, make_message):
    """Nothing is said of the portal, and nothing left out."""
    html, plain, _ = written(messages=(make_message(text=table(100, 3)),))

    for part in (html, plain):
        assert "cell 99 2" in part
        assert "And that was it" in part
        assert WHOLE["en"] not in part


def test_a_long_text_ends_with_a_word(written, make_message):
    """What is cut off is told by an ellipsis after the last whole word."""
    html, plain, _ = written(messages=(make_message(text="wholesome " * 20_000),))

    assert "wholesome…" in html
    assert "wholesome…" in plain


def test_many_messages_are_counted(written, make_message):
    """Some are shown, as far as they fit; the others are in the portal."""
    texts = [f"Answer number {number}." for number in range(300)]
    html, plain, _ = written(messages=tuple(make_message(text=one) for one in texts))

    shown = sum(f"{one}" in html for one in texts)
    assert 20 < shown < 300
    assert f"There are {300 - shown} more messages in the portal." in html
    assert f"There are {300 - shown} more messages in the portal." in plain
    assert "You have 300 new replies to your ticket." in html
    assert len(html.encode()) < 100_000


def test_each_of_several_messages_has_its_share(written, make_message):
    """A long one does not push out the others."""
    texts = ("first " * 20_000, "second", "third " * 20_000)
    html, _, _ = written(messages=tuple(make_message(text=one) for one in texts))

    for word in ("first first", ">second<", "third third"):
        assert word in html
    assert 2 == html.count(WHOLE["en"])


def test_very_many_files_are_cut_too(written, make_message):
    """Their names fill no mail."""
    files = tuple(File(number, f"file-{number}.pdf", 9) for number in range(3_000))
    html, plain, _ = written(messages=(make_message(files=files),))

    assert "file-0.pdf" in html
    assert len(html.encode()) < 100_000
    assert WHOLE["en"] in plain


@pytest.mark.parametrize("language", ["en", "de", "pt"])
def test_it_is_said_in_the_language_of_the_account(written, make_message, language):
    """The sentence about the rest is translated."""
    message = make_message(text="a " * 90_000)

    html, plain, _ = written(language, messages=(message,))

    assert WHOLE[language] in html
    assert WHOLE[language] in plain


def test_whoever_is_in_copy_is_not_sent_to_the_portal(written):
    """They cannot open the ticket, and no link leads them to its locked door."""
    fields = {"kind": Kind.CREATED, "in_copy": True, "opened_by": "Eve", "messages": ()}

    html, plain, _ = written(text="a " * 90_000, **fields)

    assert WHOLE["en"] not in html + plain
    assert "The rest was too long for an email." in html
    assert 0 == html.count("href=")
    assert "https://" not in plain
    assert len(html.encode()) < 100_000
