"""What the contacts and companies are called that rules name by their numbers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ticket24.bitrix.people import contacts, memberships
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import chunks


@dataclass(frozen=True, slots=True)
class CrmNames:
    """Names by number; of what is deleted, or hidden from us, there are none."""

    contacts: Mapping[int, str] = field(default_factory=dict)
    companies: Mapping[int, str] = field(default_factory=dict)


async def crm_names(
    bitrix: Bitrix, contact_ids: Collection[int], company_ids: Collection[int]
) -> CrmNames:
    """Ask for them in one batch; for nothing if there are none. Raises BitrixError."""
    people = {
        f"contacts {ids[0]}": contacts.read_call(ids)
        for ids in chunks(sorted(contact_ids))
    }
    firms = {
        f"companies {ids[0]}": memberships.titles_call(ids)
        for ids in chunks(sorted(company_ids))
    }
    if not people and not firms:
        return CrmNames()
    batch = await bitrix.batch(people | firms, urgent=True)
    for error in batch.errors.values():
        raise error
    found = [
        one for key in people for one in contacts.read_customers("", batch.results[key])
    ]
    titles = [memberships.read_titles(batch.results[key]) for key in firms]
    return CrmNames(
        {
            one.ref.contact_id: one.name or next(iter(one.emails), "?")
            for one in found
            if one.ref.contact_id in contact_ids
        },
        {id_: title or "?" for some in titles for id_, title in some.items()},
    )
