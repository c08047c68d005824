"""Customers and companies that scripts of the settings search for, for rules."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from ticket24.bitrix.people.searching import CrmMatch
from ticket24.bitrix.rest.client import Bitrix
from ticket24.flows.settings.crm_names import find_companies, find_customers
from ticket24.staff.parts import bitrix_of, staff_of

routes = web.RouteTableDef()

CrmSearch = Callable[[Bitrix, str], Awaitable[list[CrmMatch]]]


@routes.get("/bitrix24/app/customers")
async def list_customers(request: web.Request) -> web.Response:
    """Answer with the contacts that the viewer may see."""
    return await _listed(request, find_customers)


@routes.get("/bitrix24/app/companies")
async def list_companies(request: web.Request) -> web.Response:
    """Answer with the companies that the viewer may see."""
    return await _listed(request, find_companies)


async def _listed(request: web.Request, search: CrmSearch) -> web.Response:
    async with asyncio.timeout(staff_of(request).pace.reading_patience_seconds):
        found = await search(bitrix_of(request), request.query.get("find", ""))
    return web.json_response(
        [
            {"id": one.id, "name": one.name or one.email or f"#{one.id}", "note": note}
            for one in found
            for note in [one.email if one.name else ""]
        ]
    )
