"""Rating a solved ticket: from its page, and by a link in the mail about its end.

The link shows a page and changes nothing: programs open links in mails, too.
"""

import re
from datetime import UTC, datetime

from aiohttp import web

from ticket24.domain.commands.model import MoveTicket, Waiting
from ticket24.domain.customers import budgets
from ticket24.domain.customers.languages import known as language_known
from ticket24.domain.customers.logins import Login
from ticket24.portal import languages
from ticket24.portal.asker import Asker
from ticket24.portal.forms import drafts, rating, sending
from ticket24.portal.forms.form import RATING_TEXT, command_id
from ticket24.portal.forms.giving_back import read_so_far
from ticket24.portal.parts import LANGUAGE
from ticket24.portal.rendering import (
    OnlyReading,
    account_of,
    asker_of,
    language_of,
    page,
    portal_of,
    url,
)
from ticket24.portal.sign_in.forms import untold
from ticket24.portal.views import tickets
from ticket24.site.walk import walk_of
from ticket24.store.tickets.pages import Found

routes = web.RouteTableDef()

_TOKEN = re.compile(r"([0-9]{1,9})-([0-9]{1,9})-[0-9a-f]{32}", re.ASCII)


@routes.post(r"/p/{slug}/tickets/{number:[0-9]{1,9}}/rating", name="rating")
async def rate(request: web.Request) -> web.Response:
    """Rate a ticket for the customer who is signed in."""
    asker = asker_of(request)
    found = await tickets.find(request, asker)
    if found.role is not None:
        raise OnlyReading  # Only whoever was helped says how well.
    fields, number = await walk_of(request).heard(), found.page.ref.task_id
    words = fields.get(RATING_TEXT)
    if words is not None:  # They came with the reply, which stays.
        fields |= {"text": words}
    await rating.take(asker, found, fields, _patience(request))
    if words is not None:
        await drafts.keep_typed(
            asker, str(number), read_so_far(request), but=RATING_TEXT
        )
    raise web.HTTPSeeOther(f"{url(request, 'ticket', number=number)}#rating")


@routes.get("/p/{slug}/rate/{token}", name="rate")
async def show_rating(request: web.Request) -> web.Response:
    """Show what the link would say, and the button that says it."""
    return await _shown(request)


async def _shown(request: web.Request, text: str = "") -> web.Response:
    known = await _whose(request)
    if known is None:
        return untold(await page(request, "rate_gone.html", {}, status=404))
    asker, found = known
    waiting = await asker.waiting()
    chosen = request.query.get("rating", "")
    context = {
        "ticket": found.page,
        "number": found.page.ref.task_id,
        "rating": rating.rating_form(asker, found.page, waiting, chosen, text),
        "moving": tickets.moving(request, waiting, found.page),
        "can_reopen": tickets.may_reopen(found.page.status),
        "here": request.path,
    }
    return untold(await page(request, "rate.html", context))


@routes.post("/p/{slug}/rate/{token}")
async def rate_by_link(request: web.Request) -> web.Response:
    """Rate the one ticket that the link is for, or reopen it if it is not solved.

    In another language the page shows itself again, with what was typed.
    """
    fields = await walk_of(request).heard()
    if language := language_known(fields.get("to", "")):
        request[LANGUAGE] = language
        response = await _shown(request, fields.get("text", ""))
        await languages.choose(request, response, language)
        return response
    known = await _whose(request)
    if known is None:
        return await _shown(request)
    asker, found = known
    if fields.get("reopen"):
        await _reopen(asker, found, fields.get("form_id", ""), _patience(request))
    else:
        await rating.take(asker, found, fields, _patience(request))
    raise web.HTTPSeeOther(request.path)


async def _whose(request: web.Request) -> tuple[Asker, Found] | None:
    """Return the ticket of a link, and its customer, who may see nothing else by it.

    None for every link that is no good, whatever is wrong with it.
    """
    account, stores = account_of(request), portal_of(request).stores
    token = request.match_info["token"]
    parts = _TOKEN.fullmatch(token)
    if not parts or not account.settings.ratings.ask:
        return None
    number, contact_id = int(parts[1]), int(parts[2])
    known = await stores.customers.get_all(account.id, [contact_id])
    customer = known.get(contact_id)
    if customer is None or not stores.ratings.genuine(
        token, account.id, customer.emails
    ):
        return None
    login = Login(
        account=account.id,
        contact_ids=(contact_id,),
        email=customer.emails[0],
        name=customer.name,
        version="",
        only=frozenset({number}),
    )
    settings = portal_of(request).settings
    asker = Asker(account, login, language_of(request), settings, stores)
    found = await asker.ticket(number)
    return (asker, found) if found else None


def _patience(request: web.Request) -> float:
    return portal_of(request).pace.ticket_patience_seconds


async def _reopen(asker: Asker, found: Found, form_id: str, seconds: float) -> None:
    """Reopen what was rated as bad; two presses of the button are one."""
    ref = found.page.ref
    if not tickets.may_reopen(found.page.status):
        return
    command = MoveTicket(
        command_id("move", found.contact_id, ref, "open", form_id),
        ref,
        found.contact_id,
        await asker.name_of(found.contact_id),
        datetime.now(UTC),
        "open",
    )
    if await asker.outcome(command.id) is None:
        await sending.spend_or_refuse(asker, budgets.REPLIES)
        await asker.put(command)

    async def moved(_: Waiting) -> bool:
        now = await asker.ticket(ref.task_id)
        return now is None or now.page.status is not found.page.status

    await sending.wait(asker, command.id, seconds, moved)
