"""Whatever reads strangers' text takes twice as long for twice as much of it.

The table names what meets text from outside; patterns find themselves in
`test_patterns_are_linear`.
"""

import time
import unicodedata
from contextlib import suppress
from dataclasses import replace

import pytest
from aiohttp.test_utils import make_mocked_request

from ticket24 import markup
from ticket24.bitrix.events import event as events
from ticket24.bitrix.events import frame_posts as frames
from ticket24.bitrix.events import installations

# ruff: noqa: SLF001  What reads first is mostly private.
from ticket24.bitrix.files import downloading
from ticket24.bitrix.rest import errors
from ticket24.domain import lines, words
from ticket24.domain.accounts import persons
from ticket24.domain.commands import files, forms
from ticket24.domain.customers import logins, mailboxes
from ticket24.domain.messages import remarks, signatures, voices
from ticket24.domain.portal import lists
from ticket24.domain.portal.searching import Searched, found_in, wanted_in
from ticket24.domain.settings import form
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.reading import fields, rulebook
from ticket24.domain.tickets import descriptions
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.settings import directory
from ticket24.mail import envelope
from ticket24.markup import links
from ticket24.portal import cookies
from ticket24.portal.display import listing
from ticket24.site import bodies
from ticket24.staff import parts
from ticket24.store.commands import spool
from ticket24.telemetry import logs

SMALL, LARGE = 1_000, 64_000
GROWTH = LARGE // SMALL

RUNS = (
    *("a", "0", " ", "\n", "\t", "\r\n", "\u0301", "\u0316\u0301", "e\u0301", "\u200b"),
    *("[b]", "[/b]", "[quote]", "[url=", "[url=http://a]", "[list][*]", "[table][tr]"),
    *("[code]", "[b][i]", "[user=1]a[/user]", "[", "]", "\n>>", "------\n", "\n--\n"),
    *("a,", "a@b.c,", ",", ";", '"', ";a", '";', "a=;", "%", "%41", "a=b&", "a[b]"),
    *("\ud800", "\u202e", "/", "\\", ".", "a.", "<", "<b>", "&amp;", "&#9", "ß", "ﷺ"),
    *("가", "http://a ", "https://", "@", "//", "#a", "x\u2060", "token=", '"token":'),
    *("[URL=/go/0123456789abcdef", "\n> Open in Ticket24", "\nCc: "),
    *("a:", "://a:", "ticket24 · a\n", "--\nCc: ", "[[", "]]", "xn--a.", "$result["),
    *("`", "`a ", "(`a", "(`a\n", "```a", "```\n", "x```a\n", "` ``a ``` ````"),
)

_SETTINGS = AccountSettings(company_name="Acme")
SEARCHED = Searched(TicketRef("acme", 1), "", "", "")


def _headers(name):
    def request(text):
        value = text.encode(errors="replace").decode()
        return make_mocked_request("GET", "/", headers={name: value})

    return request


def _form(text):
    names = (
        *(*form.LINES, *form.WORD_LISTS, "departments.0.name"),
        *("working_hours.days.mon", "working_hours.closed", "automation.flag.a"),
        "working_hours.holidays",
    )
    typed = form.typed([(name, text) for name in names])
    return rulebook.read_form(typed, _SETTINGS)


def _event(text):
    raw = text.encode(errors="replace")
    ends = b"]=1&auth[member_id]=1&auth[application_token]=2"
    with suppress(events.BadEvent):
        events.parse(raw)
    with suppress(events.BadEvent):
        events.parse(b"event=ONX&data[A" + raw + ends)


READERS = {
    "pages: BBCode to HTML": markup.to_html,
    "pages: BBCode to text": markup.to_text,
    "pages: addresses of links": links.safe_address,
    "pages: one line": lines.one_line,
    "lists: search": lambda text: found_in(
        {1: replace(SEARCHED, description=text, subject=text).text},
        wanted_in(text[:200]),
    ),
    "lists: their address": lambda text: listing.wish_of(
        dict.fromkeys(listing._NAMES, text)
    ),
    "tasks: description": lambda text: descriptions.parse_bbcode(
        "[B]Anna[/B] · ticket24\n" + text
    ),
    "tasks: harmless words": descriptions.harmless,
    "tasks: code": descriptions.as_bbcode,
    "tasks: description written": lambda text: descriptions.compose(
        text, text, [text], "m"
    ),
    "tasks: who speaks": voices.split_customer_line,
    "tasks: quoted signatures": lambda text: signatures.without(f"{text} ticket24"),
    "tasks: marks": lambda text: voices.without_mark(text, ["//", "#public"]),
    "tasks: inside words": lambda text: voices.internal(text, ("//", "#internal")),
    "tasks: remarks": remarks.recognise,
    "forms: new ticket": lambda text: forms.read_new_ticket(
        dict.fromkeys(("subject", "text", "cc", "department", "priority"), text),
        _SETTINGS,
    ),
    "forms: copies": lambda text: forms.read_copies(text, []),
    "forms: names of files": files.file_name,
    "forms: programs": files.is_program,
    "forms: types of files": spool._clean_type,
    "forms: types of bodies": lambda text: bodies.media_type({"Content-Type": text}),
    "forms: colours": fields.colour,
    "forms: settings": _form,
    "forms: persons": lambda text: persons.read(
        {"name": text, "phone": text, "email": text}
    ),
    "addresses: equal": mailboxes.fold,
    "addresses: plausible": mailboxes.plausible,
    "addresses: mailbox": mailboxes.mailbox,
    "addresses: spellings": mailboxes.spellings,
    "sign-in: passwords": logins.normal,
    "sign-in: client": lambda text: logins.client_address("192.0.2.1", text, 2),
    "sign-in: cookies": lambda text: cookies.language(_headers("Cookie")(text)),
    "events": _event,
    "installations": lambda text: installations.parse_installation(
        text.encode(errors="replace")
    ),
    "frames: host": lambda text: frames.parse(
        {"DOMAIN": text}, {"AUTH_ID": "a", "member_id": "b"}
    ),
    "frames: options": lambda text: frames.parse(
        {}, {"AUTH_ID": "a", "member_id": "b", "PLACEMENT_OPTIONS": text}
    ),
    "frames: language": lambda text: parts.language_of(
        _headers("Accept-Language")(text)
    ),
    "staff: search": directory._typed,
    "words: compared": words.folded,
    "words: searched": words.sought,
    "words: numbers": lists.numbers_in,
    "Bitrix24: words of errors": errors._line,
    "Bitrix24: types of files": downloading.media_type,
    "mails: a line of the head": lambda text: lines.shortened(text, 200),
    "mails: text": envelope.tidy,
    "log": lambda text: logs.redact(None, "", {"event": text, "data": {text: text}}),
}


def seconds(read, text, tries):
    best = float("inf")
    for _ in range(tries):
        begun = time.thread_time()
        with suppress(ValueError, TypeError, LookupError):
            read(text)
        best = min(best, time.thread_time() - begun)
        if best < 0.002:
            break
    return best


@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
def test_reading_grows_with_the_text_alone(read):
    """64,000 characters take 64 times as long as 1,000 of the same, and some slack."""
    seconds(read, "warm", 1)
    small = {run: seconds(read, run * (SMALL // len(run)), 2) for run in RUNS}

    assert max(small.values()) < 1.0
    for run in sorted(RUNS, key=small.__getitem__)[-2:]:
        most = max(0.5, 8 * GROWTH * small[run])

        # A machine at work is slow at times, what grows too fast is slow each time.
        assert any(
            seconds(read, run * (LARGE // len(run)), 1) < most for _ in range(3)
        ), run


def test_what_is_left_out_of_a_line_is_what_unicode_says():
    """Controls become blanks; whatever only formats is gone, except two joiners."""
    kinds = {}
    for code in range(0x110000):
        kinds.setdefault(unicodedata.category(chr(code)), []).append(chr(code))
    formats = [one for one in kinds.pop("Cf") if one not in "\u200c\u200d"]
    breaks = [*kinds.pop("Cc"), *kinds.pop("Zl"), *kinds.pop("Zp"), *kinds.pop("Zs")]

    assert [] == [one for one in formats if "ab" != lines.one_line(f"a{one}b")]
    assert [] == [one for one in breaks if "a b" != lines.one_line(f"a{one}b")]
    assert "ab" == lines.one_line(f"a{''.join(kinds.pop('Cs'))}b")
    for kind, every in kinds.items():
        gone = set(every) - set(lines.one_line("".join(every)))
        assert set() == gone if kind != "Cn" else len(gone) < 20


@pytest.mark.parametrize(
    "cc",
    [
        ",".join(f"a{number}@b.example" for number in range(80_000)),
        "\u0316\u0301" * 150_000,
        ",".join(["A@b.example", "a@b.example"] * 40_000) + "x",
        "a" * 300_000 + "@b.example",
        "," * 500_000,
    ],
    ids=["many", "marks", "the same", "long", "empty"],
)
def test_copies_are_counted_before_they_are_read(cc):
    """One sentence answers whatever is too much, at once."""
    found = []
    begun = time.thread_time()
    copies = forms.read_copies(cc, found)

    assert time.thread_time() - begun < 0.5
    assert () == copies
    assert [forms.Fault("cc", forms.Wrong.ADDRESSES)] == found


@pytest.mark.parametrize("character", ["a", "\u200b", "\u0301", "\n", "\x01", "ﷺ"])
def test_fields_that_are_far_too_long_are_answered_at_once(character):
    """Fields filled to the limit of a form cost no noticeable work."""
    text = character * 150_000
    begun = time.thread_time()
    _, faults = forms.read_new_ticket(
        {"department": text, "subject": text, "text": text, "cc": text}, _SETTINGS
    )
    persons.read({"name": text, "phone": text, "email": text})
    _form(text)

    assert time.thread_time() - begun < 2.0
    assert {"subject", "cc", "text"} <= {fault.field for fault in faults}


def test_lists_of_settings_are_read_as_far_as_they_may_go():
    """Ten thousand words are as many faults as a page can show."""
    many = "\n".join(f"{'w' * 70}{number}" for number in range(10_000))

    _, faults = _form(many)

    assert len(faults) < 700
