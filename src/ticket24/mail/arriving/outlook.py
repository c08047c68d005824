"""The files inside a winmail.dat, into which Outlook puts them (MS-OXTNEF).

https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxtnef
"""

import struct
from collections.abc import Iterator

_SIGNATURE = 0x223E9F78
_BEGINS, _TITLE, _CONTENT, _PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_LONG_NAME, _BYTES = 0x3707, 0x3701
_TEXT, _WIDE_TEXT, _BINARY, _OBJECT = 0x1E, 0x1F, 0x102, 0x0D
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4} | {
    0x14: 8,
    0x40: 8,
    0x48: 16,
}
_NAMED, _MANY = 0x8000, 0x1000
_MOST_FILES = 100


def files_in(raw: bytes) -> list[tuple[str, bytes]]:
    """Return the names and contents of the files; nothing if any of it is broken."""
    try:
        return [*_files(raw)][:_MOST_FILES]
    except (struct.error, ValueError, LookupError):
        return []


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
