"""What every view uses: who asks, which paths there are, and how to make a page."""

from collections.abc import Mapping
from typing import Any

from aiohttp import hdrs, web

from ticket24 import i18n
from ticket24.domain.customers.company_view import ALONE
from ticket24.portal import cookies
from ticket24.portal.asker import Asker
from ticket24.portal.display import theme
from ticket24.portal.following import FOLLOWER, follower_asker
from ticket24.portal.forms import csrf
from ticket24.portal.parts import (
    LOGIN,
    PORTAL_ACCOUNT,
    SESSION,
    SIGHT,
    account_of,
    language_of,
    portal_of,
)
from ticket24.portal.sign_in import keeping, owners
from ticket24.portal.templating import templates
from ticket24.site import packing

__all__ = [
    "OnlyLooking",
    "OnlyReading",
    "SignInNeeded",
    "account_of",
    "asker_anew",
    "asker_of",
    "know_sight",
    "language_of",
    "page",
    "portal_of",
    "url",
]


_LANGUAGES = (
    ("de", "de", "Deutsch"),
    ("en", "en", "English"),
    ("pt", "pt-BR", "Português"),
)


# Whatever keeps a page in spite of `no-store` may show it to nobody else.
SPOKEN = {hdrs.VARY: "Accept-Language, Cookie"}


class SignInNeeded(Exception):
    """Nobody is signed in: the error pages lead to the sign-in page and back."""


class OnlyLooking(Exception):
    """Staff look as a customer, and the request would have changed something."""


class OnlyReading(Exception):
    """The ticket is somebody else's, and may be read but not changed."""


def asker_of(request: web.Request) -> Asker:
    """Return who is signed in, or came by a link of somebody in copy.

    Raise SignInNeeded if nobody is, which leads to the sign-in page.
    On the way there the text fields of a POST are kept. Scripts get a 401 instead.
    """
    if FOLLOWER in request:
        return request[FOLLOWER]
    if LOGIN not in request:
        raise SignInNeeded
    portal = portal_of(request)
    return Asker(
        account_of(request),
        request[LOGIN],
        language_of(request),
        portal.settings,
        portal.stores,
        sight=request.get(SIGHT, ALONE),
    )


async def asker_anew(request: web.Request) -> Asker:
    """Return who is signed in as of now: a request that waits outlives much.

    Raise what a new request would meet: no such portal, or nobody signed in any more.
    """
    portal = portal_of(request)
    found = await portal.accounts.get(account_of(request).slug)
    if found is None:
        raise web.HTTPNotFound
    request[PORTAL_ACCOUNT], account = found, found.account
    if SESSION not in request:
        request[FOLLOWER] = await follower_asker(request)
        return asker_of(request)
    login = await portal.stores.sessions.login(account.id, request[SESSION])
    if login is None:
        raise SignInNeeded
    request[LOGIN] = login
    await know_sight(request)
    return asker_of(request)


def leave_out(request: web.Request) -> None:
    """Forget who asks, until `asker_anew`: pages that wait hold no more than needed."""
    request.pop(FOLLOWER if FOLLOWER in request else LOGIN)


def page_of(request: web.Request, number: int) -> str:
    """Return the path of a ticket's page, as whoever asks came to it."""
    if FOLLOWER in request:
        return request[FOLLOWER].here
    return url(request, "ticket", number=number)


async def know_sight(request: web.Request) -> None:
    """Find out what of their companies' tickets the signed-in people see."""
    account = account_of(request)
    if account.settings.company_view.on:
        ids = request[LOGIN].contact_ids
        request[SIGHT] = await portal_of(request).colleagues.sight(account, ids)
    else:
        request.pop(SIGHT, None)


def url(request: web.Request, name: str, **parts: object) -> str:
    """Return the path of a named route of this portal."""
    texts = {key: str(value) for key, value in parts.items()}
    slug = account_of(request).slug
    return str(request.app.router[name].url_for(slug=slug, **texts))


async def page(
    request: web.Request,
    template: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
) -> web.Response:
    """Render a page in the frame of its company.

    Templates also get `_frame`'s names; `base` is the portal's path without a
    slash at the end.
    """
    token, sitting = csrf.token_of(request)
    language = language_of(request)
    text = (
        templates(language)
        .get_template(template)
        .render(_frame(request) | {"csrf_token": token} | dict(context))
    )
    response = packing.answer(request.headers, text, status)
    response.headers.extend(SPOKEN)
    if sitting:
        cookies.home_of(request).put(response, cookies.SITTING, sitting)
    return response


def _frame(request: web.Request) -> dict[str, Any]:
    ours = request[PORTAL_ACCOUNT]
    account = ours.account
    base = f"/p/{account.slug}"
    login = request.get(LOGIN)
    return {
        "account": account,
        "base": base,
        "company": ours.name,
        "login": login,
        "owner": owners.marks_of(request).of(login) if login else "",
        "language": language_of(request),
        "languages": _LANGUAGES,
        "typed_in": "",
        "language_to": "",
        "lang": i18n.language_tag(language_of(request)),
        "here": keeping.page_of(request),
        "logo": f"{base}/logo/{ours.logo}" if ours.logo else "",
        "dark_logo": f"{base}/logo/{ours.dark_logo}/dark" if ours.dark_logo else "",
        "theme": theme.path(base, account.settings),
        "tab_icon": theme.sign_path(
            base, account.settings.company_name, account.settings.accent
        ),
        "static": portal_of(request).assets.url,
    }
