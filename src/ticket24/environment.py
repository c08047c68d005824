"""The settings from the environment: read once at start-up, never changed.

Variables win over the file of defaults. Secrets may be in files that variables name,
and the key of the embedded server is made once and kept.
"""

import contextlib
import difflib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from ticket24.domain.lines import laid_bare, pasted
from ticket24.settings import (
    PREFIX,
    BadSettings,
    Settings,
    bad,
    checked_key,
    defaults_file,
    example,
    variables,
)

_NO_INTEGER = "should be a valid integer, unable to parse string as an integer"


def load(*, look_only: bool = False, **overrides: Any) -> Settings:  # noqa: ANN401  Any field's value.
    """Read the settings; `overrides` (fields by name) win over the environment.

    Raise BadSettings for a TICKET24_ variable that is not a setting, a bad value, or a
    missing secret key. With the embedded server a missing key is made once and kept in
    `data_dir`, but not with `look_only`. A secret may be in a file that a variable
    ending in _FILE names.
    """
    _refuse_unknown_variables()
    try:
        settings = Settings(**(_read_files() | overrides))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise bad(first["loc"], _fault(first["msg"])) from None
    except (ValueError, RecursionError) as error:  # It is not TOML, or absurd.
        raise BadSettings(f"{defaults_file()}: {error}") from None
    if settings.secret_key:
        return settings
    if not settings.embedded:
        raise bad(("secret_key",), "is required when Redis is not embedded")
    if look_only and not _key_file(settings.data_dir).exists():
        return settings
    return settings.model_copy(update={"secret_key": _kept_key(settings.data_dir)})


def files() -> dict[str, str]:
    """Return each variable that names a file with a secret, and what it replaces."""
    return {
        f"{variable}_FILE": variable
        for variable, field_info in variables()
        if field_info.annotation is SecretStr
    }


def _read_files() -> dict[str, Any]:
    """Return the secrets in such files, as fields by name."""
    found: dict[str, Any] = {}
    for name, variable in files().items():
        path = os.environ.get(name)
        if not path:
            continue
        if os.environ.get(variable):
            raise BadSettings(f"{variable} and {name} are both set: set one of them")
        try:
            secret = Path(path).read_text().strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", "") or "is no text"
            raise BadSettings(f"{name}: {path}: {reason}") from None
        *outer, field = variable.removeprefix(PREFIX).lower().split("__")
        table = found
        for part in outer:
            table = table.setdefault(part, {})
        if secret:
            table[field] = secret
    return found


def _refuse_unknown_variables() -> None:
    known = [*(variable for variable, _ in variables()), *files()]
    for name in sorted(os.environ):
        variable = pasted(name).removeprefix("export ").strip().upper()
        variable = variable.replace("-", "_")
        if not variable.startswith(PREFIX) or name in known:
            continue
        if variable in known:
            raise BadSettings(
                f"{laid_bare(name)} is not a setting: write {variable}, in capitals and"
                f" with nothing before it; for example {example(variable)}"
            )
        likely = difflib.get_close_matches(variable, known, n=1, cutoff=0)[0]
        raise BadSettings(
            f"{variable} is not a setting; for example {example(likely)} is one"
        )


def _fault(message: str) -> str:
    """Turn pydantic's words, which never contain the value here, into a predicate."""
    for subject in ("Value error, ", "Input ", "String "):
        message = message.removeprefix(subject)
    return {
        "Extra inputs are not permitted": "is not a setting",
        "Field required": f"has no default in {defaults_file()}",
        _NO_INTEGER: f"{_NO_INTEGER}: write only digits, without a unit or a comma",
    }.get(message, message)


def _key_file(data_dir: Path) -> Path:
    return data_dir / "secret-key"


def _kept_key(data_dir: Path) -> SecretStr:
    """Return the key kept in `data_dir`; make it first if there is none."""
    path = _key_file(data_dir)
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _create(path, secrets.token_urlsafe(48))
        return checked_key(SecretStr(path.read_text().strip()))
    except (OSError, ValueError) as error:
        raise BadSettings(
            f"{path}: {error}; TICKET24_DATA_DIR can name another folder"
        ) from None


def _create(path: Path, text: str) -> None:
    """Write a whole private file, or leave the one that another process just made."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    with contextlib.suppress(FileExistsError):
        os.link(temporary, path)
    Path(temporary).unlink()
