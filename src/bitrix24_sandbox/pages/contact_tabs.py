"""The tabs that applications add to a contact's card: CRM_CONTACT_DETAIL_TAB."""

from dataclasses import dataclass

from aiohttp import web

from bitrix24_sandbox.account.switches import language_id
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.records import Application, PlacementRow
from bitrix24_sandbox.pages.frame import allow, frame_of, go_home
from bitrix24_sandbox.pages.site import number, page, world_of

PLACEMENT = "CRM_CONTACT_DETAIL_TAB"


@dataclass
class Tab:
    """One tab of a card: its application, and its title in the account's language."""

    number: int
    title: str
    application: Application
    row: PlacementRow


def tabs_of(world: World) -> list[Tab]:
    """Return the tabs of a contact's card, in the order in which they were added."""
    found = applications.placements_for(world, PLACEMENT)
    return [
        Tab(count, title_of(world, application, row), application, row)
        for count, (application, row) in enumerate(found, 1)
    ]


def title_of(world: World, application: Application, row: PlacementRow) -> str:
    """Return a tab's title: in the account's language, else in English, else any."""
    wanted = language_id(world.switches.language)
    for language in (wanted, "en"):
        title = row.titles.get(language, {}).get("TITLE")
        if title:
            return title
    return row.title or application.title


async def contact_tab(request: web.Request) -> web.StreamResponse:
    """Show a tab; only now is its application asked for the tab's page."""
    go_home(request)
    world = world_of(request)
    contact = world.contacts.get(number(request.match_info["contact"]))
    tabs = tabs_of(world)
    wanted = number(request.match_info["tab"])
    tab = next((tab for tab in tabs if tab.number == wanted), None)
    if contact is None or tab is None:
        raise web.HTTPNotFound
    frame = frame_of(
        request,
        tab.application,
        PLACEMENT,
        handler=tab.row.handler,
        options={"ID": str(contact.id), "URI": f"/crm/contact/details/{contact.id}/"},
        title=tab.title,
    )
    response = page(
        request,
        "contact_tab.html",
        contact=contact,
        tabs=tabs,
        open_tab=tab.number,
        frame=frame,
    )
    return allow(response, frame)
