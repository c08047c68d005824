"""The tabs that applications add to the cards of contacts and companies."""

from dataclasses import dataclass

from aiohttp import web

from bitrix24_sandbox.account.records import Company, Contact
from bitrix24_sandbox.account.switches import language_id
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.records import Application, PlacementRow
from bitrix24_sandbox.pages.frame import allow, frame_of, go_home
from bitrix24_sandbox.pages.languages import words
from bitrix24_sandbox.pages.site import number, page, world_of


@dataclass(frozen=True)
class Kind:
    """A kind of card: its place for tabs, its list, and its address in Bitrix24."""

    placement: str
    area: str
    path: str
    details: str


CONTACT = Kind(
    "CRM_CONTACT_DETAIL_TAB", "Contacts", "/staff/contacts", "/crm/contact/details"
)
COMPANY = Kind(
    "CRM_COMPANY_DETAIL_TAB", "Companies", "/staff/companies", "/crm/company/details"
)


@dataclass
class Tab:
    """One tab of a card: its application, and its title in the account's language."""

    number: int
    title: str
    application: Application
    row: PlacementRow


def tabs_of(world: World, kind: Kind) -> list[Tab]:
    """Return the tabs of a kind of card, in the order in which they were added."""
    found = applications.placements_for(world, kind.placement)
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
    """Show a tab of a contact; only now is its application asked for the page."""
    go_home(request)
    card = number(request.match_info["card"])
    contact = world_of(request).contacts.get(card)
    name = contact.full_name if contact else ""
    unnamed = words(request)("Contact {number}", number=card)
    return _show(request, CONTACT, contact, name or unnamed)


async def company_tab(request: web.Request) -> web.StreamResponse:
    """Show a tab of a company, as that of a contact."""
    go_home(request)
    card = number(request.match_info["card"])
    company = world_of(request).companies.get(card)
    return _show(request, COMPANY, company, company.title if company else "")


def _show(
    request: web.Request, kind: Kind, card: Contact | Company | None, name: str
) -> web.StreamResponse:
    tabs = tabs_of(world_of(request), kind)
    wanted = number(request.match_info["tab"])
    tab = next((tab for tab in tabs if tab.number == wanted), None)
    if card is None or tab is None:
        raise web.HTTPNotFound
    frame = frame_of(
        request,
        tab.application,
        kind.placement,
        handler=tab.row.handler,
        options={"ID": str(card.id), "URI": f"{kind.details}/{card.id}/"},
        title=tab.title,
    )
    response = page(
        request,
        "card_tab.html",
        kind=kind,
        card=card,
        name=name,
        tabs=tabs,
        open_tab=tab.number,
        frame=frame,
    )
    return allow(response, frame)
