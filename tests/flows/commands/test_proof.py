"""The proof that a command is carried out once names what shows it."""

import re
from pathlib import Path

from ticket24.flows.commands import carrying

_TESTS = Path(__file__).parents[2]


def test_the_proof_names_tests_that_are_there() -> None:
    """Renaming or removing one of them makes this fail."""
    named = set(re.findall(r"\btest_\w+", carrying.__doc__ or ""))
    sources = (path.read_text() for path in _TESTS.rglob("test_*.py"))
    there = {name for one in sources for name in re.findall(r"def (test_\w+)", one)}

    assert len(named) > 10
    assert set() == named - there
