"""Replay or drop what was set aside for a person."""

from typing import Protocol

from ticket24.domain.accounts import Account
from ticket24.domain.model import ContactRef, MessageKey, Source, TicketRef
from ticket24.store.journal import Journal, from_json
from ticket24.store.outbox import RedisOutbox
from ticket24.store.parked import Parked, RedisParked, Sort
from ticket24.store.rulings import RedisRulings
from ticket24.store.tickets import LETTER


class Due(Protocol):
    """Where a ticket is marked."""

    async def mark(self, ref: TicketRef | ContactRef) -> None:
        """Ask for a look."""
        ...


async def replay(
    account: Account,
    parked: Parked,
    *,
    journal: Journal,
    due: Due,
    outbox: RedisOutbox,
    rulings: RedisRulings,
    shelf: RedisParked,
) -> None:
    """Try again; a held message counts as staff's from now on.

    Taken off the shelf last: what fails again is parked again, not lost.
    """
    match parked.sort:
        case Sort.EVENT:
            await journal.append(from_json(parked.content))
        case Sort.TICKET:
            await due.mark(_ticket(account, parked))
        case Sort.MAIL:
            await outbox.put(LETTER.validate_json(parked.content))
        case Sort.MESSAGE:
            ref, key = _ticket(account, parked), _message(parked)
            await rulings.set(ref, key, "staff")
            await due.mark(ref)
    await shelf.remove(account.id, parked.id)


async def drop(
    account: Account,
    parked: Parked,
    *,
    due: Due,
    rulings: RedisRulings,
    shelf: RedisParked,
) -> None:
    """Forget it; a held message counts as Bitrix24's own remark from now on."""
    if parked.sort is Sort.MESSAGE:
        ref = _ticket(account, parked)
        await rulings.set(ref, _message(parked), "remark")
        await due.mark(ref)
    await shelf.remove(account.id, parked.id)


def _ticket(account: Account, parked: Parked) -> TicketRef:
    """Read the ticket out of an id such as `ticket-51` or `message-51-chat-7`."""
    return TicketRef(account.id, int(parked.id.split("-")[1]))


def _message(parked: Parked) -> MessageKey:
    source, number = parked.id.split("-")[2:]
    return MessageKey(Source(source), int(number))
