"""The rows of the settings form, one for each of the company's rules, as typed.

A part of a row has a name such as `if.words` or `then.observers.0`. Lists of people,
stages and customers are numbered, ticked ones such as `if.status.new` are named by what
they choose, and tags by their key.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from ticket24.domain.settings.house_rules.model import HouseRule
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.parts import filled, tag_key
from ticket24.domain.settings.sent_rows import SettingRow, sent_rows

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
PICKED = (
    *(f"{table}.opened_by" for table in CONDITIONS),
    "then.stage",
    "then.status",
)
TEXTS = ("then.said", "then.remark")
# Roles are ticked, and persons are numbered.
TOLD = ("then.note", "then.mail")
ROLES: tuple[Literal["responsible", "creator"], ...] = ("responsible", "creator")
ANSWERS = tuple(f"then.answer.{one}" for one in get_args(Language))


@dataclass(frozen=True, slots=True)
class RuleRow(SettingRow):
    """A rule as it was typed."""

    blank: ClassVar[Collection[str]] = frozenset({"key", "on", "when"})

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
        yield RuleRow(str(place), filled(dict(_parts(rule))))


def blank_row(key: str) -> RuleRow:
    """Return the row of a rule that is still to be typed."""
    return RuleRow(key, {"on": "on", "when": "opened"})


def typed_rule_rows(sent: Mapping[str, str]) -> Iterator[RuleRow]:
    """Yield the rows that were sent, in the order in which they came."""
    for key, parts in sent_rows(sent, _TABLE, _is_part):
        yield RuleRow(key, filled(parts))


def _is_part(name: str) -> bool:
    return 0 < len(name) <= _LONGEST_PART


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
