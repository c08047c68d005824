"""The link that ends what we write: read by us, and never shown to customers."""

import pytest
from examples import MARK, NOON, SIGNATURE, message, ticket

from ticket24.domain.messages.signatures import LABELS, signature, without
from ticket24.domain.messages.voices import (
    Rules,
    as_shown,
    customer_line,
    split_customer_line,
    voice,
)
from ticket24.domain.portal.marked import bearer_of
from ticket24.domain.tickets.descriptions import compose, harmless, restored
from ticket24.domain.tickets.model import MessageKey, Source, Voice, Written

US = 1
REPLY = f"{customer_line('Anna')}It burns.\n{SIGNATURE}"
RULE = "-" * 54
OTHER = signature("https://help.example.com", "acme", "f" * 16, "de")


def heard(text, author_id=US):
    key = MessageKey(Source.CHAT, 7)
    return voice(Written(key, author_id, "Portal", text, NOON), Rules({US}))


@pytest.mark.parametrize(
    "text",
    [
        REPLY,
        REPLY.replace("\u2060", ""),
        REPLY.removesuffix(SIGNATURE),
        REPLY.replace("help.example.com", "elsewhere.example"),
        REPLY.replace("Open in Ticket24", "Ticket"),
        REPLY.replace("\n", "\r\n") + "\r\n",
        "[B]Anna[/B] · ticket24\nIt burns.",
        f"[B]Anna[/B] · ticket24\nIt burns.\n{SIGNATURE}",
        f"[p][b]Anna[/b][/p]\n[p]It burns.\n{SIGNATURE.replace('URL', 'url')}[/p]",
    ],
)
def test_either_of_two_signs_is_enough(text):
    """Whatever Bitrix24 takes of them, on whatever host we were, old forms too."""
    name, words = split_customer_line(text)
    words = words.replace("[p]", "").replace("[/p]", "")

    assert Voice.CUSTOMER is heard(text)
    assert ("Anna", "It burns.") == (name, words.strip())


@pytest.mark.parametrize(
    "text",
    [
        "[B]Hello[/B]\nWe are on it.",
        f"[B]Hello[/B]\nSee {SIGNATURE} for more.",
        f"We are on it.\n{SIGNATURE}",
        f"[QUOTE]{REPLY}[/QUOTE]\nWe are on it.",
        f"[B]Hello[/B]\n[QUOTE]{REPLY}[/QUOTE]\nWe are on it.",
        f"{RULE}\n{REPLY}\n{RULE}\nWe are on it.",
    ],
)
def test_staff_who_quote_us_stay_staff(text):
    """Also in the account that writes for us."""
    assert Voice.STAFF is heard(text)


def test_others_are_not_believed():
    """A reply that somebody else copied is what that person says."""
    assert Voice.STAFF is heard(REPLY, author_id=3)


def test_a_link_that_a_customer_types_is_words():
    """It neither ends the message nor vanishes."""
    typed = f"Look: {OTHER}"
    text = f"{customer_line('Anna')}{harmless(typed)}\n{SIGNATURE}"

    assert ("Anna", typed) == (
        split_customer_line(text)[0],
        restored(split_customer_line(text)[1]),
    )


@pytest.mark.parametrize("language", LABELS)
@pytest.mark.parametrize(
    ("quoted", "shown"),
    [
        ("[QUOTE]It burns.\n{link}[/QUOTE]\nOk.", "[QUOTE]It burns.[/QUOTE]\nOk."),
        (">>It burns.\n>>{label}\nOk.", ">>It burns.\nOk."),
        (
            f"{RULE}\nAnna [10:35]\nIt burns.\n{{label}}\n{RULE}\nOk.",
            f"{RULE}\nAnna [10:35]\nIt burns.\n{RULE}\nOk.",
        ),
        ("Ok.\n\n{link}", "Ok."),
        (
            "[QUOTE][B]Anna[/B] · ticket24\nIt burns.\n\n--\nticket24 · m-1[/QUOTE]",
            "[QUOTE][B]Anna[/B]\nIt burns.\n\n--[/QUOTE]",
        ),
    ],
)
def test_customers_never_see_what_staff_quote_of_it(language, quoted, shown):
    """In each of Bitrix24's forms of quotes, in each language, old marks too."""
    link = signature("https://help.example.com", "acme", MARK, language)
    text = quoted.format(link=link, label=LABELS[language])
    seen = as_shown(message(1, text), Rules({US}))

    assert (shown, text) == (seen.text, seen.as_written)
    assert seen == as_shown(seen, Rules({US}))


@pytest.mark.parametrize(
    "text",
    [
        "Press “Open in Ticket24”.",
        "Open in Ticket24",
        "We use ticket24 · and others.",
        "See [URL=https://help.example.com/p/acme/go/0123456789abcdef]this[/URL].",
        "[URL=https://help.example.com/p/acme/tickets/51]Open in Ticket24[/URL]",
    ],
)
def test_words_of_staff_stay(text):
    """Only what is ours goes: staff may send a link on purpose."""
    assert text == without(text)


def test_a_mark_is_sought_where_we_wrote_it():
    """In the opening and in customers' messages, not in what staff quote."""
    reply = message(2, REPLY.replace(MARK, "a" * 16), voice=Voice.CUSTOMER)
    quote = message(3, f"[QUOTE]{OTHER}[/QUOTE]", voice=Voice.INTERNAL)
    one = ticket(
        description=compose("Anna", "Hi", (), SIGNATURE), messages=(reply, quote)
    )

    assert ["opening", reply.key, None] == [
        bearer_of(one, mark) for mark in (MARK, "a" * 16, "f" * 16)
    ]
