"""How the company's own fields are read from the rows of the form."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import get_args

from ticket24.domain.lines import pasted
from ticket24.domain.settings import tag_labels
from ticket24.domain.settings.faults import WrongSetting
from ticket24.domain.settings.own_fields.model import FieldKind, FormField, ShownIf
from ticket24.domain.settings.own_fields.rows import FieldRow
from ticket24.domain.settings.own_words import Language, OwnWords, TagLabels
from ticket24.domain.settings.reading.fields import TAG_LENGTH, Reader, line_of
from ticket24.domain.settings.task_fields import is_name
from ticket24.domain.words import folded

MOST_FIELDS = 30
MOST_OPTIONS = 100
MOST_OPTIONS_OF_ALL = 600
LABEL_LENGTH = 100
HELP_LENGTH = 300
KEY_LENGTH = 30

KEY = re.compile(rf"[a-z][a-z0-9_]{{0,{KEY_LENGTH - 1}}}")

# What addresses and our own form call something else.
RESERVED = frozenset(
    [
        *("department", "priority", "message_type", "sector", "subject", "text"),
        *("cc", "private", "owner", "form_id", "upload", "remove", "files", "again"),
    ]
)


def form_fields(reader: Reader, name: str) -> tuple[FormField, ...]:
    """Read every row that is not empty; each field has a key of its own."""
    rows = [row for row in reader.form.own_fields if not row.empty]
    if len(rows) > MOST_FIELDS:
        reader.wrong(name, WrongSetting.FIELDS, str(MOST_FIELDS))
        return reader.before.fields
    taken = {pasted(row.part("key")) for row in rows}
    read: list[FormField] = []
    for row in rows:
        read.append(_field(reader, f"{name}.{row.key}", row, read, taken))
    if sum(len(one.options) for one in read) > MOST_OPTIONS_OF_ALL:
        reader.wrong(name, WrongSetting.OPTIONS, str(MOST_OPTIONS_OF_ALL))
    return tuple(read)


def _field(
    reader: Reader, at: str, row: FieldRow, above: Sequence[FormField], taken: set[str]
) -> FormField:
    kind = _kind(reader, at, row.part("kind") or "text")
    label = _words(reader, f"{at}.label", row, "label", LABEL_LENGTH)
    language = reader.form.line("language")
    known = language in get_args(Language)
    if known and not getattr(label, language):
        reader.wrong(f"{at}.label.{language}", WrongSetting.NO_WORDS)
    key = pasted(row.part("key"))
    if not key:
        key = _new_key(next(filter(None, (label.en, label.de, label.pt)), ""), taken)
        taken.add(key)
    elif not KEY.fullmatch(key) or key in RESERVED:
        reader.wrong(f"{at}.key", WrongSetting.FIELD_KEY, key)
    elif any(one.key == key for one in above):
        reader.wrong(f"{at}.key", WrongSetting.FIELD_TWICE, key)
    options = _options(reader, at, row)
    found = FormField(
        key=key,
        kind=kind,
        label=label,
        help=_words(reader, f"{at}.help", row, "help", HELP_LENGTH),
        required=bool(row.part("required")),
        departments=_departments(reader, at, row),
        shown_if=_shown_if(reader, at, row, above),
        options=options,
        option_labels=_labels(reader, at, row, options),
        task_field=_task_field(reader, at, row, above),
    )
    if kind in {"choice", "several"} and not options:
        reader.wrong(f"{at}.options", WrongSetting.NO_OPTIONS)
    return found


def _kind(reader: Reader, at: str, typed: str) -> FieldKind:
    for known in get_args(FieldKind):
        if typed == known:
            kind: FieldKind = known
            return kind
    reader.wrong(f"{at}.kind", WrongSetting.FIELD_KIND)
    return "text"


def _words(reader: Reader, at: str, row: FieldRow, part: str, most: int) -> OwnWords:
    def typed(name: str) -> str:
        return row.part(f"{part}{name.removeprefix(at)}")

    return reader.own_words(at, typed, line_of, most)


def _departments(reader: Reader, at: str, row: FieldRow) -> tuple[int, ...]:
    groups = [one.group_id.strip() for one in reader.form.rows if not one.empty]
    for one in row.ticked:
        if one not in groups:
            reader.wrong(f"{at}.departments", WrongSetting.NO_DEPARTMENT, one)
    ticked = [one for one in groups if one in row.ticked and one.isdecimal()]
    return tuple(dict.fromkeys(map(int, ticked)))


def _shown_if(
    reader: Reader, at: str, row: FieldRow, above: Iterable[FormField]
) -> ShownIf:
    """Read on which answer it hangs: to be told by a field that stands above it."""
    name, at = pasted(row.part("shown_if.field")), f"{at}.shown_if"
    wanted = _lines(row.part("shown_if.one_of"), MOST_OPTIONS)
    if not name and not wanted:
        return ShownIf()
    one = next((one for one in above if one.key == name and one.choices), None)
    if one is None:
        reader.wrong(f"{at}.field", WrongSetting.SHOWN_IF)
        return ShownIf(name, wanted)
    if not wanted:
        reader.wrong(f"{at}.one_of", WrongSetting.NO_ANSWER)
    known = {folded(choice): choice for choice in one.choices}
    for word in wanted:
        if folded(word) not in known:
            reader.wrong(f"{at}.one_of", WrongSetting.STRANGE_ANSWER, word)
    return ShownIf(name, tuple(known.get(folded(word), word) for word in wanted))


def _options(reader: Reader, at: str, row: FieldRow) -> tuple[str, ...]:
    at = f"{at}.options"
    options = _lines(row.part("options"), MOST_OPTIONS + 1)
    if len(options) > MOST_OPTIONS:
        reader.wrong(at, WrongSetting.OPTIONS, str(MOST_OPTIONS))
    met: set[str] = set()
    for option in options:
        if len(option) > TAG_LENGTH:
            reader.wrong(at, WrongSetting.LONG, str(TAG_LENGTH))
        if folded(option) in met:
            reader.wrong(at, WrongSetting.OPTION_TWICE, option)
        met.add(folded(option))
    return options


def _labels(
    reader: Reader, at: str, row: FieldRow, options: Iterable[str]
) -> TagLabels:
    known = {folded(option): option for option in options}
    return TagLabels(
        **{
            language: _labels_in(
                reader, f"{at}.option_labels.{language}", row, language, known
            )
            for language in get_args(Language)
        }
    )


def _labels_in(
    reader: Reader, at: str, row: FieldRow, language: str, known: Mapping[str, str]
) -> dict[str, str]:
    """Read labels of one language; those of options that are gone go with them."""
    labels: dict[str, str] = {}
    lines = _lines(row.part(f"option_labels.{language}"), 2 * MOST_OPTIONS)
    for line in lines:
        pair = tag_labels.pair(line, known)
        if pair is None:
            reader.wrong(at, WrongSetting.OPTION_LABEL, line)
            continue
        option, label = pair
        if len(label) > TAG_LENGTH:
            reader.wrong(at, WrongSetting.LONG_LABEL, label)
        if label and folded(option) in known:
            labels.setdefault(option, label)
    return labels


def _task_field(
    reader: Reader, at: str, row: FieldRow, above: Iterable[FormField]
) -> str:
    name = pasted(row.part("task_field")).upper()
    if name and not is_name(name):
        reader.wrong(f"{at}.task_field", WrongSetting.TASK_FIELD_NAME, name)
    elif name and any(one.task_field == name for one in above):
        reader.wrong(f"{at}.task_field", WrongSetting.TASK_FIELD_TWICE, name)
    return name


def _lines(text: str, most: int) -> tuple[str, ...]:
    return tuple(islice(filter(None, map(line_of, text.split("\n"))), most))


def _new_key(label: str, taken: Collection[str]) -> str:
    """Return a key made of a label, as people would write it in an address."""
    plain = unicodedata.normalize("NFKD", label.lower().replace("ß", "ss"))
    plain = plain.encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[: KEY_LENGTH - 3].strip("_")
    if not KEY.fullmatch(stem) or stem in RESERVED:
        stem = "field"
    numbers = (f"{stem}_{number}" for number in range(2, MOST_FIELDS + 3))
    return next(one for one in (stem, *numbers) if one not in taken)
