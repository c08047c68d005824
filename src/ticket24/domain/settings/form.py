"""The settings form as it was typed, before anybody judges it.

Nothing typed is lost here: an impossible value is kept, so that the page can show it
again. `reading.rulebook` reads the settings from it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar, get_type_hints

from ticket24.domain.settings import tag_labels, task_fields
from ticket24.domain.settings.house_rules.rows import (
    RuleRow,
    blank_row,
    rule_rows,
    typed_rule_rows,
)
from ticket24.domain.settings.model import (
    AccountSettings,
    Language,
    OwnWords,
    Shown,
    TagLabels,
    Tags,
)
from ticket24.domain.settings.own_fields.rows import (
    FieldRow,
    blank_field,
    field_rows,
    typed_field_rows,
)
from ticket24.domain.settings.parts import (
    filled,
    gathering_parts,
    parts_of,
    rating_parts,
    typed_parts,
)
from ticket24.domain.settings.rows import (
    DepartmentRow,
    rows_of,
    typed_rows,
)
from ticket24.domain.settings.sent_rows import Keyed, new_key, plain
from ticket24.domain.settings.sharing import company_view_parts
from ticket24.domain.settings.times.promised_rows import (
    moved_up,
    promise_parts,
    rows_merged,
)

# How the form sends a setting follows from its type.
_TYPES = get_type_hints(AccountSettings)
# These come as files.
LOGOS = ("logo", "dark_logo")

SECTIONS = tuple(one.name for one in fields(Tags))
SWITCHES = tuple(name for name, kind in _TYPES.items() if kind is bool)
LINES = tuple(
    name
    for name, kind in _TYPES.items()
    if kind in {str, int, Language, Shown} and name not in LOGOS
)
# Fields such as `greeting.de`.
PHRASES = tuple(
    f"{name}.{part.name}"
    for name, kind in _TYPES.items()
    if kind is OwnWords
    for part in fields(OwnWords)
)
# Fields such as `tag_labels.de`, of which each line has a tag and its label.
LABELS = tuple(f"tag_labels.{part.name}" for part in fields(TagLabels))
# These have one word in each line.
WORD_LISTS = (
    *SECTIONS,
    *(name for name, kind in _TYPES.items() if kind == tuple[str, ...]),
    "task_fields",
    *LABELS,
)

_Row = TypeVar("_Row", bound=Keyed)


@dataclass(frozen=True, slots=True)
class SettingsForm:
    """Everything typed: `lines` by field, `words` by list, `switches` that are on.

    `parts` are the fields of `settings.parts`; those that are empty are left out.
    `rows` are departments, `rules` and `own_fields` are the company's own.
    """

    lines: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    switches: frozenset[str] = frozenset()
    rows: tuple[DepartmentRow, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[RuleRow, ...] = ()
    own_fields: tuple[FieldRow, ...] = ()

    def line(self, name: str) -> str:
        """Return the value of a field."""
        return self.lines.get(name, "")

    def part(self, name: str) -> str:
        """Return the value of a field such as `working_hours.days.mon`."""
        return self.parts.get(name, "")

    def text(self, name: str) -> str:
        """Return the words of a list, one on each line."""
        return "\n".join(self.words.get(name, ()))

    def on(self, name: str) -> bool:
        """Tell whether a box is ticked."""
        return name in self.switches


def form_of(settings: AccountSettings) -> SettingsForm:
    """Return the form that shows these settings."""
    return SettingsForm(
        lines={name: str(getattr(settings, name)) for name in LINES}
        | {name: _phrase(settings, name) for name in PHRASES},
        words={name: words_of(settings, name) for name in WORD_LISTS},
        switches=frozenset(name for name in SWITCHES if getattr(settings, name)),
        rows=tuple(rows_of(settings.departments)),
        parts=parts_of(settings.automation, settings.working_hours, settings.ends)
        | filled(dict(promise_parts(settings.promises)))
        | filled(company_view_parts(settings.company_view))
        | filled(rating_parts(settings.ratings))
        | filled(gathering_parts(settings.gathering)),
        rules=tuple(rule_rows(settings.rules)),
        own_fields=tuple(field_rows(settings.fields)),
    )


def words_of(settings: AccountSettings, name: str) -> tuple[str, ...]:
    """Return one of an account's lists of words."""
    if name == "task_fields":
        return task_fields.lines(settings.task_fields)
    if name in LABELS:
        every = [tag for one in SECTIONS for tag in words_of(settings, one)]
        labels = getattr(settings.tag_labels, name.partition(".")[2])
        return tag_labels.lines(every, labels)
    words: tuple[str, ...]
    words = getattr(settings.tags if name in SECTIONS else settings, name)
    return words


def typed(pairs: Sequence[tuple[str, str]]) -> SettingsForm:
    """Return the form as it was sent, rows in the order in which they came.

    The first of a repeated field counts; unknown fields are ignored.
    """
    first: dict[str, str] = {}
    for name, value in pairs:
        first.setdefault(name, value)
    return SettingsForm(
        lines={name: first.get(name, "") for name in LINES}
        | {name: first.get(name, "").replace("\r\n", "\n") for name in PHRASES},
        words={name: tuple(_split(first.get(name, ""))) for name in WORD_LISTS},
        switches=frozenset(name for name in SWITCHES if name in first),
        rows=tuple(typed_rows(first)),
        parts=typed_parts(first),
        rules=tuple(typed_rule_rows(first)),
        own_fields=tuple(typed_field_rows(first)),
    )


def changed(form: SettingsForm, action: str) -> SettingsForm:
    """Return the form after `add`, `remove:KEY`, `up:KEY` or `down:KEY`.

    These are done to a department, `rules.add` and so on to a rule, `fields.add` to a
    field of the company's own, and `promises.up:1` to a promise. An action
    on a row that does not exist changes nothing.
    """
    table, _, of_row = action.partition(".")
    if table == "promises":
        row = of_row.removeprefix("up:")
        known = row.isascii() and row.isdecimal() and len(row) <= 4  # noqa: PLR2004
        parts = moved_up(form.parts, int(row)) if known else form.parts
        return replace(form, parts=parts)
    if table == "rules":
        return replace(form, rules=_moved(form.rules, of_row, blank_row))
    if table == "fields":
        moved = _moved(form.own_fields, of_row, blank_field)
        return replace(form, own_fields=moved)
    return replace(form, rows=_moved(form.rows, action, DepartmentRow))


def _moved(
    rows: Sequence[_Row], action: str, blank: Callable[[str], _Row]
) -> tuple[_Row, ...]:
    verb, _, key = action.partition(":")
    moved = [*rows]
    place = next((i for i, row in enumerate(rows) if row.key == key), None)
    if verb == "add":
        moved.append(blank(new_key(rows)))
    elif place is not None:
        row = moved.pop(place)
        if verb != "remove":
            shift = {"up": -1, "down": 1}.get(verb, 0)
            moved.insert(max(0, place + shift), row)
    return tuple(moved)


def merged(
    mine: SettingsForm, seen: AccountSettings, now: AccountSettings
) -> SettingsForm:
    """Return my form, with the others' changes wherever I changed nothing.

    `seen` are the settings from which my page was made, `now` those that others saved.
    """
    base, theirs = form_of(seen), form_of(now)
    same_rows = plain(mine.rows) == plain(base.rows)
    same_rules = plain(mine.rules) == plain(base.rules)
    same_fields = plain(mine.own_fields) == plain(base.own_fields)
    return SettingsForm(
        lines={
            name: (theirs if mine.line(name) == base.line(name) else mine).line(name)
            for name in (*LINES, *PHRASES)
        },
        words={
            name: (theirs if mine.words[name] == base.words[name] else mine).words[name]
            for name in WORD_LISTS
        },
        switches=frozenset(
            name
            for name in SWITCHES
            if (theirs if mine.on(name) == base.on(name) else mine).on(name)
        ),
        rows=theirs.rows if same_rows else mine.rows,
        parts=filled(
            {
                name: (theirs if mine.part(name) == base.part(name) else mine).part(
                    name
                )
                for name in {**base.parts, **theirs.parts, **mine.parts}
                if not name.startswith("promises.")
            }
            | rows_merged(mine.parts, base.parts, theirs.parts)
        ),
        rules=theirs.rules if same_rules else mine.rules,
        own_fields=theirs.own_fields if same_fields else mine.own_fields,
    )


def differing(one: AccountSettings, other: AccountSettings) -> list[str]:
    """Return the names of the settings that differ, each list of tags by its own."""
    names = [
        item.name
        for item in fields(AccountSettings)
        if item.name != "tags" and getattr(one, item.name) != getattr(other, item.name)
    ]
    tags = [
        item.name
        for item in fields(one.tags)
        if getattr(one.tags, item.name) != getattr(other.tags, item.name)
    ]
    return names + tags


def _phrase(settings: AccountSettings, name: str) -> str:
    setting, _, language = name.partition(".")
    words: str = getattr(getattr(settings, setting), language)
    return words


def _split(text: str) -> Iterator[str]:
    return filter(None, (line.strip() for line in text.splitlines()))
