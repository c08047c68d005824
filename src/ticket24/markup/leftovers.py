"""Whether anything readable is left of a text."""

import re

from ticket24.domain.lines import visible
from ticket24.markup import links
from ticket24.markup.media import is_address
from ticket24.markup.parser import parse
from ticket24.markup.tokens import LINKS, MEDIA
from ticket24.markup.tree import Node

# Most texts have words outside all brackets, so nobody need look at their tags.
_IN_BRACKETS = re.compile(r"\[[^\[\]]*+\]")
_MEDIUM = re.compile(r"\[(?:img|video)", re.IGNORECASE)
_SIGNS = re.compile(r"#BR#|[\[\]>-]")


def says_something(text: str) -> bool:
    """Whether a text has anything to read; the mere name of a file does not count."""
    plain = not _MEDIUM.search(text)
    if plain and visible(_SIGNS.sub("", _IN_BRACKETS.sub("", text))):
        return True
    return _says(parse(text))


def _says(node: Node) -> bool:
    if node.name in LINKS | MEDIA and links.target(node):
        return True
    if node.name in MEDIA and is_address(node):
        return False
    if visible(node.value) and node.name in {"code", "spoiler", "ticks"}:
        return True
    return any(
        visible(child) if isinstance(child, str) else _says(child)
        for child in node.children
    )
