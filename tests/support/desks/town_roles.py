"""Who is what in the companies of the town's customers."""

import time
from dataclasses import replace

from showroom import SETTINGS

from ticket24.domain.customers.company_view import CompanyPeople, Membership
from ticket24.domain.settings.sharing import CompanyView
from ticket24.store.customers.companies import RedisCompanies

FIELD = "UF_CRM_ROLE"
SHARING = replace(SETTINGS, company_view=CompanyView(default="own", field=FIELD))

WORKS, GARAGE = 7, 8


async def employ(room, now=None, **people):
    """Say of contacts that these are their companies and values of the field.

    `people` are contact ids behind an underscore: `_43=((7,), "manager")`.
    """
    at = time.time() if now is None else now
    members = {
        int(name[1:]): Membership(companies, tuple(said), at)
        for name, (companies, *said) in people.items()
    }
    staff = {}
    for contact_id, member in members.items():
        for company_id in member.companies:
            staff.setdefault(company_id, []).append(contact_id)
    titles = {WORKS: "Water Works", GARAGE: "Garage"}
    companies = {
        id_: CompanyPeople(titles.get(id_, ""), tuple(ids), at)
        for id_, ids in staff.items()
    }
    store = RedisCompanies(room.redis)
    await store.put(room.account.id, members, companies, list(members))
