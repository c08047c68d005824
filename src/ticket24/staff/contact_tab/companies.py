"""What a contact sees of its companies, and why."""

from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from ticket24 import i18n
from ticket24.domain.customers.company_view import (
    CompanyRole,
    Membership,
    role_of,
    why_role,
)
from ticket24.domain.lines import one_line
from ticket24.domain.words import sought
from ticket24.i18n import noop
from ticket24.staff.parts import account_of, language_of, staff_of, visit_of

ROLES = {
    CompanyRole.OWN: noop("Own tickets"),
    CompanyRole.COLLEAGUE: noop("Colleagues’ tickets"),
    CompanyRole.MANAGER: noop("All tickets of the company"),
}
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class InCompanies:
    """The role of a contact, and whose tickets it opens.

    `by_hand` is what staff chose, "" for nothing. `said` is what the field says.
    `others` counts those whose tickets are seen, `names` are those of some of them.
    """

    role: str
    why: Literal["hand", "field", "default"]
    by_hand: str
    roles: tuple[tuple[str, str], ...]
    said: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    others: int = 0
    names: tuple[str, ...] = ()
    unsure: bool = False


async def companies_of(request: web.Request) -> InCompanies | None:
    """Return it for the contact of this tab; None if nobody sees others' tickets."""
    staff, account = staff_of(request), account_of(request)
    view, contact_id = account.settings.company_view, visit_of(request).contact_id
    if not view.on:
        return None
    say = i18n.translations(language_of(request)).gettext
    seen = await staff.colleagues.sight(account, (contact_id,))
    known = await staff.stores.companies.known(account.id, [contact_id])
    member = known.members.get(contact_id, Membership())
    by_hand = known.by_hand.get(contact_id)
    role = role_of(view, member.values, by_hand)
    customers = await staff.stores.customers.get_all(account.id, seen.roles)
    names = sorted((one_line(one.name) for one in customers.values()), key=sought)
    return InCompanies(
        say(ROLES[role]),
        why_role(view, member.values, by_hand),
        by_hand or "",
        tuple((one.value, say(words)) for one, words in ROLES.items()),
        member.values,
        seen.names,
        len(seen.roles),
        tuple(filter(None, names))[:_MOST_NAMES],
        seen.unsure,
    )
