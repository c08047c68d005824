"""What was filled in in the company's own fields, in a task's description."""

import pytest

from ticket24.domain.tickets.descriptions import (
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


def test_only_whole_lines_are_ours():
    """Words of a customer that look like a value stay in their sentence."""
    value = FieldValue("a", "text", "A", ("b",))
    text = "I wrote [B]A:[/B] b here"

    assert text == without(text, [value])
