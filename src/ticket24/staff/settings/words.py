"""Words that only the settings page uses: names, logos, colours, notes in lists."""

from collections.abc import Iterable

from ticket24 import i18n
from ticket24.domain.settings.colours import Palette
from ticket24.domain.settings.model import Language
from ticket24.flows.settings.directory import CLOSED, DISMISSED
from ticket24.flows.settings.logos import BadReason
from ticket24.i18n import noop

_LOGO = {
    BadReason.EMPTY: noop("The file of the logo is empty: choose another"),
    BadReason.TOO_LARGE: noop(
        "The file of the logo is larger than 5 MB: choose a smaller one"
    ),
    BadReason.NO_IMAGE: noop(
        "The logo is no PNG, JPEG, GIF or WebP picture: choose another"
    ),
    BadReason.TOO_MANY_PIXELS: noop(
        "The logo has more than 40 million pixels: choose a smaller one"
    ),
    BadReason.BROKEN: noop("The file of the logo is damaged: choose another"),
}

NAMES = {
    "company_name": noop("Company name"),
    "language": noop("Language"),
    "logo": noop("Logo"),
    "accent": noop("Accent colour"),
    "password_field": noop("Field for passwords"),
    "departments": noop("Departments"),
    "message_type": noop("Message type"),
    "priority": noop("Priority"),
    "sector": noop("Sector"),
    "created_mails": noop("E-mails"),
    "reply_mails": noop("E-mails"),
    "status_mails": noop("E-mails"),
    "completed_mails": noop("E-mails"),
    "sender_name": noop("Sender name"),
    "shown_messages": noop("Which messages customers see"),
    "internal_marks": noop("Internal marks"),
    "public_marks": noop("Marks for customers"),
    "task_fields": noop("Fields of tasks"),
    "subtask_tickets": noop("Subtasks"),
}
STANDARD_ACCENT = "#4250b8"

_ACCENT_READABLE = noop(
    "Buttons have exactly this colour. On dark pages links are made lighter."
)
_ACCENT_LIGHT = noop(
    "Buttons have exactly this colour. It is too light for links on a light page:"
    " there they are made darker."
)
_ACCENT_STANDARD = noop("This is the standard colour.")
_NOTES = {CLOSED: noop("archived"), DISMISSED: noop("has left")}


def names_of(settings: Iterable[str], language: Language) -> list[str]:
    """Return the names of settings as the page shows them, each only once."""
    say = i18n.translations(language).gettext
    return list(dict.fromkeys(say(NAMES[name]) for name in settings))


def bad_logo(reason: BadReason, language: Language) -> str:
    """Say what is wrong with the file of a logo."""
    return i18n.translations(language).gettext(_LOGO[reason])


def accent(accent: str, light: Palette, language: Language) -> str:
    """Say how we change an accent so that everybody can read it."""
    said = _ACCENT_READABLE if light.link == accent else _ACCENT_LIGHT
    return i18n.translations(language).gettext(said if accent else _ACCENT_STANDARD)


def note(text: str, language: Language) -> str:
    """Put the note beside a name into words; a job title stays as it is."""
    return i18n.translations(language).gettext(_NOTES[text]) if text in _NOTES else text
