"""Tags that we do not know, and brackets that people type."""

import pytest

from ticket24.markup import says_something, to_html, to_text


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("See [ATTACHMENT=12]", "See"),
        ("See [FILE ID=5].", "See ."),
        ("[PCH=1]A call of 5 min[/PCH]", "A call of 5 min"),
        ("[PCH=1]A call", "A call"),
        ("Thanks [RATING=5]", "Thanks ★★★★★"),
        ("[RATING=99] x", " x"),
        ("[LIKE] good", "👍 good"),
        ("[DISLIKE]", "👎"),
        ("Ask in [dialog=chat58]", "Ask in"),
        ("Ask in [dialog=chat58]the chat[/dialog]", "Ask in the chat"),
        ("[HOLOGRAM=7]", ""),
        ("[HOLOGRAM ID=7 SIZE=big] x", " x"),
        ("[HOLOGRAM]x[/HOLOGRAM]", "x"),
        ("[hologram=7]x[/hologram]", "x"),
        ("[HOLO_GRAM-2=n7]x[/HOLO_GRAM-2]", "x"),
        ("[H2]x[/H2] y [/HOLOGRAM]", "x y"),
        ("[B][HOLOGRAM=7]x[/HOLOGRAM][/B]", "x"),
        ("[MOOD=happy]", "happy"),
        ('[HOLO NAME="two words" ID=5]x', "x"),
        ("[HOLO ID=5 /]x", "x"),
        ("[QUOTE AUTHOR='A B']x[/QUOTE]", "> x"),
        ("[quote author=Ann]x[/quote]", "> x"),
        ("[TABLE WIDTH=100%][TR][TD COLSPAN=2]x[/TD][/TR][/TABLE]", "x"),
        ("[USER ID=5]Ida[/USER] [LIST TYPE=1][*]y[/LIST]", "Ida\n\n- y"),
        ("one[BR/]two[BR /]three", "one\ntwo\nthree"),
        ("[DISK FILE ID=n5 /] x", " x"),
        ("one#BR#two", "one\ntwo"),
        ("See [IMG]/upload/x.png[/IMG]", "See 📎"),
        ("[VIDEO WIDTH=1]/x.mp4[/VIDEO] here", "📎 here"),
        ("No [IMG][/IMG]", "No"),
    ],
)
def test_no_tag_of_bitrix24_stands_raw(source, shown):
    """What a tag says is kept, and its brackets and numbers are not."""
    assert shown.strip() == to_text(source).strip()
    assert "[" not in to_html(source)


@pytest.mark.parametrize(
    "typed",
    [
        *("[x]", "[ ] done", "a[0]", "a[i]", "a[N=3]", "[TODO]", "[TODO] call her"),
        *("[ERROR] no paper", "[RFC 2119]", "[i=0]", "[key=value]", "[A-Z]", "[1]"),
        *("[2026-11-28 12:00]", "[/etc/hosts]", "[/path]", "[sic]", "[like]", "[file]"),
        *("[see page 5]", "[X=1]", "[foo]x[/foo]", "[]", "[[x]]", "[Klaus]", "[OK]"),
        *("[attachment]", "[rating]", "[poll]", "[file server]", "[user]", "[UF_X]"),
    ],
)
def test_brackets_that_people_type_are_words(typed):
    """Words, numbers and indexes in brackets stay as they were typed."""
    assert typed == to_html(typed) == to_text(typed)


def test_code_keeps_every_tag():
    """In code nothing is a tag."""
    assert "[HOLOGRAM=7]" in to_html("[CODE][HOLOGRAM=7][/CODE]")


@pytest.mark.parametrize(
    "nothing",
    [
        *("", " ", "\u200b\n\ufeff", "\u3164", "[B] [/B]", "[QUOTE][/QUOTE]", ">>"),
        *("[DISK FILE ID=n5]", "[ATTACHMENT=12]", "[HOLOGRAM=7]", "[dialog=chat5]"),
        *("[LIST][*][/LIST]", "#BR#", "[URL][/URL]", "[USER=3][/USER]", "[BR]"),
        *("[IMG]/upload/x.png[/IMG]", "[VIDEO]/x.mp4[/VIDEO]", "[IMG]x.png[/IMG]"),
        *("[QUOTE][IMG]/x.png[/IMG][/QUOTE]", "[URL=/x/][IMG]/x.png[/IMG][/URL]"),
    ],
)
def test_nothing_is_left_of_some_texts(nothing):
    """Blanks, tags and names of files are nothing to read."""
    assert not says_something(nothing)


@pytest.mark.parametrize(
    "words",
    [
        *("x", "?", "👍", "[TODO]", "[LIKE]", "1", "-", "[CODE]x[/CODE]", "[QUOTE]x"),
        *("[URL=https://a.example][/URL]", "[IMG]https://a.example/x.png[/IMG]"),
        *("[IMG]/upload/x.png[/IMG] x", "[VIDEO]see it[/VIDEO] ", "[IMG]a b[/IMG]"),
        *("[USER=3]Ida[/USER]", "[TIMESTAMP=1700000000 FORMAT=x]", "[USER=all]"),
    ],
)
def test_something_is_left_of_others(words):
    """A word, a sign, a link or a picture is something to read."""
    assert says_something(words)
