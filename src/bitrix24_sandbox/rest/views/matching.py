"""Filter keys with a sign before the name, as in `>=CHANGED_DATE`."""

import operator
import re
import unicodedata
from collections.abc import Callable

from bitrix24_sandbox.php import Json

_KEY = re.compile(r"(!=%|!%|!=|!@|<=|>=|=%|%=|!|<|>|=|%|@)?(.+)", re.DOTALL)
# Accents, and what has no width.
_ALIKE = {"Mn", "Cf"}
_ORDERS: dict[str, Callable[[Json, Json], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def split(key: str) -> tuple[str, str]:
    """Part a key into its sign and its name."""
    found = _KEY.fullmatch(key)
    return (found[1] or "", found[2]) if found else ("", key)


def empty(value: Json) -> bool:
    """Whether a filter value asks for nothing; such a condition is passed over."""
    return value is None or value in ("", [], {})


def compare(sign: str, found: Json, wanted: list[Json]) -> bool:
    """Compare one value; several wanted ones mean any of them."""
    if not wanted or wanted[0] is None:
        return True
    order = _ORDERS.get(sign)
    if order is None:
        return found in wanted
    return found is not None and order(found, wanted[0])


def contains(sign: str, text: str, wanted: str) -> bool:
    """Compare text, with % as "anything" or by a sign with %; case is ignored."""
    text, wanted = text.lower(), wanted.lower()
    if "%" in sign or "%" in wanted:
        return wanted.strip("%") in text
    return text == wanted


def collated(text: str) -> str:
    """Return what a database compares that knows neither case nor accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in letters if unicodedata.category(one) not in _ALIKE)
