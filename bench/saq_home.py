"""The peer saq, in a virtual environment of its own: it wants an older redis-py.

It stands in the platform's cache folder and is made when first needed.
"""

from importlib import metadata
from pathlib import Path

import platformdirs

from bench.processes import ROOT, python, run

VERSION = "0.26.4"


def interpreter(logs: Path) -> Path:
    """Return a Python that has saq; raise Failed where it cannot be installed."""
    wanted = [
        # With the C parser for Redis, as we have it.
        f"saq[redis,hiredis]=={VERSION}",
        f"aiohttp=={metadata.version('aiohttp')}",
        "redis>=7,<8",
        # saq imports it without asking for it.
        "typing_extensions",
    ]
    home = platformdirs.user_cache_path("ticket24") / "bench" / f"saq-{VERSION}"
    found, stamp = home / "bin" / "python", home / "installed"
    if not stamp.exists() or stamp.read_text() != "\n".join(wanted):
        print(f"installing saq {VERSION}, once, beside the project's environment")
        for command in _commands(home, found, wanted):
            run("install-saq", command, folder=logs)
        stamp.write_text("\n".join(wanted))
    return found


def _commands(home: Path, found: Path, wanted: list[str]) -> list[list[str | Path]]:
    uv = ROOT / ".venv" / "bin" / "uv"
    if uv.exists():
        return [
            [uv, "venv", "--quiet", "--clear", "--python", *python(), home],
            [uv, "pip", "install", "--quiet", "--python", found, *wanted],
        ]
    return [
        python("-m", "venv", "--clear", str(home)),
        [found, "-m", "pip", "install", "--quiet", *wanted],
    ]
