"""Strangers' HTML as BBCode: its words, and those of its forms that we know."""

import re
from html import unescape

import nh3

from ticket24.markup import links

_SAME = {
    "b": "B",
    "strong": "B",
    "i": "I",
    "em": "I",
    "u": "U",
    "s": "S",
    "del": "S",
    "sub": "SUB",
    "sup": "SUP",
    "blockquote": "QUOTE",
    "ul": "LIST",
    "ol": "LIST",
    "table": "TABLE",
    "tr": "TR",
    "td": "TD",
    "th": "TH",
    "h1": "B",
    "h2": "B",
    "h3": "B",
    "h4": "B",
}
_LINES = frozenset({"p", "div", "h1", "h2", "h3", "h4", "pre"})
_CLEANER = nh3.Cleaner(
    tags={*_SAME, *_LINES, "a", "br", "hr", "img", "li"},
    attributes={"a": {"href"}, "img": {"src"}},
    url_schemes=set(links.SCHEMES),
    link_rel=None,
)
# A tree with more tags than this takes too long, so only its words are read.
_MOST_TAGS = 4_000

_TAG = re.compile(r'<(/?)([a-z0-9]+)(?: (?:href|src)="([^"<>]*)")?>')
_ANY_TAG = re.compile(r"<[^<>]*>")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_BREAKS = re.compile(r"(?<![ \t\n])[ \t]*+\n[ \t\n]*|\n[ \t\n]*")

# Used to keep a word in brackets from being a tag (as `descriptions.harmless` does).
_OPEN = re.compile(r"\[(?=[A-Za-z/*])")
_APART = "[\u2060"


def from_html(html: str) -> str:
    """Return HTML as BBCode that looks alike; never raises.

    Brackets in the HTML stay words. Scripts and styles are dropped; pictures become
    links.
    """
    if html.count("<") > _MOST_TAGS:
        return _words(_ANY_TAG.sub(" ", html)).strip()
    parts: list[str] = []
    open_links: list[bool] = []
    pieces = _TAG.split(_CLEANER.clean(html))
    for at in range(0, len(pieces) - 4, 4):
        words, end, tag, address = pieces[at : at + 4]
        parts.append(_words(words))
        parts.append(_tag(tag, unescape(address or ""), open_links, end=bool(end)))
    parts.append(_words(pieces[-1]))
    return _BREAKS.sub(_break, "".join(parts)).strip()


def _tag(tag: str, address: str, open_links: list[bool], *, end: bool) -> str:
    if tag == "a":
        return _link(address, open_links, end=end)
    if tag in {"br", "hr"}:
        return "\n"
    if tag == "img":
        return f"[IMG]{safe}[/IMG]" if (safe := _safe(address)) else ""
    if tag == "li":
        return "" if end else "[*]"
    line = "\n" if tag in _LINES else ""
    if tag not in _SAME:
        return line
    name = _SAME[tag]
    value = "=1" if tag == "ol" else ""
    return f"[/{name}]{line}" if end else f"{line}[{name}{value}]"


def _link(address: str, open_links: list[bool], *, end: bool) -> str:
    if end:
        return "[/URL]" if open_links and open_links.pop() else ""
    safe = _safe(address)
    open_links.append(bool(safe))
    return f"[URL={safe}]" if safe else ""


def _safe(address: str) -> str:
    safe = links.safe_address(address) or ""
    return "" if set(safe) & set("[]") else safe


def _words(text: str) -> str:
    plain = unescape(text).replace("\xa0", " ")
    return _OPEN.sub(_APART, _BLANKS.sub(" ", plain))


def _break(found: re.Match[str]) -> str:
    """Return one line break, or an empty line for several breaks."""
    return "\n\n" if found[0].count("\n") > 1 else "\n"
