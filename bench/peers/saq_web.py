"""The peer saq behind aiohttp. Arguments: port, Redis URL, application token.

Runs in a virtual environment of its own, because saq wants an older redis-py; so
it imports nothing of ours.
"""

import hmac
import sys

from aiohttp import web
from redis.asyncio import Redis
from saq.queue.redis import RedisQueue

PORT, REDIS_URL, TOKEN = sys.argv[1:]
queue = RedisQueue(Redis.from_url(REDIS_URL), name="bench")


async def enqueue(request: web.Request) -> web.Response:
    """Parse the form, check the token, enqueue a job."""
    form = await request.post()
    if not hmac.compare_digest(str(form.get("auth[application_token]")), TOKEN):
        raise web.HTTPForbidden
    fields = {key: value for key, value in form.items() if key.startswith("data[")}
    await queue.enqueue(
        "look", name=form["event"], member_id=form["auth[member_id]"], fields=fields
    )
    return web.Response()


if __name__ == "__main__":
    app = web.Application()
    app.router.add_post("/bitrix24/events", enqueue)
    web.run_app(app, host="127.0.0.1", port=int(PORT), access_log=None)
