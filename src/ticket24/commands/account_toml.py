"""An account's settings as TOML: read, checked, written."""

import tomllib
from dataclasses import asdict
from pathlib import Path

import tomli_w
from pydantic import TypeAdapter, ValidationError

from ticket24.commands.surroundings import Failure
from ticket24.domain.settings import AccountSettings

ACCOUNT_SETTINGS = TypeAdapter(AccountSettings)


def read(path: Path) -> AccountSettings:
    """Read and check a file; one wrong line fails it as a whole."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(f"{path} is not TOML: {error}") from error
    try:
        settings = ACCOUNT_SETTINGS.validate_python(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise Failure(f"{path}: {where}: {first['msg']}") from error
    _check(path, settings)
    return settings


def write(settings: AccountSettings) -> str:
    """Return the settings as they can be read again."""
    return tomli_w.dumps(asdict(settings))


def save(toml: str, path: Path) -> None:
    """Write TOML to a file, or fail with a reason."""
    try:
        path.write_text(toml, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from error


def _check(path: Path, settings: AccountSettings) -> None:
    groups = [department.group_id for department in settings.departments]
    if len(groups) != len(set(groups)):
        raise Failure(f"{path}: departments: a workgroup stands there twice")
    if any(group_id < 1 for group_id in groups):
        raise Failure(f"{path}: departments: group_id is a number from 1 on")
