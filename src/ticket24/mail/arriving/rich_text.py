"""The words of rich text (RTF), as Outlook keeps them in a winmail.dat.

Linear in time, and bounded, whatever it is given. The packing is MS-OXRTFCP:
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxrtfcp
"""

import re
import struct
from dataclasses import dataclass, replace

# What the first words of most texts refer to.
_KNOWN = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss "
    b"\\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier"
    b"{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab"
    b"\\tx"
)
_ROOM, _MOST_BYTES = 4_096, 2_000_000
_PACKED, _PLAIN = b"LZFu", b"MELA"

_TOKEN = re.compile(
    r"\\(?P<word>[a-z]{1,32})(?P<number>-?\d{1,7})? ?|\\'(?P<hex>[0-9a-fA-F]{2})"
    r"|\\(?P<sign>[^a-z])|(?P<brace>[{}])|[\r\n]+|(?P<text>[^\\{}\r\n]+)"
)
_SIGNS = {"~": "\xa0", "_": "-", "{": "{", "}": "}", "\\": "\\", "\n": "\n"}
_WORDS = {"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n"} | {
    "tab": "\t",
    "cell": "\t",
    "emdash": "\u2014",
    "endash": "\u2013",
    "bullet": "\u2022",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
}
# What stands in a group that is no text: fonts, colours, pictures, what is linked.
_NO_TEXT = frozenset(
    {"fonttbl", "colortbl", "stylesheet", "info", "pict", "fldinst", "listtable"}
    | {"listoverridetable", "header", "footer", "object", "generator", "themedata"}
    | {"xmlnstbl", "latentstyles", "rsidtbl", "htmltag", "mhtmltag", "bin"}
)


def unpacked(raw: bytes) -> bytes:
    """Return rich text that was packed; nothing if it is broken."""
    if len(raw) < 16:  # noqa: PLR2004  The length of its head.
        return b""
    size, _, kind, _ = struct.unpack_from("<II4sI", raw)
    held = raw[16 : size + 4]
    if kind == _PLAIN:
        return held[:_MOST_BYTES]
    return _unpacked(held) if kind == _PACKED else b""


def _unpacked(held: bytes) -> bytes:
    known = bytearray(_KNOWN.ljust(_ROOM, b" "))
    place, out, at = len(_KNOWN), bytearray(), 0
    while at < len(held) and len(out) < _MOST_BYTES:
        flags = held[at]
        at += 1
        for bit in range(8):
            if not flags >> bit & 1:
                found = held[at : at + 1]
                at += 1
            else:
                told = int.from_bytes(held[at : at + 2])
                at += 2
                start, length = told >> 4, (told & 15) + 2
                if start == place or at > len(held):
                    return bytes(out)
                found = b""
                for step in range(length):
                    one = known[(start + step) % _ROOM]
                    known[(place + step) % _ROOM] = one
                    found += bytes((one,))
            for one in found:
                known[place] = one
                place = (place + 1) % _ROOM
            out += found
    return bytes(out)


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds for a group: whether it is text, and what follows a letter's code."""

    is_text: bool = True
    skip: int = 1
    codepage: str = "cp1252"


def words_of(raw: bytes) -> str:
    """Return the words in rich text."""
    walk = _Walk()
    for token in _TOKEN.finditer(raw[:_MOST_BYTES].decode("latin-1")):
        walk.take(token)
    walk.end_bytes()
    # Letters beyond the first 65,536 are written as two, which belong together.
    said = "".join(walk.out).encode("utf-16-le", "surrogatepass")
    return said.decode("utf-16-le", "replace").replace("\0", "").strip()


class _Walk:
    """Goes through rich text once."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self._group = _Group()
        self._outside: list[_Group] = []
        self._bytes = bytearray()
        self._to_skip = 0

    def take(self, token: re.Match[str]) -> None:
        if token["hex"]:
            self._say_byte(int(token["hex"], 16))
            return
        self.end_bytes()
        if brace := token["brace"]:
            self._to_skip = 0
            if brace == "{":
                self._outside.append(self._group)
            elif self._outside:
                self._group = self._outside.pop()
        elif word := token["word"]:
            self._word(word, token["number"])
        elif sign := token["sign"]:
            self._sign(sign)
        elif said := token["text"]:
            skipped, self._to_skip = self._to_skip, max(self._to_skip - len(said), 0)
            self._say(said[skipped:])

    def end_bytes(self) -> None:
        """Say the letters that were given byte by byte, by the code page."""
        if self._bytes:
            held = bytes(self._bytes)
            self._bytes.clear()
            try:
                self._say(held.decode(self._group.codepage, "replace"))
            except LookupError:
                self._say(held.decode("cp1252", "replace"))

    def _word(self, word: str, number: str | None) -> None:
        value = int(number or 0)
        if word in _NO_TEXT or (word == "htmlrtf" and number != "0"):
            self._group = replace(self._group, is_text=False)
        elif word == "htmlrtf":
            self._group = replace(self._group, is_text=True)
        elif word == "ansicpg":
            self._group = replace(self._group, codepage=f"cp{value}")
        elif word == "uc":
            self._group = replace(self._group, skip=min(max(value, 0), 8))
        elif word == "u" and number:
            self._say(chr(value % 0x10000))
            self._to_skip = self._group.skip
        else:
            self._say(_WORDS.get(word, ""))

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._group = replace(self._group, is_text=False)
        else:
            self._say(_SIGNS.get(sign, ""))

    def _say_byte(self, byte: int) -> None:
        if self._to_skip:
            self._to_skip -= 1
        else:
            self._bytes.append(byte)

    def _say(self, said: str) -> None:
        if self._group.is_text:
            self.out.append(said)
