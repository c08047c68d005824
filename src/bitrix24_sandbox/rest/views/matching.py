"""Filter keys with a sign before the name, as in `>=CHANGED_DATE`."""

import operator
import re
import unicodedata
from collections.abc import Callable

from bitrix24_sandbox.php import Json

_KEY = re.compile(r"(!=%|!%|!=|!@|<=|>=|=%|%=|!|<|>|=|%|@)?(.+)", re.DOTALL)
# Accents, and characters without width.
_ALIKE = {"Mn", "Cf"}
_ORDERS: dict[str, Callable[[Json, Json], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def split(key: str) -> tuple[str, str]:
    """Split a key into its sign and its name."""
    found = _KEY.fullmatch(key)
    return (found[1] or "", found[2]) if found else ("", key)


def empty(value: Json) -> bool:
    """Whether a filter value asks for nothing; such a condition is ignored."""
    return value is None or value in ("", [], {})


def compare(sign: str, found: Json, wanted: list[Json]) -> bool:
    """Compare one value; if several are wanted, any of them will do."""
    if not wanted or wanted[0] is None:
        return True
    order = _ORDERS.get(sign)
    if order is None:
        return found in wanted
    return found is not None and order(found, wanted[0])


def contains(sign: str, text: str, wanted: str) -> bool:
    """Compare texts, ignoring case; a % in the sign or the text means "anything"."""
    text, wanted = text.lower(), wanted.lower()
    if "%" in sign or "%" in wanted:
        return wanted.strip("%") in text
    return text == wanted


def collated(text: str) -> str:
    """Return a text as a database compares it that ignores case and accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in letters if unicodedata.category(one) not in _ALIKE)
