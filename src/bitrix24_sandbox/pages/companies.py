"""The companies, and one company with its contacts: seen, linked, unlinked."""

from aiohttp import web

from bitrix24_sandbox.account import companies, tasks
from bitrix24_sandbox.account.records import Company
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.pages.card_tabs import COMPANY, tabs_of
from bitrix24_sandbox.pages.languages import words
from bitrix24_sandbox.pages.site import (
    acting_user,
    number,
    page,
    reason,
    text_of,
    world_of,
)

ROWS = 200


async def company_list(request: web.Request) -> web.StreamResponse:
    """Show the companies, each with the number of its contacts."""
    world = world_of(request)
    found = sorted(world.companies.values(), key=lambda c: (c.title.casefold(), c.id))
    sizes = {one.id: len(companies.contacts_of(world, one.id)) for one in found}
    return page(
        request, "companies.html", found=found[:ROWS], total=len(found), sizes=sizes
    )


async def company_card(request: web.Request) -> web.StreamResponse:
    """Show one company, its contacts and their tasks."""
    return _show(request, _company(request))


async def link_contact(request: web.Request) -> web.StreamResponse:
    """Link a contact to the company, or unlink it; neither raises an event."""
    world, me, company = world_of(request), acting_user(request), _company(request)
    posted = await request.post()
    act = companies.unlink if text_of(posted, "do") == "unlink" else companies.link
    try:
        act(world, me.id, number(text_of(posted, "contact")), company.id)
    except Refused as refusal:
        say = words(request)
        problem = say(
            "The contact was not saved: {reason}.", reason=reason(refusal, say)
        )
        return _show(request, company, problem=problem, status=409)
    raise web.HTTPSeeOther(f"{COMPANY.path}/{company.id}")


def _show(
    request: web.Request, company: Company, *, problem: str = "", status: int = 200
) -> web.StreamResponse:
    world, me = world_of(request), acting_user(request)
    inside = companies.contacts_of(world, company.id)
    ids = {one.id for one in inside}
    outside = [one for one in world.contacts.values() if one.id not in ids]
    seen = tasks.visible(world, me.id)
    return page(
        request,
        "company.html",
        status=status,
        kind=COMPANY,
        card=company,
        name=company.title,
        tabs=tabs_of(world, COMPANY),
        open_tab=0,
        inside=inside,
        outside=sorted(outside, key=lambda one: one.full_name.casefold())[:ROWS],
        bound=[one for one in seen if ids.intersection(one.contact_ids)],
        problem=problem,
    )


def _company(request: web.Request) -> Company:
    company = world_of(request).companies.get(number(request.match_info["card"]))
    if company is None:
        raise web.HTTPNotFound
    return company
