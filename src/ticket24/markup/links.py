"""Which addresses become links, and where they are in a text."""

import re
from collections.abc import Iterator

from ticket24.markup.tree import Node

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_MAX_LENGTH = 2048

# User names before the host are refused: in a phishing link they pass for the host.
# Characters without width are refused: they make two addresses look alike.
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u2060-\u2064]")
_SAFE = re.compile(
    r"""
    https?://[^\s/?#@\\<>"'`{}|^\[\]%]+ (?: [/?\#][^\s<>"`\\]* )?
    | mailto:[^\s/?\#@\\<>"'`&%:;,()\[\]]+@[^\s/?\#@\\<>"'`&%:;,()\[\]]+
    | tel:\+?[0-9().\-]+
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BARE = re.compile(r"\bhttps?://[^\s<>\"'`\[\]{}|\\^]+", re.IGNORECASE)


def target(node: Node) -> str | None:
    """Return the safe address to which a link or medium points, or None.

    The address is the value of the tag, or else its content.
    """
    address = node.value or node.plain()
    if node.name == "email" and not address.lower().startswith("mailto:"):
        address = f"mailto:{address.strip()}"
    return safe_address(address)


def safe_address(address: str) -> str | None:
    """Return the address in its safe form, or None if it must stay text.

    Safe are whole http, https, mailto and tel addresses of a sensible length;
    paths inside Bitrix24 lead a customer nowhere.
    """
    address = address.strip().replace(" ", "%20")
    if len(address) > _MAX_LENGTH or _INVISIBLE.search(address):
        return None
    if not _SAFE.fullmatch(address):
        return None
    scheme, rest = address.split(":", 1)
    return f"{scheme.lower()}:{rest}"


def shown(address: str) -> str:
    """Return the address as people write it."""
    return address.removeprefix("mailto:").removeprefix("tel:").replace("%20", " ")


def find(text: str) -> Iterator[tuple[str, str]]:
    """Yield pairs: the text before a bare address, and the address.

    The last pair has no address.
    """
    start = 0
    for bare in _BARE.finditer(text):
        end = bare.start() + _length_without_punctuation(bare[0])
        if safe_address(text[bare.start() : end]):
            yield text[start : bare.start()], text[bare.start() : end]
            start = end
    yield text[start:], ""


def _length_without_punctuation(address: str) -> int:
    """Return the length without closing brackets and the end of a sentence."""
    surplus = address.count(")") - address.count("(")
    end = len(address)
    while address[end - 1] in ".,;:!?" or (address[end - 1] == ")" and surplus > 0):
        surplus -= address[end - 1] == ")"
        end -= 1
    return end
