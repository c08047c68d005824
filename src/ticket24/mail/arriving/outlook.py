"""What is inside a winmail.dat, into which Outlook puts files and words (MS-OXTNEF).

https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxtnef
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ticket24.mail.arriving.charsets import decoded
from ticket24.mail.arriving.rich_text import unpacked, words_of

_SIGNATURE = 0x223E9F78
_BEGINS, _TITLE, _CONTENT, _PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_WORDS, _OF_MAIL, _CODEPAGE = 0x800C, 0x9003, 0x9007
_LONG_NAME, _BYTES = 0x3707, 0x3701
_BODY, _HTML, _RICH = 0x1000, 0x1013, 0x1009
_TEXT, _WIDE_TEXT, _BINARY, _OBJECT = 0x1E, 0x1F, 0x102, 0x0D
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4} | {
    0x14: 8,
    0x40: 8,
    0x48: 16,
}
_NAMED, _MANY = 0x8000, 0x1000
_MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class InOutlooks:
    """What is in there: files by their names, and words, as `html` or as `text`.

    Of one that is not `whole` nobody knows what else was in it.
    """

    files: tuple[tuple[str, bytes], ...] = ()
    html: str = ""
    text: str = ""
    whole: bool = True


def unfolded(raw: bytes) -> InOutlooks:
    """Return what is in a winmail.dat; of a broken one the words or files, if any."""
    broken = (struct.error, ValueError, LookupError)
    found = InOutlooks()
    try:
        html, said = _words(raw)
        found = replace(found, html=html, text=said)
    except broken:
        found = replace(found, whole=False)
    try:
        return replace(found, files=tuple(_files(raw))[:_MOST_FILES])
    except broken:
        return replace(found, whole=False)


def _words(raw: bytes) -> tuple[str, str]:
    """Return the words of the mail: as HTML, and as plain or as rich text."""
    plain, codepage = b"", "cp1252"
    found: dict[int, tuple[int, bytes]] = {}
    for attribute, value in _attributes(raw):
        if attribute == _BEGINS:
            break
        if attribute == _WORDS:
            plain = value
        elif attribute == _CODEPAGE and len(value) >= 4:  # noqa: PLR2004  A number.
            codepage = f"cp{struct.unpack_from('<I', value)[0]}"
        elif attribute == _OF_MAIL:
            found |= {number: (kind, one) for kind, number, one in _properties(value)}
    html, said = _text(*found.get(_HTML, (0, b"")), codepage), ""
    if _BODY in found:
        said = _text(*found[_BODY], codepage)
    elif _RICH in found:
        said = words_of(unpacked(found[_RICH][1]))
    return html, said or _text(0, plain, codepage)


def _text(kind: int, value: bytes, codepage: str) -> str:
    if kind & ~_MANY == _WIDE_TEXT:
        return value.decode("utf-16-le", "replace").replace("\r\n", "\n").strip("\0")
    return decoded(value.strip(b"\0"), codepage)


def _files(raw: bytes) -> Iterator[tuple[str, bytes]]:
    name, content = "", b""
    for attribute, value in _attributes(raw):
        if attribute == _BEGINS:
            if content:
                yield name, content
            name, content = "", b""
        elif attribute == _TITLE:
            name = name or _said(value)
        elif attribute == _CONTENT:
            content = value
        elif attribute == _PROPERTIES:
            found = {number: one for _, number, one in _properties(value)}
            name = _said(found.get(_LONG_NAME, b"")) or name
            content = content or found.get(_BYTES, b"")
    if content:
        yield name, content


def _attributes(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each attribute's number and value, in their order."""
    if struct.unpack_from("<I", raw)[0] != _SIGNATURE:
        raise ValueError
    at = 6
    while at + 11 <= len(raw):
        _, number, size = struct.unpack_from("<BII", raw, at)
        at += 9
        if at + size + 2 > len(raw):
            raise ValueError
        yield number & 0xFFFF, raw[at : at + size]
        at += size + 2
    if raw[at:].strip():
        raise ValueError


def _properties(raw: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield each property's type, number and value; of several values the first."""
    (count,) = struct.unpack_from("<I", raw)
    at = 4
    for _ in range(min(count, len(raw) // 4)):
        kind, number = struct.unpack_from("<HH", raw, at)
        at += 4
        if number >= _NAMED:
            at = _after_name(raw, at)
        plain, values = kind & ~_MANY, 1
        sized = plain in {_TEXT, _WIDE_TEXT, _BINARY, _OBJECT}
        if sized or kind & _MANY:
            (values,) = struct.unpack_from("<I", raw, at)
            at += 4
        if values > len(raw) // 4:
            raise ValueError
        for place in range(values):
            size = _SIZES.get(plain, 0)
            if sized:
                (size,) = struct.unpack_from("<I", raw, at)
                at += 4
            if not (sized or size) or at + size > len(raw):
                raise ValueError
            if not place:
                yield plain, number, raw[at : at + size]
            at += size + -size % 4


def _after_name(raw: bytes, at: int) -> int:
    """Return where a property goes on that has a name besides its number."""
    (by_text,) = struct.unpack_from("<I", raw, at + 16)
    (size,) = struct.unpack_from("<I", raw, at + 20)
    return at + 24 + (size + -size % 4 if by_text else 0)


def _said(value: bytes) -> str:
    """Return a name: of two bytes a letter, or of one."""
    wide = len(value) > 1 and not len(value) % 2 and not value[-1] and not value[-2]
    return value.decode("utf-16-le" if wide else "cp1252", "replace").partition("\0")[0]
