"""The rows of the settings form, one for each of the company's rules, as typed.

A part of a row has a name such as `if.words` or `then.observers.0`. Lists of people,
stages and customers are numbered, ticked ones such as `if.status.new` are named by what
they choose, and tags by their key.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from ticket24.domain.settings.house_rules.model import HouseRule
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.parts import tag_key

_TABLE = "rules"
_LONGEST_PART = 60

# Which tickets a rule is for, and which it leaves alone.
CONDITIONS: tuple[Literal["if", "unless"], ...] = ("if", "unless")
# Lists of these and of `then`, by how they are typed.
TAGGED = ("message_type", "priority", "sector")
TICKED = ("department", "status")
NUMBERED = (
    *(f"{table}.{one}" for table in CONDITIONS for one in ("stage", "customer")),
    *(f"{table}.company" for table in CONDITIONS),
    "then.observers",
)
LISTED = (
    *(f"{table}.words" for table in CONDITIONS),
    "then.add_tags",
    "then.remove_tags",
)
BOXES = ("on", *(f"{table}.first_contact" for table in CONDITIONS), "then.important")
LINES = ("name", "key", "when", "hours", "then.responsible", "then.deadline")
PICKED = ("then.stage", "then.status")
TEXTS = ("then.said", "then.remark")
# Roles are ticked, and persons are numbered.
TOLD = ("then.note", "then.mail")
ROLES: tuple[Literal["responsible", "creator"], ...] = ("responsible", "creator")
ANSWERS = tuple(f"then.answer.{one}" for one in get_args(Language))

# What a row has before anything was typed into it.
_BLANK = {"key", "on", "when"}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as it was typed; `key` names the row while the form is open.

    `parts` are those that are not empty.
    """

    key: str
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing was typed into the row: then it is not a rule."""
        return self.parts.keys() <= _BLANK

    def part(self, name: str) -> str:
        """Return what stands in a part such as `if.words`."""
        return self.parts.get(name, "")

    def numbered(self, name: str) -> list[tuple[str, str]]:
        """Return the parts of a numbered list, as they are numbered, with their values.

        Numbers are whatever a browser sent.
        """
        start = f"{name}."
        found = [one for one in self.parts if one.startswith(start)]
        found = [one for one in found if one.removeprefix(start).isdecimal()]
        found.sort(key=lambda one: int(one.removeprefix(start)))
        return [(one, self.parts[one].strip()) for one in found]


def rule_rows(rules: Iterable[HouseRule]) -> Iterator[RuleRow]:
    """Yield the row of each rule, its place being the key."""
    for place, rule in enumerate(rules):
        yield RuleRow(str(place), _filled(dict(_parts(rule))))


def blank_row(key: str) -> RuleRow:
    """Return the row of a rule that is still to be typed."""
    return RuleRow(key, {"on": "on", "when": "opened"})


def typed_rule_rows(sent: Mapping[str, str]) -> Iterator[RuleRow]:
    """Yield the rows that were sent, in the order in which they came."""
    rows: dict[str, dict[str, str]] = {}
    for name, value in sent.items():
        table, _, rest = name.partition(".")
        key, _, part = rest.partition(".")
        known = key.isascii() and key.isalnum() and len(key) <= 12  # noqa: PLR2004  Ours are numbers.
        if table == _TABLE and known and 0 < len(part) <= _LONGEST_PART:
            rows.setdefault(key, {})[part] = value.replace("\r\n", "\n")
    for key, parts in rows.items():
        yield RuleRow(key, _filled(parts))


def plain_rules(rows: Iterable[RuleRow]) -> list[RuleRow]:
    """Return the rows that are rules, without the keys of rows."""
    return [replace(row, key="") for row in rows if not row.empty]


def _parts(rule: HouseRule) -> Iterator[tuple[str, str]]:
    tables = {"if": rule.if_, "unless": rule.unless, "then": rule.then}

    def of(name: str) -> Any:  # noqa: ANN401  Whatever the field holds.
        table, _, part = name.rpartition(".")
        return getattr(tables.get(table, rule), part)

    yield from ((name, str(of(name) or "")) for name in (*LINES, *PICKED, *TEXTS))
    for language, words in rule.then.answer.items():
        yield f"then.answer.{language}", words
    for name in TOLD:
        persons = [one for one in of(name) if one not in ROLES]
        yield from ((f"{name}.{one}", "on") for one in of(name) if one in ROLES)
        yield from ((f"{name}.{n}", str(one)) for n, one in enumerate(persons))
    yield from ((name, "on" if of(name) else "") for name in BOXES)
    yield from ((name, "\n".join(of(name))) for name in LISTED)
    for name in NUMBERED:
        yield from ((f"{name}.{n}", str(one)) for n, one in enumerate(of(name)))
    for name in (f"{table}.{one}" for table in CONDITIONS for one in TICKED):
        yield from ((f"{name}.{one}", "on") for one in of(name))
    for name in (f"{table}.{one}" for table in CONDITIONS for one in TAGGED):
        yield from ((f"{name}.{tag_key(tag)}", "on") for tag in of(name))


def _filled(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: words for name, words in parts.items() if words.strip()}
