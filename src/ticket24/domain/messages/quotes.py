"""What precedes the words that somebody typed, and what a text quotes.

Bitrix24 itself puts mentions, quotes and files in front (methods.md 2.4). A person who
presses "Reply" begins to type after them.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# White space, including characters without width or shape, and direction marks.
_BLANKS = re.compile(
    r"(?:&(?:nbsp|ensp|emsp|thinsp|zwnj|#160|#xa0|#8203);|[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0])+",
    re.IGNORECASE,
)
_LINE_BREAK = re.compile("\r\n?|[\u2028\u2029]|#BR#|\\[BR\\]|<br ?/?>", re.IGNORECASE)
_OPEN = re.compile(r"\[(?P<name>[a-z][a-z0-9_-]*+|\*)[^\[\]]*+\]", re.IGNORECASE)
_END = re.compile(r"\[/(?P<name>[a-z][a-z0-9_-]*)\]", re.IGNORECASE)
_QUOTE = re.compile(
    r"\[(?P<end>/?)QUOTE(?:[= ](?:[^\[\]\n]++|\[[^\[\]\n]*+\])*+)?\]", re.IGNORECASE
)
_RULE = re.compile(r"^-{6,}[ \t]*(?:\n|\Z)", re.MULTILINE)
_QUOTED_LINE = re.compile(r"^[ \t]*(?:>|&gt;)[^\n]*(?:\n|\Z)", re.MULTILINE)

# Tags around the writer's own words. Any other tag with a value and a few words inside
# names somebody or something: [USER=13]Klaus Weber[/USER].
_FORMAT = frozenset(
    {"b", "i", "u", "s", "p", "size", "color", "font", "sup", "sub"}
    | {"left", "center", "right", "justify"}
)
_OWN = _FORMAT | frozenset(
    {"url", "img", "video", "email", "code", "quote", "spoiler", "cut"}
    | {"list", "table", "tr", "td", "th"}
)
_TYPED_MENTION = re.compile(r"@[^\W_][\w.-]*(?:(?:[ ]\w[\w.-]*){0,2}(?=[ \t]*[,:]))?")
# How far ahead the end of such a tag is searched for.
_FAR = 2000
_OF_BITRIX24 = re.compile(r"/(?:user|workgroups/group)/\d", re.IGNORECASE)
_AFTER_MENTION = re.compile(r"[ \t]*[,:;.!\u2013\u2014\uff0c\u3001\uff1a-]+")

_SIGNS = re.compile(r"^[ \t]*(?:>|&gt;)+")

# "Klaus Weber [10:35] #chat58/84877": who said what a chat repeats, and where.
_SOURCE = re.compile(r"#(?:chat|task)?[\w-]*/(\d{1,18})\b")
_TAG = re.compile(r"\[/?(?:[a-z][a-z0-9_-]*+|\*)[^\[\]\n]*+\]", re.IGNORECASE)


class Quote(NamedTuple):
    """A part of a text that repeats somebody's words; `of` is a chat message's id."""

    start: int
    end: int
    body: str
    of: int = 0


def in_lines(text: str) -> str:
    """Return a text with one kind of line break."""
    return _LINE_BREAK.sub("\n", text)


def plain(text: str) -> str:
    """Return a text without its BBCode tags."""
    return _TAG.sub("", text)


def beginnings(text: str, *, any_tag: bool) -> Iterator[int]:
    """Yield the places where the typed words may begin, the first place first.

    With `any_tag`, they may also begin inside any tag at these places, a mention
    included.
    """
    pairs = _pairs(text)
    rules = _between_rules(text)
    opened: list[str] = []
    mentioned = False
    at = 0
    while True:
        yield at
        if blanks := _BLANKS.match(text, at):
            at = blanks.end()
        elif at in pairs or at in rules:
            at = pairs.get(at) or rules[at]
        elif line := _QUOTED_LINE.match(text, at):
            at = line.end()
        elif mention := _mention(text, at):
            inside, at = mention
            mentioned = True
            if any_tag:
                yield inside
        elif mentioned and (sign := _AFTER_MENTION.match(text, at)):
            at, mentioned = sign.end(), False
        elif after := _past_tag(text, at, opened, any_tag=any_tag):
            at = after
        else:
            return


def _past_tag(text: str, at: int, opened: list[str], *, any_tag: bool) -> int:
    """Return the end of the tag that begins here and note it; 0 if there is none."""
    if tag := _OPEN.match(text, at):
        name = tag["name"].lower()
        # Nobody can tell whether code begins with a mark or with a comment.
        if name == "code" or not (any_tag or name in _FORMAT or name == "disk"):
            return 0
        opened.append(name)
        return tag.end()
    end = _END.match(text, at)
    if end is None or end["name"].lower() not in opened:
        return 0
    opened.remove(end["name"].lower())
    return end.end()


def quotes(text: str) -> list[Quote]:
    """Find the quotes in a text, in Bitrix24's four forms.

    `text` has plain line breaks. A quote that is never closed reaches to the end.
    """
    if "[" not in text and ">" not in text and "&gt;" not in text and "---" not in text:
        return []
    spans = [*_pairs(text, whole=True).items(), *_between_rules(text).items()]
    spans += _quoted_lines(text)
    found: list[Quote] = []
    for start, end in sorted(spans):
        if not found or start >= found[-1].end:
            body = text[start:end]
            source = _SOURCE.search(body)
            found.append(Quote(start, end, body, int(source[1]) if source else 0))
    return found


def inner(quote: Quote) -> str:
    """Return the words in a quote, without the marks around them."""
    body = _QUOTE.sub("\n", quote.body)
    lines = (_SIGNS.sub("", line) for line in body.split("\n"))
    return "\n".join(line for line in lines if not _RULE.fullmatch(line))


def cut(text: str, quoted: list[Quote]) -> str:
    """Return a text without the given quotes."""
    for quote in reversed(quoted):
        text = f"{text[: quote.start].rstrip(' ')}\n{text[quote.end :].lstrip()}"
    return text.strip("\n")


def _mention(text: str, at: int) -> tuple[int, int] | None:
    """Return where the inside of a mention begins, and where the mention ends.

    Pictures count as mentions, because nobody types them.
    """
    if typed := _TYPED_MENTION.match(text, at):
        return typed.end(), typed.end()
    tag = _OPEN.match(text, at)
    if tag is None:
        return None
    name = tag["name"].lower()
    if name == "url" and not _OF_BITRIX24.search(tag[0]):
        return None
    if name in _OWN - {"url", "img", "video"} or name == "*":
        return None
    end = re.compile(rf"\[/{name}\]", re.IGNORECASE).search(
        text, tag.end(), tag.end() + _FAR
    )
    return (tag.end(), end.end()) if end else None


def _pairs(text: str, *, whole: bool = False) -> dict[int, int]:
    """Return the places where each outer [QUOTE] begins and where its end tag is.

    With `whole`, a quote without an end tag reaches to the end of the text.
    """
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for tag in _QUOTE.finditer(text):
        if not tag["end"]:
            opened.append(tag.start())
        elif opened:
            pairs[opened.pop()] = tag.end()
    if whole and opened:
        pairs[opened[0]] = len(text)
    return pairs


def _between_rules(text: str) -> dict[int, int]:
    rules = list(_RULE.finditer(text)) if "------" in text else []
    return {a.start(): b.end() for a, b in zip(rules[::2], rules[1::2], strict=False)}


def _quoted_lines(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for line in _QUOTED_LINE.finditer(text):
        if spans and spans[-1][1] == line.start():
            spans[-1] = (spans[-1][0], line.end())
        else:
            spans.append(line.span())
    return spans
