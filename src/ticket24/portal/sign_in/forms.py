"""The sign-in forms, and what they say."""

import math
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode

from aiohttp import hdrs, web

from ticket24.domain.customers.logins import TooManyTries
from ticket24.domain.customers.mailboxes import plausible
from ticket24.domain.lines import laid_bare, shortened
from ticket24.flows.customers.signing_in import Crowded
from ticket24.portal import cookies
from ticket24.portal.rendering import page
from ticket24.portal.sign_in import keeping, returning

# A field of the page that asks for the address alone. Its field for the password is not
# seen, but password managers find it, and may fill in both at once.
FIRST = "first"

# What one sign-in page hands on to the next, and how much of each.
_KEPT = ("next", "email")
_MOST_TYPED = 2_000
_SHOWN = 100


async def password_form(
    request: web.Request, context: Mapping[str, object], status: int = 200
) -> web.Response:
    """Show the form for e-mail and password; if it comes `first`, for e-mail alone."""
    empty = {
        FIRST: False,
        "email": "",
        "next": "",
        "missing": [],
        "wrong": False,
        "no_address": "",
        "minutes": 0,
        "busy": False,
        "stale": False,
        "cookieless": False,
        "doubled": cookies.doubled(request, cookies.SESSION),
    } | still(request, context)
    return await page(request, "login.html", empty | dict(context), status=status)


async def link_form(
    request: web.Request, context: Mapping[str, object], status: int = 200
) -> web.Response:
    """Show the form that asks for a sign-in link."""
    empty = {
        "email": "",
        "next": "",
        "missing": [],
        "minutes": 0,
        "used_up": False,
        "unwritable": False,
        "no_address": "",
        "stale": False,
        "cookieless": False,
    } | still(request, context)
    return await page(request, "link_form.html", empty | dict(context), status=status)


def no_address(email: str) -> dict[str, object]:
    """Return what a form shows instead of an address: all of it, seen and unseen."""
    if plausible(email):
        return {}
    return {"no_address": shortened(laid_bare(email[:_SHOWN]), _SHOWN)}


def typed_before(request: web.Request) -> dict[str, str]:
    """Return what was typed on another page of ours, as its links pass it on."""
    typed = {name: request.query.get(name, "") for name in _KEPT}
    return {name: text for name, text in typed.items() if len(text) <= _MOST_TYPED}


def still(request: web.Request, context: Mapping[str, object]) -> dict[str, str]:
    """Return the queries of links: `kept` leads to other forms, `here` to this one.

    And the number of the `ticket` that one came for.
    """
    typed = {name: str(context.get(name, "")) for name in _KEPT}
    kept = {name: text for name, text in typed.items() if 0 < len(text) <= _MOST_TYPED}
    query = f"?{urlencode(kept)}" if kept else ""
    told = {"kept": query, "ticket": returning.ticket_in(request, typed["next"])}
    if request.method == "POST":
        told["here"] = f"{keeping.page_of(request)}{query}"
    return told


async def used_up(request: web.Request, wanted: str = "") -> web.Response:
    """Say that a link has been used, and offer a new one that leads there as well."""
    context = {"used_up": True, "next": wanted}
    return untold(await link_form(request, context, status=410))


async def too_many(
    request: web.Request,
    form: Callable[..., Awaitable[web.Response]],
    context: Mapping[str, object],
    error: TooManyTries,
) -> web.Response:
    """Show a form again, and say when to try again."""
    minutes = math.ceil(error.retry_after / 60)
    response = await form(request, {**context, "minutes": minutes}, status=429)
    response.headers[hdrs.RETRY_AFTER] = str(error.retry_after)
    return response


async def too_busy(
    request: web.Request, context: Mapping[str, object], error: Crowded
) -> web.Response:
    """Show the form again, because too many people are signing in at this moment."""
    response = await password_form(request, {**context, "busy": True}, status=503)
    response.headers[hdrs.RETRY_AFTER] = str(error.retry_after)
    return response


def untold(response: web.Response) -> web.Response:
    """Keep an address that contains a token from all other sites."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
