"""How far a ticket is, as mails say it in the company's words."""

from dataclasses import dataclass

from ticket24.domain.news.letters import Letter
from ticket24.domain.settings.colours import badge
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.states import state_of

_LIGHT, _DARK = "#ffffff", "#1c222b"


@dataclass(frozen=True, slots=True)
class OwnState:
    """The words of a badge, and its background and text where it has a colour."""

    words: str
    light: tuple[str, str] | None = None
    dark: tuple[str, str] | None = None


def own_state(letter: Letter, settings: AccountSettings) -> OwnState | None:
    """Return what a company calls it; None if it has no words, or for staff."""
    if letter.turn is None or letter.link:
        return None
    department = settings.department(letter.group_id)
    found = state_of(letter.status, letter.turn, letter.named_stage, department)
    words = found.words.of(settings.language) if found else ""
    if found is None or not words:
        return None
    if not found.colour:
        return OwnState(words)
    return OwnState(words, badge(found.colour, _LIGHT), badge(found.colour, _DARK))
