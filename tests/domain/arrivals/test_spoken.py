"""Of a mail stays what its writer said, whatever it quotes."""

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_programs import PROGRAMS, Parts
from replies import LANGUAGES, original, repeated_in, replies, ticket_of, words_of

from ticket24.domain.arrivals.bare_words import bare
from ticket24.domain.arrivals.endings import ending
from ticket24.domain.arrivals.likeness import our_words
from ticket24.domain.arrivals.spoken import Spoken, spoken_in
from ticket24.mail.arriving.reading import read

MAIL = """Hello Mary,

Ana Silva replied to your ticket.

Ticket #51: Printer
Status: In progress

Is it printing again? Please answer with yes or no.

Which toner do you use?

View ticket: https://help.example.com/p/acme/tickets/51

--
Acme Support
You’re receiving this because you’re the contact for ticket #51.
"""
FRAME = [MAIL[: MAIL.index("Is it")], MAIL[MAIL.index("View") :]]
OURS = our_words([MAIL, "Is it printing again? Please answer with yes or no."], FRAME)
NAMES = ["Acme Support", "support@acme.example", "Mary Stone"]
_SAMPLES = Path(__file__).parents[2] / "samples"
OPENINGS = tomllib.loads((_SAMPLES / "openings.toml").read_text())["openings"]


def _new(text, **more):
    return spoken_in(text, OURS, names=NAMES, **more).text


def _quoted(text=MAIL):
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _lines(text):
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def _quick(seconds, call):
    """Whether it takes less of the processor; neighbours may disturb it twice."""

    def took():
        begun = time.process_time()
        call()
        return time.process_time() - begun

    return any(took() < seconds for _ in range(3))


def test_the_corpus_is_large():
    """There are hundreds of replies in six languages, and no two have one name."""
    assert 402 <= len({one.name for one in replies()}) == len(replies())


@pytest.mark.parametrize("language", ["en", "de", "pt", "es", "fr", "pl"])
def test_of_a_reply_stays_what_its_writer_said(language):
    """In no reply a line of the customer is lost, and none of ours is left.

    Answers between our lines leave these there as quotations.
    """
    for reply in replies():
        if not reply.name.startswith(language):
            continue
        spoken = spoken_in(
            read(reply.raw).text, reply.repeated.ours, names=reply.repeated.names
        )
        lines = _lines(spoken.text)
        if reply.between:
            assert any(line.startswith(">") for line in lines)
            lines = [line for line in lines if not line.startswith(">")]
        assert _lines(reply.said) == lines, reply.name


@pytest.mark.parametrize("program", OPENINGS)
@pytest.mark.parametrize("marks", [True, False])
def test_an_opening_of_any_program_goes_with_what_is_quoted(program, marks):
    """In whatever language and with whatever signs around it."""
    opening, quote = OPENINGS[program], _quoted() if marks else MAIL

    spoken = spoken_in(f"Yes.\n\n{opening}\n\n{quote}", OURS, names=NAMES)

    assert "Yes." == spoken.text
    assert _lines(opening)[0] in _lines(spoken.cut)


@pytest.mark.parametrize(
    "line",
    [
        "--- Mary Stone 30.11.2026 12:20 ---",
        "--- My list, in short words ---",
        "I have two from 2026:",
        ">>> help(30) >>>",
        "The log ---12:20:01--- says this:",
    ],
)
def test_what_only_looks_like_an_opening_stays(line):
    """Above words of ours that are quoted."""
    names = [one for one in NAMES if "Mary" not in one]

    assert line in spoken_in(f"{line}\n{_quoted()}", OURS, names=names).text


@pytest.mark.parametrize("sign", ["> ", ">", "| ", "AS> ", "» ", ">\xa0", ">> "])
def test_a_mark_of_any_program_marks_what_is_quoted(sign):
    """Also at lines in which nothing is."""
    opening = "On 30 Nov 2026 at 12:20 Acme Support wrote:"
    quote = "\n".join(f"{sign}{line}" for line in MAIL.split("\n"))

    assert "Yes." == _new(f"Yes.\n\n{opening}\n{quote}")
    assert "»Drucker« geht nicht." in _new(f"»Drucker« geht nicht.\n\n{quote}")


def test_what_is_cut_is_kept_for_a_look():
    """All that a mail held is either said or cut."""
    text = f"Yes.\n\nOn 30 Nov 2026 at 12:20 Acme Support wrote:\n{_quoted()}"

    spoken = spoken_in(text, OURS, names=NAMES)

    assert "Yes." == spoken.text
    assert _lines(text)[1:] == _lines(spoken.cut)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "> my own\n> wishes",
        "Von: Berlin\nAn: Hamburg\nGesendet: 12. Dezember 2026 12:20",
        MAIL.split("\n\n")[3],  # Our sentence, said again, unmarked.
        "I said: Is it printing again? Please answer with yes or no.",
        "-----\nlog\n----- end -----",
        "On 30 Nov 2026 at 12:20 Acme Support wrote:\nsomething that we never wrote",
        "Hello Mary,",
        "Status: In progress",
        ">" * 500,
    ],
)
def test_where_nothing_of_ours_is_quoted_nothing_is_cut(text):
    """What only looks like a quote, or is said again unmarked, stays whole."""
    assert Spoken(text) == spoken_in(text, OURS, names=NAMES)


@pytest.mark.parametrize(
    "above", ["Yes.", "Von: Berlin\nAn: Hamburg", "----- end -----"]
)
@pytest.mark.parametrize(
    "opening",
    [
        "On 30 Nov 2026 at 12:20 Acme Support <support@acme.example> wrote:",
        (
            "From: Acme Support <support@acme.example>\nSent: 30 November 2026 12:20\n"
            "To: Mary Stone\nSubject: Printer"
        ),
        (
            "________________________________\nVon: Acme Support\n"
            "Gesendet: Montag, 30. November 2026 12:20\nAn: Mary Stone\nBetreff: x"
        ),
    ],
)
def test_words_directly_above_an_opening_stay(above, opening):
    """The customer's own lines, without an empty one below them, are his."""
    for quote in (MAIL, _quoted()):
        assert above == _new(f"{above}\n{opening}\n{quote}")


@pytest.mark.parametrize(
    "answer", ["no", "No.", "yes", "Hello Mary,", ":-)", "👍", "-5 °C"]
)
@pytest.mark.parametrize("marks", [True, False])
def test_a_short_answer_between_our_lines_stays(answer, marks):
    """Even an answer that repeats the end of our line is not taken for ours."""
    opening = "On 30 Nov 2026 at 12:20 Acme Support <support@acme.example> wrote:"
    before, after = MAIL.split("\nWhich")
    before, after = before.rstrip(), f"Which{after}"
    if marks:
        before, after = _quoted(before), _quoted(after)

    assert answer in _new(f"{opening}\n{before}\n{answer}\n{after}").split("\n")


@pytest.mark.parametrize(
    "link",
    [
        (
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fhelp.example."
            "com%2Fp%2Facme%2Ftickets%2F51&data=05%7C01"
        ),
        "https://urldefense.com/v3/__https://help.example.com/p/acme/tickets/51__;!!x$",
        (
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__help.example.com_p_acme_"
            "tickets_51&d=Dw"
        ),
        (
            "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fhelp.example.com%2fp%2facme%2f"
            "tickets%2f51&c=E"
        ),
        "https://protect-eu.mimecast.com/s/AbCdEf",
        "https://help.example.com/p/acme/tickets/51 <https://help.example.com/p/acme/tickets/51>",
    ],
)
def test_links_that_a_filter_rewrote_are_ours(link):
    """A protected link in a quote keeps nothing of it."""
    quote = MAIL.replace("https://help.example.com/p/acme/tickets/51", link)

    assert "Yes." == _new(f"Yes.\n\n{_quoted(quote)}")


def test_a_token_of_another_mail_of_ours_is_ours_too():
    """Links to leave, or to read, have other tokens in each mail: they are quoted."""
    frame = "Stop these emails: https://help.example.com/p/acme/unfollow/51-{}\n"
    ours = our_words([MAIL + frame.format("a" * 32)], [*FRAME, frame.format("a" * 32)])
    quote = _quoted(MAIL + frame.format("b" * 32))

    assert "Yes." == spoken_in(f"Yes.\n\n{quote}", ours, names=NAMES).text


def test_a_link_of_the_customer_stays():
    """A link that is not ours stays, also between our lines."""
    quote = _quoted().replace("> Which", "https://example.org/photo\n> Which")

    assert "https://example.org/photo" in _new(f"{quote}\n").split("\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Call me.\n\n-- \nMary\nExample Ltd.", "Call me."),
        ("Call me.\n--\nMary", "Call me.\n--\nMary"),
        ("-- \nMary", "-- \nMary"),
        (
            "SQL:\n-- \n" + "SELECT 1;\n" * 20,
            "SQL:\n-- \n" + "SELECT 1;\n" * 19 + "SELECT 1;",
        ),
        ("Call me.\n\nKind regards\nMary", "Call me."),
        ("Kind regards\nMary", "Kind regards\nMary"),
        ("Is there any news?\n\nKind regards\nMary", "Is there any news?"),
    ],
)
def test_a_signature_is_one_by_its_sign_or_by_habit(text, said):
    """Below `-- `, or what ended two earlier mails alike; something is always left."""
    earlier = [f"{one}\n\nIs there any news?\n\nKind regards\nMary" for one in "ab"]

    assert said == _new(text, earlier=earlier)


SIGNATURE = "Kind regards\nMary Stone\n\nExample Ltd.\n+44 20 7946 0958"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"It squeaks.\n\n{SIGNATURE}", "It squeaks."),
        (f"No\n\n{SIGNATURE}", "No"),
        (SIGNATURE, "Kind regards\nMary Stone"),
        # With no empty line above it, only from where it greets.
        (f"It squeaks.\n{SIGNATURE}", "It squeaks."),
        (
            "It squeaks.\nMary Stone\n\nExample Ltd.\n+44 20 7946 0958",
            "It squeaks.\nMary Stone",
        ),
        ("You asked whether it works.\n\nNo", "You asked whether it works.\n\nNo"),
        ("Anything else?\n\nExample Ltd.", "Anything else?\n\nExample Ltd."),
    ],
)
def test_a_signature_is_known_from_other_tickets(text, said):
    """From the endings of two mails; an answer that somebody gave before stays."""
    once = [ending(SIGNATURE.split("\n"))]
    answers = [ending(["Printing?", "", "No"]), ending(["Really?", "", "No"])]

    for seen in ([*once * 2, *answers], [*answers, *once * 3]):
        spoken = spoken_in(text, OURS, names=NAMES, seen=seen)
        assert said == spoken.text
        assert text.replace("\n", "").startswith(said.replace("\n", ""))
        assert spoken.ending == ending(text.split("\n"))
    assert text == _new(text, seen=once)
    # What is in the ticket is not counted once more.
    assert text == _new(text, seen=once, earlier=[SIGNATURE])


_PARAGRAPHS = st.lists(
    st.sampled_from(["No", "Yes, it does.", "Mary Stone\nCEO", "+49 30 901820", ""]),
    max_size=6,
).map("\n\n".join)


@given(_PARAGRAPHS, _PARAGRAPHS)
def test_never_is_more_cut_than_an_ending(text, earlier):
    """Something stays of what says something, and it is how the mail begins."""
    seen = [ending(earlier.split("\n"))] * 3

    said = _new(text, seen=seen)

    assert _lines(said) == _lines(text)[: len(_lines(said))]
    assert bool(said.strip()) == bool(text.strip())


_WORDS = st.text(st.sampled_from("aä1 .>-:\n|_👍\t*"), max_size=40) | st.lists(
    st.sampled_from(
        [*MAIL.split("\n"), *MAIL.split(), "yes", "no", "On Monday Acme wrote:", "> no"]
    ),
    max_size=4,
).map("\n".join)


@settings(max_examples=60, deadline=None)
@given(
    answer=_WORDS,
    number=st.integers(0, len(PROGRAMS) - 1),
    language=st.sampled_from(["en", "de", "pl"]),
)
def test_no_words_above_a_quote_are_lost(answer, number, language):
    """Whatever the customer writes above whatever a program quotes: it stays."""
    answer = "\n".join(line.rstrip() for line in answer.split("\n")).strip("\n")
    mail = PROGRAMS[number](answer, original(language, 0), words_of(language))
    ours = repeated_in(language)
    text = read(mail.raw("From: a@example.org")).text

    spoken = spoken_in(text, ours.ours, names=ours.names)

    below = spoken.cut if "--" in answer else ""  # It ends in a signature.
    lines = iter(_lines(f"{spoken.text}\n{below}"))
    assert all(line in lines for line in _lines(answer) if set(line) - set("->|_* "))


_REPEATS = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 9)), min_size=1)


@settings(max_examples=60, deadline=None)
@given(_REPEATS, st.integers(0, len(PROGRAMS) - 1), st.sampled_from(LANGUAGES))
def test_no_words_of_ours_that_somebody_repeats_are_lost(chosen, number, language):
    """Our words are the customer's own where nothing says that they are quoted."""
    words = words_of(language)
    said = [words[one] for one in ("asked", "answered", "again", "answered_again")]
    lines = [one for text in said for one in text.split("\n") if one.strip()]
    frames = [
        f"Ticket #51: {ticket_of(language).subject}",
        *("Acme Support:", "Status: open", "-----", "_________", "Hello,", "E-52"),
        *(f"{words['labels']['from']}: Berlin", "> or two", words["inline"][0]),
    ]
    sources = lines, frames, [one.upper() for one in lines]
    picked = [sources[kind % 3][at % len(sources[kind % 3])] for at, kind in chosen]
    answer = "\n".join(["Look:", *picked[:6], "That is all."])
    mail = PROGRAMS[number](answer, original(language, 0), words)
    ours = repeated_in(language)
    text = read(mail.raw("From: a@example.org")).text

    spoken = spoken_in(text, ours.ours, names=ours.names)

    have = f" {' '.join(bare(spoken.text))} "
    lines = [" ".join(bare(line)) for line in answer.split("\n")]
    assert all(f" {line} " in have for line in lines if line)


_ANSWERS = st.lists(
    st.text(st.sampled_from("abc ä1?!"), min_size=1, max_size=12)
    | st.sampled_from(
        ["Yes.", "no", ":-)", "👍", "E-52", "n/a", "The blue one", "-> ok"]
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(
    answers=_ANSWERS,
    places=st.lists(st.integers(0, 30), min_size=4, max_size=4),
    marks=st.booleans(),
    language=st.sampled_from(["en", "de", "fr"]),
)
def test_no_answers_between_our_lines_are_lost(answers, places, marks, language):
    """Wherever a customer writes into our mail, marked or not: it stays."""
    mail, ours = original(language, 0), repeated_in(language)
    lines = _quoted(mail.text).split("\n") if marks else mail.text.split("\n")
    for answer, place in zip(answers, sorted(places, reverse=True), strict=False):
        lines.insert(place % len(lines), answer.strip())
    text = "\n".join(["On 30 Nov 2026 at 12:20 Acme Support wrote:", *lines])

    spoken = spoken_in(text, ours.ours, names=ours.names)

    said = _lines(spoken.text)
    assert not {line for answer in answers for line in _lines(answer)} - set(said)


@pytest.mark.parametrize(
    "warning",
    [
        "CAUTION: This email originated from outside. Do not click links.",
        "EXTERN",
        "> [Esta é uma mensagem externa]",
    ],
)
def test_a_warning_of_a_gateway_hides_no_opening(warning):
    """Foreign lines above our words in a quote stay; the opening above them goes."""
    opening = (
        "From: Acme Support <support@acme.example>\nSent: 30 November 2026 12:20\n"
        "To: Mary Stone\nSubject: Printer"
    )

    assert ["Yes.", warning] == _lines(
        _new(f"Yes.\n\n{opening}\n\n{warning}\n\n{MAIL}")
    )


@pytest.mark.parametrize("mark", ["| ", "AS> ", ">", ">> ", ": ", "} ", "# ", "% "])
def test_other_marks_are_marks_too(mark):
    """Bars, initials and whatever else mark quoted lines in some programs."""
    quote = "\n".join(f"{mark}{line}".rstrip() for line in MAIL.split("\n"))

    assert "Yes." == _new(
        f"Yes.\n\nOn 30 Nov 2026 at 12:20 Acme Support wrote:\n{quote}"
    )


def test_answers_between_lines_with_an_odd_mark_stand_below_them():
    """Only what is ours makes a sign a mark: code and lists stay as they are."""
    asked = ["Please answer with yes or no.", "Which toner do you use?"]
    code = ["} else {", "}", "# comment", ": label", "% of it"]
    answers = [f": {asked[0]}", "Yes.", f": {asked[1]}", "HP 12.", *code[:3]]

    assert [f"> {asked[0]}", "Yes.", f"> {asked[1]}", "HP 12.", *code[:3]] == _lines(
        _new("\n".join(answers))
    )
    assert code == _lines(_new("\n".join([*code, MAIL])))


@pytest.mark.parametrize(
    "text",
    [
        ">\n" * 128_000,
        "> " * 128_000,
        ": Which toner do you use?\n" * 9_800,
        ":}#%] x\n}\n# a\n" * 17_000,
        " " * 256_000,
        "Is it printing again? Please answer with yes or no.\n" * 4_900,
        "> Which toner do you use?\n" * 9_800,
        "Hello Mary,\n" * 21_000,
        "On 30 Nov 2026 at 12:20 Acme Support wrote:\n" * 5_800,
        "From: Acme Support\n" * 13_000,
        "-- \n" * 64_000,
        "yes " * 64_000,
        "x" * 256_000,
        "[image:" * 36_000,
        "https://a.example/" * 14_000,
        "\u034f\u200c" * 128_000,
    ],
)
def test_long_texts_take_no_time(text):
    """256 kB of anything, with our mail below it, are compared at once."""
    whole = f"{text[:256_000]}\n\nOn 30 Nov 2026 at 12:20 Acme wrote:\n{_quoted()}"

    assert _quick(0.4, lambda: spoken_in(whole, OURS, names=NAMES))


def test_reading_a_long_text_takes_little_time():
    """Reading and comparing a plain mail of 256 kB takes less than 0.2 s of CPU."""
    line = (
        b"The printer prints blank pages only, since this morning at nine o'clock.\r\n"
    )
    raw = Parts("x").raw("From: a@example.org").replace(b"x\r\n", line * 3_400)

    assert _quick(0.2, lambda: spoken_in(read(raw).text, OURS, names=NAMES))
