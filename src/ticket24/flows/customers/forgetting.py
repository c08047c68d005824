"""A customer's contact was deleted: our remaining data about that person goes."""

from collections.abc import Collection, Iterator, Mapping

import structlog

from ticket24.bitrix.people import contacts
from ticket24.bitrix.rest.batch import Batch, Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import chunks, items, mapping, whole
from ticket24.bitrix.rest.errors import AccessDenied
from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.mailboxes import fold, plausible, spelled
from ticket24.domain.tickets.model import ContactRef, Customer, TicketRef
from ticket24.flows.customers.keeping import ReadContacts, keep
from ticket24.store.customers.remains import Lost
from ticket24.store.stores import Stores

log = structlog.get_logger()

# How many contacts one turn asks about; the others wait for the next turn.
_MOST = 200


async def forget_lost(account: Account, bitrix: Bitrix, stores: Stores) -> int:
    """Remove what is left of deleted contacts; return how many they were. Repeatable.

    Bitrix24 has to say of each contact that it does not exist: one that is hidden from
    us, or that is back, keeps its data. An address that another contact has, as after a
    merge, keeps its mail. The contact that took over then gets the tickets.
    """
    # Gather.
    known = await stores.remains.lost(account.id)
    some = dict(sorted(known.items())[:_MOST])
    if not some:
        return 0
    batch = await bitrix.batch(_questions(some))

    # Decide.
    gone = {id_ for id_ in some if contacts.is_missing(batch.errors.get(f"get {id_}"))}
    lost = [_lost(id_, some[id_], batch, gone) for id_ in sorted(gone)]
    there = {id_ for id_ in some if f"get {id_}" in batch.results}
    hidden = {
        id_ for id_ in some if isinstance(batch.errors.get(f"get {id_}"), AccessDenied)
    }

    # Apply.
    await _hand_over(account, bitrix, some, batch, gone, stores)
    await stores.due.mark_all({ContactRef(account.id, id_) for id_ in there})
    await stores.remains.settle(account.id, there | hidden)
    if lost:
        await stores.remains.erase(account.id, lost)
        emails = frozenset().union(*(one.emails for one in lost))
        await stores.held.forget(account.id, emails)
        await stores.introductions.forget(account.id, emails)
        await stores.returned.forget(account.id, emails)
        await stores.habits.forget(account.id, emails)
        await stores.copied.forget(account.id, emails)
        log.info("customers_forgotten", account=account.slug, contacts=len(lost))
    return len(lost)


async def _hand_over(
    account: Account,
    bitrix: Bitrix,
    some: Mapping[int, Customer | None],
    batch: Batch,
    gone: Collection[int],
    stores: Stores,
) -> None:
    """Find the heirs of merged contacts, and mark the tickets that they take over.

    Bitrix24 does not report a merge: it deletes one contact and changes the other.
    """
    wanted = {
        id_: heir
        for id_ in sorted(gone)
        if (known := some[id_]) and (heir := _heir(id_, known, batch, gone))
    }
    if not wanted:
        return
    level_field = account.settings.promise_field
    reading = await stores.readings.begin(account.id)
    rows = await bitrix.batch(
        {
            f"contacts {ids[0]}": contacts.read_call(ids, level_field)
            for ids in chunks(sorted(set(wanted.values())))
        }
    )
    read = {
        one.ref.contact_id: one
        for result in rows.results.values()
        for one in contacts.read_customers(account.id, result, level_field)
    }
    heirs = {
        id_: found.ref.contact_id
        for id_, heir_id in wanted.items()
        if (found := read.get(heir_id))
        and (lost := some[id_])
        and took_over(found, lost)
    }
    shown = {heir_id: read[heir_id] for heir_id in heirs.values()}
    await keep(account, ReadContacts(reading, shown), stores)
    for id_, heir_id in heirs.items():
        tasks = await stores.customers.succeed(account.id, id_, heir_id)
        await stores.due.mark_all({TicketRef(account.id, one) for one in tasks})
        log.info(
            "contact_taken_over",
            account=account.slug,
            contact=id_,
            by=heir_id,
            tickets=len(tasks),
        )


def took_over(heir: Customer, lost: Customer) -> bool:
    """Whether a contact looks merged: it has every address, and changed no earlier.

    An address that two other contacts share proves nothing, nor does one of several.
    """
    later = not (heir.modified_at and lost.modified_at) or (
        heir.modified_at >= lost.modified_at
    )
    emails = [one for one in lost.emails if plausible(one)]
    return later and bool(emails) and all(spelled(one, heir.emails) for one in emails)


def _heir(
    contact_id: int, known: Customer, batch: Batch, gone: Collection[int]
) -> int | None:
    """Return the one contact that has all addresses of another; None if in doubt."""
    asked = [key for key, _ in _addresses(contact_id, known)]
    if any(key not in batch.results for key in asked):
        return None
    sharers = [contacts.read_sharers(batch.results[key]) - set(gone) for key in asked]
    common = set.intersection(*sharers) if sharers else set()
    return next(iter(common)) if len(common) == 1 else None


async def missing(bitrix: Bitrix, contact_ids: Collection[int]) -> set[int]:
    """Return those of these contacts that no longer exist, as Bitrix24 says.

    A list also leaves out contacts that are hidden from us. So each contact that is
    missing from it is asked for by itself, up to a limit.
    """
    batch = await bitrix.batch(
        {
            f"contacts {ids[0]}": contacts.read_call(ids)
            for ids in chunks(sorted(contact_ids))
        }
    )
    for error in batch.errors.values():
        raise error
    rows = [row for rows in batch.results.values() for row in items(rows)]
    absent = sorted(set(contact_ids) - {whole(mapping(row).get("ID")) for row in rows})
    if not absent:
        return set()
    batch = await bitrix.batch(
        {f"get {id_}": contacts.get_call(id_) for id_ in absent[:_MOST]}
    )
    return {
        id_
        for id_ in absent[:_MOST]
        if contacts.is_missing(batch.errors.get(f"get {id_}"))
    }


def _questions(some: Mapping[int, Customer | None]) -> dict[str, Call]:
    asked = {f"get {id_}": contacts.get_call(id_) for id_ in some}
    shared = {
        key: contacts.sharers_call(email)
        for id_, one in some.items()
        for key, email in _addresses(id_, one)
    }
    return asked | shared


def _addresses(contact_id: int, known: Customer | None) -> Iterator[tuple[str, str]]:
    """Yield the key of each question with the address that it asks about."""
    for number, email in enumerate(known.emails if known else ()):
        if plausible(email):
            yield f"sharers {contact_id} {number}", email


def _lost(
    contact_id: int, known: Customer | None, batch: Batch, gone: Collection[int]
) -> Lost:
    """Name what goes with a contact; an address that others share keeps its mail.

    An address counts as shared if Bitrix24 did not answer.
    """
    own = frozenset(
        fold(email)
        for key, email in _addresses(contact_id, known)
        if key in batch.results
        and contacts.read_sharers(batch.results[key]) <= set(gone)
    )
    return Lost(contact_id, own)
