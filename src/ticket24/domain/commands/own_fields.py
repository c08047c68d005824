"""What customers enter in the company's own fields, checked before it is stored.

Without a script a form has every field that may be asked. So it is decided here which
are: those of the chosen department whose condition is true. Others are ignored.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ticket24.domain.commands.field_kinds import READERS
from ticket24.domain.commands.forms import Fault, Wrong
from ticket24.domain.commands.model import Upload
from ticket24.domain.portal.own_fields import option_word
from ticket24.domain.settings.model import AccountSettings, FormField, Language
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.words import folded

# How its field in the form is called; several values of one stand in lines.
_NAME = re.compile(r"(?:field|several)\.([a-z][a-z0-9_]{0,29})")
_MOST_FIELDS = 60
_SHORT = 100


def name_of(field: FormField) -> str:
    """Return by what the field is called in the form."""
    return f"{'several' if field.kind == 'several' else 'field'}.{field.key}"


def id_of(key: str) -> str:
    """Return the id of its element on the page."""
    return f"field-{key}"


def is_own(name: str) -> bool:
    """Whether a form's field may be one of the company's own."""
    return _NAME.fullmatch(name) is not None


def is_several(name: str) -> bool:
    """Whether a form may have several of such a field, all of which count."""
    return name.startswith("several.")


def of_file(name: str) -> str:
    """Return the field that is filled in by a file of this name; "" if none is."""
    kind, _, key = name.partition(".")
    own = f"field.{key}"
    return own if kind == "file" and is_own(own) else ""


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the first field of each name, and all of those that may be several."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        if is_several(name) and name in fields:
            fields[name] += f"\n{value}"
        else:
            fields.setdefault(name, value)
    return fields


def kept(fields: Mapping[str, str]) -> dict[str, str]:
    """Return those of a form's fields that may be the company's own, up to a limit."""
    named = [(name, value) for name, value in fields.items() if is_own(name)]
    return dict(named[:_MOST_FIELDS])


@dataclass(frozen=True, slots=True)
class Judged:
    """What was filled in in one field: a fault, a value, or neither."""

    value: FieldValue | None = None
    what: Wrong | None = None


def read_own_fields(
    fields: Mapping[str, str],
    settings: AccountSettings,
    group_id: int,
    language: Language,
    files: Collection[str],
) -> tuple[tuple[FieldValue, ...], list[Fault]]:
    """Read them from a posted form; `files` are the ids of those that came with it.

    Faults name fields in the `language` of who filled them in. The value of a file is
    its id: see `named`.
    """
    given: dict[str, FieldValue] = {}
    faults: list[Fault] = []
    for field in settings.fields:
        if not _is_asked(field, group_id, given):
            continue
        judged = judge(field, fields.get(name_of(field), ""), settings, language, files)
        what = judged.what
        if judged.value is None and what is None and field.required:
            what = _MISSING.get(field.kind, Wrong.NO_VALUE)
        if what:
            label = field.named(language, settings.language)
            faults.append(Fault(id_of(field.key), what, label))
        elif judged.value:
            given[field.key] = judged.value
    return tuple(given.values()), faults


def judge(
    field: FormField,
    typed: str,
    settings: AccountSettings,
    language: Language,
    files: Collection[str] = (),
) -> Judged:
    """Read what was filled in in a field, whether it is asked or not."""
    values: tuple[str, ...] | Wrong
    if field.kind == "file":
        values = (typed,) if typed in files else ()
    elif field.choices:
        values = _options(field, typed)
    else:
        values = READERS[field.kind](typed, language)
    if isinstance(values, Wrong):
        return Judged(what=values)
    if not values:
        return Judged()
    said = tuple(option_word(field, one, settings.language) for one in values)
    label = field.named(settings.language, settings.language)
    words = said if said != values else ()
    return Judged(FieldValue(field.key, field.kind, label, values, words))


def named(
    values: Iterable[FieldValue], uploads: Iterable[Upload]
) -> tuple[FieldValue, ...]:
    """Return the values with the names of files in place of their ids."""
    names = {upload.id: upload.name for upload in uploads}

    def one(value: FieldValue) -> FieldValue:
        if value.kind != "file":
            return value
        return replace(value, values=tuple(names.get(id_, id_) for id_ in value.values))

    return tuple(map(one, values))


def shortly(values: Iterable[FieldValue]) -> tuple[FieldValue, ...]:
    """Return the values as a command that is done remembers them."""
    return tuple(
        replace(one, values=tuple(map(_shortened, one.values))) for one in values
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def prefilled(
    asked: Mapping[str, str], settings: AccountSettings, language: Language
) -> Iterator[tuple[str, str]]:
    """Yield what an address fills in in these fields: only what the form would take.

    `asked` is by key; several values stand in lines, or between commas.
    """
    for field in settings.fields:
        typed = asked.get(field.key, "")
        if typed and field.kind != "file":
            judged = judge(field, typed, settings, language)
            if judged.what and field.kind == "several":
                typed = typed.replace(",", "\n")
                judged = judge(field, typed, settings, language)
            if judged.value:
                shown = (
                    typed if field.kind == "number" else "\n".join(judged.value.values)
                )
                yield name_of(field), shown


def _is_asked(field: FormField, group_id: int, given: Mapping[str, FieldValue]) -> bool:
    if not field.is_of(group_id):
        return False
    wanted = field.shown_if
    if not wanted.field:
        return True
    there = given.get(wanted.field)
    return there is not None and any(one in wanted.one_of for one in there.values)


def _options(field: FormField, typed: str) -> tuple[str, ...] | Wrong:
    wanted = [*filter(None, map(str.strip, typed.split("\n")))]
    if field.kind != "several":
        wanted = wanted[:1]
    known = {folded(one): one for one in reversed(field.choices)}
    if any(folded(one) not in known for one in wanted):
        return Wrong.GONE_OPTION
    chosen = {known[folded(one)] for one in wanted}
    return tuple(one for one in field.choices if one in chosen)


_MISSING = {
    **dict.fromkeys(("choice", "several", "yes_no"), Wrong.NO_CHOICE),
    "file": Wrong.NO_FILE,
}
