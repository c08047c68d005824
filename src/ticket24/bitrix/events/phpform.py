"""Query strings with brackets, as PHP writes and reads them. No I/O."""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote


def encode(params: Mapping[str, object]) -> str:
    """Write `params` as PHP's http_build_query does.

    Mappings and lists become brackets, True 1, False 0; None and whatever is
    empty of values disappears (clear a field with ""). The order is kept: some
    old methods read their parameters by position. Everything is
    percent-encoded, a space as %20, which PHP reads wherever the string
    stands. A value of another type raises TypeError.
    """
    return "&".join(f"{_quote(name)}={_quote(text)}" for name, text in _flat(params))


def _flat(params: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in params.items():
        yield from _pairs(str(name), value)


def _pairs(name: str, value: object) -> Iterator[tuple[str, str]]:
    match value:
        case None:
            return
        case bool():
            yield name, str(int(value))
        case str() | int() | float():
            yield name, str(value)
        case Mapping():
            yield from _inside(name, value.items())
        case list() | tuple():
            yield from _inside(name, enumerate(value))
        case _:
            raise TypeError(f"{name} is a {type(value).__name__}: no form can carry it")


def _inside(
    name: str, items: Iterable[tuple[object, object]]
) -> Iterator[tuple[str, str]]:
    for key, value in items:
        yield from _pairs(f"{name}[{key}]", value)


def _quote(text: str) -> str:
    return quote(text, safe="", errors="replace")
