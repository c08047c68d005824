"""What a task looks like that a customer opened, and what is read back from it."""

import re
from dataclasses import replace

import pytest
from examples import MARK
from examples import SIGNATURE as LINK
from hypothesis import given
from hypothesis import strategies as st

from ticket24.domain.tickets.descriptions import (
    Opened,
    compose,
    harmless,
    parse_bbcode,
    restored,
)
from ticket24.markup import to_html, to_text

CC = ("carl@example.com", "dora@example.com")
JOINER = "\u2060"
OLD = "[B]Anna[/B] · ticket24\nIt burns.\n\n--\nCc: carl@example.com\nticket24 · m1"

# Code between back-ticks has its own tests.
WORDS = st.text(
    st.characters(exclude_characters=f"{JOINER}`", exclude_categories=["Cs"])
)
PIECES = (
    *("[B]", "[/url]", "[*]", "#bug", "--", "------", ">>", "\n", "\r\n", " ", "x"),
    *("Cc: eve@example.com", "ticket24 · m1", "[B]Eve[/B] · ticket24", "·", "["),
    *(
        "cc : eve@example.com",
        LINK,
        "https://help.example.com/p/acme/go/" + MARK,
        "[P]",
    ),
)
HOSTILE = st.lists(st.sampled_from(PIECES)).map("".join)
NAMES = st.text(st.characters(categories=["L"]), min_size=1, max_size=200)
ADDRESSES = st.lists(
    st.from_regex(r"[a-z0-9.+'-]{1,20}@[a-z]{1,20}\.[a-z]{2,5}", fullmatch=True)
)


def parse(description):
    """Read a description with its words as they were written."""
    opened = parse_bbcode(description)
    return replace(opened, text=restored(opened.text)) if opened.name else opened


def as_sent(text):
    """Return a text as it comes back: line ends made even, trimmed."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def test_a_description_reads_well():
    """Staff see who writes, the words, who else is to know, and one link."""
    expected = (
        f"[B]Anna Smith[/B]{JOINER}\n"
        "It burns.\n"
        "\n"
        "Cc: carl@example.com, dora@example.com\n"
        f"[URL=https://help.example.com/p/acme/go/{MARK}]Open in Ticket24[/URL]"
    )
    assert expected == compose("Anna Smith", "It burns.", CC, LINK)


def test_without_copies_the_footer_is_the_link_alone():
    """Nobody is named in it who is not there."""
    expected = f"[B]Anna[/B]{JOINER}\nIt burns.\n\n{LINK}"
    assert expected == compose("Anna", "It burns.", (), LINK)


@pytest.mark.parametrize("below", ["", "\n\nSee room 5.", f"\n\n{LINK}"])
def test_descriptions_of_earlier_versions_are_read_for_ever(below):
    """With their mark, also where staff put a link of another ticket below it."""
    text = "It burns.\n\nSee room 5." if "room" in below else "It burns."
    mark = MARK if LINK in below else "m1"

    assert Opened("Anna", text, ("carl@example.com",), mark) == parse(OLD + below)


@pytest.mark.parametrize(
    "edited",
    [
        f"[p][b]Anna[/b]{JOINER}\nIt burns.[/p]\n[p]Cc: "
        "[url=mailto:carl@example.com]carl@example.com[/url], dora@example.com\n"
        + LINK.replace("URL", "url")
        + "[/p]",
        f"[B]Anna[/B]\nIt burns.\nCc: {', '.join(CC)}\n"
        + LINK.replace("help.example.com/p", "other.example/x?to=%2Fp"),
        f"[B]Anna[/B]\nIt burns.\n\nCc: {', '.join(CC)}\n"
        + LINK.replace("Open in Ticket24", "Im Portal"),
    ],
)
def test_what_an_editor_writes_anew_is_still_ours(edited):
    """In paragraphs and small letters, on another host, without what is invisible."""
    opened = parse(edited)

    assert ("Anna", CC, MARK) == (opened.name, opened.cc, opened.mark)
    assert "It burns." == to_text(opened.text)


def test_the_customer_stays_the_writer_where_staff_delete_the_link():
    """The line above the words says so by itself."""
    stored = compose("Anna", "It burns.", (), LINK).removesuffix(LINK)

    assert Opened("Anna", "It burns.", (), "") == parse(stored)


@given(NAMES, WORDS | HOSTILE, ADDRESSES)
def test_what_went_in_comes_out(name, text, cc):
    """Whatever a customer writes, nothing of it is lost or taken for ours."""
    expected = Opened(name, as_sent(text), tuple(cc), MARK)
    assert expected == parse(compose(name, text, cc, LINK))


@given(HOSTILE, ADDRESSES)
def test_bitrix24_may_turn_line_ends_and_trim(text, cc):
    """The description is read all the same."""
    stored = compose("Anna", text, cc, LINK).strip().replace("\n", "\r\n")

    assert Opened("Anna", as_sent(text), tuple(cc), MARK) == parse(stored)


@given(HOSTILE)
def test_a_customer_cannot_forge_a_footer(text):
    """Not even if staff remove ours."""
    stored = compose("Anna", text, (), LINK)

    without = parse(stored.removesuffix(LINK))

    assert ((), "") == (without.cc, without.mark)


@pytest.mark.parametrize(
    "description",
    [
        "",
        "It burns.",
        " [B]Anna[/B] ticket24\nIt burns.",
        "[B]Important[/B]\nIt burns.",
        f"[B]Important[/B]\nAs in {LINK}, it burns.",
        "It burns.\n\n--\nCc: eve@example.com\nticket24 · m1",
        f"It burns.\n\nCc: eve@example.com\n{LINK}",
    ],
)
def test_what_staff_write_is_all_text(description):
    """Without our first line it belongs to the staff alone."""
    assert Opened("", description, (), "") == parse(description)


def test_what_staff_add_below_is_shown():
    """The words before and after the footer are one text."""
    stored = compose("Anna", "It burns.", CC, LINK) + "\n\nSee room [B]5[/B]."

    expected = Opened("Anna", "It burns.\n\nSee room [B]5[/B].", CC, MARK)
    assert expected == parse_bbcode(stored)


def test_nothing_but_addresses_is_in_copy():
    """What staff change in the footer is read with care, and so is what we get."""
    cc = ["carl@example.com", "no address", "a@b\nticket24 · m2", "dora@example.com"]
    stored = compose("Anna", "It burns.", cc, LINK)

    assert CC == parse(stored).cc
    assert CC == parse(stored.replace(", ", " ; nobody, ")).cc


@given(HOSTILE | WORDS)
def test_bitrix24_finds_no_meaning_in_harmless_words(text):
    """No BBCode, no tag, no quote."""
    plain = harmless(text)

    assert None is re.search(r"\[[a-z/*]", plain, re.IGNORECASE)
    assert None is re.search(r"(?:^|\s)#\w", plain)
    assert None is re.search(r"^(?:>>|-{6,}\s*$)", plain, re.MULTILINE)


@given(HOSTILE | WORDS)
def test_harmless_words_are_restored(text):
    """What was put in between is taken out again, and nothing else."""
    assert as_sent(text) == restored(harmless(text)).strip()


@pytest.mark.parametrize(
    "text", ["https://example.com/a#part", "C# and F#", "5 [1] > 3", "a -- b", "#"]
)
def test_ordinary_words_are_left_alone(text):
    """Links lead where they led, and nobody notices us."""
    assert text == harmless(text)


def test_a_page_shows_the_words_as_they_were_typed():
    """BBCode that a customer typed is text, in HTML and without."""
    typed = "[B]not bold[/B] [URL=javascript:alert(1)]x[/URL] #tag"

    assert typed in restored(to_html(harmless(typed)))
    assert typed == restored(to_text(harmless(typed)))
