"""A page that is left open for hours keeps working: scripts renew its visit."""

from aiohttp import web

from ticket24.bitrix.events.frame_posts import seconds_of, token_in
from ticket24.flows.accounts.verifying import FrameRefused, Refusal, seconds_left
from ticket24.staff.frames import fields_of
from ticket24.staff.parts import NoVisit, account_of, staff_of, visit_of

routes = web.RouteTableDef()


@routes.post("/bitrix24/renew")
async def renew(request: web.Request) -> web.Response:
    """Accept a new access token of the same user from the parent page.

    It is trusted only after the authorization server has said whose it is. A viewer who
    is no longer an administrator cannot continue on an administrator's page.
    """
    staff, visit = staff_of(request), visit_of(request)
    fields = await fields_of(request)
    access_token = token_in(fields, "AUTH_ID")
    await staff.application.verifier.renews(visit.token)
    verified = await staff.application.verifier.identify(access_token)
    same = verified.member_id == account_of(request).member_id
    if not same or verified.user_id != visit.user_id:
        raise FrameRefused(Refusal.OTHER_ACCOUNT)
    admin = await staff.application.verifier.administers(access_token, verified)
    if visit.admin and not admin:
        raise FrameRefused(Refusal.NOT_ADMINISTRATOR)
    seconds = seconds_left(verified, seconds_of(fields.get("AUTH_EXPIRES", "")))
    if not await staff.stores.visits.renew(visit, access_token, seconds):
        raise NoVisit(visit.token)
    return web.json_response({"seconds": seconds})
