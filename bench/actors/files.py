"""Files by which processes of the bench tell each other something."""

import json
import time
from pathlib import Path
from typing import Any

from bench.processes import Failed


def write_at_once(file: Path, what: object) -> None:
    """Write all of it, or nothing."""
    part = file.with_suffix(".part")
    part.write_text(json.dumps(what))
    part.rename(file)


def written(file: Path) -> Any:  # noqa: ANN401  JSON.
    """Wait for what another process writes, and read it."""
    for _ in range(2_000):
        if file.exists():
            return json.loads(file.read_text())
        time.sleep(0.01)
    raise Failed(f"{file} was not written")
