"""The list of a customer's tickets."""

from collections.abc import Iterable
from dataclasses import replace

from aiohttp import web

from ticket24.domain.portal.lists import (
    Order,
    Show,
    Wish,
    badges,
    choose,
    rearranged,
    turns,
)
from ticket24.domain.portal.names import department_names, in_words
from ticket24.domain.portal.under_way import rows_with
from ticket24.portal.asker import Asker
from ticket24.portal.display import colleagues, listing, promises
from ticket24.portal.display.naming import Naming
from ticket24.portal.display.own_fields import OwnFilter, own_filters
from ticket24.portal.parts import PORTAL_ACCOUNT
from ticket24.portal.rendering import asker_of, page
from ticket24.portal.views.polling import behind_since

routes = web.RouteTableDef()


@routes.get("/p/{slug}/", name="home")
@routes.get("/p/{slug}/tickets", name="tickets")
async def show_list(request: web.Request) -> web.Response:
    """Show the asker's tickets."""
    asker = asker_of(request)
    settings = asker.account.settings
    filters = own_filters(settings, asker.language)
    wish = _wish(request, asker, filters)
    found, senders = None, colleagues.Senders()
    if wish.company:
        listed, senders = await colleagues.listed(asker, wish.owner)
        if wish.words:
            found = await colleagues.found(asker, wish.words, senders)
    else:
        if wish.words:
            found = await asker.search(wish.words)
        listed = await asker.listing()
    waiting = await asker.under_way()

    rows, priorities = rows_with(listed.rows, waiting), settings.tags.priority
    if rows is not listed.rows:
        listed = replace(listed, kept=None)  # What is kept does not know of these.
    language = asker.language
    naming = Naming(settings, language, to_copied=wish.company)
    chosen = listed.noted(
        (replace(wish, page=1, after=()), priorities, naming.mark),
        lambda: choose(rows, wish, priorities, found, naming.own),
        lambda old, gone, come: rearranged(
            old, gone, come, wish, priorities, naming.own
        ),
    )
    sheet = chosen.sheet(wish.page, wish.after)
    said = naming.has_words and listed.noted(
        (wish.show, naming.mark), lambda: badges(rows, wish.show, naming.own)
    )
    in_ours, in_theirs = said or (turns(wish.show), ())
    labels = settings.tag_labels.of(language)
    return await page(
        request,
        "tickets.html",
        {
            "wish": wish,
            "address": listing.address,
            "sheet": sheet,
            "lines": listing.lines(
                sheet.rows,
                listed,
                asker.account,
                language,
                naming.badge,
                lambda row: promises.line(
                    row.promise, row.turn, language, asker.account.zone
                ),
                senders.of,
            ),
            "has_company": colleagues.has_company(asker.sight),
            "sight": asker.sight,
            "senders": senders.choices(),
            "passing_on": []
            if wish.company
            else listing.passing_on(waiting, listed.rows),
            "any": bool(listed.rows),
            "hidden": listed.hidden,
            "departments": department_names(settings),
            "priorities": tuple(
                (word, in_words(word, labels)) for word in settings.tags.priority
            ),
            "filters": filters,
            "turns": in_ours,
            "own_words": in_theirs,
            "every_turn": turns(Show.ALL),
            "tabs": tuple(Show),
            "orders": tuple(Order),
            "promises": any(row.promise for row in sheet.rows)
            or wish.order is Order.PROMISE,
            "behind_since": behind_since(
                request[PORTAL_ACCOUNT], asker.settings.sweep_seconds
            ),
            "etag": asker.company_version if wish.company else asker.version,
        },
    )


def _wish(request: web.Request, asker: Asker, filters: Iterable[OwnFilter]) -> Wish:
    """Return what the address asks for, as far as it can be had."""
    known = {one for each in filters for one, _ in each.options}
    asked = [one for one in request.query.getall("own", []) if one in known]
    wish = listing.wish_of(request.query, asked)
    if wish.company and not colleagues.has_company(asker.sight):
        return replace(wish, company=False, owner=None)
    return wish
