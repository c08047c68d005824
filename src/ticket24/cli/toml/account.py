"""An account's settings as TOML: read, checked, written."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import TypeAdapter, ValidationError

from ticket24.cli.surroundings import Failure
from ticket24.cli.toml.places import at
from ticket24.domain.lines import pasted, shortened
from ticket24.domain.settings.faults import SettingFault
from ticket24.domain.settings.form import SECTIONS
from ticket24.domain.settings.model import AccountSettings, State
from ticket24.domain.settings.parts import TOLD
from ticket24.domain.settings.reading.rulebook import judged
from ticket24.domain.settings.state_parts import filled
from ticket24.flows.settings.existing import NotInBitrix24
from ticket24.flows.settings.fault_words import faults_in_words

ACCOUNT_SETTINGS = TypeAdapter(AccountSettings)

_TOO_DEEP = "not an account's settings: it is nested too deeply"

_LONGEST_NAME, _NO_NAME = 60, '""'

_OWN_WORDS = ("greeting", "signature", "legal_footer")
# Not written while they are ours.
_OURS = asdict(AccountSettings())
_AS_OURS = {"ratings", "gathering", "mail_megabytes"}
_OF_DEPARTMENTS = ("about", "opening_hours", "stages")


def read(path: Path, before: AccountSettings | None = None) -> AccountSettings:
    """Read and check a file as strictly as the settings page: all of it or nothing.

    An account may keep what it had `before`. `logo` is still the path from the file:
    `logo_files.read` follows it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        # As JSON, because its strict mode still accepts an array for a tuple. What JSON
        # lacks, such as dates, is no setting's value: without their quotes, no texts.
        raw = json.dumps(_pasted(tomllib.loads(text)), default=lambda _: None)
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Failure(f"{path} is not UTF-8 text: save it in that encoding") from error
    except RecursionError as error:
        raise Failure(f"{path} is {_TOO_DEEP}") from error
    except tomllib.TOMLDecodeError as error:
        raise Failure(f"{path} is not TOML: {error}") from error
    except ValueError as error:  # Python's, of more digits than it reads.
        raise Failure(f"{path} has a number with far too many digits") from error
    try:
        settings = ACCOUNT_SETTINGS.validate_json(raw, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        fault = _fault(first["type"], first["msg"])
        place = first["loc"]
        if not place:  # Not even JSON: pydantic's reader goes less deep than TOML's.
            raise Failure(f"{path} is {_TOO_DEEP}") from error
        raise Failure(f"{at(path, text, place)}: {key_of(place)} {fault}") from error
    settings, faults = judged(settings, before or AccountSettings())
    if faults:
        raise Failure(_refusal(path, text, faults))
    return settings


@contextmanager
def checked(path: Path | None) -> Iterator[None]:
    """Turn what Bitrix24 does not have into a failure with the line of the file."""
    try:
        yield
    except NotInBitrix24 as error:
        if path is None:
            raise
        text = path.read_text(encoding="utf-8-sig")
        raise Failure(_refusal(path, text, error.faults)) from error


def write(settings: AccountSettings) -> str:
    """Return the settings as they can be read again."""
    named = asdict(settings)
    _drop(named, ("task_fields", "dark_logo", "promises", "promise_field"))
    view = {name: one for name, one in named.pop("company_view").items() if one}
    if view:
        named["company_view"] = view
    for name in _AS_OURS & {name for name in named if named[name] == _OURS[name]}:
        del named[name]
    labels = {code: one for code, one in named.pop("tag_labels").items() if one}
    if labels:
        named["tag_labels"] = labels
    _drop_empty(named, (*_OWN_WORDS, "automation", "ends"))
    hours = named["working_hours"]
    hours["days"] = {day: text for day, text in hours["days"].items() if text}
    _drop_empty(named, ("working_hours",))
    for name, as_written in (("rules", _rule), ("fields", _own_field)):
        named[name] = [*map(as_written, named[name])]
        if not named[name]:
            del named[name]
    for place, department in enumerate(named["departments"]):
        _tidy_department(department, settings.departments[place].states)
    return tomli_w.dumps(named)


def _drop(table: dict[str, Any], names: Iterable[str]) -> None:
    """Leave out what few need, where it says nothing."""
    for name in names:
        if not table[name]:
            del table[name]


def _drop_empty(table: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if not any(table[name].values()):
            del table[name]


def _tidy_department(named: dict[str, Any], states: Sequence[State]) -> None:
    """Drop what a department does not say."""
    _drop_empty(named, _OF_DEPARTMENTS)
    _drop(named, ("own_only", "strangers"))
    named["states"] = [*filled(states)]
    if not states:
        del named["states"]
    own = named["working_hours"]
    own["days"] = {day: text for day, text in own["days"].items() if text}
    named["working_hours"] = {part: one for part, one in own.items() if one}
    _drop_empty(named, ("working_hours",))


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule with only what it says."""
    tables = {
        name: {part: one for part, one in table.items() if one}
        for name, table in (
            *(("if", rule.pop("if_")), ("unless", rule.pop("unless"))),
            ("then", rule.pop("then")),
        )
    }
    return rule | {name: table for name, table in tables.items() if table}


def _own_field(one: dict[str, Any]) -> dict[str, Any]:
    """Return a field with only what it says."""
    one["option_labels"] = {
        code: labels for code, labels in one["option_labels"].items() if labels
    }
    for part in ("label", "help", "shown_if"):
        one[part] = {name: text for name, text in one[part].items() if text}
    return {name: value for name, value in one.items() if value}


def save(toml: str, path: Path) -> None:
    """Write TOML to a file, or fail with a reason."""
    try:
        path.write_text(toml, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from error


def _pasted(value: object) -> object:
    """Return the value, without invisible characters and blanks around its texts."""
    match value:
        case str():
            return pasted(value)
        case list():
            return [_pasted(one) for one in value]
        case dict():
            return {name: _pasted(one) for name, one in value.items()}
    return value


def _refusal(path: Path, text: str, faults: Sequence[SettingFault]) -> str:
    """Say what the first fault is and where, and how many more there are."""
    (name, said), *more = faults_in_words(faults, "en")
    place = place_of(name)
    others = f"; and {len(more)} more" if more else ""
    return f"{at(path, text, place)}: {key_of(place)}: {said}{others}"


def place_of(name: str) -> tuple[int | str, ...]:
    """Return the place of a field of the form: `("departments", 0, "name")`."""
    table, *rest = (
        name.split(".", 2) if name.startswith("automation.") else name.split(".")
    )
    if rest and rest[0] in TOLD:  # Of whom each is a field of the form.
        return (table, rest[0])
    if table in SECTIONS:
        return ("tags", table)
    return (table, *(int(part) if part.isdecimal() else part for part in rest))


def key_of(place: Iterable[int | str]) -> str:
    """Name a place, counting from one: `departments #1.group_id`."""
    key = ""
    for part in place:
        if isinstance(part, int):
            key += f" #{part + 1}"
        else:  # Anybody's words, where it is not a setting.
            key += f".{shortened(part, _LONGEST_NAME) or _NO_NAME}"
    return key.removeprefix(".")


def _fault(kind: str, message: str) -> str:
    """Turn pydantic's words into a predicate."""
    return {
        "unexpected_keyword_argument": "is not a setting",
        "missing": "is missing",
        "dataclass_type": "should be a table with keys of its own",
    }.get(kind, message.removeprefix("Input "))
