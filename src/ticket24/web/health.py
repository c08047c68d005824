"""How well the program works, for those who run it."""

import time

from aiohttp import web

from ticket24.domain.customers.logins import client_address
from ticket24.domain.questions import HEADER, answer
from ticket24.site.asking import SETTINGS
from ticket24.web.keys import METRICS, WATCH

routes = web.RouteTableDef()

# Operators' tools ask often and give up soon.
_SECONDS = 2.0

_LENGTH = 500


@routes.get("/health/live", name="live")
@routes.get("/bitrix24/health/live", name="framed-live")
async def show_liveness(request: web.Request) -> web.Response:
    """Say that the process answers; if the doctor asks, also say what arrived."""
    asked = request.headers.get(HEADER)
    if asked is None:
        return web.json_response({"status": "ok"})
    settings = request.app[SETTINGS]
    proof = answer(settings.secret_keys, asked, time.time())
    if not proof:
        return web.json_response({"status": "ok"})
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", []))
    peer = request.remote or ""
    return web.json_response(
        {
            "status": "ok",
            "proof": proof,
            "peer": peer,
            "forwarded": forwarded[:_LENGTH],
            "address": client_address(peer, forwarded, settings.proxies),
            "host": request.headers.get("Host", "")[:_LENGTH],
            "proxies": settings.proxies,
        },
        headers={"Cache-Control": "no-store"},
    )


@routes.get("/health/ready", name="ready")
async def show_readiness(request: web.Request) -> web.Response:
    """Say whether events can be kept; 503 if Redis does not answer PING.

    Other faults are listed too, but are no reason to send visitors away. Nor is it a
    reason that they cannot be listed.
    """
    seen = await request.app[WATCH].look()
    return web.json_response(
        {"status": "ok" if seen.up else "unavailable", "redis": seen.up} | seen.facts(),
        status=200 if seen.up else 503,
    )


@routes.get("/metrics", name="metrics")
async def show_metrics(request: web.Request) -> web.Response:
    """Return what was counted and what there is; without Redis only this process'."""
    await request.app[WATCH].look()
    return request.app[METRICS].answer()
