"""The list of a customer's tickets."""

from aiohttp import web

from ticket24.domain.portal.lists import (
    Order,
    Show,
    badges,
    choose,
    department_names,
    in_words,
    turns,
)
from ticket24.domain.portal.under_way import rows_with
from ticket24.portal.display import listing, promises
from ticket24.portal.display.naming import Naming
from ticket24.portal.parts import COMPANY
from ticket24.portal.rendering import asker_of, page
from ticket24.portal.views.polling import behind_since

routes = web.RouteTableDef()


@routes.get("/p/{slug}/", name="home")
@routes.get("/p/{slug}/tickets", name="tickets")
async def show_list(request: web.Request) -> web.Response:
    """Show the asker's tickets."""
    asker = asker_of(request)
    settings = asker.account.settings
    wish = listing.wish_of(request.query)

    found = await asker.search(wish.words) if wish.words else None
    listed = await asker.listing()
    waiting = await asker.under_way()

    rows = rows_with(listed.rows, waiting)
    language = asker.language
    naming = Naming(settings, language)
    sheet = choose(rows, wish, settings.tags.priority, found, naming.own)
    said = badges(rows, wish.show, naming.own) if naming.has_words else None
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
            ),
            "passing_on": listing.passing_on(waiting, listed.rows),
            "any": bool(listed.rows),
            "hidden": listed.hidden,
            "departments": department_names(settings),
            "priorities": tuple(
                (word, in_words(word, labels)) for word in settings.tags.priority
            ),
            "turns": in_ours,
            "own_words": in_theirs,
            "every_turn": turns(Show.ALL),
            "tabs": tuple(Show),
            "orders": tuple(Order),
            "behind_since": behind_since(
                request[COMPANY], asker.settings.sweep_seconds
            ),
            "etag": asker.version,
        },
    )
