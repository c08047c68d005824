"""A room, and a file in it, hold what a person can take in at a glance."""

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAMS = ("src", "handlers")
MOST_FILES, MOST_LINES = 16, 350

# They are tables: each part is understood by itself, and none does anything.
TABLES = {
    "src/ticket24/store/keys.py",
    "src/bitrix24_sandbox/account/records.py",
}


def modules(*places: str) -> list[Path]:
    """Return the modules below these folders, without what only makes a package."""
    found = (path for place in places for path in (ROOT / place).rglob("*.py"))
    return [path for path in found if path.name != "__init__.py"]


def test_no_folder_is_crowded() -> None:
    """Sixteen files are the most that somebody reads the names of."""
    held = Counter(path.parent for path in modules(*PROGRAMS))

    assert {} == {
        str(folder.relative_to(ROOT)): count
        for folder, count in held.items()
        if count > MOST_FILES
    }


def test_no_module_is_long() -> None:
    """Whoever opens one sees what it does; only tables go on for longer."""
    long = {
        str(path.relative_to(ROOT))
        for path in modules(*PROGRAMS)
        if len(path.read_text("utf-8").splitlines()) > MOST_LINES
    }

    assert TABLES == long
