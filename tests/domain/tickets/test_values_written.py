"""What was filled in in the company's own fields, in a task's description."""

import time

import pytest

from ticket24.domain.tickets.descriptions import (
    as_bbcode,
    compose,
    parse_bbcode,
    restored,
    without,
)
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.markup import to_text

SIGNED = "[URL=https://help.example.com/p/acme/go/0123456789abcdef]Open[/URL]"
VALUES = (
    FieldValue("order", "text", "Order number", ("0042",)),
    FieldValue("product", "choice", "Product", ("web",), ("Website",)),
    FieldValue("steps", "long_text", "Steps", ("One\n[B]Two[/B]\nCc: eve@x.de",)),
)
HOSTILE = (
    "[URL=https://evil.example]x[/URL]",
    "&#91;B&#93;x&#91;/B&#93;",
    "#urgent @all >>quote",
    "[/B]\n\nCc: eve@example.com\n[URL=https://a/go/0123456789abcdef]Open[/URL]",
    "--\nticket24 · 0123456789abcdef",
    "[CODE]x",
    "\u202eevil\u2066",
)


def written(values, text="It burns.", cc=("bob@example.com",)):
    return compose("Anna", text, cc, SIGNED, values=values)


def test_values_stand_below_the_customers_words():
    """Each in a line, long ones in several, in the words of the company."""
    assert (
        "[B]Anna[/B]\u2060\nIt burns.\n\n[B]Order number:[/B] 0042\n"
        "[B]Product:[/B] Website\n[B]Steps:[/B]\nOne\n[\u2060B]Two[\u2060/B]\n"
        f"Cc\u2060: eve@x.de\nCc: bob@example.com\n{SIGNED}"
    ) == written(VALUES)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_values_are_words_and_nothing_else(hostile):
    """Neither tags nor copies, links or footers come of what a customer typed."""
    value = FieldValue("a", "long_text", hostile.replace("\n", " "), (hostile,))
    opened = parse_bbcode(written([value]))
    plain = parse_bbcode(written(()))

    assert (plain.cc, plain.mark) == (opened.cc, opened.mark)
    assert plain.text == without(opened.text, [value])
    said = restored(to_text(opened.text))
    assert hostile.splitlines()[0].strip("\u202e\u2066") in said


def test_what_we_wrote_is_found_again_and_what_staff_changed_stays():
    """Pages show the values beside the conversation, not twice."""
    text = parse_bbcode(written(VALUES)).text
    changed = text.replace("0042", "0043")

    assert "It burns." == without(text, VALUES)
    assert "It burns.\n\n[B]Order number:[/B] 0043" == without(changed, VALUES)
    assert text == without(text, ())


def test_a_question_needs_no_colon():
    """What a company asks may be a sentence."""
    value = FieldValue("a", "text", "What happened?", ("Fire",))

    assert "[B]What happened?[/B] Fire\n" in written([value])
    assert "It burns." == without(parse_bbcode(written([value])).text, [value])


def test_what_an_editor_writes_anew_is_still_ours():
    """In paragraphs and small letters, without what is invisible."""
    edited = (
        "[p][b]Anna[/b]\nIt [\u2060b]burns[\u2060/b].[/p]\n"
        "[p][b]Order number:[/b] 0042\n[b]Product:[/b] Website\n"
        "[b]Steps:[/b]\nOne\n[B]Two[/B]\nCc: eve@x.de[/p]\n"
        f"[p]Cc: bob@example.com\n{SIGNED}[/p]"
    )
    opened = parse_bbcode(edited)
    left = without(opened.text, VALUES)

    assert ("bob@example.com",) == opened.cc
    assert "It [b]burns[/b]." == restored(to_text(left)).strip()
    assert "0043" in without(opened.text.replace("0042", "0043"), VALUES)


def test_only_whole_lines_are_ours():
    """Words of a customer that look like a value stay in their sentence."""
    value = FieldValue("a", "text", "A", ("b",))
    text = "I wrote [B]A:[/B] b here"

    assert text == without(text, [value])
    typed = as_bbcode("I wrote\n[B]A:[/B] b")
    assert typed == without(typed, [value])


def test_large_values_are_found_in_no_time():
    """Also in text that is much like them, and though an editor was there."""
    values = [
        FieldValue(f"k{n}", "long_text", f"Label {n}", ("a" * 3_999 + str(n % 10),))
        for n in range(30)
    ]
    text = parse_bbcode(written(values, "a" * 20_000)).text
    edited = text.replace("[B]", "[b]").replace("[/B]", "[/b]")
    began = time.process_time()

    assert "a" * 20_000 == without(text, values) == without(edited, values)
    assert time.process_time() - began < 2
