"""One word for one thing: what src/ticket24 calls its classes."""

import re
from collections import defaultdict
from pathlib import Path

HOUSE = Path(__file__).parents[1] / "src/ticket24"


def test_no_two_classes_have_one_name() -> None:
    """A public class is the only one of its name, so that a name says what it is."""
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(HOUSE.rglob("*.py")):
        for name in re.findall(r"(?m)^ *class ([A-Za-z]\w*)", path.read_text()):
            homes[name].append(str(path.relative_to(HOUSE)))

    doubled = {name: paths for name, paths in homes.items() if len(paths) > 1}

    assert homes
    assert {} == doubled
