"""Countries and their regions, and the public holidays that each has in a year.

The library that knows them is large: nothing of it is imported before somebody asks.
"""

from collections.abc import Mapping
from functools import cache

from ticket24.domain.settings.model import Language


class UnknownRegion(LookupError):
    """No country or region has this code, or none has it any more."""


def region(text: str) -> str:
    """Return the code of a region as the library writes it, such as `DE-BE`.

    Case and blanks do not matter; "" stays. Raises UnknownRegion.
    """
    country, _, part = _plain(text).partition("-")
    if not country and not part:
        return ""
    for code in _parts(country.upper()):
        if _plain(code) == part:
            return f"{country.upper()}-{code}" if code else country.upper()
    raise UnknownRegion(text)


@cache
def regions() -> Mapping[str, str]:
    """Return the names of all regions in their countries by code, "" for a country.

    It reads every country, which takes a part of a second once.
    """
    from holidays.registry import EntityLoader  # noqa: PLC0415  Large.

    return {
        f"{country}-{code}" if code else country: name
        for country in EntityLoader.get_country_codes(include_aliases=False)
        for code, name in _parts(country).items()
    }


def holidays_of(code: str, year: int, language: Language) -> tuple[str, ...]:
    """Return the public holidays of a region in a year: `2026-12-25 Christmas Day`.

    Where a holiday on a weekend is made up for, that day is there too. Half days and
    days that only some take off are not. Names are in the language if the library has
    it, else in English. Raises UnknownRegion.
    """
    import holidays  # noqa: PLC0415  Large.

    country, _, part = region(code).partition("-")
    known = getattr(holidays, country)
    names = [*(known.supported_languages or ()), known.default_language]
    first = (one for start in (language, "en") for one in names if _is(one, start))
    found = known(
        subdiv=part or None,
        years=year,
        expand=False,
        language=next(first, known.default_language),
    )
    lines = (
        f"{day.isoformat()} {' '.join(name.split())}"
        for day, name in sorted(found.items())
    )
    return tuple(line for line in lines if line.startswith(f"{year}-"))


def _parts(country: str) -> Mapping[str, str]:
    """Return the names of a country's regions by code, and "" for itself, if known."""
    import holidays  # noqa: PLC0415  Large.
    from holidays.registry import EntityLoader  # noqa: PLC0415  Large.

    if country not in {*EntityLoader.get_country_codes(include_aliases=False)}:
        return {}
    known = getattr(holidays, country)
    names = known.get_subdivision_aliases()
    return {"": ""} | {
        code: next(iter(names.get(code, ())), code) for code in known.subdivisions
    }


def _is(name: str | None, language: str) -> bool:
    return (name or "").partition("_")[0] == language


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
