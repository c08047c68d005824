"""Lines of text while they are made of HTML: quoted, listed, one beside another."""

import re

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_MOST_QUOTES = 20


class Paragraphs:
    """The lines that a walk through HTML has made so far."""

    def __init__(self) -> None:
        self.preformatted = 0
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0
        self._empty_owed = False
        self._begun = False  # The line has words, more than the sign of its item.
        self._count = 0

    def words(self, words: str) -> None:
        """Add words to the line; blanks count as one unless they are preformatted."""
        if self.preformatted:
            first, *others = words.split("\n")
            self._add(first)
            for other in others:
                self.line_break()
                self._add(other)
            return
        words = _BLANKS.sub(" ", words).replace("\xa0", " ")
        if not self._line or self._line[-1].endswith(" "):
            words = words.lstrip(" ")
        self._add(words)

    def _add(self, words: str) -> None:
        if words:
            self._line.append(words)
            self._count += 1
            self._begun = self._begun or not words.isspace()

    def signature(self) -> None:
        """Add the line that says: my signature begins."""
        self.begin()
        self._line = ["-- "]
        self._begun = True

    def mark(self) -> int:
        """Return where in the line the next words will stand."""
        return self._count

    def since(self, mark: int) -> str:
        """Return what has come to the line since then."""
        count = self._count - mark
        return "".join(self._line[-count:]).strip() if count > 0 else ""

    def line_break(self) -> None:
        """End the line, also an empty one."""
        self._end_line()

    def begin(self, *, spaced: bool = False) -> None:
        """Be at the beginning of a line, an empty one before it if it is `spaced`."""
        if self._begun:
            self._end_line()
        self._empty_owed |= spaced

    def cell(self) -> None:
        """Part the cells of a row."""
        if self._begun and self._line[-1] != " | ":
            self._line.append(" | ")

    def item(self, sign: str, level: int) -> None:
        """Begin an item of a list."""
        self._line = [f"{'  ' * max(min(level, 8), 0)}{sign}"]

    def quote(self, more: int) -> None:
        """Go one deeper into quotes, or back."""
        if self._line:
            self._end_line()
        depth = self._depth
        self._depth = max(depth + min(more, 0), 0)
        self._put("")
        self._depth = max(depth + more, 0)
        self._empty_owed = False

    def _end_line(self) -> None:
        line = "".join(self._line)
        line = line if line == "-- " else line.rstrip()
        self._line, self._begun = [], False
        if line and self._empty_owed:
            self._put("")
        if line:
            self._empty_owed = False
        self._put(line)

    def _put(self, line: str) -> None:
        quoted = "> " * min(self._depth, _MOST_QUOTES)
        if not line and (not self._lines or not self._lines[-1].strip("> ")):
            return
        self._lines.append((quoted + line) if line else quoted.rstrip())

    def text(self) -> str:
        """Return the lines, with never more than one empty line in a row."""
        if self._line:
            self._end_line()
        return "\n".join(self._lines).strip("\n")
