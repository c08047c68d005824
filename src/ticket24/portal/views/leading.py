"""Where the link "Open in Ticket24" in Bitrix24 leads: to what bears its mark.

Staff follow it, who have no login: without one it tells them how to see the portal as
the customer. It says so of every mark, known or not, and with a status that keeps
Bitrix24 from making a preview.
"""

from http import HTTPStatus
from urllib.parse import urlencode

from aiohttp import web

from ticket24.domain.customers import budgets
from ticket24.portal.forms.sending import spend_or_refuse
from ticket24.portal.parts import LOGIN
from ticket24.portal.rendering import asker_of, page, url

routes = web.RouteTableDef()


@routes.get("/p/{slug}/go/{mark:[0-9a-f]{16}}", name="go")
async def lead(request: web.Request) -> web.Response:
    """Lead to a ticket of theirs, and in it to the message that bears the mark."""
    if LOGIN not in request:
        there = f"{url(request, 'login')}?{urlencode({'next': request.path})}"
        status = HTTPStatus.UNAUTHORIZED
        return await page(request, "go.html", {"sign_in": there}, status=status)
    asker = asker_of(request)
    await spend_or_refuse(asker, [budgets.LOOKUPS])
    found = await asker.marked(request.match_info["mark"])
    if found is None:
        if not asker.login.read_only:
            raise web.HTTPNotFound  # Also when it is someone else's.
        status = HTTPStatus.NOT_FOUND
        return await page(request, "go.html", {"sign_in": ""}, status=status)
    number, bearer = found
    part = "" if bearer == "opening" else f"#m-{bearer}"
    raise web.HTTPSeeOther(url(request, "ticket", number=number) + part)
