"""Read a company's card, and what each of its contacts may see, as the viewer may."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ticket24.bitrix.people import companies, contacts, memberships
from ticket24.bitrix.rest.batch import Batch, Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import called, chunks, mapping
from ticket24.bitrix.rest.errors import AccessDenied
from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.company_view import CompanyRole, role_of, why_role
from ticket24.domain.tickets.model import Customer
from ticket24.domain.words import sought
from ticket24.flows.customers.setting_passwords import CardUnread, Unread
from ticket24.store.stores import Stores

# The contacts of larger companies are not all read.
_MOST = 500


@dataclass(frozen=True, slots=True)
class CompanyMember:
    """A contact of a company: its role there, what says so, and the field's words."""

    customer: Customer
    role: CompanyRole
    why: Literal["hand", "field", "default"]
    said: tuple[str, ...] = ()

    @property
    def contact_id(self) -> int:
        """The contact's number in the CRM."""
        return self.customer.ref.contact_id


@dataclass(frozen=True, slots=True)
class CompanyCard:
    """A company and those of its contacts whom the viewer may see, by name.

    `hidden` counts others that the viewer may not see, or that are beyond what is read.
    One of the account's `own` companies shows nothing of others to anybody.
    """

    title: str
    people: tuple[CompanyMember, ...] = ()
    hidden: int = 0
    own: bool = False


async def read_company(
    bitrix: Bitrix, account: Account, company_id: int, stores: Stores
) -> CompanyCard:
    """Read a company as the viewer may; raise CardUnread, or a BitrixError."""
    if not company_id:
        raise CardUnread(Unread.UNSAVED)
    # Gather.
    view = account.settings.company_view
    calls = {
        "company": Call("crm.company.get", {"id": company_id}),
        "inside": memberships.contacts_call(company_id),
    }
    if view.field:
        calls["fields"] = companies.fields_calls()["contact fields"]
    first = await bitrix.batch(calls, urgent=True)
    company = mapping(_answer(first, "company"))
    inside = memberships.read_contacts(_answer(first, "inside"))
    fields = [view.field] if view.field else []
    pages = {
        f"from {some[0]}": contacts.read_call(some, *fields)
        for some in chunks([*inside[:_MOST]])
    }
    second = await bitrix.batch(pages, urgent=True) if pages else Batch({}, {})
    rows = [_answer(second, key) for key in pages]
    known = await stores.companies.known(account.id, inside[:_MOST])

    # Decide.
    texts: Mapping[str, str] = {}
    if view.field:
        elements = _answer(first, "fields")
        texts = companies.read_elements(elements, view.field) or {}

    def person(customer: Customer, values: Iterable[str]) -> CompanyMember:
        said = tuple(texts.get(value, value) for value in values)
        by_hand = known.by_hand.get(customer.ref.contact_id)
        role = role_of(view, said, by_hand)
        return CompanyMember(customer, role, why_role(view, said, by_hand), said)

    people = [
        person(one, said.get(one.ref.contact_id, ()))
        for row in rows
        for said in [memberships.read_roles(row, view.field)]
        for one in contacts.read_customers(account.id, row)
    ]
    people.sort(key=lambda one: (sought(one.customer.name), one.contact_id))
    return CompanyCard(
        called(company.get("TITLE")),
        tuple(people),
        len(inside) - len(people),
        company.get("IS_MY_COMPANY") == "Y",
    )


def _answer(batch: Batch, key: str) -> Any:  # noqa: ANN401  JSON.
    """Return an answer, or raise why there is none."""
    error = batch.errors.get(key)
    if isinstance(error, AccessDenied):
        raise CardUnread(Unread.RIGHTS)
    if contacts.is_missing(error):
        raise CardUnread(Unread.GONE)
    if error:
        raise error
    return batch.results.get(key)
