"""Bitrix24's permissions ("scopes") in words."""

from collections.abc import Iterable

from ticket24 import i18n
from ticket24.domain.settings.model import Language
from ticket24.i18n import noop

_WORDS = {
    "task": noop("Tasks"),
    "crm": noop("CRM"),
    "sonet_group": noop("Workgroups"),
    "placement": noop("App placement"),
    "disk": noop("Drive"),
    "im": noop("Chat and notifications"),
    "user": noop("Users"),
    "user_basic": noop("Users (basic)"),
    "user_brief": noop("Users (minimal)"),
}


def named(scopes: Iterable[str], language: Language) -> list[tuple[str, str]]:
    """Return each permission under its name in Bitrix24, and its scope."""
    say = i18n.translations(language).gettext
    return [(say(_WORDS[name]) if name in _WORDS else name, name) for name in scopes]
