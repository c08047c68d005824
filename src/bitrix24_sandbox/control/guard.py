"""Guards every call of the control API: its origin, and its errors."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import ValidationError

from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(handler: Handler) -> Handler:
    """Wrap a handler: strangers get 403 or 415, mistakes 400, refusals 409."""

    async def guard(request: web.Request) -> web.StreamResponse:
        stranger = _stranger(request)
        if stranger is not None:
            return stranger
        try:
            return await handler(request)
        except Refused as refusal:
            return answer({"error": refusal.code, "text": refusal.text}, 409)
        except (LookupError, TypeError, ValueError, ValidationError) as error:
            return answer({"error": type(error).__name__, "text": str(error)}, 400)

    return guard


def answer(body: Json, status: int = 200) -> web.Response:
    """Answer in JSON."""
    text = json.dumps(body, default=str, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json")


def _stranger(request: web.Request) -> web.Response | None:
    """Refuse requests that a page of another site can make a browser send.

    Modern browsers name the sender's site themselves. In all browsers such a page
    cannot send JSON without asking first, and nobody here answers that question.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
        return answer({"error": "Forbidden", "text": "Sent by another site"}, 403)
    if request.body_exists and request.content_type != "application/json":
        text = "Send application/json"
        return answer({"error": "UnsupportedMediaType", "text": text}, 415)
    return None
