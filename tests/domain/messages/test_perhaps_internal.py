"""A mark that does not begin a message may be meant all the same: a person says."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, ticket

from ticket24.domain.messages.voices import Rules, customer_line
from ticket24.domain.tickets.model import Look, MessageKey, Source, Voice, Written
from ticket24.domain.tickets.pictures import all_told, to_picture

US, STAFF = 1, 3
RULES = Rules({US})
SECRET = "root password is hunter2"


def written(text, number=1, author_id=STAFF, source=Source.CHAT):
    at = NOON + timedelta(minutes=number)
    return Written(MessageKey(source, number), author_id, "Klaus Weber", text, at)


def picture(*texts, source=Source.CHAT, rules=RULES, before=None):
    """Return the picture of a talk; pairs name the author as well."""
    pairs = (one if isinstance(one, tuple) else (one, STAFF) for one in texts)
    rows = tuple(
        written(text, number, author, source)
        for number, (text, author) in enumerate(pairs, start=1)
    )
    return to_picture(Look(ticket(messages=()), **{source.value: rows}), before, rules)


PERHAPS = [
    # After a smiley, a sign, a mark of a list, or what wraps the words.
    ":) // {0}",
    ":-D // {0}",
    "\U0001f600 // {0}",
    "\U0001f44d\U0001f3fd\ufe0f // {0}",
    ":f09f9880: // {0}",
    ":smile: // {0}",
    "1. // {0}",
    "2) // {0}",
    "a) // {0}",
    "- // {0}",
    "* // {0}",
    "\u2022 // {0}",
    "\u2610 // {0}",
    "[ ] // {0}",
    "\u2014 // {0}",
    "-> // {0}",
    "\u2192 // {0}",
    "# // {0}",
    "#73 // {0}",
    "+1 // {0}",
    "... // {0}",
    "(// {0})",
    '"// {0}"',
    "\u201e// {0}\u201c",
    "\u00ab// {0}\u00bb",
    "`// {0}`",
    "```\n// {0}\n```",
    "[CODE]// {0}\nand more[/CODE]",
    "**// {0}**",
    "_// {0}_",
    # After a line that says to whom, by hand or by a program.
    "Reply to Klaus:\n// {0}",
    "Reply to Klaus Weber:\n\n// {0}",
    "Antwort an Klaus:\n// {0}",
    "[10:35] Klaus Weber: // {0}",
    "[10:35] // {0}",
    "29.11. // {0}",
    "Re: // {0}",
    "Intern: // {0}",
    "Hi Eve, // {0}",
    "Hallo Eve,\n\n// {0}",
    "On Mon, Klaus wrote:\n> It burns.\n\n// {0}",
    "-----Original Message-----\nIt burns.\n// {0}",
    "-- \n// {0}",
    # After a quote of a form that is not Bitrix24's.
    "\u00bb It burns.\n// {0}",
    "\u00bb // {0}",
    "\u203a It burns.\n// {0}",
    "| It burns.\n// {0}",
    "\u201cIt burns.\u201d\n// {0}",
    "\u201cIt burns.\u201d // {0}",
    "<blockquote>It burns.</blockquote>\n// {0}",
    "<blockquote><p>It burns.</p></blockquote><p>// {0}</p>",
    "&lt;blockquote&gt;It burns.&lt;/blockquote&gt;// {0}",
    "<QUOTE>It burns.</QUOTE>// {0}",
    "<p>// {0}</p>",
    "<ul><li>// {0}</li></ul>",
    # Further down.
    "Please wait.\n// {0}",
    "Please wait.\n\n// {0}",
    "Please wait.\n\n[B]// {0}[/B]",
    "Please wait.\n\n[USER=13]Eve[/USER], // {0}",
    "Please wait.\n- // {0}",
    "Please wait.\n\uff0f\uff0f {0}",
    "Please wait. // {0}",
    "Please wait! // {0}",
    "Please wait :) // {0}",
    "Please wait \U0001f64f // {0}",
    "\u8acb\u7a0d\u5019\u3002// {0}",
    "Hello\n// is a comment in C, {0}",
    # The mark as a word, anywhere.
    "Please wait. #internal {0}",
    "Please wait, {0} #INTERNAL",
    # Slashes that look the same, or that somebody wrote otherwise.
    "\u2215\u2215 {0}",
    "\u2044\u2044 {0}",
    "&#47;&#47; {0}",
    "&sol;&sol; {0}",
    "/ / {0}",
    "\\// {0}",
    # It may be an address as well.
    "//example.com/{0}",
    "//files.example.com",
]


@pytest.mark.parametrize("form", PERHAPS)
@pytest.mark.parametrize("source", Source)
def test_a_mark_that_may_be_meant_is_held(form, source):
    """It goes to no customer before a person has decided, and then unchanged."""
    text = form.format(SECRET)
    held = picture("It burns.", text, source=source)
    rules = replace(RULES, rulings={held.messages[1].key: "staff"})
    released = picture(
        "It burns.", text, source=source, rules=rules, before=all_told(held)
    )

    assert Voice.DOUBTFUL is held.messages[1].voice
    assert (Voice.STAFF, text) == (
        released.messages[1].voice,
        released.messages[1].text,
    )


@pytest.mark.parametrize(
    "text",
    [
        "&nbsp;// {0}",
        "&nbsp;&#160;\n\xa0 // {0}",
        " \n\xa0\n\u3000// {0}",
        "[b][i]//[/i] {0}[/b]",
        "\uff0f\uff0f {0}",
        "/\uff0f {0}",
        "[QUOTE][QUOTE]a[/QUOTE]b[/QUOTE]// {0}",
        "//{0}",
        "//and/or {0}",
    ],
)
@pytest.mark.parametrize("source", Source)
def test_blanks_and_wide_slashes_make_no_difference(text, source):
    """What is a mark for sure is internal, and nobody is asked."""
    assert (
        Voice.INTERNAL is picture(text.format(SECRET), source=source).messages[0].voice
    )


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/a",
        "http://a//b",
        "ftp://example.com is away.",
        "Please see\nhttps://example.com // page 3",
        "See https://example.com/ and http://example.org/a//b. Thanks :)",
        "[URL]https://example.com[/URL]\nThat is it.",
        "Please use [URL=//example.com/a]this[/URL].",
        "\\\\server\\share",
        "Path: //server/share",
        "Path:\n//server/share/a.txt",
        "It moved.\n//cdn.example.com/a.js",
        "Use this:\n[CODE]// first\nint x;\n\n// second[/CODE]\nThanks.",
        "Use this:\n```\n// first\nint x;\n\n// second\n```",
        "Use `// nolint` there.",
        "Use this: `// nolint`",
        "Try\nint x; // count\nfor (;;) {\n// forever\n}\nThanks.",
        "yes // no",
        "10:00 // 12:00?",
        "foo() // bar",
        "The tag #internals is free.",
        "See #73: done.",
        "It cost 5 / 2, or 3 / 4.",
        "a and/or b",
    ],
)
@pytest.mark.parametrize("source", Source)
def test_what_is_no_mark_is_told(text, source):
    """Addresses, paths and comments in code do not keep an answer from the customer."""
    shown = picture("It burns.", text, source=source).messages[1]

    assert (Voice.STAFF, text) == (shown.voice, shown.text)


def test_lines_of_the_customer_may_be_repeated_by_hand():
    """What she wrote herself is not a secret, however it begins."""
    hers = (customer_line("Anna") + "It says\n// main failed\nWhy?", US)

    assert (
        Voice.STAFF is picture(hers, "You wrote\n// main failed\n?").messages[1].voice
    )


def test_a_part_of_an_internal_message_copied_by_hand_is_held():
    """Without a mark or a quote, the words themselves give it away."""
    secret = "// The root password of the server in the cellar is hunter2, tell nobody."
    talk = (
        secret,
        "As we say: the root password of the server in the cellar is hunter2",
    )

    assert Voice.DOUBTFUL is picture(*talk).messages[1].voice


def test_a_held_message_that_staff_mark_meanwhile_is_internal():
    """A person who edits it like this has decided."""
    held = picture(f"Please wait.\n// {SECRET}")
    marked = picture(f"// Please wait.\n// {SECRET}", before=all_told(held))

    assert [Voice.DOUBTFUL, Voice.INTERNAL] == [
        one.messages[0].voice for one in (held, marked)
    ]


def test_other_marks_are_held_like_ours():
    """Whatever the company chose, if it is more than one sign."""
    rules = replace(RULES, internal_marks=("!!", "intern", "-"))
    texts = ("Please wait.\n!! x", "Please wait.\nIntern: x", "Two:\n- a\n- b")

    assert [Voice.DOUBTFUL, Voice.DOUBTFUL, Voice.STAFF] == [
        picture(text, rules=rules).messages[0].voice for text in texts
    ]


@pytest.mark.parametrize(
    "part",
    ["// a\n", ":) // ", "[CODE]", "```", "<b>", "[", "&#47;", "#internal", "/ "],
)
def test_long_texts_of_any_kind_cost_no_time(part):
    """What is repeated ten thousand times is judged at once."""
    row = written("Hello " + part * 10_000)
    now = to_picture(Look(ticket(messages=()), chat=(row,)), None, Rules({US}))

    assert now.messages[0].voice in Voice
