"""Recordings of a real Bitrix24, as `recordings/data/README.md` describes them."""

import json
from pathlib import Path

FOLDER = Path(__file__).parent / "recordings" / "data"
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
