"""What happens around the views of our own forms: whose visit it is, and for what."""

from aiohttp import web
from aiohttp.typedefs import Handler

from ticket24.domain.accounts.visits import COMPANY_TAB, CONTACT_TAB, SETTINGS_PAGE
from ticket24.staff.frames import require_admin, resume, token_of
from ticket24.staff.parts import BASE, DOORS, NoVisit

_RENEW = f"{BASE}/renew"


@web.middleware
async def with_visit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse every request without the token of a visit to this very page."""
    if request.path in DOORS or request.match_info.http_exception is not None:
        return await handler(request)
    token = await token_of(request)
    if not token:
        raise NoVisit
    if request.path == _RENEW:
        await resume(request, token)
    elif request.path.startswith(f"{BASE}/contact-tab/"):
        await resume(request, token, CONTACT_TAB)
    elif request.path.startswith(f"{BASE}/company-tab/"):
        await resume(request, token, COMPANY_TAB)
    else:
        require_admin(await resume(request, token, SETTINGS_PAGE))
    return await handler(request)
