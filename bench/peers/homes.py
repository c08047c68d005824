"""Virtual environments for peers that cannot live in the project's own.

They stand in the platform's cache folder and are made when first needed.
"""

from collections.abc import Sequence
from pathlib import Path

import platformdirs

from bench.processes import ROOT, python, run


def interpreter(name: str, wanted: Sequence[str], logs: Path) -> Path:
    """Return a Python that has what is wanted; raise Failed where it cannot be had.

    `name` is a peer with its version, and the name of the folder.
    """
    home = platformdirs.user_cache_path("ticket24") / "bench" / name
    found, stamp = home / "bin" / "python", home / "installed"
    if not stamp.exists() or stamp.read_text() != "\n".join(wanted):
        print(f"installing {name}, once, beside the project's environment")
        for command in _commands(home, found, wanted):
            run(f"install-{name}", command, folder=logs)
        stamp.write_text("\n".join(wanted))
    return found


def _commands(home: Path, found: Path, wanted: Sequence[str]) -> list[list[str | Path]]:
    uv = ROOT / ".venv" / "bin" / "uv"
    if uv.exists():
        return [
            [uv, "venv", "--quiet", "--clear", "--python", *python(), home],
            [uv, "pip", "install", "--quiet", "--python", found, *wanted],
        ]
    return [
        [*python("-m", "venv", "--clear"), home],
        [found, "-m", "pip", "install", "--quiet", *wanted],
    ]
