"""Customers and companies of the CRM: what numbers are called, and who is found."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ticket24.bitrix.people import contacts, memberships, searching
from ticket24.bitrix.people.searching import CrmMatch
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import chunks
from ticket24.bitrix.rest.together import Caller
from ticket24.domain.customers.mailboxes import plausible, spelled
from ticket24.domain.lines import one_line
from ticket24.domain.tickets.model import Customer
from ticket24.domain.words import sought

_MOST = 50
_LONGEST = 254
_MOST_WORDS = 5
_NUMBER = re.compile(r"#?([1-9][0-9]{0,9})")


@dataclass(frozen=True, slots=True)
class CrmNames:
    """Names by number; of what is deleted, or hidden from us, there are none.

    They are not `known` if we may not see the CRM at all.
    """

    contacts: Mapping[int, str] = field(default_factory=dict)
    companies: Mapping[int, str] = field(default_factory=dict)
    known: bool = True


async def crm_names(
    bitrix: Caller, contact_ids: Collection[int], company_ids: Collection[int]
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


async def find_customers(bitrix: Bitrix, find: str) -> list[CrmMatch]:
    """Return up to 50 contacts, by name; only those that this client may see.

    One request: by all words of a name, by a whole address, or by a number. Half an
    address finds nobody, and is not asked about. Raises BitrixError.
    """
    find = _typed(find)
    if "@" in find:
        return _shown(await _with_address(bitrix, find))
    if number := _NUMBER.fullmatch(find):
        call = contacts.read_call([int(number[1])])
        answer = await bitrix.call(call.method, call.params, urgent=True)
        return _shown(contacts.read_customers("", answer.result))
    if not find:
        return []
    call = searching.contacts_call(find.split()[:_MOST_WORDS])
    answer = await bitrix.call(call.method, call.params, urgent=True)
    return _sorted(searching.read_contacts(answer.result))


async def find_companies(bitrix: Bitrix, find: str) -> list[CrmMatch]:
    """Return up to 50 companies, by name; only those that this client may see.

    By a part of the name, by a number, or by a whole address: of the company, or of a
    contact, whose main company it then is. Raises BitrixError.
    """
    find = _typed(find)
    if "@" in find:
        return await _companies_with_address(bitrix, find)
    if not find:
        return []
    call = searching.companies_call(find)
    answer = await bitrix.call(call.method, call.params, urgent=True)
    found = searching.read_companies(answer.result)
    if number := _NUMBER.fullmatch(find):
        found += await _companies(bitrix, [int(number[1])])
    return _sorted(found)


async def _with_address(bitrix: Bitrix, email: str) -> list[Customer]:
    if not plausible(email):
        return []
    batch = await bitrix.batch(contacts.find_calls(email), urgent=True)
    for error in batch.errors.values():
        raise error
    rows = [
        one
        for key, result in batch.results.items()
        if key != "index"
        for one in contacts.read_customers("", result)
        if spelled(email, one.emails) is not None
    ]
    return [*{one.ref.contact_id: one for one in rows}.values()]


async def _companies_with_address(bitrix: Bitrix, email: str) -> list[CrmMatch]:
    if not plausible(email):
        return []
    people = await _with_address(bitrix, email)
    batch = await bitrix.batch(searching.addressed_calls(email), urgent=True)
    for error in batch.errors.values():
        raise error
    own = [
        one
        for result in batch.results.values()
        for one in searching.read_companies(result, email)
    ]
    main = {one.company_id for one in people} - {0}
    return _sorted([*own, *await _companies(bitrix, main)])


async def _companies(bitrix: Bitrix, ids: Collection[int]) -> list[CrmMatch]:
    if not ids:
        return []
    call = memberships.titles_call(sorted(ids)[:_MOST])
    answer = await bitrix.call(call.method, call.params, urgent=True)
    return searching.read_companies(answer.result)


def _shown(customers: Iterable[Customer]) -> list[CrmMatch]:
    return _sorted(
        CrmMatch(one.ref.contact_id, one.name, next(iter(one.emails), ""))
        for one in customers
    )


def _sorted(found: Iterable[CrmMatch]) -> list[CrmMatch]:
    once = {one.id: one for one in found}
    return sorted(once.values(), key=lambda one: (sought(one.name), one.id))[:_MOST]


def _typed(find: str) -> str:
    """Return what to look for, composed, because databases tell forms apart."""
    return one_line(unicodedata.normalize("NFC", find[:_LONGEST]))
