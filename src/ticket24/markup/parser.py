"""From tokens to one tree of bounded depth, however unbalanced the tags."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from ticket24.markup.tokens import (
    ACTIONS,
    INLINE,
    LINKS,
    MEDIA,
    PARTS,
    PLAIN,
    VOID,
    Token,
    TokenKind,
    clean,
    stands_alone,
    tokenize,
)
from ticket24.markup.tree import (
    BLOCK_NODES,
    LINE_QUOTE,
    QUOTES,
    RULE_QUOTE,
    Node,
)

_PAIRS: dict[TokenKind, TokenKind] = {"open": "close", "strange": "end"}

# Deeper tags are left out; their content is kept.
MAX_DEPTH = 16

_WALLS = QUOTES | {"spoiler", "list", "table"}
# What may contain a part of a list or a table, and which part is missing between.
_HOMES = {
    "*": frozenset({"list"}),
    "tr": frozenset({"table"}),
    "td": frozenset({"table", "tr"}),
    "th": frozenset({"table", "tr"}),
}
_MISSING_PART = {"list": "*", "table": "tr", "tr": "td"}

# "Klaus Weber [10:35] #chat58/84877": who said what a rule quote repeats.
_SPEAKER = re.compile(r"([^\[\]\n]{1,100}\[[^\[\]\n]{1,60}\])(?: #\S{1,60})?(?:\n|\Z)")


def parse(text: str) -> Node:
    """Read BBCode into a tree whose root is called "root"; never raises."""
    return _Parser(list(tokenize(clean(text)))).run()


class _Parser:
    """Walks the tokens once, with the open nodes on a stack."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._open = [Node("root")]
        self._strange: Counter[str] = Counter()
        self._rules = sum(token.kind == "rule" for token in tokens)
        self._closed = _closed(tokens)

    def run(self) -> Node:
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            match token.kind:
                case "text":
                    self._take_text(token.raw)
                case "open":
                    self._take_open(token)
                case "close":
                    self._close(token.name)
                case "strange":
                    self._take_strange(token)
                case "end":
                    self._take_end(token)
                case "code":
                    self._push(Node(token.name, token.value))
                    self._open.pop()
                case "line":
                    self._take_line()
                case "rule":
                    self._take_rule(token)
            self._at += 1
        return self._open[0]

    def _take_text(self, text: str) -> None:
        """Add text; a line quote ends with its line unless the next is one too."""
        if "\n" in text and self._inside({LINE_QUOTE}):
            line, _, text = text.partition("\n")
            self._add(line)
            if not text and self._next_is("line"):
                text = "\n"
            else:
                self._close(LINE_QUOTE)
        self._add(text)

    def _take_line(self) -> None:
        if not self._inside({LINE_QUOTE}):
            self._enter(Node(LINE_QUOTE))

    def _take_rule(self, token: Token) -> None:
        """Open or close a quote; a rule without a partner is text."""
        self._rules -= 1
        if self._inside({LINE_QUOTE}):
            self._close(LINE_QUOTE)
        if self._inside({RULE_QUOTE}):
            self._close(RULE_QUOTE)
        elif self._rules:
            self._enter(Node(RULE_QUOTE, self._take_speaker()))
        else:
            self._add(token.raw)

    def _take_speaker(self) -> str:
        """Cut the first line off the next text, if it says who speaks."""
        if not self._next_is("text"):
            return ""
        text = self._tokens[self._at + 1].raw
        speaker = _SPEAKER.match(text)
        if speaker is None:
            return ""
        self._tokens[self._at + 1] = Token("text", text[speaker.end() :])
        return speaker[1].strip()

    def _take_open(self, token: Token) -> None:
        name = token.name
        if name in PLAIN or name in VOID:
            self._add(self._words(token))
        elif name in PARTS:
            self._open_part(token)
        elif name in LINKS or name in MEDIA:
            self._open_link(token)
        elif name in INLINE and self._is_index():
            self._add(token.raw)
        else:
            self._enter(Node(name, token.value))

    def _take_strange(self, token: Token) -> None:
        """Drop a tag that we do not know, but keep its meaning.

        Words that people type in brackets, and an index, stay as they are.
        """
        if self._at in self._closed:
            self._strange[token.name] += 1
        elif self._is_index() or not stands_alone(token):
            self._add(token.raw)
        else:
            self._add(token.value)

    def _take_end(self, token: Token) -> None:
        if self._strange[token.name]:
            self._strange[token.name] -= 1
        elif not token.value:
            self._add(token.raw)

    def _words(self, token: Token) -> str:
        """Return the words of a tag that leaves no node."""
        labelled = self._at in self._closed and not self._next_is("close")
        match token.name:
            case "br":
                return "\n"
            case "timestamp":
                return _moment(token.value) or token.raw
            case "user" if token.value.lower() == "all" and not labelled:
                return "@all"
            case name if name in ACTIONS and not labelled:
                return token.value
        return ""

    def _open_part(self, token: Token) -> None:
        """Open an item, row or cell where one is allowed, closing the one before."""
        homes = _HOMES[token.name]
        for depth in range(len(self._open), 0, -1):
            name = self._open[depth - 1].name
            if name in homes:
                del self._open[depth:]
                if name == "table" and token.name != "tr":
                    self._push(Node("tr"))
                self._push(Node(token.name))
                return
            if name in _WALLS:
                break
        if token.name == "*":
            self._add(token.raw)

    def _open_link(self, token: Token) -> None:
        """Open a link outside other links; an unclosed one links only its address."""
        if self._inside(MEDIA) or (token.name in LINKS and self._inside(LINKS)):
            return
        if self._at in self._closed:
            self._enter(Node(token.name, token.value))
        elif token.value:
            self._add(Node(token.name, token.value))
            self._add(" ")

    def _is_index(self) -> bool:
        """Tell whether this is the index in `a[i]` rather than a tag."""
        if self._at == 0 or self._at in self._closed:
            return False
        before = self._tokens[self._at - 1]
        return before.kind == "text" and before.raw[-1:].isalnum()

    def _close(self, name: str) -> None:
        """Close the nearest node of this name and all in it; else do nothing.

        An inline tag does not close the block it was not opened in.
        """
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].name == name:
                del self._open[depth:]
                return
            if name not in BLOCK_NODES and self._open[depth].name in BLOCK_NODES:
                return

    def _enter(self, node: Node) -> None:
        if len(self._open) < MAX_DEPTH:
            self._push(node)

    def _push(self, node: Node) -> None:
        if node.name in BLOCK_NODES:
            for outer in reversed(self._open):
                if outer.has_blocks:
                    break
                outer.has_blocks = True
        if node.name not in PARTS:
            self._make_room()
        self._open[-1].children.append(node)
        self._open.append(node)

    def _add(self, piece: Node | str) -> None:
        """Put a leaf into the innermost node; blanks between cells are dropped."""
        inner = self._open[-1]
        if isinstance(piece, str):
            if inner.name in _MISSING_PART or inner.ends_with_block():
                piece = piece.lstrip()
            if not piece:
                return
        self._make_room()
        self._open[-1].children.append(piece)

    def _make_room(self) -> None:
        while part := _MISSING_PART.get(self._open[-1].name):
            self._push(Node(part))

    def _inside(self, names: Iterable[str]) -> bool:
        for node in reversed(self._open):  # noqa: SIM110 - half the time of any().
            if node.name in names:
                return True
        return False

    def _next_is(self, kind: TokenKind) -> bool:
        after = self._at + 1
        return after < len(self._tokens) and self._tokens[after].kind is kind


def _closed(tokens: list[Token]) -> set[int]:
    """Find the opening tags whose next tag of that name closes them."""
    closed = set()
    following: dict[str, TokenKind] = {}
    for at in range(len(tokens) - 1, -1, -1):
        token = tokens[at]
        if _PAIRS.get(token.kind) == following.get(token.name, ""):
            closed.add(at)
        following[token.name] = token.kind
    return closed


def _moment(value: str) -> str:
    """Write out "1700000000 FORMAT=…" in UTC, or "" if it is not a moment."""
    seconds = re.match(r"[0-9]{1,11}(?=\s|\Z)", value)
    if seconds is None:
        return ""
    try:
        moment = datetime.fromtimestamp(int(seconds[0]), UTC)
    except (OverflowError, OSError, ValueError):
        return ""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
