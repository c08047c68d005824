"""The company's own fields, as the form for a new ticket shows them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ticket24 import i18n
from ticket24.domain.commands.forms import offered_departments
from ticket24.domain.commands.model import Upload
from ticket24.domain.commands.own_fields import id_of, name_of
from ticket24.domain.settings.model import AccountSettings, FormField, Language
from ticket24.field_words import word
from ticket24.i18n import noop
from ticket24.portal.forms.form import Form

_GONE = noop("%(option)s (no longer offered)")
_ONLY_FOR = noop("Only for %(departments)s.")
_ONLY_IF = noop("Only if “%(field)s” is %(options)s.")


class Option(NamedTuple):
    """What can be chosen, or was: how it is kept, its words, whether it is chosen."""

    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field on the form, with what was filled in in it and what is wrong with that.

    `departments`, `shown_if` and `one_of` tell a script when it is asked, and `when`
    tells people.
    """

    id: str
    name: str
    kind: str
    label: str
    help: str
    optional: bool
    value: str
    options: Sequence[Option]
    departments: tuple[int, ...]
    shown_if: str
    one_of: tuple[str, ...]
    when: str
    upload: Upload | None
    error: str

    @property
    def is_date(self) -> bool:
        """Whether a browser's own field for dates shows the value."""
        try:
            return not self.value or bool(date.fromisoformat(self.value))
        except ValueError:
            return False


def shown_fields(
    form: Form, settings: AccountSettings, language: Language
) -> list[ShownField]:
    """Return the fields that may be asked, whatever will be chosen."""
    by_key = {field.key: field for field in settings.fields}
    names = offered_departments(settings)
    uploads = {upload.id: upload for upload in form.uploads}

    def shown(field: FormField) -> ShownField:
        value, other = form.value(name_of(field)), by_key.get(field.shown_if.field)
        chosen = [one.strip() for one in value.split("\n")]
        departments = tuple(one for one in field.departments if one in names)
        return ShownField(
            id_of(field.key),
            name_of(field),
            field.kind,
            field.named(language, settings.language),
            field.help.nearest(language, settings.language),
            optional=not field.required,
            value=value,
            options=[*_options(field, chosen, settings, language)],
            departments=departments if set(departments) != set(names) else (),
            shown_if=name_of(other) if other else "",
            one_of=field.shown_if.one_of,
            when=" ".join(_when(field, other, names, settings, language)),
            upload=uploads.get(value) if field.kind == "file" else None,
            error=". ".join(form.wrong(id_of(field.key))),
        )

    offered = (one for one in settings.fields if _offered(one, names))
    return [shown(field) for field in offered]


def _options(
    field: FormField,
    chosen: Sequence[str],
    settings: AccountSettings,
    language: Language,
) -> Iterator[Option]:
    """Yield what can be chosen, and what was chosen before it went."""
    for one in field.choices:
        yield Option(one, word(field, one, settings, language), one in chosen)
    gone = i18n.translations(language).gettext(_GONE)
    for one in chosen if field.choices else ():
        if one and one not in field.choices:
            yield Option(one, gone % {"option": one}, chosen=True)


def _offered(field: FormField, names: Iterable[int]) -> bool:
    return not field.departments or bool({*field.departments} & {*names})


def _when(
    field: FormField,
    other: FormField | None,
    names: Mapping[int, str],
    settings: AccountSettings,
    language: Language,
) -> Iterator[str]:
    say = i18n.translations(language).gettext
    named = [names[one] for one in field.departments if one in names]
    if named and len(named) < len(names):
        yield say(_ONLY_FOR) % {"departments": ", ".join(named)}
    if other:
        words = (word(other, one, settings, language) for one in field.shown_if.one_of)
        yield say(_ONLY_IF) % {
            "field": other.named(language, settings.language),
            "options": i18n.either(words, language),
        }


class OwnFilter(NamedTuple):
    """A field by which lists are filtered: `product=web` and its words, of each."""

    label: str
    options: tuple[tuple[str, str], ...]


def own_filters(settings: AccountSettings, language: Language) -> list[OwnFilter]:
    """Return the fields in which customers choose."""
    return [
        OwnFilter(
            field.named(language, settings.language),
            tuple(
                (f"{field.key}={one}", word(field, one, settings, language))
                for one in field.choices
            ),
        )
        for field in settings.fields
        if field.choices
    ]
