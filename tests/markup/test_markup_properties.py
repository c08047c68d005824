"""What holds for every text there is."""

import re
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ticket24.markup import to_html, to_text

Faults = Callable[[str], list[str]]

NAMES = [
    *("b", "i", "u", "s", "sup", "sub", "color", "size", "font", "url", "email"),
    *("user", "project", "group", "department", "chat", "context", "quote", "code"),
    *("spoiler", "cut", "p", "left", "center", "right", "justify", "list", "*"),
    *("table", "tr", "td", "th", "img", "video", "disk", "icon", "send", "put"),
    *("call", "timestamp", "br", "anchor", "script"),
]
VALUES = [
    *("", "=", "=1", "=red", "=https://a.org/x", "=javascript:alert(1)", "=/x"),
    *('="><script>', "=' onclick='x", " file id=n5", " width=1 height=2", "=all"),
    *("=a@b.de", "=1700000000 FORMAT=x", "=Anna <b>", "=[b]x[/b]", "=tel:1"),
]
WORDS = [
    *("x", " ", "\n", ">>", "\n>>", "\n------\n", "[", "]", "<", "&", '"', "'", "\x00"),
    *("https://a.org/?a=1&b", "javascript:x", "\u202e", "\ud800", "<script>", "&lt;"),
]

any_text = st.text(st.characters(codec=None, categories=None))
opening = st.builds("[{}{}]".format, st.sampled_from(NAMES), st.sampled_from(VALUES))
closing = st.builds("[/{}]".format, st.sampled_from(NAMES))
pieces = st.one_of(opening, opening, closing, st.sampled_from(WORDS), st.text())
messy = st.lists(pieces, max_size=60).map("".join)

# Balanced: each tag with the value it asks for, words without brackets.
PAIRS = [
    *("b", "i", "u", "s", "sup", "sub", "color=red", "size=2pt", "font=Arial", "url"),
    *("url=https://a.org", "url=/x", "email=a@b.de", "user=7", "project=1", "chat=5"),
    *("context=x", "quote", "quote=Anna", "spoiler", "spoiler=t", "cut", "p"),
    *("center", "list", "list=1", "table", "img", "video", "send=x", "put=x", "call=1"),
]
plain_words = st.text(st.characters(codec="utf-8", exclude_characters="[]"))


def wrapped(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.builds(
        lambda tag, body: f"[{tag}]{body}[/{tag.partition('=')[0].upper()}]",
        st.sampled_from(PAIRS),
        inside,
    )
    item = inside.map("[*]{}".format)
    items = st.lists(item, max_size=3).map("".join).map("[list]{}[/list]".format)
    row = st.lists(inside.map("[td]{}[/td]".format), max_size=3).map("".join)
    table = row.map("[table][tr]{}[/tr][/table]".format)
    return st.one_of(pair, items, table, st.lists(inside, max_size=4).map("".join))


leaves = plain_words | plain_words.map("[code]{}[/code]".format)
balanced = st.recursive(leaves, wrapped, max_leaves=12)
# The machine may be busy.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@calm
@given(any_text)
def test_any_text_is_made_safe(faults: Faults, text: str) -> None:
    """No sequence of characters raises or gets anything unsafe through."""
    to_text(text)

    assert [] == faults(to_html(text))


@calm
@given(messy)
def test_any_tags_are_made_safe(faults: Faults, text: str) -> None:
    """No sequence of tags, balanced or not, gets anything unsafe through."""
    to_text(text)

    assert [] == faults(to_html(text))


@calm
@given(messy)
def test_mail_text_is_tidy(text: str) -> None:
    """A mail's text can be encoded, is stripped and has no piled up empty lines."""
    plain = to_text(text)

    plain.encode()
    assert plain == plain.strip("\n").rstrip()
    assert "\n\n\n" not in plain


@calm
@given(balanced)
def test_balanced_tags_leave_no_trace_in_text(text: str) -> None:
    """No tag of a balanced text is left in the mail's text."""
    names = "|".join(map(re.escape, NAMES))

    assert [] == re.findall(rf"\[/?(?:{names})[\]= ]", to_text(text), re.IGNORECASE)


@calm
@given(messy.filter(lambda text: "[/code" not in text))
def test_code_keeps_every_tag(text: str) -> None:
    """No tag is read inside of code, whatever it is."""
    html = to_html(f"[code]{text}[b][url=https://a.org]x[/url][/code]")

    assert ["pre", "code"] == re.findall("<([a-z]+)", html)
    assert "[b][url=https://a.org]x[/url]</code></pre>" in html
