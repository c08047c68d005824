"""An account's settings as TOML: read, checked, written."""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import tomli_w
from pydantic import TypeAdapter, ValidationError

from ticket24.cli.surroundings import Failure
from ticket24.domain.lines import one_line, pasted
from ticket24.domain.settings.fields import NAME_LENGTH
from ticket24.domain.settings.model import AccountSettings, is_accent
from ticket24.domain.settings.task_fields import VALUE_LENGTH, is_name
from ticket24.domain.words import folded

ACCOUNT_SETTINGS = TypeAdapter(AccountSettings)


def read(path: Path) -> AccountSettings:
    """Read and check a file; one wrong line fails it as a whole.

    `logo` is still the path that stands there: `logo_files.read` goes after it.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(f"{path} is not TOML: {error}") from error
    try:
        # As JSON, because strictness there still takes an array for a tuple.
        settings = ACCOUNT_SETTINGS.validate_json(
            json.dumps(_pasted(raw), default=str), strict=True
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        fault = _fault(first["type"], first["msg"])
        raise Failure(f"{path}: {_key(first['loc'])} {fault}") from error
    _check(path, settings)
    return settings


def write(settings: AccountSettings) -> str:
    """Return the settings as they can be read again."""
    named = asdict(settings)
    if not settings.task_fields:  # Few accounts need any.
        del named["task_fields"]
    return tomli_w.dumps(named)


def save(toml: str, path: Path) -> None:
    """Write TOML to a file, or fail with a reason."""
    try:
        path.write_text(toml, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from error


def _pasted(value: object) -> object:
    """Return what was read, each text without what nobody sees and blanks around."""
    match value:
        case str():
            return pasted(value)
        case list():
            return [_pasted(one) for one in value]
        case dict():
            return {name: _pasted(one) for name, one in value.items()}
    return value


def _check(path: Path, settings: AccountSettings) -> None:
    if not is_accent(settings.accent):
        raise Failure(
            f'{path}: accent should be a colour such as "#0b6e4f", or empty for ours'
        )
    sender = settings.sender_name
    if one_line(sender) != sender or len(sender) > NAME_LENGTH:
        raise Failure(
            f"{path}: sender_name should be one line of at most"
            f" {NAME_LENGTH} characters"
        )
    if settings.shown_messages == "marked" and not _can_be_shown(settings):
        raise Failure(
            f"{path}: public_marks should have a mark that does not begin with an"
            " internal one, or customers would see no message"
        )
    for name, value in settings.task_fields.items():
        if not is_name(name):
            raise Failure(f"{path}: task_fields.{name} is no field that you can fill")
        if one_line(value) != value or not 0 < len(value) <= VALUE_LENGTH:
            raise Failure(
                f"{path}: task_fields.{name} should be one line of at most"
                f" {VALUE_LENGTH} characters"
            )
    groups = [department.group_id for department in settings.departments]
    for number, group_id in enumerate(groups):
        key = _key(("departments", number, "group_id"))
        if group_id < 1:
            raise Failure(f"{path}: {key} should be a number from 1 on")
        if group_id in groups[:number]:
            raise Failure(f"{path}: {key} names workgroup {group_id} a second time")


def _can_be_shown(settings: AccountSettings) -> bool:
    """Whether a message can be marked as public; internal marks win."""
    hidden = tuple(filter(None, map(folded, settings.internal_marks)))
    marks = filter(None, map(folded, settings.public_marks))
    return any(not mark.startswith(hidden) for mark in marks)


def _key(location: Iterable[int | str]) -> str:
    """Name a key as people count: `departments #1.group_id`."""
    key = ""
    for part in location:
        key += f" #{part + 1}" if isinstance(part, int) else f".{part}"
    return key.removeprefix(".")


def _fault(kind: str, message: str) -> str:
    """Turn pydantic's words into a predicate."""
    return {
        "unexpected_keyword_argument": "is no setting",
        "missing": "is missing",
    }.get(kind, message.removeprefix("Input "))
