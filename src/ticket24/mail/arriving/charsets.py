"""Bytes of strangers as text: what they say of themselves is a hint, often a lie."""

import codecs
import re
from functools import lru_cache

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
}
# Texts in these are read as they say before they are taken for UTF-8: their bytes are
# ASCII, or may be valid in both.
_AS_SAID = re.compile(r"utf-?(?:7|16|32)|iso-?2022|hz|gb|big5|cp9[345]|euc|johab")
# Programs put signs around names, and hyphens into them.
_NAMED = re.compile(
    r"iso-?8859-?\d{1,2}(?:-i)?|iso-?2022-[a-z]{2}|(?:cp|windows)-?\d{3,4}|koi8-?[ru]"
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")


def decoded(raw: bytes, charset: str = "") -> str:
    """Return bytes as text with plain line breaks and without controls; never raises.

    UTF-8 is recognised whatever they claim to be: other texts are never valid in it.
    """
    return _BREAKS.sub("\n", _CONTROLS.sub("", _text(raw, _codec(charset))))


def _text(raw: bytes, codec: str) -> str:
    if codec and _AS_SAID.match(codec):
        try:
            return raw.decode(codec)
        except (UnicodeError, ValueError):
            pass
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        if codec not in {"", "utf-8", "utf8"}:
            return raw.decode(codec, "replace")
    broken = raw.decode("utf-8", "replace")
    is_utf_8 = not broken.replace("\ufffd", "").isascii()
    return broken if is_utf_8 else raw.decode("cp1252", "replace")


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
