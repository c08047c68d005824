"""Stylesheets, scripts and the icon of the pages.

They are sent from memory: of a file, aiohttp may leave one open if its reader has left.
"""

from pathlib import Path

from aiohttp import web

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES = {
    path.name: (path.read_bytes(), _TYPES[path.suffix])
    for path in Path(__file__).with_name("static").iterdir()
    if path.suffix in _TYPES
}


async def static_file(request: web.Request) -> web.Response:
    """Answer with a file by its name."""
    if request.match_info["name"] not in _FILES:
        raise web.HTTPNotFound
    body, type_ = _FILES[request.match_info["name"]]
    return web.Response(body=body, content_type=type_, charset="utf-8")
