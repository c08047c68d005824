"""Pictures and videos that a text shows by their addresses."""

from ticket24.domain.lines import visible
from ticket24.markup.places import FILE_SIGN
from ticket24.markup.tree import Node


def is_address(node: Node) -> bool:
    """Whether the text between the tags is an address rather than words."""
    plain = node.plain()
    return " " not in plain and "\n" not in plain


def out_of_reach(node: Node) -> str:
    """Return a sign for a medium that only Bitrix24 can show, "" if it is empty."""
    return FILE_SIGN if visible(node.value + node.plain()) else ""
