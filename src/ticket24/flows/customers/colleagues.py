"""Know what a login sees of its companies, as Bitrix24 has it just now.

Pages read what was kept. While somebody looks, Bitrix24 is asked again beside the page,
about all who look in one go. Only a page that finds nothing recent waits for that, and
not for long.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import structlog

from ticket24.bitrix.people import companies, memberships
from ticket24.bitrix.rest.batch import Batch, Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import chunks
from ticket24.bitrix.rest.errors import BitrixError, Permanent
from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.company_view import (
    ALONE,
    FRESH_SECONDS,
    CompanyPeople,
    KnownCompanies,
    Membership,
    Sight,
    role_of,
    sight,
)
from ticket24.domain.settings.sharing import CompanyView
from ticket24.flows.reach.clients import Clients, NotConnected
from ticket24.store.customers.companies import Elements
from ticket24.store.sealing import WrongKey
from ticket24.store.stores import Stores

log = structlog.get_logger()

# From this age on, what we know is asked for again while pages still go by it.
_AHEAD_SECONDS = 20.0
# After Bitrix24 did not answer.
_AGAIN_SECONDS = 10.0
_ASKING_SECONDS = 20.0
_ELEMENTS_SECONDS = 600.0

# About how many who look one turn asks: three of them take about two calls.
_MOST = 300


class RolesUnknown(Exception):
    """Bitrix24 does not say just now who is what."""


class Colleagues:
    """What logins see of their companies, for all accounts of this process."""

    def __init__(
        self,
        clients: Clients,
        stores: Stores,
        *,
        patience_seconds: float = 2.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clients = clients
        self._stores = stores
        self._companies = stores.companies
        self._patience = patience_seconds
        self._clock = clock
        # Since when, by the monotonic clock.
        self._asking: dict[str, tuple[float, asyncio.Task[None]]] = {}

    async def sight(self, account: Account, contact_ids: tuple[int, ...]) -> Sight:
        """Return what these contacts of one login see of others."""
        view = account.settings.company_view
        if not view.on:
            return ALONE
        known = await self._companies.known(account.id, contact_ids)
        if not any(_may_see(view, known, one) for one in contact_ids):
            return ALONE  # Nothing that Bitrix24 could say would change it.
        now = self._clock()
        age = now - known.asked_at(contact_ids)
        if age >= _AHEAD_SECONDS and now - known.away_at >= _AGAIN_SECONDS:
            await self._companies.note_looking(account.id, contact_ids)
            since, asking = self._asking.get(account.id) or self._ask(account)
            left = since + self._patience - time.monotonic()
            if age >= FRESH_SECONDS and left > 0:
                await asyncio.wait([asking], timeout=left)
                known = await self._companies.known(account.id, contact_ids)
        found = sight(contact_ids, known, view, self._clock())
        if not found.roles:
            return replace(found, stamp=f"{found.role} {found.unsure}")
        others = sorted(found.roles)
        stamps = await self._companies.stamps(account.id, others)
        state = repr((found, others, stamps)).encode()
        stamp = hashlib.blake2b(state, digest_size=12).hexdigest()
        return replace(found, stamp=stamp)

    async def sights(
        self, account: Account, contact_ids: Collection[int]
    ) -> dict[int, Sight]:
        """Return what each of these contacts sees, as Bitrix24 said within a minute."""
        view, ids = account.settings.company_view, [*contact_ids]
        known = await self._companies.known(account.id, ids)
        now = self._clock()
        some = [one for one in ids if _may_see(view, known, one)]
        old = [one for one in some if now - known.asked_at([one]) >= _AHEAD_SECONDS]
        if view.on and old and now - known.away_at >= _AGAIN_SECONDS:
            # Of more than one turn asks about, each has a turn.
            old.sort(key=lambda one: known.asked_at([one]))
            await self._companies.note_looking(account.id, old[:_MOST])
            _, asking = self._asking.get(account.id) or self._ask(account)
            await asyncio.wait([asking], timeout=self._patience)
            known = await self._companies.known(account.id, ids)
        now = self._clock()
        return dict.fromkeys(ids, ALONE) | {
            one: sight([one], known, view, now) for one in some
        }

    async def close(self) -> None:
        """Stop asking."""
        tasks = [task for _, task in self._asking.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ask(self, account: Account) -> tuple[float, asyncio.Task[None]]:
        task = asyncio.create_task(self._asked(account))
        self._asking[account.id] = asked = time.monotonic(), task
        task.add_done_callback(lambda _: self._asking.pop(account.id, None))
        return asked

    async def _asked(self, account: Account) -> None:
        try:
            async with asyncio.timeout(_ASKING_SECONDS):
                reached = await self._clients.reach(account)
                await refresh(account, reached.bitrix, self._stores, self._clock())
        except (BitrixError, NotConnected, WrongKey, TimeoutError) as error:
            log.warning("companies_not_known", account=account.slug, error=repr(error))
            await self._companies.note_away(account.id, self._clock())
        except Exception:
            log.exception("companies_not_read", account=account.slug)


def _may_see(view: CompanyView, known: KnownCompanies, contact_id: int) -> bool:
    """Whether anything that Bitrix24 could say lets somebody see tickets of others."""
    by_hand = known.by_hand.get(contact_id)
    return bool(view.field) or role_of(view, (), by_hand).sees


async def refresh(account: Account, bitrix: Bitrix, stores: Stores, now: float) -> None:
    """Ask about all who look just now; raise BitrixError if nobody answers.

    What could not be read stays as it was, and grows old.
    """
    # Gather.
    view = account.settings.company_view
    some = await stores.companies.lookers(account.id, _MOST)
    before = await stores.companies.known(account.id, some)
    elements = await stores.companies.elements(account.id)
    names_old = elements.of != view.field or now - elements.at >= _ELEMENTS_SECONDS
    calls: dict[str, Call] = {
        f"of {one}": memberships.companies_call(one) for one in some
    }
    if view.field:
        for ids in chunks(some):
            calls[f"roles {ids[0]}"] = memberships.roles_call(ids, view.field)
        if names_old:
            calls["fields"] = companies.fields_calls()["contact fields"]
    expected = sorted(before.people)
    calls |= _about(expected)
    batch = await bitrix.batch(calls, urgent=True) if calls else Batch({}, {})
    linked = _linked(some, batch)
    others = {id_ for ids in linked.values() for id_ in ids} - {*expected}
    more = await bitrix.batch(_about(sorted(others)), urgent=True) if others else batch

    # Decide.
    if view.field and "fields" in batch.results:
        texts = companies.read_elements(batch.results["fields"], view.field) or {}
        elements = Elements(texts, view.field, now)
        await stores.companies.name(account.id, elements)
    values = _values(some, batch, view.field)
    members = {
        one: Membership(
            linked[one],
            tuple(elements.texts.get(value, value) for value in values[one]),
            now,
        )
        for one in some
        if one in linked and one in values
    }
    people = _people({**batch.results, **more.results}, {*expected, *others}, now)
    people |= _gone(batch, expected, now)
    strangers = await stores.customers.strangers(
        account.id, {id_ for one in people.values() for id_ in one.contacts}
    )
    people = {
        id_: replace(one, contacts=tuple(c for c in one.contacts if c not in strangers))
        for id_, one in people.items()
    }

    # Apply.
    changed = _changed(before, members, people)
    await stores.companies.put(account.id, members, people, changed)


def _changed(
    before: KnownCompanies,
    members: Mapping[int, Membership],
    people: Mapping[int, CompanyPeople],
) -> list[int]:
    """Return the contacts who see something else than before."""

    def undated(one: Membership | CompanyPeople) -> Membership | CompanyPeople:
        return replace(one, at=0.0)

    return [
        id_
        for id_, member in members.items()
        if undated(member) != undated(before.members.get(id_, Membership()))
        or any(
            undated(people[one]) != undated(before.people.get(one, CompanyPeople()))
            for one in member.companies
            if one in people
        )
    ]


def _about(company_ids: list[int]) -> dict[str, Call]:
    calls = {f"in {one}": memberships.contacts_call(one) for one in company_ids}
    return calls | {
        f"titles {ids[0]}": memberships.titles_call(ids) for ids in chunks(company_ids)
    }


def _linked(some: list[int], batch: Batch) -> dict[int, tuple[int, ...]]:
    """Return the companies of each contact; of one that is gone there are none."""
    found = {}
    for one in some:
        key = f"of {one}"
        if key in batch.results:
            found[one] = memberships.read_companies(batch.results[key])
        elif isinstance(batch.errors.get(key), Permanent):
            found[one] = ()
    return found


def _values(some: list[int], batch: Batch, field: str) -> dict[int, tuple[str, ...]]:
    """Return the values of the field of each contact about which we were told."""
    if not field:
        return dict.fromkeys(some, ())
    found: dict[int, tuple[str, ...]] = {}
    for ids in chunks(some):
        key = f"roles {ids[0]}"
        if key in batch.results:
            found |= dict.fromkeys(ids, ())
            found |= memberships.read_roles(batch.results[key], field)
    return found


def _people(
    results: Mapping[str, object], company_ids: set[int], now: float
) -> dict[int, CompanyPeople]:
    titles: dict[int, str] = {}
    for key, result in results.items():
        if key.startswith("titles "):
            titles |= memberships.read_titles(result)
    return {
        one: CompanyPeople(
            titles.get(one, ""),
            memberships.read_contacts(results[f"in {one}"]) if one in titles else (),
            now,
        )
        for one in company_ids
        if f"in {one}" in results
    }


def _gone(batch: Batch, company_ids: list[int], now: float) -> dict[int, CompanyPeople]:
    """Return the companies that are deleted or hidden from us: nobody is in them."""
    return {
        one: CompanyPeople(at=now)
        for one in company_ids
        if isinstance(batch.errors.get(f"in {one}"), Permanent)
    }
