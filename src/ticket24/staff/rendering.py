"""How to make a page inside Bitrix24."""

import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ticket24 import i18n
from ticket24.domain.accounts.visits import Visit
from ticket24.site import packing
from ticket24.staff.headers import policy
from ticket24.staff.parts import (
    ACCOUNT,
    BASE,
    VISIT,
    account_of,
    language_of,
    staff_of,
    visit_of,
)
from ticket24.staff.templating import templates

__all__ = ["frame", "page"]

# The bounds of the time after which scripts renew a visit.
_SOONEST_SECONDS = 15.0
_LATEST_SECONDS = 2_400.0


async def page(
    request: web.Request,
    template: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
) -> web.Response:
    """Render a page for the frames of the visit's account.

    Templates also get the names of `frame`, and those of the visit: `csrf_token`,
    `visit`, `account`, `company` and `portal_url`.
    """
    visit = visit_of(request)
    names = {
        "csrf_token": visit.token,
        "visit": visit,
        "parent": visit.origin,
    }
    if ACCOUNT in request:
        account = account_of(request)
        names |= {
            "account": account,
            "company": account.settings.company_name or account.slug,
            "portal_url": f"{staff_of(request).settings.public_url}/p/{account.slug}/",
        }
    return frame(request, template, names | dict(context), visit.origin, status)


def frame(
    request: web.Request,
    template: str,
    context: Mapping[str, object],
    origin: str,
    status: int,
) -> web.Response:
    """Render a page for the frames of an origin, even if the viewer is unknown.

    Templates get `language`, `lang`, `base`, `asset(name)`, and `token`. That is the
    visit's token for scripts, which renew it after `renew` seconds; it is empty without
    a visit.
    """
    language, visit = language_of(request), request.get(VISIT)
    names: dict[str, Any] = {
        "language": language,
        "lang": i18n.language_tag(language),
        "base": BASE,
        "asset": staff_of(request).assets.url,
        "parent": origin,
        "token": visit.token if visit else "",
        "renew": _renewal(visit) if visit else 0,
    }
    text = templates(language).get_template(template).render(names | dict(context))
    response = packing.answer(request.headers, text, status)
    response.headers["Content-Security-Policy"] = policy(origin)
    return response


def _renewal(visit: Visit) -> int:
    """Return in how many seconds the viewer's token should be replaced."""
    left = (visit.auth_until - time.time()) * 2 / 3
    return round(min(max(left, _SOONEST_SECONDS), _LATEST_SECONDS))
