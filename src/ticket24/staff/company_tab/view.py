"""The tab on a company's card: its contacts' tickets, and who of them sees what."""

import asyncio

from aiohttp import web

from ticket24.domain.accounts.visits import COMPANY_TAB
from ticket24.flows.customers.company_card import read_company
from ticket24.flows.customers.setting_passwords import CardUnread
from ticket24.staff.company_tab.page import show
from ticket24.staff.contact_tab.cards import see_tickets
from ticket24.staff.frames import opened
from ticket24.staff.parts import account_of, bitrix_of, staff_of, visit_of
from ticket24.staff.rendering import page

routes = web.RouteTableDef()


@routes.post("/bitrix24/company-tab")
async def open_tab(request: web.Request) -> web.StreamResponse:
    """Show the tab when Bitrix24 opens it in its frame."""
    await opened(request, COMPANY_TAB)
    return await look(request)


@routes.post("/bitrix24/company-tab/look")
async def look(request: web.Request) -> web.Response:
    """Show the tab as it is now, with the viewer's rights; nothing of it is kept."""
    staff, account, visit = staff_of(request), account_of(request), visit_of(request)
    try:
        async with asyncio.timeout(staff.pace.reading_patience_seconds):
            bitrix = bitrix_of(request)
            card = await read_company(bitrix, account, visit.company_id, staff.stores)
            await see_tickets(request, tuple(one.contact_id for one in card.people))
    except CardUnread as error:
        context = {"reason": error.reason}
        return await page(request, "company_tab_refused.html", context)
    return await show(request, card)
