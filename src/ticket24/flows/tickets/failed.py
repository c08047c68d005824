"""Replay or drop what was set aside for a person."""

from ticket24.bitrix.events.event import from_json
from ticket24.domain.accounts.model import Account
from ticket24.domain.news.untold import concerned, readdressed
from ticket24.domain.tickets.model import ContactRef, MessageKey, Source, TicketRef
from ticket24.flows.commands.submit import files
from ticket24.store.commands.lanes import COMMAND
from ticket24.store.letters.parked import LETTER, Parked, Sort
from ticket24.store.letters.replays import replay_letter
from ticket24.store.letters.untold import UNTOLD
from ticket24.store.stores import Stores


async def replay(account: Account, parked: Parked, stores: Stores) -> None:
    """Try again; a held message counts as staff's from now on.

    A letter leaves the shelf as it enters the outbox, a command as it enters its lane.
    All else is taken off the shelf last, because it is safe to repeat. If it fails
    again, it gets another name, or fails only after several looks.
    """
    match parked.sort:
        case Sort.MAIL:
            await _send(account, parked, stores)
            return
        case Sort.COMMAND:
            command = COMMAND.validate_json(parked.content)
            await stores.commands.replay(command, parked.id)
            return
        case Sort.UNTOLD:
            # It leaves the shelf by itself as soon as somebody can be written to.
            untold = UNTOLD.validate_json(parked.content)
            contacts = (ContactRef(account.id, one) for one in untold.contact_ids)
            await stores.due.mark_all({untold.letter.ref, *contacts})
            return
        case Sort.LINK:
            if not await stores.links.ask(account.id, parked.content, ""):
                return
        case Sort.EVENT:
            await stores.journal.append(from_json(parked.content))
        case Sort.TICKET:
            await stores.due.mark(_thing(account, parked))
        case Sort.MESSAGE:
            ref = _ticket(account, parked)
            await stores.rulings.set(ref, _message(parked), "staff")
            await stores.due.mark(ref)
    await stores.parked.remove(account.id, parked.id)


async def _send(account: Account, parked: Parked, stores: Stores) -> None:
    """Send a letter again, to where its customer reads mail by now."""
    letter = LETTER.validate_json(parked.content)
    now = await stores.tickets.get(letter.ref)
    wanted = concerned(letter, now)
    customers = await stores.customers.get_all(account.id, wanted)
    await stores.returned.forget(account.id, [letter.recipient])
    if sent := readdressed(letter, now, customers):
        await replay_letter(stores.redis, parked.id, sent)
    else:
        await stores.parked.remove(account.id, parked.id)


async def drop(account: Account, parked: Parked, stores: Stores) -> None:
    """Forget it; a held message counts as Bitrix24's own remark from now on."""
    if parked.sort is Sort.COMMAND:
        command = COMMAND.validate_json(parked.content)
        if await stores.commands.drop(command, parked.id):
            await stores.spool.remove(account.id, None, [f.id for f in files(command)])
        return
    if parked.sort is Sort.MESSAGE:
        ref = _ticket(account, parked)
        await stores.rulings.set(ref, _message(parked), "remark")
        await stores.due.mark(ref)
    await stores.parked.remove(account.id, parked.id)


def _thing(account: Account, parked: Parked) -> TicketRef | ContactRef:
    """Read what could not be looked at: `ticket-51`, or `ticket-contact-41`."""
    number = parked.id.removeprefix(f"{Sort.TICKET}-contact-")
    if number != parked.id:
        return ContactRef(account.id, int(number))
    return _ticket(account, parked)


def _ticket(account: Account, parked: Parked) -> TicketRef:
    """Read the ticket out of an id such as `ticket-51` or `message-51-chat-7`."""
    return TicketRef(account.id, int(parked.id.split("-")[1]))


def _message(parked: Parked) -> MessageKey:
    source, number = parked.id.split("-")[2:]
    return MessageKey(Source(source), int(number))
