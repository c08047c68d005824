"""What a Bitrix24 of tests answers, and how its connections break."""

import asyncio
import traceback
from datetime import UTC, datetime

from aiohttp import web

from ticket24.pace import Pace

CODE = "s3cretC0de"
TIME = {"start": 1_787_219_542, "date_start": "2026-08-20T11:52:22+02:00"}
AT = datetime(2026, 8, 20, 9, 52, 22, tzinfo=UTC)
LIMIT = ({"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many"}, 503)
BLOCKED = {
    "error": "OPERATION_TIME_LIMIT",
    "time": {"start": 100, "operating_reset_at": 340},
}
EXPIRED = ({"error": "expired_token", "error_description": "expired"}, 401)


class FakeTokens:
    """Gives out token-1, after a renewal token-2, and so on."""

    def __init__(self):
        self.number = 1
        self.known = ""

    async def token(self):
        return f"token-{self.number}"

    async def renew(self, refused, fault):
        if refused == await self.token():
            self.number += 1
        return True

    async def endpoint(self):
        return self.known


async def drop(request):
    request.transport.abort()
    return web.Response()


async def stall(request):
    await asyncio.sleep(600)
    return web.json_response({"result": True})


SHORT = Pace(bitrix24_timeout_seconds=0.2)


async def cut(request):
    response = web.StreamResponse(headers={"Content-Length": "100000"})
    await response.prepare(request)
    await response.write(b"{}")
    request.transport.abort()
    return response


def redirect(fake, location, status=302):
    async def answer(request):
        target = location.format(path=request.path)
        return web.Response(status=status, headers={"Location": target})

    fake.will(answer)


def everything_shown(error):
    return "".join(
        [
            *traceback.format_exception(error),
            *(repr(each) for each in (error, error.__context__, error.__cause__)),
            str(vars(error)),
        ]
    )
