"""The kept parts of pages take no more memory than allowed, whoever wrote them."""

import tracemalloc
from dataclasses import dataclass

import pytest
from examples import NOON
from markupsafe import Markup

from ticket24.portal.display.signs import moment
from ticket24.portal.templating import templates
from ticket24.site import templating
from ticket24.site.remembering import Remembered, weight

MOST = 250_000
SAFE = "&lt;b&gt;Ann&lt;/b&gt;"


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    files: tuple[str, ...] = ()


@pytest.fixture
def parts():
    """The kept parts of pages, still empty, with room for 250 kB."""
    return Remembered(MOST)


HOSTILE = {
    "long": (lambda n: f"{n} " + "x" * 6_000, str),
    "grows": (lambda n: f"{n} " + "<" * 3_000, lambda text: text.replace("<", "&lt;")),
    "nothing left": (lambda n: f"{n} " + "\u2060" * 6_000, lambda _: ""),
    "wide letters": (lambda n: f"{n} " + "🔥" * 3_000, str),
    "short": (str, str),
}


@pytest.mark.parametrize("words", HOSTILE)
def test_texts_take_no_more_than_they_may(parts, monkeypatch, words):
    """However strangers write, the memory that is really taken stays bounded."""
    text, rendered = HOSTILE[words]
    monkeypatch.setattr(templating, "to_html", rendered)
    count = 2_000 if words == "short" else 100

    tracemalloc.start()
    try:
        for number in range(count):
            templating.html(text(number), parts=parts)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert MOST / 3 < parts.bytes <= MOST
    assert taken < 1.4 * MOST


def test_a_name_is_escaped_that_was_html_before():
    """What somebody typed may equal HTML of ours that was put there, and is text."""
    say = templates("en").globals["_"]
    words = "New reply from %(name)s"

    for name, expected in ((Markup("<b>Ann</b>"), "<b>Ann</b>"), ("<b>Ann</b>", SAFE)):
        assert f"New reply from {expected}" == say(words, name=name)
        assert f"New reply from {expected}" == say(words, name=name)


def test_how_long_ago_something_was_goes_on():
    """The same message, shown again later: its words are those of then."""
    said = [
        moment(NOON, "en", NOON.timestamp() + later, "UTC")
        for later in (0, 59, 60, 7_300)
    ]

    assert ["just now", "just now", "1 minute ago", "2 hours ago"] == [
        one.partition(">")[2].removesuffix("</time>") for one in said
    ]
    assert len({one.partition(">")[0] for one in said}) == 1


def test_what_is_used_stays():
    """What nobody asks for makes room; what takes half of it is never kept."""
    kept = Remembered(6_000)
    kept.put("used", "x" * 800)
    kept.put("unused", "x" * 800)
    for number in range(20):
        assert "x" * 800 == kept.get("used")
        kept.put(number, "x" * 800)
    kept.put("large", "x" * 3_000)

    assert ["used", 19] == [
        key for key in ("used", "unused", "large", 3, 19) if kept.get(key)
    ]


def test_a_value_can_be_replaced():
    """Of two values under one key, the later is there and counts."""
    kept = Remembered(20_000)
    kept.put("a", "x" * 5_000)
    kept.put("a", "y")
    size = kept.bytes
    kept.drop("a")
    kept.drop("a")

    assert size < 1_000
    assert (None, 0) == (kept.get("a"), kept.bytes)


def test_keys_count_with_all_they_hold():
    """A part's key is what it says: texts in tuples and in our own nouns."""
    assert 10_000 < weight(("part", Said("x" * 4_000, ("y" * 3_000, "z" * 3_000))))
    assert 10_000 < weight({"a": ["x" * 4_000], "b" * 6_000: frozenset({1})})


def test_equal_parts_are_rendered_once(parts):
    """In each language they are their own, and the same words are the same object."""
    text = templating.html("[b]Hello[/b]", parts=parts)

    assert "<strong>Hello</strong>" in text
    assert text is templating.html("[b]Hello[/b]", parts=parts)
    assert 0 < parts.bytes
