"""Recordings of a real Bitrix24, as `recordings/data/README.md` describes them."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "recordings" / "data"
FILES = sorted(
    str(file.relative_to(FOLDER)) for file in FOLDER.glob("*/*") if file.is_file()
)


def raw(name):
    """Return the bytes of a recording."""
    return (FOLDER / name).read_bytes()


def body(name):
    """Return the whole answer: a result with its time, or an error."""
    return json.loads(raw(f"{name}.json"))


def result(name):
    """Return what a method answered."""
    return body(name)["result"]


def differences(real, ours, path=""):
    """Yield where two answers have not the same keys and types.

    Nothing (`null`) fits everything, as what an uploader has masked does, and so does
    an empty list or map. Of lists and of maps by number the first members count; a
    whole number may lack its fraction, as PHP writes it.
    """
    if real is None or ours is None or real == "***":
        return
    if isinstance(real, list | dict) and isinstance(ours, list | dict):
        if not real or not ours:
            return
        real, ours = _by_key(real), _by_key(ours)
        yield from (f"{path}.{key} is missing" for key in real.keys() - ours.keys())
        yield from (f"{path}.{key} is our own" for key in ours.keys() - real.keys())
        for key in real.keys() & ours.keys():
            yield from differences(real[key], ours[key], f"{path}.{key}")
    elif _kind(real) != _kind(ours):
        yield f"{path} is {_kind(real)}, ours {_kind(ours)}"


def _by_key(value):
    if isinstance(value, dict) and not all(key.isdigit() for key in value):
        return value
    kind = "[]" if isinstance(value, list) else "{}"
    members = value if isinstance(value, list) else list(value.values())
    return {kind: members[0]}


def _kind(value):
    return "int" if isinstance(value, float) else type(value).__name__
