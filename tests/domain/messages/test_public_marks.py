"""Where staff mark what is for customers, and what a change of marks shows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, message, ticket
from hypothesis import given
from hypothesis import strategies as st

from ticket24.domain.looks.ages import Age
from ticket24.domain.messages.voices import (
    Rules,
    as_shown,
    customer_line,
    customer_name,
    voice,
    without_mark,
)
from ticket24.domain.tickets.model import Look, MessageKey, Source, Voice, Written
from ticket24.domain.tickets.pictures import all_told, to_picture

US, FORMERLY, STAFF = 1, 9, 3
MARKS = ("#public", ">>", "Kunde:")
ALL = Rules({US, FORMERLY}, public_marks=MARKS)
MARKED = replace(ALL, shown="marked")
DOUBTFUL = "Task started."


def written(text, *, number=7, source=Source.CHAT, author_id=STAFF):
    at = NOON + timedelta(minutes=number)
    return Written(MessageKey(source, number), author_id, "Klaus Weber", text, at)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("#public Hello", "Hello"),
        ("#PUBLIC\nHello", "Hello"),
        ("#public: Hello", "Hello"),
        ("  \u200b#public Hello", "  \u200bHello"),
        ("[B]#public Hello[/B]", "[B]Hello[/B]"),
        (
            "[b] [COLOR=#ff0000]>>Hello[/COLOR][/b]",
            "[b] [COLOR=#ff0000]Hello[/COLOR][/b]",
        ),
        (">>Hello", "Hello"),
        ("kunde: Hello", "Hello"),
        ("#public", ""),
        ("#public #public Hello", "#public Hello"),
        ("#public, Hello", ", Hello"),
    ],
)
def test_a_mark_is_taken_out_of_what_it_publishes(text, plain):
    """The words stay, and the tags around them."""
    assert plain == without_mark(text, MARKS)


@pytest.mark.parametrize(
    "text",
    [
        "Hello #public",
        "#publicity Hello",
        "#public1 Hello",
        "# public Hello",
        "public Hello",
        "[QUOTE]#public Hello[/QUOTE] is what we said",
        "[CODE]#public[/CODE]",
        "[URL=https://example.com]#public[/URL]",
        "[USER=3]#public[/USER] what does it do?",
        "[/B]#public Hello",
        "",
    ],
)
def test_elsewhere_it_publishes_nothing(text):
    """It does not count as a part of a word, in a quotation, or further on."""
    assert without_mark(text, MARKS) is None
    assert Voice.UNMARKED is voice(written(text), MARKED)


@pytest.mark.parametrize(
    ("marks", "plain"), [(("#p", "#p+"), "Hello"), (("#p+", "#p"), "Hello"), ((), None)]
)
def test_the_longest_mark_is_taken_out(marks, plain):
    """Whatever their order; an empty list has none."""
    assert plain == without_mark("#p+ Hello", marks)
    assert without_mark("Hello", ("",)) is None


@given(st.text(), st.sampled_from(["#Straße", "ﬁ!", "İ>", "#public"]))
def test_marks_of_any_alphabet_are_found_again(rest, mark):
    """Folding a letter may make two of it."""
    for spelled in (mark, mark.upper(), mark.casefold()):
        if spelled.casefold() == mark.casefold() and not rest[:1].isalnum():
            assert rest.lstrip(" \t\r\n\xa0:\u200b\u2060\ufeff") == without_mark(
                spelled + rest, [mark]
            )


@pytest.mark.parametrize(
    ("text", "open_", "strict"),
    [
        ("Hello", Voice.STAFF, Voice.UNMARKED),
        ("#public Hello", Voice.STAFF, Voice.STAFF),
        ("// Hello", Voice.INTERNAL, Voice.INTERNAL),
        ("// #public Hello", Voice.INTERNAL, Voice.INTERNAL),
        ("#public // Hello", Voice.INTERNAL, Voice.INTERNAL),
        ("[B]#public[/B] // Hello", Voice.INTERNAL, Voice.INTERNAL),
        ("[B]#public[/B] Hello // you", Voice.STAFF, Voice.STAFF),
    ],
)
@pytest.mark.parametrize("source", Source)
def test_internal_wins_and_the_mark_decides_where_one_is_needed(
    source, text, open_, strict
):
    """On both cards."""
    assert open_ is voice(written(text, source=source), ALL)
    assert strict is voice(written(text, source=source), MARKED)


@pytest.mark.parametrize("author_id", [US, FORMERLY])
@pytest.mark.parametrize("rules", [ALL, MARKED])
def test_customers_need_no_mark(rules, author_id):
    """What we posted for them is theirs, whichever user we were then."""
    one = written(customer_line("Anna") + "Hello", author_id=author_id)

    assert (Voice.CUSTOMER, "Anna") == (voice(one, rules), customer_name(one, rules))


def test_what_bitrix24_may_have_written_is_no_doubt_where_marks_are_needed():
    """Nobody has to rule about what nobody would see."""
    one = written(DOUBTFUL, source=Source.FORUM)

    assert Voice.DOUBTFUL is voice(one, ALL)
    assert Voice.UNMARKED is voice(one, MARKED)
    assert voice(written("Task closed.", source=Source.FORUM), MARKED) is None


@pytest.mark.parametrize(
    ("who", "text", "rules", "expected"),
    [
        (Voice.STAFF, "Hello", MARKED, (Voice.UNMARKED, "Hello")),
        (Voice.UNMARKED, "Hello", ALL, (Voice.STAFF, "Hello")),
        (Voice.UNMARKED, "#public Hello", MARKED, (Voice.STAFF, "Hello")),
        (Voice.STAFF, "// Hello", ALL, (Voice.INTERNAL, "// Hello")),
        (Voice.INTERNAL, "Hello", ALL, (Voice.INTERNAL, "Hello")),
        (Voice.INTERNAL, "#public Hello", MARKED, (Voice.INTERNAL, "#public Hello")),
        (Voice.CUSTOMER, "#public Hello", MARKED, (Voice.CUSTOMER, "#public Hello")),
        (Voice.REMARK, "Hello", ALL, (Voice.REMARK, "Hello")),
        (Voice.DOUBTFUL, "Hello", ALL, (Voice.DOUBTFUL, "Hello")),
    ],
)
def test_what_is_not_read_again_follows_the_rules(who, text, rules, expected):
    """But for what staff marked as internal: no change of settings reveals it."""
    now = as_shown(message(voice=who, text=text), rules)

    assert expected == (now.voice, now.text)


def test_a_mark_that_is_none_any_more_is_a_word_again():
    """A text that was shown without its mark is known as it was written."""
    shown = as_shown(message(voice=Voice.STAFF, text="#public Hello"), MARKED)
    assert ("Hello", "#public Hello") == (shown.text, shown.as_written)

    other = as_shown(shown, replace(MARKED, public_marks=("!!",)))
    assert (Voice.UNMARKED, "#public Hello") == (other.voice, other.text)
    assert shown == as_shown(other, MARKED)


def test_a_remark_that_nobody_judged_is_not_shown_later():
    """If no mark was needed before, it would have waited for a person."""
    key = MessageKey(Source.FORUM, 7)
    kept = message(key=key, voice=Voice.UNMARKED, text=DOUBTFUL)

    assert Voice.REMARK is as_shown(kept, ALL).voice
    assert Voice.STAFF is as_shown(kept, replace(ALL, rulings={key: "staff"})).voice


def test_a_marked_message_is_never_taken_for_a_remark():
    """Even if Bitrix24 counts more remarks of its own than we recognised."""
    first = Look(ticket(messages=(), service_comments=0), (), None)
    known = all_told(to_picture(first, None, MARKED))
    comments = (
        written("#public Hello", number=1, source=Source.FORUM),
        written("Unheard-of remark", number=2, source=Source.FORUM),
    )
    now = Look(ticket(messages=(), service_comments=3), comments, None)

    picture = to_picture(now, known, MARKED)

    assert [Voice.STAFF, Voice.UNMARKED] == [one.voice for one in picture.messages]


def test_old_doubts_are_history_after_a_change():
    """Nobody is asked about what was written before the marks went."""
    one = written(DOUBTFUL, source=Source.FORUM)
    look = Look(ticket(messages=()), (one,), None)
    before = to_picture(look, None, MARKED)

    later = to_picture(look, before, replace(ALL, age=Age(shown_until=one.at)))
    sooner = to_picture(
        look, None, replace(ALL, age=Age(shown_until=one.at - timedelta(days=1)))
    )

    assert [Voice.REMARK] == [message.voice for message in later.messages]
    assert [Voice.DOUBTFUL] == [message.voice for message in sooner.messages]
