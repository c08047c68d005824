"""Bytes of strangers as text: what they say of themselves is a hint, often a lie."""

import codecs
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from functools import lru_cache
from string import ascii_letters

# Codecs of Python that are none of text, or that take quadratic time.
_NEVER = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
    | {"unicode-escape", "raw-unicode-escape", "mbcs", "oem"}
)
# What mail programs say and Python does not know, or reads as less than they mean.
_MEANT = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "windows-874": "cp874",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "unicode-1-1-utf-7": "utf-7",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "x-mac-ce": "mac-latin2",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-greek": "mac-greek",
    "x-mac-turkish": "mac-turkish",
}
# Texts in these are read as they say before they are taken for UTF-8: their bytes are
# ASCII, or may be valid in both.
_AS_SAID = re.compile(r"utf-?(?:7|16|32)|iso-?2022|hz|gb|big5|cp9[345]|euc|johab")
# Programs put signs around names, and hyphens into them.
_NAMED = re.compile(
    r"iso-?8859-?\d{1,2}(?:-i)?|iso-?2022-[a-z]{2}|(?:cp|windows)-?\d{3,4}|koi8-?[ru]"
)
# Japanese in seven bits: programs leave out that it is, and use more characters than
# the standard has. Longer texts with those are not put right.
_JIS = re.compile(rb"\x1b(?:\$[@B]|\([BIJ])")
_MOST_JIS = 500_000
_JIS_KANJI, _JIS_KANA = (b"\x1b$@", b"\x1b$B"), b"\x1b(I"
# Words of accented letters alone are none in any language that Latin letters write.
_CYRILLIC = re.compile(rb"[\xc0-\xff]{4}")
_HIGH = re.compile(rb"[^\s\x22';,=<>]*[\x80-\xff][^\s\x22';,=<>]*")
_CYRILLIC_LEAST = 6
_LATIN = frozenset({"", "cp1252", "utf-8", "utf8"})
_UTF_16 = frozenset({"utf-16", "utf16", "utf_16"})
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")


def decoded(raw: bytes, charset: str = "") -> str:
    """Return bytes as text with plain line breaks and without controls; never raises.

    UTF-8 is recognised whatever they claim to be: other texts are never valid in it.
    """
    return _BREAKS.sub("\n", _CONTROLS.sub("", _text(raw, _codec(charset))))


def guessed(raw: bytes) -> str:
    """Return the bytes of a header, which say nothing of their charset, as text."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        # What is plain beside them, as the names of parameters, says nothing.
        codec = _cyrillic(b" ".join(_HIGH.findall(raw)))
        return raw.decode(codec or "cp1252", "replace")


def _text(raw: bytes, codec: str) -> str:
    if b"\x1b" in raw and raw.isascii() and _JIS.search(raw):
        return _japanese(raw)
    if not codec and raw.startswith((BOM_UTF16_BE, BOM_UTF16_LE)):
        codec = "utf-16"
    if codec and _AS_SAID.match(codec):
        if codec in _UTF_16 and raw[::2].count(0) > raw[1::2].count(0):
            codec = "utf-16" if raw.startswith(BOM_UTF16_BE) else "utf-16-be"
        try:
            return raw.decode(codec)
        except (UnicodeError, ValueError):
            pass
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        codec = (codec in _LATIN and _cyrillic(raw)) or codec
        if codec not in {"", "utf-8", "utf8"}:
            return raw.decode(codec, "replace")
    broken = raw.decode("utf-8", "replace")
    is_utf_8 = not broken.replace("\ufffd", "").isascii()
    return broken if is_utf_8 else raw.decode("cp1252", "replace")


def _japanese(raw: bytes) -> str:
    """Read ISO-2022-JP, also with the characters that Windows adds to it."""
    try:
        return raw.decode("iso-2022-jp")
    except UnicodeDecodeError:
        if len(raw) > _MOST_JIS:
            return raw.decode("iso-2022-jp", "replace")
    found, begun, mode = [], 0, b""
    for escape in [*_JIS.finditer(raw), None]:
        piece = raw[begun : escape.start() if escape else len(raw)]
        if mode in _JIS_KANJI:
            found.append(_shifted(piece).decode("cp932", "replace"))
        elif mode == _JIS_KANA:
            kana = bytes(one | 0x80 if 0x20 < one < 0x60 else one for one in piece)  # noqa: PLR2004
            found.append(kana.decode("cp932", "replace"))
        else:
            found.append(piece.decode("ascii", "replace"))
        if escape:
            begun, mode = escape.end(), escape[0]
    return "".join(found)


def _shifted(pairs: bytes) -> bytes:
    """Write pairs of JIS as Shift JIS has them; what is no pair stays as it is."""
    written, at = bytearray(), 0
    while at < len(pairs):
        row, cell = pairs[at], (*pairs[at + 1 : at + 2], 0)[0]
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):  # noqa: PLR2004
            written.append(row)
            at += 1
            continue
        lead = (row - 0x21) // 2 + (0x81 if row < 0x5F else 0xC1)  # noqa: PLR2004
        odd = cell + (0x1F if cell < 0x60 else 0x20)  # noqa: PLR2004
        written += bytes((lead, odd if row % 2 else cell + 0x7E))
        at += 2
    return bytes(written)


def _cyrillic(raw: bytes) -> str:
    """Return the codec of a text that must be Cyrillic, "" if it need not be."""
    high = raw.translate(None, bytes(range(0xC0)))
    latin = len(raw) - len(raw.translate(None, ascii_letters.encode()))
    if len(high) < max(_CYRILLIC_LEAST, latin + 1) or not _CYRILLIC.search(raw):
        return ""
    small = len(high.translate(None, bytes(range(0xE0))))
    return "cp1251" if 2 * small > len(high) else "koi8-r"


@lru_cache(256)
def _codec(charset: str) -> str:
    """Return the codec for a charset that somebody named, "" if there is none."""
    name = charset.strip(" \"'").lower()[:40]
    if inside := _NAMED.search(name):
        name = inside[0].replace("cp-", "cp")
    name = _MEANT.get(name, name)
    try:
        known = codecs.lookup(name)
        if known.name in _NEVER or name in _NEVER:
            return ""
        b"".decode(name)  # Raises for codecs that are not of text.
    except (LookupError, ValueError):
        return ""
    return name
