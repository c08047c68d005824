"""GET /oauth/authorize/: here a user lets an application in (platform.md 3.1).

There is no sign-in: `user` in the query says who it is, user 1 if absent.
"""

from aiohttp import web

from bitrix24_sandbox import php
from bitrix24_sandbox.account.world import WORLD
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.grants import issue_code
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.rest import obstacles


async def authorize(request: web.Request) -> web.StreamResponse:
    """Send the browser back to the application with a code; failures stay here."""
    world = request.app[WORLD]
    try:
        user = world.user(php.as_int(request.query.get("user", "1")))
        client_id = request.query.get("client_id", "")
        application = applications.find(world, client_id)
    except Refused as refusal:
        return obstacles.page(refusal.text, refusal.status)
    code = issue_code(world, client_id, user.id)
    query = {
        "code": code.value,
        "state": request.query.get("state", ""),
        "domain": world.home.partition("://")[2],
        "member_id": world.member_id,
        "scope": ",".join(application.scopes),
        "server_domain": world.oauth_address.partition("://")[2],
    }
    location = applications.frame_address(application.handler_url, query)
    return web.Response(status=302, headers={"Location": location})
