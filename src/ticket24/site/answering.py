"""What a view raises becomes an answer, on every page of ours."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler

Say = Callable[[web.Request, Exception], Awaitable[web.StreamResponse]]

# Redirects are answers themselves, and nothing is said to a browser that has gone.
_PASS = (web.HTTPSuccessful, web.HTTPRedirection, ConnectionResetError)


async def answered(request: web.Request, view: Handler, say: Say) -> web.StreamResponse:
    """Return what the view answers, or what `say` makes of its error."""
    try:
        return await view(request)
    except _PASS:
        raise
    except Exception as error:  # noqa: BLE001  `say` logs what it does not expect.
        return await say(request, error)
