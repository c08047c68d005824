"""Mails that are inside of their own signature (S/MIME, "opaque" signed data).

They are not encrypted: the whole mail is one of the octet strings in there (RFC 5652).
The library that we have for cryptography does not give it out, so it is found here.
Nobody checks the signature: who speaks is decided as for any other mail.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ticket24.mail.arriving.bodies import content
from ticket24.mail.arriving.files import said_name
from ticket24.mail.arriving.parts import Head, Part, Taking, head_of

TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})

_SIGNED = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_SEQUENCE, _OID, _OCTETS, _MANY_OCTETS, _INSIDE = 0x30, 0x06, 0x04, 0x24, 0xA0
_MOST_PIECES = 200_000
_MOST_DEEP = 4


def opened(part: Part, taking: Taking) -> Part:
    """Return a mail in which what was signed stands where its signature did.

    What is encrypted, broken, or signed once more inside, stays a file.
    """
    if part.parts:
        parts = tuple(opened(one, taking) for one in part.parts)
        return Part(part.head, part.type, part.body, parts)
    if part.type not in TYPES and said_name(part).lower() != "smime.p7m":
        return part
    inside = signed(content(part))
    if not inside:
        return part
    # Some programs sign bare words: of a mail that has no head nothing is one.
    whole = Part(Head(b""), "text/plain", inside)
    if head_of(inside).get("content-type"):
        inner = Taking(inside, taking.troubles, taking.left)
        whole = inner.whole()
        taking.left = inner.left
    return Part(part.head, "multipart/mixed", parts=(whole,))


def signed(raw: bytes) -> bytes:
    """Return what was signed; nothing if there is none, or it cannot be read."""
    try:
        outer = _children(raw, *_only(raw, 0, len(raw), _SEQUENCE))
        if raw[next(outer).span] != _SIGNED:
            return b""
        return _content(raw, next(outer))
    except (ValueError, IndexError, StopIteration):
        return b""


@dataclass(frozen=True, slots=True)
class _Piece:
    tag: int
    start: int
    end: int

    @property
    def span(self) -> slice:
        return slice(self.start, self.end)


def _content(raw: bytes, explicit: _Piece) -> bytes:
    """Return the content of signed data: version, digests, and then what it is of."""
    inside = _children(raw, *_only(raw, explicit.start, explicit.end, _SEQUENCE))
    next(inside)
    next(inside)
    what = next(inside)
    held = _children(raw, what.start, what.end)
    if raw[next(held).span] != _DATA:
        return b""
    inner = next(held)
    (octets,) = _children(raw, inner.start, inner.end)
    return b"".join(_octets(raw, octets, 0))


def _octets(raw: bytes, piece: _Piece, depth: int) -> Iterator[bytes]:
    if piece.tag == _OCTETS:
        yield raw[piece.span]
    elif piece.tag == _MANY_OCTETS and depth < _MOST_DEEP:
        for one in _children(raw, piece.start, piece.end):
            yield from _octets(raw, one, depth + 1)
    else:
        raise ValueError


def _only(raw: bytes, start: int, end: int, tag: int) -> tuple[int, int]:
    piece = next(_children(raw, start, end))
    if piece.tag != tag:
        raise ValueError
    return piece.start, piece.end


def _children(raw: bytes, start: int, end: int) -> Iterator[_Piece]:
    """Yield the pieces in a span, each with where its content is."""
    for _ in range(_MOST_PIECES):
        if start >= end or raw[start : start + 2] == b"\0\0":
            return
        piece, start = _piece(raw, start, end)
        yield piece


def _piece(raw: bytes, start: int, end: int) -> tuple[_Piece, int]:
    """Return the piece that begins there, and where the next one does."""
    body, size = _head(raw, start)
    stop = _end(raw, body, end) if size is None else body + size
    if stop > end:
        raise ValueError
    return _Piece(raw[start], body, stop), stop + (2 if size is None else 0)


def _head(raw: bytes, start: int) -> tuple[int, int | None]:
    """Return where a piece's content begins, and its size, None if a mark ends it."""
    length = raw[start + 1]
    if length < 0x80:  # noqa: PLR2004  As X.690 has it.
        return start + 2, length
    more = length & 0x7F
    if more > 4:  # noqa: PLR2004  Larger than any mail.
        raise ValueError
    size = int.from_bytes(raw[start + 2 : start + 2 + more])
    return start + 2 + more, size if more else None


def _end(raw: bytes, at: int, end: int) -> int:
    """Return where the mark is that ends a piece, whatever is in it."""
    depth = 1
    while at < end:
        if raw[at : at + 2] == b"\0\0":
            depth -= 1
            if not depth:
                return at
            at += 2
            continue
        at, size = _head(raw, at)
        depth += size is None
        at += size or 0
    raise ValueError
