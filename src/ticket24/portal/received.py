"""The page of a new ticket that Bitrix24 does not have yet."""

from aiohttp import web

from ticket24.domain.commands import OpenTicket, Progress
from ticket24.domain.forms import offered_departments
from ticket24.domain.mailboxes import readable
from ticket24.portal import sending
from ticket24.portal.pages import account_of, page, url

routes = web.RouteTableDef()


@routes.get(r"/p/{slug}/received/{command_id:[0-9a-f]{1,64}}", name="received")
async def show_received(request: web.Request) -> web.Response:
    """Show what was received; lead to the ticket as soon as there is one."""
    waiting = await sending.outcome(request, request.match_info["command_id"])
    if waiting is None or not isinstance(waiting.command, OpenTicket):
        raise web.HTTPNotFound  # Also when it is someone else's.
    if waiting.progress is Progress.DONE and await sending.shown(request, waiting):
        raise web.HTTPSeeOther(url(request, "ticket", number=waiting.task_id))
    departments = offered_departments(account_of(request).settings)
    return await page(
        request,
        "received.html",
        {
            "command": waiting.command,
            "cc": [readable(one) for one in waiting.command.cc],
            "parked": waiting.progress is Progress.PARKED,
            "progress": waiting.progress,
            "department": departments.get(waiting.command.group_id, ""),
        },
    )
