"""The contact person of an account, on the installer's page and in the settings."""

from collections.abc import Mapping

from ticket24 import i18n
from ticket24.domain.accounts.persons import WrongPerson
from ticket24.domain.settings.model import Language
from ticket24.i18n import noop

_WORDS = {
    WrongPerson.NO_NAME: noop("Enter a name"),
    WrongPerson.LONG_NAME: noop("Enter a name with no more than 100 characters"),
    WrongPerson.NO_PHONE: noop("Enter a phone number"),
    WrongPerson.BAD_PHONE: noop("Enter a phone number like +49 30 1234567"),
    WrongPerson.NO_EMAIL: noop("Enter an email address"),
    WrongPerson.BAD_EMAIL: noop("Enter an email address like name@example.com"),
}
_MEANWHILE = noop(
    "Someone else has changed the contact person to “%(name)s”. Save again to use"
    " your version."
)


def in_words(faults: Mapping[str, WrongPerson], language: Language) -> dict[str, str]:
    """Say what is wrong, by field."""
    say = i18n.translations(language).gettext
    return {field: say(_WORDS[wrong]) for field, wrong in faults.items()}


def meanwhile(name: str, language: Language) -> str:
    """Say that another person has been saved since the page was made."""
    return i18n.translations(language).gettext(_MEANWHILE) % {"name": name}
