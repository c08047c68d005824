"""Marks after what Bitrix24 puts in front, and internal words that are quoted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, ticket
from hypothesis import given
from hypothesis import strategies as st

from ticket24.domain.looks.ages import Age
from ticket24.domain.messages.voices import Rules, customer_line, voice, without_mark
from ticket24.domain.tickets.model import Look, MessageKey, Source, Voice, Written
from ticket24.domain.tickets.pictures import all_told, to_picture

US, STAFF = 1, 3
RULES = Rules({US})
RULE = "-" * 54
SECRET = "root password is hunter2"
CHAT_QUOTE = f"{RULE}\nKlaus Weber [10:35] #chat58/84877\nIt burns.\n{RULE}\n"


def written(text, number=7, *, source=Source.CHAT, author_id=STAFF):
    at = NOON + timedelta(minutes=number)
    return Written(MessageKey(source, number), author_id, "Klaus Weber", text, at)


def picture(*texts, source=Source.CHAT, rules=RULES, before=None):
    """Return the picture of a talk; pairs name the author as well."""
    rows = tuple(
        written(text, number, source=source, author_id=author)
        for number, (text, author) in enumerate(
            (one if isinstance(one, tuple) else (one, STAFF) for one in texts), start=1
        )
    )
    talk = {source.value: rows}
    return to_picture(Look(ticket(messages=()), **talk), before, rules)


def last(*texts, **fields):
    return picture(*texts, **fields).messages[-1]


@pytest.mark.parametrize(
    "text",
    [
        f"[USER=13]Anna Smith[/USER], // {SECRET}",
        f"[USER=13]Anna Smith[/USER] // {SECRET}",
        f"[USER=13]Anna Smith[/USER],\n// {SECRET}",
        f"[USER=13]Anna[/USER], [USER=14]Bob[/USER]: // {SECRET}",
        f"[B][USER=13]Anna[/USER][/B], // {SECRET}",
        f"[USER=13]Anna [Support][/USER], // {SECRET}",
        f"[USER=13]\u738b[/USER]\uff0c// {SECRET}",
        f"[USER=13][/USER] - // {SECRET}",
        f"[QUOTE=[USER=13]Anna[/USER]]It burns.[/QUOTE]// {SECRET}",
        f"[IMG]https://example.com/a.png[/IMG]\n// {SECRET}",
        f"[REPLY]It burns.\nAnd smokes.[/REPLY]\n// {SECRET}",
        f"[CONTEXT=chat58/84877]It burns.[/CONTEXT]\n// {SECRET}",
        f"[P][USER=13]Anna[/USER],[/P]\n[P]// {SECRET}[/P]",
        f"[user=13 REPLACE]Anna[/user], // {SECRET}",
        f"[URL=/company/personal/user/13/]Anna[/URL], // {SECRET}",
        f"[PROJECT=7]Support[/PROJECT] // {SECRET}",
        f"[COPILOT=7]Helper[/COPILOT], // {SECRET}",
        f"[USER=all]Everybody[/USER] // {SECRET}",
        f"@all // {SECRET}",
        f"@Anna Smith, // {SECRET}",
        f"[QUOTE]It burns.[/QUOTE]\n// {SECRET}",
        f"[QUOTE=Anna]It burns.[/QUOTE]// {SECRET}",
        f"[quote][QUOTE]Inner[/QUOTE] outer[/quote]\r\n// {SECRET}",
        f"[QUOTE]One[/QUOTE]\n[QUOTE]Two[/QUOTE]\n\n// {SECRET}",
        f"[QUOTE]https://example.com // it[/QUOTE][BR]// {SECRET}",
        f"{CHAT_QUOTE}// {SECRET}",
        f"{CHAT_QUOTE}\n{CHAT_QUOTE}  // {SECRET}",
        f"{CHAT_QUOTE}[USER=13]Anna[/USER], // {SECRET}",
        f"{CHAT_QUOTE}#internal {SECRET}".replace("\n", "#BR#"),
        f">>It burns.\n// {SECRET}",
        f">> It burns.\n>>And smokes.\n\n// {SECRET}",
        f"&gt;&gt;It burns.\n// {SECRET}",
        f"[DISK FILE ID=n5001]\n// {SECRET}",
        f"[ICON=/smile.png size=20]\u200b // {SECRET}",
        f"[QUOTE]It burns.[/QUOTE]\n[USER=13]Anna[/USER], #INTERNAL {SECRET}",
        f"[COLOR=red][USER=13]Anna[/USER],[/COLOR] \u2060// {SECRET}",
    ],
)
@pytest.mark.parametrize("source", Source)
def test_a_mark_counts_after_what_bitrix24_puts_in_front(text, source):
    """Mentions, quotes, replies, blanks and tags do not publish what follows."""
    assert Voice.INTERNAL is voice(written(text, source=source), RULES)


@pytest.mark.parametrize(
    "text",
    [
        "[USER=13]Anna[/USER], see https://example.com/a//b",
        "[USER=13]Anna[/USER], yes // no",
        "[USER=13]Anna[/USER], https://example.com",
        "[QUOTE]It burns.[/QUOTE]\nYes // no",
        "[QUOTE]It burns.[/QUOTE]\nhttps://example.com",
        f"{CHAT_QUOTE}Done, see //server/share",
        ">>It burns.\nNot any more.",
        "[URL=https://example.com]Manual[/URL] // page 3",
        "https://example.com // page 3",
        "[IMG]https://example.com/a.png[/IMG] Like this // or that",
        "Path: //server/share",
        f"{RULE}\nOnly a line above",
        "> 5 is more than 4",
        "@home everything works // really",
    ],
)
@pytest.mark.parametrize("source", Source)
def test_what_is_public_stays_public(text, source):
    """A mark in the middle, an address or a line is no reason to hold words back."""
    assert Voice.STAFF is last(text, source=source).voice
    assert text == last(text, source=source).text


QUOTES = [
    "[QUOTE]// {0}[/QUOTE]\n{1}",
    "[QUOTE]{0}[/QUOTE]\n{1}",
    "[QUOTE]Klaus Weber wrote:\n// {0}[/QUOTE] {1}",
    "[QUOTE=Klaus][USER=3]Klaus[/USER]\n[P]// {0}[/P][/QUOTE]\n{1}",
    "{1}\n[QUOTE]Before\n[QUOTE]// {0}[/QUOTE]\nafter[/QUOTE]",
    "{1}\n[QUOTE]// {0}",
    RULE + "\nKlaus Weber [10:35] #chat58/1\n{0}\n" + RULE + "\n{1}",
    RULE + "\nKlaus Weber [10:35]\n// {0}\n" + RULE + "\n{1}",
    ">>// {0}\n{1}",
    ">>Klaus Weber:\n>>{0}\n{1}",
    "&gt;&gt;// {0}\n{1}",
    "{1}\n// {0}",
    "[USER=13]Anna[/USER], {1}\n[QUOTE]// {0}[/QUOTE]",
]


@pytest.mark.parametrize("form", QUOTES)
@pytest.mark.parametrize("source", Source)
def test_an_internal_message_is_not_quoted_to_customers(form, source):
    """A message that quotes it waits for a person; released, it lacks the quote."""
    talk = (f"// {SECRET}", form.format(SECRET, "Please try again."))
    held = picture(*talk, source=source)
    rules = replace(RULES, rulings={held.messages[1].key: "staff"})
    released = picture(*talk, source=source, rules=rules, before=all_told(held))

    assert [Voice.INTERNAL, Voice.DOUBTFUL] == [m.voice for m in held.messages]
    assert Voice.STAFF is released.messages[1].voice
    assert SECRET not in released.messages[1].text
    assert "Please try again." in released.messages[1].text
    assert SECRET in released.messages[1].as_written


@pytest.mark.parametrize(
    "form", [form for form in QUOTES if "// " in form and form != "{1}\n// {0}"]
)
def test_it_needs_not_to_be_known(form):
    """A quote that starts with a mark is internal, whoever wrote it and wherever."""
    text = form.format(SECRET, "Please try again.")

    assert Voice.DOUBTFUL is last(text).voice


@pytest.mark.parametrize(
    ("to", "rulings", "expected"),
    [(1, {}, Voice.DOUBTFUL), (1, "staff", Voice.STAFF), (2, {}, Voice.STAFF)],
)
def test_who_answers_an_internal_message_may_mean_staff(to, rulings, expected):
    """Pressing Reply in a chat quotes nothing, and says whom one answers."""
    answer = replace(written("Yes, that is true.", 3), answers=to)
    chat = (written(f"// {SECRET}", 1), written("We look.", 2), answer)
    rules = replace(RULES, rulings={answer.key: rulings} if rulings else {})
    now = to_picture(Look(ticket(messages=()), chat=chat), None, rules)

    assert expected is now.messages[-1].voice


@pytest.mark.parametrize("source", Source)
def test_what_was_said_to_the_customer_may_be_quoted(source):
    """Quotes of customers and of public answers stay, comments in code too."""
    code = "// main\nint x;"
    talk = (
        (customer_line("Anna") + f"It burns.\n{code}", US),
        "Is it plugged in?",
        f"[QUOTE]It burns.\n{code}[/QUOTE]\n[QUOTE]Is it plugged in?[/QUOTE]\nWell?",
    )

    assert Voice.STAFF is last(*talk, source=source).voice
    assert talk[2] == last(*talk, source=source).text


@pytest.mark.parametrize(
    "text",
    [
        f"Klaus Weber, // {SECRET}",
        f"[B]Klaus Weber[/B], // {SECRET}",
        f"klaus: #internal {SECRET}",
        f"Klaus Weber\n// {SECRET}",
        f"Hello\n[QUOTE]It burns.[/QUOTE]\n// {SECRET}",
        f"{RULE}\nKlaus Weber [10:35]\nIt burns.\n// {SECRET}",
        f">>It burns.\nand smokes\n// {SECRET}",
    ],
)
def test_a_mark_that_may_be_meant_waits_for_a_person(text):
    """After the name of somebody of the ticket, or a quote that nobody closed."""
    assert Voice.DOUBTFUL is last("It burns.", text).voice


def test_a_told_message_is_not_taken_back_but_its_quote_is():
    """After an update nothing is held of what customers know; secrets go at once."""
    talk = (f"// {SECRET}", f"[QUOTE]// {SECRET}[/QUOTE]\nPlease try again.")
    held = picture(*talk)
    told = replace(
        held,
        messages=tuple(
            replace(m, voice=Voice.STAFF, told=True) if m.key.id == 2 else m
            for m in held.messages
        ),
    )

    now = last(*talk, before=told)

    assert (Voice.STAFF, True) == (now.voice, now.told)
    assert "Please try again." == now.text


def test_history_waits_for_nobody():
    """What was there before us and is doubtful is not shown, and nobody is asked."""
    rules = replace(RULES, age=Age(whole=True))

    assert Voice.REMARK is last(f"[QUOTE]// {SECRET}[/QUOTE] Yes.", rules=rules).voice


def test_who_publishes_by_a_mark_has_decided():
    """The quote is left out all the same."""
    now = last(f"// {SECRET}", f"#public Try again.\n[QUOTE]// {SECRET}[/QUOTE]")

    assert (Voice.STAFF, "Try again.") == (now.voice, now.text)


def test_unmarked_messages_are_internal_where_marks_publish():
    """They are not quoted either."""
    rules = replace(RULES, shown="marked")
    now = last(SECRET, f"#public Done.\n[QUOTE]{SECRET}[/QUOTE]", rules=rules)

    assert (Voice.STAFF, "Done.") == (now.voice, now.text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("[USER=13]Anna[/USER], #public Hello", "[USER=13]Anna[/USER], Hello"),
        ("[QUOTE]It burns.[/QUOTE]\n#public Hello", "[QUOTE]It burns.[/QUOTE]\nHello"),
    ],
)
def test_a_public_mark_counts_there_too(text, plain):
    """A person who presses Reply and publishes types the mark after a mention."""
    assert plain == without_mark(text, ("#public",))


@given(
    st.lists(
        st.sampled_from(
            [
                "[QUOTE]", "[/QUOTE]", "[B]", "[/B]", "[USER=1]", "[/USER]", ">>", "\n",
                RULE, "// x", "#public", "a", ",", " ", "@a", "[DISK FILE ID=n1]",
            ]
        ),
        max_size=30,
    )
)  # fmt: skip
def test_any_mixture_is_judged(parts):
    """No text breaks the judgement, and no mark in front of everything is lost."""
    text = "".join(parts)

    assert last("// " + SECRET, text).voice in Voice
    assert Voice.INTERNAL is last("// " + text).voice


@pytest.mark.parametrize(
    "part", ["[QUOTE]", ">>\n", RULE + "\n", "[USER=1]a[/USER],", "@a "]
)
def test_long_openings_of_any_kind_cost_no_time(part):
    """Whatever is put in front ten thousand times is judged at once."""
    assert last(part * 10_000 + "// x", "ok").voice
