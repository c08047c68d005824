"""Messages of the chat that say something elsewhere than in their text."""

import pytest

from ticket24.bitrix.conversations import messages
from ticket24.bitrix.tickets import tasks
from ticket24.domain.tickets.model import Matter

NOW = tasks.moment("2026-11-21T12:00:00+00:00")


def read(text="", params=(), more=(), **row):
    """Read one chat message of user 3; `more` are messages that come along."""
    answer = {
        "messages": [
            {"id": 7, "author_id": 3, "text": text, "params": params or [], **row}
        ],
        "users": [{"id": 3, "name": "Klaus"}],
        "additionalMessages": list(more),
    }
    (written,) = messages.read_chat(answer, 0, 50).written
    return written


def as_php_may(value):
    """Return JSON with every list as a map, as PHP writes some."""
    if isinstance(value, dict):
        return {name: as_php_may(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return {str(number): as_php_may(inner) for number, inner in enumerate(value)}
    return value


def test_blocks_of_applications_are_words():
    """What an application attaches is read in its order, without its looks."""
    blocks = [
        {"MESSAGE": "The part is [B]ordered[/B] :f09f9880:"},
        {"DELIMITER": {"SIZE": 200, "COLOR": "#c6c6c6"}},
        {"USER": {"NAME": "Mantis", "AVATAR": "https://x.example/a.png"}},
        {"LINK": {"NAME": "Order 5", "DESC": "Tracked", "LINK": "https://x.example/5"}},
        {
            "GRID": [
                {"NAME": "Price", "VALUE": "5 €", "DISPLAY": "LINE"},
                {"VALUE": "ok"},
            ]
        },
        {"IMAGE": [{"NAME": "A photo", "LINK": "https://x.example/p.png"}]},
        {"FILE": {"NAME": "plan.pdf", "LINK": "/local/plan.pdf"}},
    ]
    numbered = as_php_may(blocks)
    whole = {"ID": 1, "BLOCKS": blocks}

    for attach in ([whole], whole, blocks, numbered, {"0": {"BLOCKS": numbered}}):
        assert (
            "The part is [B]ordered[/B] 😀\n"
            "Mantis\n"
            "[URL=https://x.example/5]Order 5[/URL]\n"
            "Tracked\n"
            "Price: 5 €\n"
            "ok\n"
            "[URL=https://x.example/p.png]A photo[/URL]\n"
            "plan.pdf"
        ) == read(params={"ATTACH": attach}).text


def test_an_attachment_stands_where_the_text_puts_it():
    """[ATTACH=1] is the place of the first one; others follow the text."""
    attach = [
        {"ID": 1, "BLOCKS": [{"MESSAGE": "one"}]},
        {"ID": 2, "BLOCKS": [{"MESSAGE": "two"}]},
    ]

    written = read("Before [ATTACH=1] after", {"ATTACH": attach})

    assert "Before \none\n after\ntwo" == written.text


def test_the_preview_of_a_link_is_not_said_again():
    """What Bitrix24 fetched from a linked page is not anybody's words."""
    rich = {"RICH_LINK": [{"NAME": "A page", "DESC": "x", "LINK": "https://x.example"}]}

    written = read("See https://x.example", {"ATTACH": [{"BLOCKS": [rich]}]})

    assert "See https://x.example" == written.text


@pytest.mark.parametrize(
    "nothing", [[], None, "", {}, [[]], [{"BLOCKS": None}], 5, [5]]
)
def test_odd_attachments_say_nothing(nothing):
    """Whatever shape comes, the text stays the text."""
    assert "Hi" == read("Hi", {"ATTACH": nothing}).text


@pytest.mark.parametrize("id_", [33, "33", "chat58/33"])
def test_a_message_that_was_passed_on_has_its_words(id_):
    """If it has no text of its own, it says what the first one said."""
    original = {"id": 33, "author_id": 5, "text": "From the supplier", "params": []}

    written = read(forward={"id": id_, "userId": 5}, more=[original])

    assert ("From the supplier", Matter.WORDS, True) == (
        written.text,
        written.matter,
        written.forwarded,
    )


def test_a_picture_that_was_passed_on_is_there():
    """Its file belongs to the first message, and needs no sentence beside it."""
    first = {"id": 33, "text": "", "params": {"FILE_ID": [5]}}
    answer = {
        "messages": [{"id": 7, "author_id": 3, "text": "", "forward": {"id": 33}}],
        "additionalMessages": [first],
        "files": [{"id": 5, "name": "a.png", "size": 1}],
    }

    (written,) = messages.read_chat(answer, 0, 50).written

    assert (["a.png"], Matter.WORDS) == (
        [f.name for f in written.files],
        written.matter,
    )


@pytest.mark.parametrize(
    ("params", "row", "matter"),
    [
        ({"COMPONENT_ID": "VoteMessage"}, {}, Matter.POLL),
        ({"VOTE_ID": 5}, {}, Matter.POLL),
        ({"COMPONENT_ID": "CallMessage", "COMPONENT_PARAMS": []}, {}, Matter.CALL),
        ({"CALL_ID": "77"}, {}, Matter.CALL),
        ({"FORWARD_ID": 33}, {}, Matter.FORWARDED),
        ({}, {"forward": {"id": "chat5/33"}}, Matter.FORWARDED),
        ({"COMPONENT_ID": "StickerMessage"}, {}, Matter.WORDS),
        ({"FILE_ID": [99], "LIKE": [1]}, {}, Matter.WORDS),
    ],
)
def test_what_has_no_words_is_called_by_its_kind(params, row, matter):
    """Polls, calls and messages from elsewhere are told from nothing at all."""
    written = read(" ", params, **row)

    assert matter is written.matter
    assert "" == written.text.strip()


def test_polls_and_calls_may_have_words():
    """A question and its answers, or the length of a call, are worth more."""
    vote = {
        "question": "Which day?",
        "answers": [{"text": "Monday"}, {"text": "Friday"}],
    }
    short = {"question": "Which day?", "answers": {"0": "Monday", "1": "Friday"}}
    one, poll = (
        read(params={"COMPONENT_ID": "VoteMessage", "COMPONENT_PARAMS": params})
        for params in (short, as_php_may(vote))
    )
    call = read("A call of 5 min", {"COMPONENT_ID": "CallMessage"})

    assert ("Which day?\nMonday\nFriday", Matter.WORDS) == (poll.text, poll.matter)
    assert poll.text == one.text
    assert ("A call of 5 min", Matter.WORDS) == (call.text, call.matter)


@pytest.mark.parametrize("told", ["N", "n", False, 0, "0"])
def test_a_description_may_be_html(told):
    """Another field says so; its words and what we know of its form are kept."""
    html = (
        "<p>It <b>burns</b> &amp; smokes :f09f94a5:,<br>see "
        '<a href="https://x.example/?a=1&amp;b=2" onclick="x()">here</a>.</p>'
        "<script>alert(1)</script><ul>\n<li>one</li><li>a[B]</li></ul>"
        '<a href="javascript:x()">no</a>'
    )
    row = {"id": "51", "description": html, "descriptionInBbcode": told}

    assert (
        "It [B]burns[/B] & smokes 🔥,\n"
        "see [URL=https://x.example/?a=1&b=2]here[/URL].\n"
        "[LIST] [*]one[*]a[\u2060B][/LIST]no"
    ) == tasks.read_task("acme", row, NOW).ticket.description


@pytest.mark.parametrize("told", ["Y", True, 1, None, ""])
def test_other_descriptions_are_bbcode(told):
    """Unless something says otherwise, text that looks like HTML is words."""
    row = {"id": "51", "description": "a <b>c</b>", "descriptionInBbcode": told}

    assert "a <b>c</b>" == tasks.read_task("acme", row, NOW).ticket.description
    del row["descriptionInBbcode"]
    assert "a <b>c</b>" == tasks.read_task("acme", row, NOW).ticket.description


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"REPLY_ID": 33}, 33),
        ({"REPLY_ID": "33"}, 33),
        ({"REPLY_ID": [33]}, 33),
        ({"REPLY_ID": []}, 0),
        ({"REPLY_ID": None}, 0),
        ([], 0),
    ],
)
def test_a_reply_names_what_it_answers(params, expected):
    """A number, or a list of one."""
    assert expected == read("Yes.", params).answers
