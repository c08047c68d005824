"""How a company's mails look: its logo, and its accent by the portal's own rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ticket24.domain.settings.colours import STANDARD_ACCENT, Palette, palette
from ticket24.domain.tickets.model import File

# The backgrounds of words in mails: the least favourable one of each scheme.
_LIGHT = "#eef1f5"
_DARK = "#262e39"


@dataclass(frozen=True, slots=True)
class MailLogo:
    """The picture above a company's mails, with the height at which it is shown.

    `address` is where it can be loaded; without one the company's name stands there.
    """

    address: str = ""
    height: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the mail itself; `kind` is that after `image/`."""

    content: bytes
    kind: str
    width: int


@dataclass(frozen=True, slots=True)
class Paper:
    """What a mail shows of its company besides the settings, and the files in it."""

    logo: MailLogo = MailLogo()
    zone: str = "UTC"
    pictures: Mapping[File, Picture] = field(default_factory=dict)
    files: Mapping[File, bytes] = field(default_factory=dict)


PLAIN = Paper()


@lru_cache(maxsize=256)
def colours(accent: str) -> Mapping[str, Palette]:
    """Return what an accent looks like in mails, light and dark."""
    accent = (accent or STANDARD_ACCENT).lower()
    return {"light": palette(accent, _LIGHT), "dark": palette(accent, _DARK)}
