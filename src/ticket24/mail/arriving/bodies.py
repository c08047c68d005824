"""The content of one part: its bytes, and its text if it is one."""

import re
from binascii import Error, a2b_base64, a2b_qp, a2b_uu

from ticket24.mail.arriving.charsets import decoded
from ticket24.mail.arriving.parts import Part

_WORDS = re.compile(rb"\S \S")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_FLOWED = re.compile(r"(>*)( ?)(.*)")
_SIGNATURE = "-- "
_WORD = re.compile(r"[\w-]+")
_META = re.compile(rb"<meta[^>]{1,200}charset=[\"']?([\w-]{1,40})", re.IGNORECASE)
_MOST_META = 4_096


def content(part: Part) -> bytes:
    """Return the bytes of a part as they were before they were encoded for mail.

    Broken encodings give what can be read of them.
    """
    named = _WORD.search(part.head.get("content-transfer-encoding").lower())
    match named[0] if named else "":
        case "base64":
            return _from_base64(part.body)
        case "quoted-printable":
            return a2b_qp(part.body)
        case "x-uuencode" | "x-uue" | "uuencode":
            return _from_uu(part.body)
    return part.body


def text(part: Part) -> str:
    """Return the text of a part with plain line breaks, its paragraphs put together."""
    held, charset = content(part), part.head.parameter("charset")
    if not charset and part.type == "text/html":
        found = _META.search(held[:_MOST_META])
        charset = found[1].decode("ascii") if found else ""
    words = decoded(held, charset)
    if part.type == "text/plain" and part.head.parameter("format").lower() == "flowed":
        return _unfolded(words, delsp=part.head.parameter("delsp").lower() == "yes")
    return words


def _unfolded(words: str, *, delsp: bool) -> str:
    """Put lines that end in a space together with the next (RFC 3676)."""
    lines: list[str] = []
    pieces: list[str] = []
    quoted = ""
    for line in words.split("\n"):
        found = _FLOWED.match(line)
        depth, _, rest = found.groups() if found else ("", "", line)
        if pieces and (depth != quoted or rest == _SIGNATURE):
            lines.append(_joined(quoted, pieces))
            pieces = []
        quoted = depth
        soft = rest.endswith(" ") and rest != _SIGNATURE
        pieces.append(rest[:-1] if soft and delsp else rest)
        if not soft:
            lines.append(_joined(quoted, pieces))
            pieces = []
    if pieces:
        lines.append(_joined(quoted, pieces))
    return "\n".join(lines)


def _joined(quoted: str, pieces: list[str]) -> str:
    return f"{quoted}{' ' if quoted else ''}{''.join(pieces)}"


def _from_base64(body: bytes) -> bytes:
    """Decode it, in pieces if need be, so that padding in the middle ends nothing.

    Below it servers on the way write lines of their own; some bodies only claim it.
    """
    words = _words_in(body)
    if words >= 0:
        if not body[:words].strip():
            return body
        body = body[:words]
    if b"=" not in body.rstrip()[:-2]:
        try:
            return a2b_base64(body)
        except Error:
            pass
    found = []
    for piece in re.split(rb"=+", body):
        bare = _NOT_BASE64.sub(b"", piece)
        bare = bare[: len(bare) - (len(bare) % 4 == 1)]
        try:
            found.append(a2b_base64(bare + b"=" * (-len(bare) % 4)))
        except Error:
            continue
    return b"".join(found)


def _words_in(body: bytes) -> int:
    """Return where the first line begins that has words with a space, -1 for none."""
    found = _WORDS.search(body)
    return body.rfind(b"\n", 0, found.start() + 1) + 1 if found else -1


def _from_uu(body: bytes) -> bytes:
    found = []
    for line in body.splitlines():
        if line.lower() == b"end":
            break
        if line.lower().startswith(b"begin "):
            continue
        try:
            found.append(a2b_uu(line))
        except Error:
            continue
    return b"".join(found)
