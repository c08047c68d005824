"""The page of the tab on a company's card."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from ticket24 import i18n
from ticket24.domain.portal.lists import is_closed
from ticket24.domain.portal.rows import Row
from ticket24.flows.customers.company_card import CompanyCard, CompanyMember
from ticket24.portal.display import listing, promises
from ticket24.portal.display.naming import Naming, in_both
from ticket24.staff.contact_tab.companies import ROLES
from ticket24.staff.parts import account_of, language_of, staff_of, visit_of
from ticket24.staff.rendering import page
from ticket24.store.tickets.lists import Listing

# How many open ones are shown, and how many others; the latest.
_MOST = 50


@dataclass(frozen=True, slots=True)
class _Tickets:
    lines: Sequence[listing.Line]
    count: int


async def show(request: web.Request, card: CompanyCard) -> web.Response:
    """Render the whole tab."""
    account, visit = account_of(request), visit_of(request)
    language, stores = language_of(request), staff_of(request).stores
    say = i18n.translations(language).gettext
    people = {one.contact_id: one for one in card.people}
    groups = account.settings.group_ids
    found = await stores.shared_pages.listing(account.id, tuple(people), groups, ())
    every = found.listing.rows
    rows = [row for row in every if visit.admin or row.task_id in visit.readable]
    open_, closed = (
        [row for row in rows if is_closed(row.status) is done] for done in (False, True)
    )
    shown = [*open_[:_MOST], *closed[:_MOST]]
    private = await stores.companies.private(account.id, [r.task_id for r in shown])
    apart = groups - account.settings.shared_group_ids
    naming = Naming(account.settings, language)

    def tickets(some: Sequence[Row]) -> _Tickets:
        lines = listing.lines(
            some[:_MOST],
            Listing((), {}),
            account,
            language,
            lambda row: in_both(row, naming, language),
            lambda row: promises.line(
                row.promise, row.turn, language, account.zone, to_staff=True
            ),
            lambda row: _name(people[found.owners[row.task_id]]),
        )
        return _Tickets(lines, len(some))

    context = {
        "card": card,
        "roles": {role: say(words) for role, words in ROLES.items()},
        "view": account.settings.company_view,
        "open": tickets(open_),
        "closed": tickets(closed),
        "hidden": len(every) - len(rows),
        "owners": found.owners,
        "personal": {r.task_id for r in shown if r.group_id in apart} | private,
        "task": f"{visit.origin}/company/personal/user/{visit.user_id}/tasks/task/view",
        "contact": f"{visit.origin}/crm/contact/details",
    }
    return await page(request, "company_tab.html", context)


def _name(person: CompanyMember) -> str:
    customer = person.customer
    return customer.name or next(iter(customer.emails), f"#{person.contact_id}")
