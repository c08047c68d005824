"""A company's own look: its colours, and its sign in the tab."""

from functools import lru_cache

from ticket24.domain.settings.colours import (
    DARK_CARD,
    DARK_PAGE,
    LIGHT_CARD,
    LIGHT_PAGE,
    STANDARD_ACCENT,
    Palette,
    badge,
    palette,
)
from ticket24.domain.settings.model import AccountSettings
from ticket24.site.static_files import Asset

_SIGN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="8" fill="{ground}"/>'
    '<text x="16" y="23" text-anchor="middle" font-family="sans-serif"'
    ' font-size="20" font-weight="700" fill="{ink}">{letter}</text></svg>'
)


def path(base: str, settings: AccountSettings) -> str:
    """Return the path of the company's colours; empty if our own are used."""
    chosen = sheet(settings)
    return f"{base}/theme/{chosen.digest}.css" if chosen else ""


def sheet(settings: AccountSettings) -> Asset | None:
    """Return the company's colours; None if it has chosen none."""
    chosen = _chosen(settings)
    return _sheet(*chosen) if any(chosen) else None


def _chosen(settings: AccountSettings) -> tuple[str, tuple[str, ...]]:
    """Return the accent, and the colours of states."""
    states = (one.colour for each in settings.departments for one in each.states)
    return settings.accent.lower(), tuple(sorted({*states} - {""}))


def sign_path(base: str, company: str, accent: str) -> str:
    """Return the path of the company's sign; empty if its name has no letter."""
    found = sign(company, accent)
    return f"{base}/sign/{found.digest}.svg" if found else ""


@lru_cache(maxsize=256)
def sign(company: str, accent: str) -> Asset | None:
    """Return what tells the company's tab from others: the first letter of its name."""
    letter = next((one for one in company if one.isalnum()), "").upper()[:1]
    if not letter:
        return None
    colours = palette((accent or STANDARD_ACCENT).lower(), LIGHT_PAGE)
    svg = _SIGN.format(letter=letter, ground=colours.button, ink=colours.button_text)
    return Asset.of("image/svg+xml", svg.encode())


@lru_cache(maxsize=256)
def _sheet(accent: str, states: tuple[str, ...]) -> Asset:
    light, dark = (
        (_properties(palette(accent, page)) if accent else "")
        + "".join(_badge(colour, card) for colour in states)
        for page, card in ((LIGHT_PAGE, LIGHT_CARD), (DARK_PAGE, DARK_CARD))
    )
    css = f"{light}@media(prefers-color-scheme:dark){{{dark}}}"
    return Asset.of("text/css", css.encode())


def _badge(colour: str, card: str) -> str:
    behind, text = badge(colour, card)
    return f".status.c-{colour[1:]}{{background:{behind};color:{text}}}"


def _properties(colours: Palette) -> str:
    return (
        f":root{{--button:{colours.button};--button-text:{colours.button_text};"
        f"--button-hover:{colours.button_hover};--button-edge:{colours.button_edge};"
        f"--link:{colours.link};}}"
    )
