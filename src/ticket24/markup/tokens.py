"""From hostile text to tokens: the tags we know, and text between them.

Tags: methods.md 2.4. Anything else in brackets is text.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

INLINE = frozenset({"b", "i", "u", "s", "sup", "sub"})
LINKS = frozenset({"url", "email"})
MEDIA = frozenset({"img", "video"})
PEOPLE = frozenset({"user", "project", "group", "department", "chat", "context"})
ACTIONS = frozenset({"send", "put", "call"})
# Only the content of these is shown.
PLAIN = PEOPLE | ACTIONS | {"color", "size", "font"}
# These have no content.
VOID = frozenset({"disk", "icon", "timestamp", "br"})
ALIGNED = frozenset({"left", "center", "right", "justify"})
PARTS = frozenset({"*", "tr", "td", "th"})
BLOCKS = ALIGNED | PARTS | {"p", "quote", "spoiler", "list", "table", "code"}

_TAGS = INLINE | LINKS | MEDIA | PLAIN | VOID | BLOCKS
_SAME_AS = {"cut": "spoiler", "anchor": "url"}
_WITHOUT_VALUE = INLINE | PARTS | {"br", "p"}
_WITH_VALUE = PEOPLE | {"color", "size", "font", "disk", "icon", "timestamp"}
_WITH_ATTRIBUTES = MEDIA | {"disk"}

_LINE_BREAK = re.compile("\r\n?|[\u2028\u2029]")
# Controls, overrides of the writing direction, halves of characters.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\ufffe\uffff]+"
)

# A value may hold brackets one level deep: [URL=https://example.com/?a[]=1].
# Possessive, so a bracket that nobody closes is looked at twice at most.
_MARK = re.compile(
    r"""
    (?P<rule> ^-{6,}+[ \t]*+(?:\n|\Z) )
    | (?P<line> ^>>[ ]? )
    | \[ (?P<close> /? ) (?P<name> [a-z]{1,10}+ | \* )
      (?P<rest> (?: [= ] (?: [^\[\]\n]++ | \[ [^\[\]\n]*+ \] )*+ )? ) \]
    """,
    re.ASCII | re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_CODE_END = re.compile(r"\[/code[ ]*+\]", re.IGNORECASE)


Kind = Literal["text", "open", "close", "code", "line", "rule"]


class Token(NamedTuple):
    """A piece of the source; `value` is what follows the = of a tag."""

    kind: Kind
    raw: str
    name: str = ""
    value: str = ""


def clean(text: str) -> str:
    """Drop what nobody can see, and the white space at the ends of lines."""
    text = _UNWANTED.sub("", _LINE_BREAK.sub("\n", text))
    return "\n".join([line.rstrip() for line in text.split("\n")]).strip()


def tokenize(text: str) -> Iterator[Token]:
    """Cut a cleaned text into tokens; their `raw` joined is the text."""
    known: dict[str, Token | None] = {}
    start = position = 0
    while mark := _MARK.search(text, position):
        raw = mark[0]
        if raw not in known:
            known[raw] = _read(mark)
        token = known[raw]
        if token is None:
            position = mark.start() + 1
            continue
        if start < mark.start():
            yield Token("text", text[start : mark.start()])
        if token.kind == "open" and token.name == "code":
            token = _verbatim(text, mark)
        yield token
        start = position = mark.start() + len(token.raw)
    if start < len(text):
        yield Token("text", text[start:])


def _read(mark: re.Match[str]) -> Token | None:
    """Name what was found, or None where it only looks like a tag."""
    raw = mark[0]
    if mark["rule"]:
        return Token("rule", raw)
    if mark["line"]:
        return Token("line", raw)
    name = mark["name"].lower()
    name = _SAME_AS.get(name, name)
    if name not in _TAGS:
        return None
    if mark["close"]:
        return None if mark["rest"].strip() else Token("close", raw, name)
    value = _value(name, mark["rest"])
    return None if value is None else Token("open", raw, name, value)


def _value(name: str, rest: str) -> str | None:
    """Return the value of an opening tag, or None where there is no such tag.

    `[user]` and `[i=0]` are words in brackets, and so is `[video call]`.
    """
    value = rest.strip()
    if not value:
        return None if name in _WITH_VALUE else ""
    if value.startswith("="):
        return None if name in _WITHOUT_VALUE else _unquoted(value[1:].strip())
    words = value.lower().removeprefix("file ").split()
    if name in _WITH_ATTRIBUTES and all("=" in word for word in words):
        return ""
    return None


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].strip()
    return value


def _verbatim(text: str, mark: re.Match[str]) -> Token:
    """Take all up to the end of the code, or of the text, as it stands."""
    end = _CODE_END.search(text, mark.end())
    inside, after = end.span() if end else (len(text), len(text))
    body = text[mark.end() : inside].strip("\n")
    return Token("code", text[mark.start() : after], "code", body)
