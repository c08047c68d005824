"""A company's accent colour, made readable on light and on dark pages.

WCAG 2.2 (1.4.3) asks for a contrast of 4.5:1 between text and background.
"""

import colorsys
import re
from dataclasses import dataclass

ENOUGH = 4.5

# 1.4.11: the contrast of a button's edge.
_VISIBLE = 3.0

# The background of pages: the least favourable one of each stylesheet.
LIGHT_PAGE = "#f0f1f5"
DARK_PAGE = "#262a35"

# What lies behind badges on them.
LIGHT_CARD = "#ffffff"
DARK_CARD = "#1c1f28"

# Of buttons and links where a company has chosen none.
STANDARD_ACCENT = "#4250b8"

_STEPS = 100
_PRESSED = 0.12
_TOUCH = 0.14

_ACCENT = re.compile(r"(#[0-9A-Fa-f]{6})?")


@dataclass(frozen=True, slots=True)
class Palette:
    """What an accent looks like on a page."""

    button: str
    button_text: str
    button_hover: str
    button_edge: str
    link: str


def is_accent(text: str) -> bool:
    """Whether a text can be an account's accent: a colour as `#0b6e4f`, or empty."""
    return _ACCENT.fullmatch(text) is not None


def palette(accent: str, page: str) -> Palette:
    """Return the colours for a page with this background; `accent` is `#rrggbb`.

    All text has a contrast of at least 4.5:1. The button keeps the accent, with an edge
    where it would not stand out from the page. The link gets darker or lighter until it
    can be read.
    """
    text = _better("#ffffff", "#000000", accent)
    away = "#000000" if text == "#ffffff" else "#ffffff"
    link = readable(accent, page)
    edge = accent if contrast(accent, page) >= _VISIBLE else link
    return Palette(accent, text, mixed(accent, away, _PRESSED), edge, link)


def badge(colour: str, page: str) -> tuple[str, str]:
    """Return the background and the text of a badge on a page with this background.

    The background has a touch of the colour, and the text is the colour, made darker or
    lighter until it can be read there.
    """
    behind = mixed(page, colour, _TOUCH)
    return behind, readable(colour, behind)


def readable(colour: str, page: str) -> str:
    """Return the colour, made darker or lighter until it can be read on the page."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_unit(colour))
    end = 0.0 if contrast("#000000", page) > contrast("#ffffff", page) else 1.0
    for step in range(_STEPS + 1):
        moved = lightness + (end - lightness) * step / _STEPS
        candidate = _hex(*colorsys.hls_to_rgb(hue, moved, saturation))
        if contrast(candidate, page) >= ENOUGH:
            return candidate
    return "#000000" if end == 0 else "#ffffff"


def mixed(colour: str, other: str, share: float) -> str:
    """Return the colour with a share (0 to 1) of another mixed in."""
    pairs = zip(_unit(colour), _unit(other), strict=True)
    return _hex(*(one + (two - one) * share for one, two in pairs))


def contrast(one: str, two: str) -> float:
    """Return the contrast between two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(two)))
    return (lighter + 0.05) / (darker + 0.05)


def _better(preferred: str, other: str, behind: str) -> str:
    return preferred if contrast(preferred, behind) >= ENOUGH else other


def _luminance(colour: str) -> float:
    """Return the relative luminance as WCAG 2.2 defines it."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  sRGB's own numbers.
        for part in _unit(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _unit(colour: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red / 255, green / 255, blue / 255


def _hex(red: float, green: float, blue: float) -> str:
    parts = (round(255 * min(max(part, 0.0), 1.0)) for part in (red, green, blue))
    return "#" + "".join(f"{part:02x}" for part in parts)
