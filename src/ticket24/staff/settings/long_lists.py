"""Lists of many hundred choices that never change: written once, and then only marked.

Time zones and regions were a quarter of the time that the settings page takes.
"""

from collections.abc import Iterable
from functools import lru_cache

from markupsafe import Markup, escape


def options(choices: Iterable[tuple[str, str]], chosen: str) -> Markup:
    """Return the options of a list as HTML; `choices` are values with their words.

    What is chosen is among them, even if it is none of the choices.
    """
    whole = _written(tuple(choices))
    if not chosen:
        return whole
    value = Markup('<option value="{}"').format(chosen)
    if value not in whole:
        return whole + Markup("{} selected>{}</option>").format(value, chosen)
    return whole.replace(value, value + " selected", 1)


@lru_cache(maxsize=8)
def _written(choices: tuple[tuple[str, str], ...]) -> Markup:
    return Markup("\n").join(
        Markup('<option value="{}">{}</option>').format(value, escape(words))
        for value, words in choices
    )
