"""A customer's contact was deleted: what we still have of that person goes."""

from collections.abc import Collection, Iterator, Mapping

import structlog

from ticket24.bitrix import contacts
from ticket24.bitrix.batch import Batch, Command
from ticket24.bitrix.caller import Caller
from ticket24.bitrix.decode import chunks, items, mapping, whole
from ticket24.bitrix.errors import AccessDenied
from ticket24.domain.accounts import Account
from ticket24.domain.mailboxes import fold, plausible
from ticket24.domain.model import ContactRef, Customer
from ticket24.store.due import RedisDue
from ticket24.store.remains import Lost, RedisRemains

log = structlog.get_logger()

# Contacts that are asked about in one turn; the rest waits for the next.
_MOST = 200


async def forget_lost(
    account: Account, caller: Caller, remains: RedisRemains, due: RedisDue
) -> int:
    """Remove what is left of deleted contacts; return of how many. Safe to repeat.

    Bitrix24 has to say of each that it is not there: one that we may not see any
    more, or that is back, keeps what it has. An address that another contact has,
    as after a merge, keeps its mail.
    """
    # Gather.
    known = await remains.lost(account.id)
    some = dict(sorted(known.items())[:_MOST])
    if not some:
        return 0
    batch = await caller.batch(_questions(some))

    # Decide.
    gone = {id_ for id_ in some if contacts.is_missing(batch.errors.get(f"get {id_}"))}
    lost = [_lost(id_, some[id_], batch, gone) for id_ in sorted(gone)]
    there = {id_ for id_ in some if f"get {id_}" in batch.results}
    hidden = {
        id_ for id_ in some if isinstance(batch.errors.get(f"get {id_}"), AccessDenied)
    }

    # Apply.
    await due.mark_all({ContactRef(account.id, id_) for id_ in there})
    await remains.settle(account.id, there | hidden)
    if lost:
        await remains.erase(account.id, lost)
        log.info("customers_forgotten", account=account.slug, contacts=len(lost))
    return len(lost)


async def missing(caller: Caller, contact_ids: Collection[int]) -> set[int]:
    """Return those of these contacts that Bitrix24 says are not there any more.

    A list leaves out what we may not see as well, so each that is not in it is asked
    for by itself, the first of them.
    """
    batch = await caller.batch(
        {
            f"contacts {ids[0]}": contacts.read_command(ids)
            for ids in chunks(sorted(contact_ids))
        }
    )
    for error in batch.errors.values():
        raise error
    rows = [row for rows in batch.results.values() for row in items(rows)]
    absent = sorted(set(contact_ids) - {whole(mapping(row).get("ID")) for row in rows})
    if not absent:
        return set()
    batch = await caller.batch(
        {f"get {id_}": contacts.get_command(id_) for id_ in absent[:_MOST]}
    )
    return {
        id_
        for id_ in absent[:_MOST]
        if contacts.is_missing(batch.errors.get(f"get {id_}"))
    }


def _questions(some: Mapping[int, Customer | None]) -> dict[str, Command]:
    asked = {f"get {id_}": contacts.get_command(id_) for id_ in some}
    shared = {
        key: contacts.sharers_command(email)
        for id_, one in some.items()
        for key, email in _addresses(id_, one)
    }
    return asked | shared


def _addresses(contact_id: int, known: Customer | None) -> Iterator[tuple[str, str]]:
    """Yield the addresses that may be asked about, behind the keys of the questions."""
    for number, email in enumerate(known.emails if known else ()):
        if plausible(email):
            yield f"sharers {contact_id} {number}", email


def _lost(
    contact_id: int, known: Customer | None, batch: Batch, gone: Collection[int]
) -> Lost:
    """Name whose remains go; who has the same address keeps what is addressed to it.

    Where that could not be learnt it is somebody else's.
    """
    own = frozenset(
        fold(email)
        for key, email in _addresses(contact_id, known)
        if key in batch.results
        and contacts.read_sharers(batch.results[key]) <= set(gone)
    )
    return Lost(contact_id, own)
