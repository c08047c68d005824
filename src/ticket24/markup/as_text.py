"""The tree as text for people who read mail without HTML."""

import re

from ticket24.markup import links
from ticket24.markup.media import is_address, out_of_reach
from ticket24.markup.parser import parse
from ticket24.markup.tokens import ALIGNED
from ticket24.markup.tree import QUOTES, Node

_MANY_BREAKS = re.compile(r"\n{3,}")


def to_text(text: str | Node) -> str:
    """Turn BBCode into readable plain text.

    Links are "label (address)", quotes start with "> ", items with "- " or
    "1. ", cells are parted by " | ", code is indented by four spaces; never
    more than one empty line in a row, and none at either end.
    """
    tree = parse(text) if isinstance(text, str) else text
    lines = [line.rstrip() for line in _inner(tree).split("\n")]
    return _tidy("\n".join(lines))


def _tidy(text: str) -> str:
    return _MANY_BREAKS.sub("\n\n", text).strip("\n")


def _inner(node: Node, *, linked: bool = False) -> str:
    return "".join(
        child if isinstance(child, str) else _piece(child, linked=linked)
        for child in node.children
    )


def _piece(node: Node, *, linked: bool) -> str:
    match node.name:
        case "code":
            text = _block(_indented(node.value, "    ", "    "))
        case "ticks":
            text = f"`{node.value}`"
        case "url" | "email":
            text = _link(node)
        case "img" | "video":
            text = _medium(node, linked=linked)
        case "list":
            text = _block("\n".join(_items(node, linked=linked)))
        case "table":
            text = _block("\n".join(_rows(node, linked=linked)))
        case _:
            text = _framed(node, _inner(node, linked=linked))
    return text


def _framed(node: Node, text: str) -> str:
    if node.name == "p":
        return _block(_tidy(text))
    if node.name in ALIGNED:
        return f"\n{_tidy(text)}\n"
    if node.name in QUOTES or node.name == "spoiler":
        title = f"{node.value}:\n" if node.value else ""
        return _block(_indented(title + _tidy(text), "> ", "> "))
    return text


def _block(text: str) -> str:
    return f"\n\n{text}\n\n"


def _indented(text: str, first: str, others: str) -> str:
    return first + text.replace("\n", f"\n{others}")


def _items(node: Node, *, linked: bool) -> list[str]:
    items = []
    for number, item in enumerate(node.children, start=1):
        assert isinstance(item, Node)  # noqa: S101 - the parser makes room.
        marker = f"{number}. " if node.value else "- "
        body = re.sub(r"\n{2,}", "\n", _inner(item, linked=linked)).strip("\n")
        starts_with_text = item.children and isinstance(item.children[0], str)
        body = body.lstrip() if starts_with_text else body
        items.append(_indented(body, marker, " " * len(marker)))
    return items


def _rows(node: Node, *, linked: bool) -> list[str]:
    return [
        " | ".join(
            " ".join(_inner(cell, linked=linked).split())
            for cell in row.children
            if isinstance(cell, Node)
        )
        for row in node.children
        if isinstance(row, Node)
    ]


def _link(node: Node) -> str:
    address = links.target(node)
    if address is None:
        return _inner(node)
    label = _inner(node, linked=True).strip()
    address = links.shown(address)
    return f"{label} ({address})" if label and label != address else address


def _medium(node: Node, *, linked: bool) -> str:
    if not is_address(node):
        return _inner(node, linked=linked)
    if linked:
        return ""
    address = links.target(node)
    return f"\n{address}\n" if address else out_of_reach(node)
