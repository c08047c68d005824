"""What is ours alone is handed in: no test changes a private name or a constant."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PATCHING = {"setattr", "delattr", "patch", "object"}
DEFAULTS = {"__defaults__", "__kwdefaults__"}

# Of other packages: a client's addresses, and what a connection of aiohttp reads with.
OTHERS = {"_AUTO_CHANGED_DOMAIN", "_base_url", "_parser"}

# Most files have none of these, and are not parsed.
SUSPECT = re.compile(
    r"setattr|delattr|\bpatch\b|defaults__|\bdel |\.(?:_\w+|[A-Z][A-Z0-9_]+) *\S?=[^=]"
)


def forbidden(path: str) -> bool:
    """Whether a name of ours, or one on the way to it, is private or a constant."""
    words = path.split(".")
    if path in OTHERS or (len(words) > 1 and words[0] != "ticket24"):
        return False
    hidden = any(word.startswith("_") and not word.endswith("__") for word in words)
    return hidden or words[-1].isupper() or words[-1] in DEFAULTS


def written(node: ast.expr) -> str:
    """Return the text of an argument; of what is put into it only that it is there."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(written(part) or "x" for part in parts)
    return ""


def patched(source: str) -> Iterator[str]:
    """Yield the private names and the constants of ours that a test changes."""
    suspected = SUSPECT.search(source) is not None
    for node in ast.walk(ast.parse(source)) if suspected else ():
        match node:
            case ast.Attribute(attr=name) if name in DEFAULTS:
                yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                continue
            case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
                yield from filter(forbidden, [name])
            case ast.Call(
                func=ast.Attribute(attr=name) | ast.Name(id=name), args=args
            ) if name in PATCHING:
                yield from filter(forbidden, map(written, args[:2]))


def test_no_test_patches_what_is_private() -> None:
    """A pace, a limit or a clock is handed in; only public names fail on purpose."""
    found = {
        str(path.relative_to(TESTS)): names
        for path in sorted(TESTS.rglob("*.py"))
        if (names := list(patched(path.read_text(encoding="utf-8"))))
    }

    assert {} == found


@pytest.mark.parametrize(
    "source",
    [
        'monkeypatch.setattr(lanes, "_SHY_SECONDS", 0.2)',
        'monkeypatch.setattr("ticket24.web.budgets.AT_ONCE", 20)',
        'monkeypatch.setattr(f"ticket24.{module}.WINDOW_SECONDS", 0.2)',
        'patched.setattr(departing.Departures, "_erase", broken)',
        'setattr(sign_in, "_admission", other)',
        'mock.patch("ticket24.worker._redis")',
        'mock.patch.object(worker, "_redis")',
        "limits = RedisLimiter.__init__.__kwdefaults__",
        'monkeypatch.setattr(Thinner.__init__, "__defaults__", ())',
        "stores.spool._shares = full",
        "budgets.AT_ONCE = 20",
        "budgets.AT_ONCE += 20",
        "del worker._redis",
    ],
)
def test_each_way_to_patch_is_seen(source: str) -> None:
    """Whatever it is written with."""
    assert 1 == len(list(patched(source)))


@pytest.mark.parametrize(
    "source",
    [
        'monkeypatch.setattr(socket, "getaddrinfo", look_up)',
        'monkeypatch.setattr(RedisLinks, "whose", away)',
        'monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", yes)',
        'monkeypatch.setenv("TICKET24_REDIS_URL", url)',
        "self._pace = pace",
        "shown = client._access",
    ],
)
def test_what_fails_on_purpose_may_be_patched(source: str) -> None:
    """Public names, and those of others."""
    assert [] == list(patched(source))
