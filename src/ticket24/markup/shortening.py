"""The beginning of a text that is too long for a mail."""

import re

from ticket24.markup.parser import parse
from ticket24.markup.tree import Node

# About how much an element takes in the HTML of a mail, with its styles.
_ELEMENT, _CELL = 40, 130
_CELLS = frozenset({"td", "th"})
# The beginning of a word at the cut is dropped, unless it is longer than this.
_WORD = 80


def begun(text: str, space: int, rows: int) -> tuple[Node, bool]:
    """Return the tree of a text's beginning, and whether that is the whole text.

    It takes about `space` bytes as HTML and has at most `rows` rows of tables. A cut
    text ends with a whole row, or with a word and an ellipsis.
    """
    tree = parse(text)
    cutter = _Cutter(space, rows)
    cutter.cut(tree)
    return tree, not cutter.done


class _Cutter:
    """Walks a tree once, and drops everything after the space is used up."""

    def __init__(self, space: int, rows: int) -> None:
        self._space, self._rows = space, rows
        self.done = False

    def cut(self, node: Node) -> None:
        kept: list[Node | str] = []
        for child in node.children:
            if isinstance(child, str):
                kept.append(self._words(child))
            elif self._fits(child):
                self.cut(child)
                if not (self.done and child.name == "tr" and kept):
                    kept.append(child)
            if self.done:
                break
        node.children = kept

    def _fits(self, node: Node) -> bool:
        """Charge for a tag and its own content, without its children."""
        self._space -= _CELL if node.name in _CELLS else _ELEMENT
        if node.name == "tr":
            self._rows -= 1
            self.done = self._rows < 0 or self._space < 0
        if node.name in {"code", "ticks"}:
            node.value = self._words(node.value)
            return bool(node.value)
        self._space -= len(node.value)
        self.done = self.done or self._space < 0
        return not self.done

    def _words(self, text: str) -> str:
        size = len(text.encode(errors="replace"))
        if size <= self._space:
            self._space -= size
            return text
        self.done = True
        beginning = text.encode(errors="replace")[: max(self._space, 0)]
        words = beginning.decode(errors="ignore")
        return re.sub(rf"\s+\S{{0,{_WORD}}}\Z", "", words).rstrip() + "…"
