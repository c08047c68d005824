"""The list of a customer's tickets."""

from aiohttp import web

from ticket24.domain.tickets.lists import (
    Order,
    Show,
    choose,
    department_names,
    statuses,
)
from ticket24.portal.pages import (
    account_of,
    language_of,
    login_of,
    page,
    portal_of,
    waiting_of,
)
from ticket24.portal.shown import listing
from ticket24.portal.views.polling import behind_since, etag

routes = web.RouteTableDef()


@routes.get("/p/{slug}/", name="home")
@routes.get("/p/{slug}/tickets", name="tickets")
async def show_list(request: web.Request) -> web.Response:
    """Show the tickets of whoever is signed in."""
    login, account, portal = login_of(request), account_of(request), portal_of(request)
    settings = account.settings
    owned = (account.id, login.contact_ids, settings.group_ids)
    wish = listing.wish_of(request.query)

    found = await portal.stores.pages.search(*owned, wish.words) if wish.words else None
    listed = await portal.stores.pages.listing(*owned)
    waiting = await waiting_of(request)

    sheet = choose(listed.rows, wish, settings.tags.priority, found)
    return await page(
        request,
        "tickets.html",
        {
            "wish": wish,
            "address": listing.address,
            "sheet": sheet,
            "lines": listing.lines(sheet.rows, listed, settings, language_of(request)),
            "passing_on": listing.passing_on(waiting, listed.rows),
            "any": bool(listed.rows),
            "departments": department_names(settings),
            "priorities": settings.tags.priority,
            "statuses": statuses(wish.show),
            "tabs": tuple(Show),
            "orders": tuple(Order),
            "behind_since": behind_since(request),
            "etag": etag(login, account),
        },
    )
