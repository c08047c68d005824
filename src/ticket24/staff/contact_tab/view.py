"""The tab "Ticket24" on a contact's card in Bitrix24."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from ticket24.domain.accounts.visits import CONTACT_TAB
from ticket24.domain.commands.model import Waiting
from ticket24.domain.customers.company_view import CompanyRole
from ticket24.domain.customers.languages import known
from ticket24.domain.customers.logins import TooManyTries
from ticket24.domain.customers.mailboxes import fold
from ticket24.flows.customers import copying_in
from ticket24.flows.customers.inviting import NoSuchAddress, TooManyInvitations, invite
from ticket24.flows.customers.setting_passwords import (
    Card,
    CardUnread,
    PasswordUnsaved,
    generate,
    set_password,
)
from ticket24.portal import cookies
from ticket24.portal.forms import new_ticket, sending, uploading
from ticket24.site.walk import walk_of
from ticket24.staff.contact_tab.cards import (
    asker_for,
    card_of,
    require_seen,
    see_new_tickets,
)
from ticket24.staff.contact_tab.page import (
    FORM,
    Said,
    show,
    show_news,
    show_refusal,
    theirs,
)
from ticket24.staff.frames import fields_of, opened
from ticket24.staff.parts import account_of, bitrix_of, staff_of, visit_of
from ticket24.staff.set_aside import held, untold
from ticket24.store.sign_in.onlookers import Onlooker
from ticket24.store.sign_in.sessions import ONLOOKER_SECONDS

log = structlog.get_logger()

_MOST_DIGITS = 9

routes = web.RouteTableDef()


_CardView = Callable[[web.Request, Card], Awaitable[web.StreamResponse]]


def _of_card(view: _CardView) -> Handler:
    """Read the contact first, with the viewer's rights, or say why that failed."""

    @wraps(view)
    async def read_first(request: web.Request) -> web.StreamResponse:
        try:
            return await view(request, await card_of(request))
        except CardUnread as error:
            return await show_refusal(request, error.reason)

    return read_first


@routes.post("/bitrix24/contact-tab")
async def open_tab(request: web.Request) -> web.StreamResponse:
    """Show the tab when Bitrix24 opens it in its frame."""
    await opened(request, CONTACT_TAB)
    return await look(request)


@routes.post("/bitrix24/contact-tab/look")
@_of_card
async def look(request: web.Request, card: Card) -> web.Response:
    """Show the tab as it is now."""
    return await show(request, card, Said())


@routes.get("/bitrix24/contact-tab/news")
async def look_for_news(request: web.Request) -> web.Response:
    """Show a script what has changed by itself."""
    require_seen(request)
    await see_new_tickets(request)
    return await show_news(request)


@routes.post("/bitrix24/contact-tab/uploads")
async def receive_upload(request: web.Request) -> web.Response:
    """Keep one file of the customer's that was sent ahead of its form."""
    require_seen(request)
    return await uploading.receive(walk_of(request), asker_for(request))


@routes.post("/bitrix24/contact-tab/tickets")
@_of_card
async def open_ticket(request: web.Request, card: Card) -> web.Response:
    """Put the customer's new ticket on its way, and wait a moment for its number."""
    asker = asker_for(request, card)
    posted = await uploading.read_form(walk_of(request), asker)
    command, faults = new_ticket.command_of(asker, posted, by_staff=True)
    sent = await sending.send(asker, command, posted, faults, "")
    if sent.faults:
        said = Said(form=sent.form(asker, FORM, posted))
        return sent.tell(await show(request, card, said, status=sent.status))
    _log(request, "ticket_opened_for")
    patience = staff_of(request).pace.ticket_patience_seconds
    await sending.wait(asker, command.id, patience, _has_its_number)
    return await show(request, card, Said(sent=command.id))


async def _has_its_number(_: Waiting) -> bool:
    """Wait no longer: whether the viewer may read a new ticket is asked afterwards."""
    return True


@routes.post("/bitrix24/contact-tab/password")
@_of_card
async def change_password(request: web.Request, card: Card) -> web.Response:
    """Save the customer's password, or offer a new one without saving it yet."""
    fields = await fields_of(request)
    if fields.get("do") == "generate":
        return await show(request, card, Said("generated", typed=generate()))
    typed = fields.get("password", "")
    staff = staff_of(request)
    try:
        now = await set_password(
            *(bitrix_of(request), account_of(request), card, typed),
            *(staff.stores, staff.passwords),
        )
    except PasswordUnsaved as error:
        said = Said(error.reason, typed=typed)
        return await show(request, card, said, status=422)
    account, visit = account_of(request).id, visit_of(request)
    deed = account, visit.token, str(visit.contact_id), "password", now.password
    deeds = staff_of(request).stores.deeds
    done = "saved" if now.password else "removed"
    if now.password != card.password:
        await deeds.begin(*deed)
        _log(request, "password_set_by")
    elif not await deeds.done(*deed):
        done = "same"
    return await show(request, now, Said(done))


@routes.post("/bitrix24/contact-tab/invitation")
@_of_card
async def send_invitation(request: web.Request, card: Card) -> web.Response:
    """Have an invitation into the portal sent to the customer."""
    email = (await fields_of(request)).get("email", "")
    staff, account, visit = staff_of(request), account_of(request), visit_of(request)
    said, status = Said(invitation="asked", chosen=email), int(HTTPStatus.OK)
    deed = account.id, visit.token, str(visit.contact_id), "invitation", fold(email)
    if not await staff.stores.deeds.begin(*deed):
        return await show(request, card, said)
    try:
        await invite(
            account,
            card.customer,
            email,
            visit.name,
            staff.stores,
        )
    except NoSuchAddress:
        said, status = Said(invitation="address"), 422
    except TooManyInvitations:
        said, status = Said(invitation="many", chosen=email), 429
    except TooManyTries as error:
        said = Said(invitation="wait", seconds=error.retry_after, chosen=email)
        status = 429
    else:
        _log(request, "invited_by")
    if status != HTTPStatus.OK:
        await staff.stores.deeds.forget(*deed)
    return await show(request, card, said, status=status)


@routes.post("/bitrix24/contact-tab/language")
@_of_card
async def choose_language(request: web.Request, card: Card) -> web.Response:
    """Keep in which language the customer reads, or, if empty, that none was chosen."""
    typed = (await fields_of(request)).get("language")
    chosen = known(typed or "")
    if typed != (chosen or ""):
        return await show(request, card, Said(), status=422)
    account, visit = account_of(request), visit_of(request)
    languages = staff_of(request).stores.languages
    before = await languages.tongue(account.id, [visit.contact_id])
    if chosen != before.chosen:
        await languages.choose(account.id, [visit.contact_id], chosen)
        _log(request, "language_set_by")
    return await show(request, card, Said(language=True))


@routes.post("/bitrix24/contact-tab/copies")
@_of_card
async def take_out(request: web.Request, card: Card) -> web.Response:
    """Take somebody out of copy of a ticket: that person's links end at once."""
    fields = await fields_of(request)
    number = fields.get("ticket", "")
    known = number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS
    ticket = await asker_for(request).picture(int(number)) if known else None
    if ticket is None:
        return await show(request, card, Said(), status=404)
    email, visit = fields.get("email", ""), visit_of(request)
    stores = staff_of(request).stores
    if await copying_in.take_out(ticket, email, visit.name, stores):
        _log(request, "taken_out_of_copy_by")
    return await show(request, card, Said())


@routes.post("/bitrix24/contact-tab/role")
@_of_card
async def choose_role(request: web.Request, card: Card) -> web.Response:
    """Keep what this contact is in its companies, or, if empty, that nobody chose."""
    typed = (await fields_of(request)).get("role")
    account, visit = account_of(request), visit_of(request)
    if not account.settings.company_view.on or typed not in ("", *CompanyRole):
        return await show(request, card, Said(), status=422)
    chosen = CompanyRole(typed) if typed else None
    companies = staff_of(request).stores.companies
    before = await companies.known(account.id, [visit.contact_id])
    if chosen is not before.by_hand.get(visit.contact_id):
        await companies.choose(account.id, visit.contact_id, chosen)
        _log(request, "company_role_set_by")
    return await show(request, card, Said(role=True))


@routes.post("/bitrix24/contact-tab/untold")
@_of_card
async def tell(request: web.Request, card: Card) -> web.Response:
    """Tell this customer something that was not told yet, or drop it for good."""
    said = await untold.done(request, **await theirs(request))
    return await show(request, card, Said(untold=said))


@routes.post("/bitrix24/contact-tab/held")
@_of_card
async def decide(request: web.Request, card: Card) -> web.Response:
    """Let a mail speak that may be this customer's, or discard it."""
    said = await held.done(request, **await theirs(request))
    return await show(request, card, Said(held=said))


@routes.post("/bitrix24/contact-tab/view")
@_of_card
async def see_portal(request: web.Request, card: Card) -> web.Response:
    """Lead into the portal as the customer sees it, and note who looks."""
    staff, account, visit = staff_of(request), account_of(request), visit_of(request)
    onlooker = Onlooker(datetime.now(UTC), visit.user_id, visit.name)
    await staff.stores.onlookers.note(account.id, visit.contact_id, onlooker)
    _log(request, "portal_seen_as")
    cookie = await staff.stores.sessions.start_onlooker(
        account.id,
        visit.contact_id,
        card.email,
        card.customer.name,
        visit.name,
        asker_for(request).login.only,
    )
    headers = {hdrs.LOCATION: f"/p/{account.slug}/"}
    response = web.Response(status=303, headers=headers)
    home = cookies.Home(account.slug, staff.settings.secure)
    home.put(response, cookies.SESSION, cookie, max_age=ONLOOKER_SECONDS)
    return response


def _log(request: web.Request, what: str) -> None:
    """Log which member of staff did something for which customer."""
    account, visit = account_of(request), visit_of(request)
    log.info(what, account=account.slug, contact=visit.contact_id, user=visit.user_id)
