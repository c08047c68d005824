"""What the acting user was notified of."""

from aiohttp import web

from bitrix24_sandbox.account import notifications
from bitrix24_sandbox.pages.site import acting_user, page, world_of


async def notification_list(request: web.Request) -> web.StreamResponse:
    """Show the notifications of the acting user, newest first."""
    told = notifications.shown(world_of(request), acting_user(request).id)
    return page(request, "notifications.html", told=told)
