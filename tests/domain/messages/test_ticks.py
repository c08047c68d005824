"""Which back-ticks make code of what stands between them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticket24.domain.messages.ticks import code
from ticket24.domain.tickets.descriptions import as_bbcode, harmless, restored
from ticket24.markup import to_html, to_text

PIECES = st.sampled_from(
    ("`", "``", "```", "\n", " ", "a", "[/CODE]", "[B]", "[CODE]", "#a", "&lt;", "'")
)
TYPED = st.lists(PIECES).map("".join)
TAG = re.compile(r"\u2060?\[CODE\]|\[/CODE\]")


def shown(text):
    """Return what the customer's page shows of typed words."""
    return restored(to_html(as_bbcode(text)))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Run `ls -la` now", "Run <code>ls -la</code> now"),
        ("`ls`\n`cd`", "<code>ls</code><br><code>cd</code>"),
        ("SELECT `id` FROM `t`", "SELECT <code>id</code> FROM <code>t</code>"),
        ("see ```foo``` please", "see <code>foo</code> please"),
        ("`` a`b ``", "<code>a`b</code>"),
        ("`don`t`", "<code>don`t</code>"),
        ("```\nx = 1\n  y\n```", "<pre><code>x = 1\n  y</code></pre>"),
        ("Log: ```\r\nfoo\r\n``` ok", "Log:<pre><code>foo</code></pre>ok"),
        ("```c#\nx\n```\nthanks", "<pre><code>c#\nx</code></pre>thanks"),
        ("```one line```", "<pre><code>one line</code></pre>"),
        ("````\n```\nx\n```\n````", "<pre><code>```\nx\n```</code></pre>"),
    ],
)
def test_what_stands_between_ticks_is_code(text, html):
    """Words in their line, or lines of it, as they were typed."""
    assert html == shown(text)


@pytest.mark.parametrize(
    "text",
    [
        *("a ` lone", "It`s and don`t", "perche` la citta` e` bella", "`a"),
        *("`90s and `80s", "Press ` and ` here", "the '`' and the '`' key"),
        *("``", "` `"),
        *("``quoted''", "a`b`c", "`a\nb`", "``a\nb``", "```\nnever closed"),
        *("```\n\n```", "use ``` to begin\nand ``` to end", "`a``"),
    ],
)
def test_other_ticks_stay_as_they_are(text):
    """Apostrophes, accents, quotes, keys, and what is never closed."""
    assert text == as_bbcode(text)


@pytest.mark.parametrize("text", ["`{}`", "a `{}` b", "```\n{}\n```", "```{}```"])
@pytest.mark.parametrize(
    "hostile",
    [
        *("[/CODE][USER=1]x[/USER]", "[/code ][URL=javascript:x]y[/URL]", "#internal"),
        *("<script>alert(1)</script>", "&#91;B&#93;", "[DISK FILE ID=n5]", "[CODE]"),
        "https://a.example/?a[]=1",
    ],
)
def test_nothing_gets_out_of_code(text, hostile):
    """Tags, entities and addresses in it are words, for staff and for customers."""
    stored = as_bbcode(text.format(hostile))

    assert 2 == len(re.findall(r"\[/?code", stored, re.IGNORECASE))
    assert [] == re.findall(r"(?<!/code)\]\[(?!/CODE)[a-z/]", stored, re.IGNORECASE)
    html = shown(text.format(hostile))
    assert 1 == html.count("<code>")
    assert [] == re.findall(r"<(?!/?(?:code|pre)>)", html)
    assert hostile in restored(to_text(stored))


@given(TYPED)
def test_nothing_typed_is_lost(text):
    """Without its tags a text is what it was, but for ticks and blanks around code."""
    stored = TAG.sub("", as_bbcode(text).replace(harmless("[CODE]"), "\0"))
    left = restored(stored).replace("\0", "[CODE]")

    bare = re.compile(r"[`\s]+")
    assert bare.sub("", text) == bare.sub("", left)
    spans = [(one.start, one.stop) for one in code(text)]
    assert spans == sorted(spans)
    assert all(text[a] == "`" == text[b - 1] for a, b in spans)
