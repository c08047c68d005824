"""The peer saq, in a virtual environment of its own: it wants an older redis-py."""

from importlib import metadata
from pathlib import Path

from bench.peers import homes

VERSION = "0.26.4"
SERVER = Path(__file__).with_name("saq_web.py")


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
    return homes.interpreter(f"saq-{VERSION}", wanted, logs)
