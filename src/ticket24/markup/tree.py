"""The tree that both outputs are written from."""

from dataclasses import dataclass, field

from ticket24.markup.tokens import BLOCKS

# Quotes of the chat: lines that start with >>, and text between two rules.
LINE_QUOTE = ">>"
RULE_QUOTE = "------"
QUOTES = frozenset({"quote", LINE_QUOTE, RULE_QUOTE})
BLOCK_NODES = BLOCKS | QUOTES


@dataclass(slots=True)
class Node:
    """A tag with its value and its content.

    `children` are nodes and text; the text of `code`, and of `ticks`, which are code in
    a line, is their value.
    """

    name: str
    value: str = ""
    children: list["Node | str"] = field(default_factory=list)
    has_blocks: bool = False

    def plain(self) -> str:
        """Return the text in this node without any tags."""
        return "".join(
            child if isinstance(child, str) else child.plain()
            for child in self.children
        )

    def ends_with_block(self) -> bool:
        """Tell whether text added now would follow a block."""
        last = self.children[-1] if self.children else ""
        return not isinstance(last, str) and last.name in BLOCK_NODES
