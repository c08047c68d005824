"""No pattern that meets foreign text takes more than its share of time.

Every regular expression of ticket24 is found automatically, without a list. It is fed
with runs made from its own parts: what it repeats, again and again, after what precedes
that.
"""

import ast
import importlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import handlers
import ticket24

# How many characters, how long they may take, and of how many attacks more are tried.
# What is quadratic takes as long for 4,000, and 12 seconds for 64,000; what is linear
# takes 0.02 seconds for those.
_SIZES = ((500, 0.05, 30), (4_000, 0.05, 3), (64_000, 0.5, 0))

_METHODS = frozenset({"search", "match", "fullmatch", "sub", "split", "finditer"})
_RUNS = ("a", "0", " ", "\n", "\t", "[", "]", "(", "<", "&", "=", "\\", "'", '"')
_PARSER: Any = importlib.import_module("re._parser")


class Found(NamedTuple):
    """A pattern, its place, and how it is used."""

    where: str
    pattern: re.Pattern[str]
    methods: frozenset[str]


class Attack(NamedTuple):
    """How a pattern is asked about a run, after something and before something."""

    method: str
    start: str
    run: str
    end: str

    def text(self, size: int) -> str:
        """Return a text of about this size."""
        return self.start + self.run * (size // len(self.run)) + self.end


def sources() -> Iterator[tuple[str, str]]:
    """Yield every module with patterns that is not for developers alone."""
    for package in (ticket24, handlers):
        (root,) = package.__path__
        for path in sorted(Path(root).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            source = path.read_text(encoding="utf-8")
            of_users = "sandbox" not in parts and parts[-1] != "__main__"
            if of_users and "import re\n" in source:
                yield ".".join((package.__name__, *parts)), source


def found(name: str, source: str) -> list[Found]:
    """Find the patterns of a module, and those inside its functions."""
    return [*inside(name, ast.parse(source)), *held(name, source)]


def held(name: str, source: str) -> Iterator[Found]:
    """Yield the compiled patterns of a module, with the methods that are called."""
    module = importlib.import_module(name.removesuffix(".__init__"))
    for variable, value in vars(module).items():
        patterns = value if isinstance(value, tuple) else (value,)
        used = set(re.findall(rf"\b{variable}\.(\w+)\(", source)) & _METHODS
        if not used:  # Handed on under another name.
            called = set(re.findall(r"\.(\w+)\(", source))
            used = {"search", "fullmatch"} | (called & _METHODS)
        for pattern in patterns:
            if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
                where = f"{name}.{variable} {pattern.pattern[:40]!r}"
                yield Found(where, pattern, frozenset(used))


def inside(name: str, tree: ast.AST) -> Iterator[Found]:
    """Yield the patterns of calls like `re.sub("…", …)`; they are literals."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        owner, method = call.func.value, call.func.attr
        if (
            not isinstance(owner, ast.Name)
            or owner.id != "re"
            or method not in _METHODS
        ):
            continue
        where = f"{name}:{call.lineno}"
        flags = next((k.value for k in call.keywords if k.arg == "flags"), None)
        flag = re.RegexFlag(0)
        for word in re.findall(r"re\.([A-Z]+)\b", ast.unparse(call)):
            flag |= re.RegexFlag[word]
        assert flags is None or flag
        try:
            literal = ast.literal_eval(call.args[0])
        except ValueError:
            continue
        if isinstance(literal, str):
            yield Found(where, re.compile(literal, flag), frozenset({method}))


def sample(node: Any) -> str:
    """Return a short text that a part of a pattern takes."""
    kind, value = str(node[0]), node[1]
    text = ""
    match kind:
        case "LITERAL":
            text = chr(value)
        case "NOT_LITERAL":
            text = chr(value ^ 1)
        case "ANY":
            text = "x"
        case "IN":
            text = _member(value)
        case "BRANCH":
            text = samples(value[1][0])
        case "SUBPATTERN":
            text = samples(value[3])
        case "ATOMIC_GROUP":
            text = samples(value)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            text = samples(value[2]) * max(int(value[0]), 1)
    return text


def samples(nodes: Any) -> str:
    """Return a short text that a row of parts takes."""
    return "".join(map(sample, nodes))


def _member(choices: Any) -> str:
    letters = [chr(c) for c in (*range(0x20, 0x7F), 0x0A, 0x200B, 0xE9)]
    letters.sort(key=lambda c: (not c.isalnum(), c))
    return next((c for c in letters if _takes(choices, c)), "")


def _takes(choices: Any, character: str) -> bool:
    negated, fits = False, False
    for kind, value in choices:
        match str(kind):
            case "NEGATE":
                negated = True
            case "LITERAL":
                fits = fits or ord(character) == value
            case "RANGE":
                fits = fits or value[0] <= ord(character) <= value[1]
            case "CATEGORY":
                fits = fits or bool(_CATEGORIES[str(value)].match(character))
    return fits != negated


_CATEGORIES = {
    "CATEGORY_DIGIT": re.compile(r"\d"),
    "CATEGORY_NOT_DIGIT": re.compile(r"\D"),
    "CATEGORY_SPACE": re.compile(r"\s"),
    "CATEGORY_NOT_SPACE": re.compile(r"\S"),
    "CATEGORY_WORD": re.compile(r"\w"),
    "CATEGORY_NOT_WORD": re.compile(r"\W"),
}


def pumps(nodes: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield what leads to a repetition, and what is repeated there."""
    for node in nodes:
        kind, value = str(node[0]), node[1]
        match kind:
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                yield before, samples(value[2])
                yield from pumps(value[2], before)
            case "BRANCH":
                for branch in value[1]:
                    yield before, samples(branch)
                    yield from pumps(branch, before)
            case "SUBPATTERN":
                yield from pumps(value[3], before)
            case "ATOMIC_GROUP":
                yield from pumps(value, before)
            case "ASSERT" | "ASSERT_NOT":
                yield before, samples(value[1])
                yield from pumps(value[1], before)
        before += sample(node)
        yield "", before


def hostile(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Yield beginnings and runs, each once, none of them empty."""
    made = list(pumps(_PARSER.parse(pattern.pattern, pattern.flags)))
    every = [*made, *(("", run) for run in _RUNS)]
    yield from dict.fromkeys((start, run) for start, run in every if run)


def seconds(one: Found, attack: Attack, size: int, most: float) -> float:
    """Return the time of this thread that a pattern takes, however busy the machine.

    What takes more than it may is asked again: the machine may have been the reason.
    """
    best, text = float("inf"), attack.text(size)
    for _ in range(3):
        begun = time.thread_time()
        ask(one.pattern, attack.method, text)
        best = min(best, time.thread_time() - begun)
        if best < most:
            break
    return best


def ask(pattern: re.Pattern[str], method: str, text: str) -> object:
    """Ask a pattern as the program does, to the end."""
    match method:
        case "sub":
            return pattern.sub("*", text)
        case "finditer":
            return list(pattern.finditer(text))
    return getattr(pattern, method)(text)


def attacks(one: Found) -> list[Attack]:
    """Return what a pattern may be slow at."""
    methods = one.methods
    if methods & {"sub", "finditer", "split"}:  # They search, again and again.
        methods -= {"search"}
    return [
        Attack(method, start, run, end)
        for start, run in hostile(one.pattern)
        for end in ("", "\x01\n")
        for method in sorted(methods)
    ]


@pytest.mark.parametrize(
    ("name", "source"), [pytest.param(*one, id=one[0]) for one in sources()]
)
def test_patterns_are_linear_on_hostile_runs(name: str, source: str) -> None:
    """64,000 characters of whatever kind cost each pattern of a module a moment."""
    for one in found(name, source):
        linear(one)


def linear(one: Found) -> None:
    """Fail with what a pattern is slow at, if there is such a thing.

    Only what takes longest of a few letters is asked about many.
    """
    every = attacks(one)
    for size, most, kept in _SIZES:
        took = []
        for attack in every:
            took.append((seconds(one, attack, size, most), attack))

            assert took[-1][0] < most, (one.where, attack.method, attack.run[:40], size)
        took.sort(key=lambda pair: pair[0], reverse=True)
        every = [attack for _, attack in took[:kept]]
