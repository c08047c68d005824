"""Our own stylesheets, scripts and pictures: read once, named by their content."""

import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from ticket24.site import packing

_SHARED = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}

# What a script takes from another one, in the form that all of ours have.
_TAKEN = re.compile(rb'(?<= from ")\./([\w.]+)(?=";)')

FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent. `digest` identifies its content."""

    type: str
    body: bytes
    packed: bytes
    digest: str

    @classmethod
    def of(cls, type_: str, body: bytes) -> "Asset":
        """Prepare a body."""
        digest = hashlib.sha256(body).hexdigest()[:16]
        return cls(type_, body, gzip.compress(body, mtime=0), digest)

    def answer(self, asked: Mapping[str, str], digest: str) -> web.Response:
        """Return the file; if another version was asked for, it may not be cached."""
        zipped = packing.accepted(asked)
        headers = {
            "Cache-Control": FOREVER if digest == self.digest else "no-cache",
            "Vary": "Accept-Encoding",
        }
        if zipped:
            headers["Content-Encoding"] = "gzip"
        return web.Response(
            body=self.packed if zipped else self.body,
            content_type=self.type,
            charset="utf-8",
            headers=headers,
        )


class Assets:
    """The static files of a folder, and the shared ones, below a path of the site.

    `sheet` is the name of one stylesheet that joins several. Those that have another
    name cannot be fetched separately. A script names those that it takes from by their
    content, too: it is another file when they are.
    """

    def __init__(
        self, folder: Path, *, base: str, sheet: str, joins: Iterable[str]
    ) -> None:
        self._base = base
        paths = {
            path.name: path
            for each in (_SHARED, folder)
            for path in sorted(each.iterdir())
            if path.suffix in _TYPES
        }
        joined = [paths.pop(name) for name in joins if name in paths]
        self._assets: dict[str, Asset] = {}
        for name in paths:
            self._read(name, paths)
        body = b"\n".join(path.read_bytes() for path in joined)
        self._assets[sheet] = Asset.of("text/css", body)

    def _read(self, name: str, paths: Mapping[str, Path]) -> Asset:
        if name not in self._assets:

            def address(found: re.Match[bytes]) -> bytes:
                taken = found[1].decode()
                digest = self._read(taken, paths).digest
                return f"../{digest}/{taken}".encode()

            body = paths[name].read_bytes()
            if paths[name].suffix == ".js":
                body = _TAKEN.sub(address, body)
            self._assets[name] = Asset.of(_TYPES[paths[name].suffix], body)
        return self._assets[name]

    def get(self, name: str) -> Asset | None:
        """Return a file."""
        return self._assets.get(name)

    def answer(self, request: web.Request) -> web.Response:
        """Return the file that was asked for; names are looked up, never opened."""
        asset = self.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        response = asset.answer(request.headers, request.match_info["digest"])
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def url(self, name: str) -> str:
        """Return the path of a file, which includes the digest of its content."""
        return f"{self._base}/static/{self._assets[name].digest}/{name}"
