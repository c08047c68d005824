"""One word for one thing: what src/ticket24 calls its classes and types."""

import re
from collections import defaultdict
from pathlib import Path

HOUSE = Path(__file__).parents[1] / "src/ticket24"

# A class, or another name for a type at the top of a module.
TYPE = re.compile(r"(?m)^(?: *class ([A-Za-z]\w*)|([A-Z]\w*[a-z]\w*) = )")


def test_no_two_types_have_one_name() -> None:
    """A public type is the only one of its name, so that a name says what it is."""
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(HOUSE.rglob("*.py")):
        for names in TYPE.findall(path.read_text()):
            homes["".join(names)].append(str(path.relative_to(HOUSE)))

    doubled = {name: paths for name, paths in homes.items() if len(paths) > 1}

    assert homes
    assert {} == doubled
