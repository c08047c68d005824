"""What is chosen from on the settings page, some with a picture or an explanation."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ticket24 import i18n
from ticket24.domain.settings.colours import (
    DARK_CARD,
    DARK_PAGE,
    LIGHT_CARD,
    LIGHT_PAGE,
    STANDARD_ACCENT,
    badge,
    is_accent,
    palette,
)
from ticket24.domain.settings.form import SettingsForm
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.reading.automation import MOST_TOLD, VALUES
from ticket24.domain.settings.reading.fields import colour
from ticket24.domain.settings.times.zones import zones
from ticket24.flows.settings.password_fields import OURS, PasswordField
from ticket24.i18n import noop
from ticket24.staff.settings import long_lists, page_words

LANGUAGES = (("en", "English"), ("de", "Deutsch"), ("pt", "Português (Brasil)"))

_LINES = {"light": "#dcdfe7", "dark": "#353a48"}
_LOOKS = {
    "light": (noop("On a light page"), LIGHT_PAGE),
    "dark": (noop("On a dark page"), DARK_PAGE),
}
_ORIGINAL = noop(
    "The original Ticket24 field. Customers keep their passwords, and you"
    " don’t have to edit any contacts."
)
_OURS = noop("The field created for this portal.")
_NEW = noop("A new field. We create it in the CRM when you save.")
_GONE = noop("This field is no longer in the CRM. Choose another one.")
_UNLISTED = noop("Currently in use.")
_PASSWORD_LABEL = noop("Ticket24 password")


def choices(form: SettingsForm, language: Language) -> dict[str, Any]:
    """Return what every company chooses from, in words."""
    say = i18n.translations(language).gettext
    return {
        "told": [
            (table, say(words), _persons(form, table))
            for table, words in page_words.TOLD.items()
        ],
        "roles": [(one, say(words)) for one, words in page_words.ROLES.items()],
        "ends": [
            (part, say(words), say(unit))
            for part, (words, unit) in page_words.ENDS.items()
        ],
        "always": [(kind, say(words)) for kind, words in page_words.ALWAYS.items()],
        "roles_in_companies": [
            (role, say(words), say(more) if more else "")
            for role, words, more in page_words.COMPANY_ROLES
        ],
        "role_words": [
            (name, say(words), say(hint)) for name, words, hint in page_words.ROLE_WORDS
        ],
        "note_values": [f"{{{one}}}" for one in VALUES],
        "answer_values": [f"{{{one}}}" for one in VALUES if one != "customer"],
        "weekdays": [(day, say(words)) for day, words in page_words.WEEKDAYS.items()],
        "zones": long_lists.options(
            ((zone, zone) for zone in zones()), form.line("time_zone")
        ),
        "languages": LANGUAGES,
    }


def accent_of(form: SettingsForm, language: Language) -> dict[str, Any]:
    """Return how the form's accent looks; ours if the form names no valid colour."""
    accent = colour(form.line("accent"))
    seen = looks(accent if is_accent(accent) else "", language)
    say = i18n.translations(language).gettext
    return {
        "accent_words": seen["words"],
        "looks": [
            {"name": name, "label": say(label), "page": behind, "line": _LINES[name]}
            | dict(seen[name])
            for name, (label, behind) in _LOOKS.items()
        ],
    }


def looks(accent: str, language: Language) -> dict[str, Any]:
    """Return the accent's colours on both pages, and say what we made of it.

    `badges` are those of a badge in this colour: page, background and text.
    """
    shown = accent or STANDARD_ACCENT
    light, dark = palette(shown, LIGHT_PAGE), palette(shown, DARK_PAGE)
    parts = ("button", "button_text", "button_edge", "link")
    return {
        "light": {name: getattr(light, name) for name in parts},
        "dark": {name: getattr(dark, name) for name in parts},
        "badges": {
            "light": (LIGHT_CARD, *badge(shown, LIGHT_CARD)),
            "dark": (DARK_CARD, *badge(shown, DARK_CARD)),
        },
        "words": page_words.accent(accent, light, language),
    }


def password_options(
    form: SettingsForm, fields: Sequence[PasswordField] | None, language: Language
) -> Iterator[dict[str, Any]]:
    """Offer the original product's field first, then ours, then all others.

    `fields` cannot always be listed: without it only the chosen field is offered.
    """
    say = i18n.translations(language).gettext
    chosen = form.line("password_field")
    names = {one.name for one in fields or ()}
    options = [_option(one, say) for one in fields or ()]
    if fields is not None and not any(one.ours for one in fields):
        place = sum(one.original for one in fields)
        options.insert(place, _plain(OURS, say(_PASSWORD_LABEL), say(_NEW)))
        names.add(OURS)
    if chosen and chosen not in names:
        said = _UNLISTED if fields is None else _GONE
        options.insert(0, _plain(chosen, chosen, say(said)))
    for option in options:
        yield option | {"chosen": option["name"] == chosen}


def _option(one: PasswordField, say: Callable[[str], str]) -> dict[str, Any]:
    said = _ORIGINAL if one.original else _OURS if one.ours else ""
    other = not (one.original or one.ours)
    return _plain(one.name, one.label, say(said) if said else "") | {"other": other}


def _plain(name: str, label: str, said: str) -> dict[str, Any]:
    return {"name": name, "label": label, "words": said, "other": False}


def _persons(form: SettingsForm, table: str) -> list[tuple[str, str]]:
    """Return the fields of those who are told besides roles, and one more."""
    fields = [f"automation.{table}.{place}" for place in range(MOST_TOLD)]
    typed = [name for name in fields if form.part(name)]
    free = [name for name in fields if name not in typed]
    return [(name, form.part(name).strip()) for name in (*typed, *free[:1])]
