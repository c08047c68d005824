"""Addresses of pages as people type them, and as programs break them.

An address with a slash at the end leads nowhere, nor does one with capitals, or with a
full stop or bracket that a program took for a part of the link. One redirect leads to
the page that was meant, if there is one. It stays below our own `/p/`, and keeps what
was posted.
"""

import re
from functools import cache
from http import HTTPStatus
from urllib.parse import unquote

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from ticket24.domain.accounts.model import is_slug

_LONGEST = 2_000
# Characters that end a sentence or enclose a link, and invisible ones.
_AFTER = " .,;:!?()<>[]{}'\"«»‹›“”„‘’…*_|\\\u00a0\u200b\u200e\u200f\u2060\ufeff"  # noqa: RUF001  Quotes.
_LITERAL = re.compile(r"[a-z][a-z0-9.-]*")


@web.middleware
async def with_straight_addresses(
    request: web.Request, handler: Handler
) -> web.StreamResponse:
    """Lead to the page that was meant, before anybody asks who may see it."""
    unknown = request.match_info.http_exception is not None
    if unknown and (straight := await straightened(request, request.app)):
        return straight
    try:
        return await handler(request)
    except web.HTTPNotFound:
        # It may be the page of a company whose name was typed in capitals.
        straight = None if unknown else await straightened(request, request.app)
        if straight is None:
            raise
        return straight


async def straightened(
    request: web.Request, portal: web.Application
) -> web.Response | None:
    """Return the redirect to the page that was meant; None if there is none.

    None of the body is read before: the browser posts it to that page.
    """
    raw = request.rel_url.raw_path
    path = _straight(raw, _words(portal))
    if path is None or path == raw:
        return None
    meant = request.clone(rel_url=request.rel_url.with_path(path, encoded=True))
    if (await portal.router.resolve(meant)).http_exception is not None:
        return None
    query = request.rel_url.raw_query_string
    location = f"{path}?{query}" if query else path
    return web.Response(
        status=HTTPStatus.PERMANENT_REDIRECT,
        headers={hdrs.LOCATION: location, hdrs.CACHE_CONTROL: "no-store"},
    )


def straight_from(portal: web.Application) -> Handler:
    """Return a view for paths that would be pages of this portal without capitals."""

    async def show(request: web.Request) -> web.StreamResponse:
        response = await straightened(request, portal)
        if response is None:
            raise web.HTTPNotFound
        return response

    return show


def _straight(raw: str, words: frozenset[str]) -> str | None:
    """Return a path with our own words in small letters, and without what follows it.

    Tokens and ids stay as they are, because they depend on capitals.
    """
    if len(raw) > _LONGEST:
        return None
    if not re.match("/[^/]+/+[^/]", raw):
        return None
    parts = [part for part in raw.split("/") if part]
    while parts and not _bare(parts[-1]):
        parts.pop()
    if len(parts) < 2 or parts[0].lower() != "p":  # noqa: PLR2004  `/p/` and a slug.
        return None
    slug = _bare(parts[1]).lower() if len(parts) == 2 else parts[1].lower()  # noqa: PLR2004
    rest = parts[2:]
    if rest:
        rest[-1] = _bare(rest[-1])
    if not is_slug(slug):
        return None
    small = [one.lower() if one.lower() in words else one for one in rest]
    return "/".join(["", "p", slug, *small]) + ("" if small else "/")


def _bare(part: str) -> str:
    """Return a part of a path, as it was written, without what follows the link."""
    plain = unquote(part)
    bare = plain.rstrip(_AFTER)
    return part if bare == plain else bare if _plain(bare) else ""


def _plain(part: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9._~-]*", part) is not None


@cache
def _words(app: web.Application) -> frozenset[str]:
    """Return the words in the paths of pages that stand for themselves, not a value."""
    known = (one.canonical for one in app.router.resources())
    return frozenset(
        part for path in known for part in path.split("/") if _LITERAL.fullmatch(part)
    )
