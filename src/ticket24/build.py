"""Which build of ticket24 this is: its version alone does not identify it."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parents[1]

# What the wheel contains under another name, by its place in a checkout.
_TAKEN_IN = {
    "ticket24/defaults.toml": "config/ticket24.toml",
    "ticket24/requirements.lock": "requirements-run.lock",
}


@cache
def build() -> str:
    """Name the build, `0.1.0+3f9a1c2e`: the same files have the same name anywhere."""
    return f"{version('ticket24')}+{digest()}"


def digest() -> str:
    """Digest the files that this process runs, handlers and pinned libraries too."""
    told = hashlib.sha256()
    for name, path in sorted(_files()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        told.update(f"{name} {content}\n".encode())
    return told.hexdigest()[:8]


def _files() -> Iterator[tuple[str, Path]]:
    beside = _PACKAGE.parent
    if not (beside / "handlers").exists():
        for name, place in _TAKEN_IN.items():
            yield name, _CHECKOUT / place
        beside = _CHECKOUT
    for package in (_PACKAGE, beside / "handlers"):
        for path in package.rglob("*"):
            # Editors and Python leave files there that do not belong to us.
            inside = path.relative_to(package.parent)
            strange = any(
                part.startswith((".", "__pycache__")) for part in inside.parts
            )
            if path.is_file() and not strange and path.suffix != ".pyc":
                yield inside.as_posix(), path
