"""From hostile text to tokens: the tags we know, and text between them.

Tags: methods.md 2.4. Next year's are found by their looks: Bitrix24 writes names in
capitals, with a value, with attributes, or in pairs. Anything else in brackets is text.
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
# Other names of `disk`, but only if they name a file by its number.
_FILES = frozenset({"file", "attachment"})
# These have no content and are not always in capitals: they link to something, or name
# a sign.
_STRANGE = frozenset(
    {"attach", "dialog", "pch", "rating", "like", "dislike", "vote", "poll"}
)
_WITHOUT_VALUE = INLINE | PARTS | {"br", "p"}
_WITH_VALUE = PEOPLE | {"color", "size", "font", "disk", "icon", "timestamp"}

# Bitrix24's chat also uses #BR#.
_LINE_BREAK = re.compile("\r\n?|[\u2028\u2029]|#BR#")
_SIGNS = {"like": "👍", "dislike": "👎"}

# Control characters, overrides of the writing direction, and halves of characters.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\ufffe\uffff]+"
)

# A value may contain brackets one level deep: [URL=https://example.com/?a[]=1]. The
# pattern is possessive, so it looks at an unclosed bracket at most twice.
_MARK = re.compile(
    r"""
    (?P<rule> ^-{6,}+[ \t]*+(?:\n|\Z) )
    | (?P<line> ^>>[ ]? )
    | \[ (?P<close> /? ) (?P<name> [a-z][a-z0-9_-]{0,31}+ | \* )
      (?P<rest> (?: [= ] (?: [^\[\]\n]++ | \[ [^\[\]\n]*+ \] )*+ )? ) /? \]
    """,
    re.ASCII | re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
# As in HTML: names, and values that may be quoted.
_ATTRIBUTES = re.compile(
    r"""(?: [\w-]++ = (?> "[^"]*+" | '[^']*+' | \S++ ) (?: \s++ | \Z ) )++ /? \Z""",
    re.VERBOSE,
)
# In front of the tag it says that this is a few words of a line, and no block of code
# (as `descriptions.as_bbcode` does).
_IN_LINE = "\u2060"
_CODE_END = re.compile(r"\[/code[ ]*+\]", re.IGNORECASE)


# The file of a message or task, by attachment id or as n<disk object id>.
_FILE = re.compile(r"(?:=|(?:file )?id=)[\"']?(n?[0-9]{1,18})(?![\w.-])", re.IGNORECASE)

TokenKind = Literal["text", "open", "close", "code", "line", "rule", "strange", "end"]


class Token(NamedTuple):
    """A piece of the source; `value` follows the = of a tag.

    A `strange` token may be a tag that we do not know, and an `end` may close it. The
    value of a strange token is the meaning that it has as a tag.
    """

    kind: TokenKind
    raw: str
    name: str = ""
    value: str = ""


def clean(text: str) -> str:
    """Drop invisible characters and white space at the ends of lines."""
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
    """Return the token for a match, or None if it only looks like a tag."""
    raw = mark[0]
    if mark["rule"]:
        return Token("rule", raw)
    if mark["line"]:
        return Token("line", raw)
    name = mark["name"].lower()
    name = _SAME_AS.get(name, name)
    if name in _FILES and (file := _FILE.match(mark["rest"].strip())):
        return Token("open", raw, "disk", file[1])
    if name not in _TAGS:
        return _strange(mark, name)
    if mark["close"]:
        return None if mark["rest"].strip() else Token("close", raw, name)
    value = _value(name, mark["rest"], capitals=mark["name"].isupper())
    return None if value is None else Token("open", raw, name, value)


def _strange(mark: re.Match[str], name: str) -> Token | None:
    """Return a token for a possible tag that we do not know; None for words."""
    raw, rest = mark[0], mark["rest"].strip()
    capitals = mark["name"].isupper() and len(name) > 1
    known = capitals or name in _STRANGE
    if mark["close"]:
        return None if rest else Token("end", raw, name, "capitals" if known else "")
    if not rest:
        return Token("strange", raw, name, _meaning(name, "")) if capitals else None
    if rest.startswith("="):
        return Token("strange", raw, name, _meaning(name, _unquoted(rest[1:].strip())))
    attributes = capitals and _ATTRIBUTES.match(rest)
    return Token("strange", raw, name) if attributes else None


def stands_alone(token: Token) -> bool:
    """Whether a strange token is a tag without an end rather than typed words."""
    name, rest = token.raw[1 : 1 + len(token.name)], token.raw[1 + len(token.name) : -1]
    if not rest.strip(" /"):
        return token.name in _STRANGE
    return (name.isupper() and len(name) > 1) or token.name in _STRANGE


def _meaning(name: str, value: str) -> str:
    """Return what a strange tag tells its readers, without Bitrix24's numbers."""
    if name in _SIGNS:
        return _SIGNS[name]
    if name == "rating":
        return "★" * int(value) if value in {"1", "2", "3", "4", "5"} else ""
    wordless = name in _STRANGE or any(c.isdigit() or c == "=" for c in value)
    return "" if wordless else value


def _value(name: str, rest: str, *, capitals: bool) -> str | None:
    """Return the value of an opening tag, or None if it is not a tag.

    `[user]` and `[i=0]` are words in brackets, and so is `[video call]`.
    """
    value = rest.strip() if rest.strip() != "/" else ""
    if name == "disk" and value:
        file = _FILE.match(value)
        return file[1] if file else "" if "=" in value else None
    if not value:
        return None if name in _WITH_VALUE else ""
    if value.startswith("="):
        return None if name in _WITHOUT_VALUE else _unquoted(value[1:].strip())
    written = capitals or name in MEDIA | BLOCKS
    return "" if written and len(name) > 1 and _ATTRIBUTES.match(value) else None


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].strip()
    return value


def _verbatim(text: str, mark: re.Match[str]) -> Token:
    """Take everything up to the end of the code or text, unchanged."""
    end = _CODE_END.search(text, mark.end())
    inside, after = end.span() if end else (len(text), len(text))
    body = text[mark.end() : inside].strip("\n")
    in_line = text.endswith(_IN_LINE, 0, mark.start()) and "\n" not in body
    name = "ticks" if in_line else "code"
    return Token("code", text[mark.start() : after], name, body)
