"""Shows Bitrix24's BBCode as harmless HTML."""

import re
from collections import Counter
from dataclasses import dataclass

from markupsafe import Markup, escape

_TAG = re.compile(
    r"\[(?P<close>/?)(?P<name>B|I|U|S|URL|USER|QUOTE|CODE|LIST)"
    r"(?:=(?P<value>[^\[\]\n]*))?\]|\[\*\]",
    re.IGNORECASE,
)
_CODE_END = re.compile(r"\[/CODE\]", re.IGNORECASE)
# An address of the web, or a path of this account: no //host, and no \, which browsers
# read as /.
_ADDRESS = re.compile(r"(?:https?://|/(?![/\\]))[^\s\[\]\"<>]+", re.IGNORECASE)
_LINE_START = re.compile(r"(?:^|\n)(?:\[LIST[^\]]*\])?[ \t]*$", re.IGNORECASE)
_PLAIN = {
    "B": ("<strong>", "</strong>"),
    "I": ("<em>", "</em>"),
    "U": ("<u>", "</u>"),
    "S": ("<s>", "</s>"),
    "USER": ('<span class="mention">', "</span>"),
    "QUOTE": ("<blockquote>", "</blockquote>"),
}
_BLOCKS = {"QUOTE", "LIST"}


@dataclass
class _Opened:
    name: str
    value: str
    place: int  # The index of its piece in the output.
    end: int  # The end of its tag in the text.


def to_html(text: str) -> Markup:
    """Show B, I, U, S, URL (http, https and paths), USER, QUOTE, CODE and LIST.

    Anything else stays as it was written, including unclosed tags and other addresses.
    Line breaks stay line breaks, so show it with `white-space: pre-wrap`.
    """
    text = text.replace("\r\n", "\n")
    pieces: list[str] = []
    opened: list[_Opened] = []
    counts: Counter[str] = Counter()
    place = 0
    while match := _TAG.search(text, place):
        pieces.append(str(escape(text[place : match.start()])))
        place = match.end()
        name = (match["name"] or "*").upper()
        if name == "*":
            pieces.append(_bullet(text, match.start()) if counts["LIST"] else "[*]")
        elif name == "CODE":
            piece, place = _code(text, match)
            pieces.append(piece)
        elif not match["close"]:
            # Where a block begins, the line break after the tag belongs to the tag.
            line = _starts_block(text, match, name) and text.startswith("\n", place)
            place += line
            opened.append(_Opened(name, match["value"] or "", len(pieces), place))
            counts[name] += 1
            pieces.append(str(escape(match[0])) + "\n" * line)
        elif counts[name]:
            tag = _unwind(opened, counts, name)
            inside = text[tag.end : match.start()]
            pieces[tag.place], closing = _pair(tag, inside, match[0], pieces)
            pieces.append(closing)
            if name in _BLOCKS:
                place += text.startswith("\n", place)
        else:
            pieces.append(str(escape(match[0])))
    pieces.append(str(escape(text[place:])))
    return Markup("".join(pieces))  # noqa: S704 - Each piece is escaped or ours.


def _starts_block(text: str, match: re.Match[str], name: str) -> bool:
    before = text[max(0, match.start() - 40) : match.start()]
    return name == "QUOTE" or (name == "LIST" and bool(_LINE_START.search(before)))


def _unwind(opened: list[_Opened], counts: Counter[str], name: str) -> _Opened:
    """Find the tag that is being closed; tags opened after it stay literal."""
    while True:
        tag = opened.pop()
        counts[tag.name] -= 1
        if tag.name == name:
            return tag


def _pair(
    tag: _Opened, inside: str, closing: str, pieces: list[str]
) -> tuple[str, str]:
    if tag.name == "LIST":
        return "", "" if inside.endswith("\n") else "\n"
    if tag.name != "URL":
        return _PLAIN[tag.name]
    address = (tag.value or inside).strip()
    if not _ADDRESS.fullmatch(address):
        return pieces[tag.place], str(escape(closing))
    return f'<a href="{escape(address)}" rel="noreferrer">', "</a>"


def _code(text: str, match: re.Match[str]) -> tuple[str, int]:
    """Return a block of code and its end; tags inside it do not count."""
    end = None if match["close"] else _CODE_END.search(text, match.end())
    if end is None:
        return str(escape(match[0])), match.end()
    after = end.end() + text.startswith("\n", end.end())
    inside = escape(text[match.end() : end.start()].strip("\n"))
    return f"<pre><code>{inside}</code></pre>", after


def _bullet(text: str, start: int) -> str:
    before = text[max(0, start - 40) : start]
    return "\u2022 " if _LINE_START.search(before) else "\n\u2022 "
