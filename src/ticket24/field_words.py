"""The company's own fields in words: what can be chosen, and what was filled in.

Fields and options have the names of today. Those that are gone have the names that
they had when somebody filled them in.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from ticket24 import i18n
from ticket24.domain.portal.own_fields import option_word
from ticket24.domain.settings.model import AccountSettings, FormField, Language
from ticket24.domain.settings.own_fields.model import NO, YES
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.i18n import noop

_LONG = 200

_YES_NO = {YES: noop("Yes"), NO: noop("No")}


class FilledIn(NamedTuple):
    """What was filled in in a field: what it is called, and the words."""

    label: str
    words: str

    @property
    def long(self) -> bool:
        """Whether it takes too much room to be shown at once."""
        return len(self.words) > _LONG


def filled_in(
    values: Iterable[FieldValue], settings: AccountSettings, language: Language
) -> Iterator[FilledIn]:
    """Yield what was filled in, in the words of a reader of a language."""
    by_key = {field.key: field for field in settings.fields}
    for value in values:
        field = by_key.get(value.key)
        label = field.label.nearest(language, settings.language) if field else ""
        said = _said(value, field, settings, language)
        yield FilledIn(label or value.label, said)


def word(
    field: FormField, option: str, settings: AccountSettings, language: Language
) -> str:
    """Return what a reader of a language calls an option, yes and no included."""
    if field.kind == "yes_no":
        return yes_or_no(option, language)
    labelled = option in field.option_labels.of(language)
    return option_word(field, option, language if labelled else settings.language)


def yes_or_no(value: str, language: Language) -> str:
    """Return yes or no in words."""
    said = _YES_NO.get(value)
    return i18n.translations(language).gettext(said) if said else value


def _said(
    value: FieldValue,
    field: FormField | None,
    settings: AccountSettings,
    language: Language,
) -> str:
    match value.kind:
        case "yes_no":
            return ", ".join(yes_or_no(one, language) for one in value.values)
        case "date":
            return ", ".join(_day(one, language) for one in value.values)
        case "number":
            return ", ".join(i18n.number(one, language) for one in value.values)
    before = value.words if len(value.words) == len(value.values) else value.values
    return ", ".join(
        word(field, one, settings, language)
        if field and one in field.options and field.choices
        else then
        for one, then in zip(value.values, before, strict=True)
    )


def _day(value: str, language: Language) -> str:
    try:
        return i18n.day(date.fromisoformat(value), language)
    except ValueError:
        return value
