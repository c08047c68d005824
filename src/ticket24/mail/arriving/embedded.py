"""Files that are written into the words of a mail, and become parts as others are.

Some programs paste pictures as long addresses into HTML; others write files below a
plain text, from "begin 644 name" to "end" (uuencode). So they are files in the ticket,
and the text has room for its words.
"""

import hashlib
import re
from binascii import Error, a2b_base64, a2b_uu
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from ticket24.domain.lines import visible
from ticket24.mail.arriving.bodies import content, text
from ticket24.mail.arriving.files import content_id, said_name
from ticket24.mail.arriving.parts import Head, Part

_PICTURE = re.compile(
    r"(?P<sign>[\"'])data:(?P<type>image/[a-z0-9.+-]{2,30})(?:;[a-z0-9=_-]{1,40}){0,3}"
    r";base64,(?P<held>[A-Za-z0-9+/=%\s]*+)(?P=sign)",
    re.IGNORECASE,
)
_FILE = re.compile(
    r"^begin [0-7]{3,4} (?P<name>[^\n]{1,200})\n"
    r"(?P<held>(?:[ -`]{1,90}\n)+?)end[ \t]*$",
    re.MULTILINE,
)
_SIGNS = {"text/html": b";base64,", "text/plain": b"begin "}
_MOST = 50


def lifted(part: Part) -> Part:
    """Return a mail in which files in its words are parts beside these.

    Where a picture stands between texts, a text says so, as others do.
    """
    if part.parts:
        parts = [lifted(one) for one in part.parts]
        if part.type == "multipart/mixed":
            parts = [*_with_places(parts)]
        return Part(part.head, part.type, part.body, tuple(parts))
    is_file = part.head.disposition == "attachment" or said_name(part)
    sign = _SIGNS.get(part.type)
    if is_file or sign is None or sign not in content(part):
        return part
    found: list[Part] = []
    if part.type == "text/html":
        said = _PICTURE.sub(lambda one: _named(one, found), text(part))
    else:
        said = _FILE.sub(lambda one: _below(one, found), text(part))
    if not found:
        return part
    head = Head(f"Content-Type: {part.type}; charset=utf-8".encode())
    inner = Part(head, part.type, said.encode(errors="replace"))
    return Part(part.head, "multipart/related", parts=(inner, *found))


def _with_places(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield parts, and before each picture above a text where it belongs."""
    for number, one in enumerate(parts):
        inline = one.type.startswith("image/") and one.head.disposition == "inline"
        if not (inline and any(map(_is_words, parts[number + 1 :]))):
            yield one
            continue
        name = hashlib.sha256(one.body).hexdigest()[:16]
        name = content_id(one) or f"{name}@picture"
        head = [*one.head.lines(), ("content-id", f"<{name}>")]
        lines = "\n".join(f"{field}: {value}" for field, value in head)
        place = f"[cid:{name}]".encode(errors="replace")
        yield Part(
            Head(b"Content-Type: text/plain; charset=utf-8"), "text/plain", place
        )
        yield Part(Head(lines.encode(errors="replace")), one.type, one.body)


def _is_words(part: Part) -> bool:
    words = part.type == "text/plain" and part.head.disposition != "attachment"
    return words and not said_name(part) and bool(visible(text(part)))


def _below(found: re.Match[str], files: list[Part]) -> str:
    """Put a file beside the others; return what stays of it in the text."""
    try:
        held = b"".join(map(a2b_uu, found["held"].encode().splitlines()))
    except (Error, ValueError):
        return found[0]
    if not held or len(files) == _MOST:
        return found[0]
    name = found["name"].replace('"', "").replace("\\", "/").rpartition("/")[2].strip()
    head = f'Content-Disposition: attachment; filename="{name}"'
    type_ = "application/octet-stream"
    files.append(Part(Head(head.encode(errors="replace")), type_, held))
    return ""


def _named(found: re.Match[str], pictures: list[Part]) -> str:
    """Put a picture beside the others; return what stands for it in the HTML."""
    held = _content(found["held"])
    if not held or len(pictures) == _MOST:
        return found[0]
    name = f"embedded-{len(pictures) + 1}@picture"
    type_ = found["type"].lower()
    head = f"Content-Type: {type_}\nContent-ID: <{name}>"
    pictures.append(Part(Head(head.encode()), type_, held))
    return f"{found['sign']}cid:{name}{found['sign']}"


def _content(held: str) -> bytes:
    try:
        return a2b_base64(unquote(held))
    except (Error, ValueError):
        return b""
