"""A peer that does nothing: reads the body, answers 200. Argument: the port."""

import sys

from aiohttp import web


async def read_and_forget(request: web.Request) -> web.Response:
    """Answer at once."""
    await request.read()
    return web.Response()


if __name__ == "__main__":
    app = web.Application()
    app.router.add_post("/bitrix24/events", read_and_forget)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None)
