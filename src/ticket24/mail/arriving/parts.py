"""A mail taken apart: its heads and its parts, in linear time whatever it claims.

Python's parser keeps a list of all open boundaries and compares each line with each of
them, and its header classes raise and go quadratic. So lines are found here, and only
headers that somebody reads go further, each cut to a length that costs nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message

from ticket24.domain.arrivals.model import Trouble
from ticket24.mail.arriving.charsets import decoded, guessed

MOST_PARTS = 300
_MOST_DEEP = 12
# How much of a header is read (of references the end, where the newest are), and how
# often it may come.
_LONGEST = 4_000
_LONGEST_LIST = 16_000
_LONG = frozenset({"to", "cc", "references"})
_MOST_OF_A_NAME = 20

# Some leave out the semicolon behind it.
_TYPE = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,80}(?=[\s;,(]|\Z)")
_EMPTY_LINE = re.compile(rb"\r?\n")
_HEAD_ENDS = re.compile(rb"\n\r?\n")
_NEXT_HEADER = re.compile(rb"\n(?![ \t])")
_NAME = re.compile(rb"[!-9;-~]{1,80}[ \t]*+")
# Where the empty line is missing, words begin with a line that is no header, and below
# which there is none that all mails have.
_WORDS = re.compile(rb"^(?![!-9;-~]{1,80}[ \t]*+:|>?From |\s|\Z)", re.MULTILINE)
_BOUNDARY = re.compile(rb"^--(?![!-9;-~]{0,80}[ \t]*+:)", re.MULTILINE)
_USUAL = re.compile(
    rb"^(?:from|to|cc|subject|date|sender|reply-to|message-id|in-reply-to|references"
    rb"|received|return-path|mime-version|content-[a-z-]{2,40}|x-[a-z0-9-]{2,40}"
    rb"|list-[a-z-]{2,40}|auto-submitted|precedence|dkim-signature|arc-[a-z-]{2,40}"
    rb"|authentication-results)[ \t]*+:",
    re.IGNORECASE | re.MULTILINE,
)
_FIRST_DASHES = re.compile(rb"\s{0,80}--([^\r\n]{1,200}?)[ \t]*\r?\n")
_LINE_ENDS = re.compile(rb"(--)?[ \t]{0,80}\r?(?:\n|\Z)")


class Head:
    """The headers of a mail or of one of its parts."""

    def __init__(self, raw: bytes) -> None:
        self._lines: list[tuple[str, str]] = []
        self._values: dict[str, list[str]] = defaultdict(list)
        for line in _NEXT_HEADER.split(raw.replace(b"\r\n", b"\n")):
            name, colon, value = line.partition(b":")
            if colon and _NAME.fullmatch(name):
                self._keep(name.strip().decode("ascii").lower(), value)

    def _keep(self, name: str, value: bytes) -> None:
        values = self._values[name]
        if len(values) < _MOST_OF_A_NAME:
            longest = _LONGEST_LIST if name in _LONG else _LONGEST
            few = value[-longest:] if name == "references" else value[:longest]
            values.append(" ".join(guessed(few).split()))
            self._lines.append((name, values[-1]))

    def all(self, name: str) -> list[str]:
        """Return the values of a header, the top-most first; encoded words stay."""
        return self._values.get(name, [])

    def get(self, name: str) -> str:
        """Return the first value of a header, "" if there is none."""
        return next(iter(self.all(name)), "")

    def lines(self) -> list[tuple[str, str]]:
        """Return names and values as they came, the top-most first."""
        return self._lines

    def values(self) -> Mapping[str, Sequence[str]]:
        """Return the values of all headers by their names in small letters."""
        return self._values

    def parameter(self, name: str, header: str = "content-type") -> str:
        """Return a parameter of a header, put together and decoded (RFC 2231).

        Some say it twice, the first time for programs that read plain letters alone.
        """
        one = Message()
        one[header] = self.get(header)
        plain = ""
        try:
            for said, value in one.get_params([], header=header) or ():
                if said.lower() != name:
                    continue
                if isinstance(value, tuple):
                    charset, _, held = value
                    return decoded(held.encode("latin-1"), charset or "utf-8")
                plain = plain or value
        except (LookupError, ValueError, TypeError, AttributeError):
            return plain
        return plain

    @property
    def type(self) -> str:
        """The media type; what has none that is one is plain text."""
        found = _TYPE.match(self.get("content-type").lower())
        return found[0] if found else "text/plain"

    @property
    def disposition(self) -> str:
        """Whether it says it is `inline` or an `attachment`, "" if neither."""
        return self.get("content-disposition").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a mail, with its parts if it has any; `body` is still encoded."""

    head: Head
    type: str
    body: bytes = b""
    parts: tuple["Part", ...] = ()

    def leaves(self) -> Iterator["Part"]:
        """Yield the parts that have no parts, in their order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def head_of(raw: bytes) -> Head:
    """Return the head of a mail alone."""
    ends = _HEAD_ENDS.search(raw)
    return Head(raw[: ends.start()] if ends else raw)


@dataclass(slots=True)
class Taking:
    """The taking apart of one mail: what may still be read, and what went wrong."""

    raw: bytes
    troubles: list[Trouble] = field(default_factory=list)
    left: int = MOST_PARTS

    def whole(self) -> Part:
        """Take the mail apart."""
        return self._part(0, len(self.raw), 0, "text/plain")

    def _part(self, start: int, end: int, depth: int, usual: str) -> Part:
        self.left -= 1
        head, body = Head(b""), start
        if first := _EMPTY_LINE.match(self.raw, start, end):
            body = first.end()
        else:
            ends = _HEAD_ENDS.search(self.raw, start, end)
            over, body = (ends.start() + 1, ends.end()) if ends else (end, end)
            head = Head(self.raw[start:over].rstrip(b"\r\n"))
            # Of base64 nothing could be read with more above it.
            if "base64" not in head.get("content-transfer-encoding").lower():
                words = self._headless(start, over)
                if words < over:
                    head, body = Head(self.raw[start:words]), words
        type_ = head.type if head.get("content-type") else usual
        if type_.startswith("multipart/"):
            if depth == _MOST_DEEP:
                self.troubles.append(Trouble.TOO_DEEP)
            elif parts := self._parts(head, body, end, depth, type_):
                return Part(head, type_, parts=parts)
            else:
                self.troubles.append(Trouble.BROKEN)
            type_ = "text/plain"
        return Part(head, type_, self.raw[body:end])

    def _headless(self, start: int, end: int) -> int:
        """Return where words or parts begin that stand in a head, `end` if none do."""
        if parts := _BOUNDARY.search(self.raw, start, end):
            return parts.start()
        last = start
        for usual in _USUAL.finditer(self.raw, start, end):
            last = usual.end()
        words = _WORDS.search(self.raw, last, end)
        return words.start() if words else end

    def _parts(
        self, head: Head, start: int, end: int, depth: int, type_: str
    ) -> tuple[Part, ...]:
        boundary = head.parameter("boundary").encode("utf-8", "replace").rstrip()
        if not boundary or self.raw.find(b"--" + boundary, start, end) < 0:
            guessed = _FIRST_DASHES.match(self.raw, start, end)
            boundary = guessed[1] if guessed else b""
        if not boundary:
            return ()
        usual = "message/rfc822" if type_ == "multipart/digest" else "text/plain"
        parts = []
        for begins, ends in self._between(b"--" + boundary, start, end):
            if not self.left:
                self.troubles.append(Trouble.TOO_MANY_PARTS)
                break
            parts.append(self._part(begins, ends, depth + 1, usual))
        return tuple(parts)

    def _between(self, line: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield where the parts between the lines of a boundary begin and end."""
        begun = -1
        at = self.raw.find(line, start, end)
        while at >= 0:
            after = _LINE_ENDS.match(self.raw, at + len(line), end)
            if after and (at == start or self.raw[at - 1 : at] == b"\n"):
                if begun >= 0:
                    yield begun, self._before(at, begun)
                if after[1]:
                    return
                begun = after.end()
            at = self.raw.find(line, at + len(line), end)
        if begun >= 0:
            yield begun, end

    def _before(self, at: int, begun: int) -> int:
        """Return the end of a part: the line break before a boundary is not its own."""
        end = at - 1
        if self.raw[end - 1 : end] == b"\r":
            end -= 1
        return max(end, begun)
