"""An old copy of an account's data: nothing that it decided is done a second time.

What the copy was about to do may have been done since it was made, and whatever has
happened since is not news. So pending mails and commands are set aside for a person,
and the account is watched from now on, as if it had just been connected.
"""

from dataclasses import replace

from ticket24.bitrix.rest.client import Bitrix
from ticket24.domain.accounts.model import Account
from ticket24.domain.news.letters import Letter
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.flows.accounts.connect import probe
from ticket24.flows.commands.submit import about
from ticket24.store import keys
from ticket24.store.commands.lanes import COMMAND
from ticket24.store.letters.parked import LETTER, Sort
from ticket24.store.stores import Stores

_WHY = reason(Cause.OLD_COPY)


async def set_aside(account: Account, stores: Stores) -> int:
    """Set aside what waits to be mailed or carried out; return how much. Repeatable."""
    id_, parked = account.id, stores.parked
    # From now on nothing is tried again by itself, neither daily nor when an address
    # changes.
    await stores.redis.delete(keys.untold(id_))
    async for one in parked.all(id_):
        if one.sort is Sort.COMMAND:
            await parked.reword(id_, one, _WHY)
    letters = await stores.outbox.all(id_)
    for letter in letters:
        await parked.add(
            *(id_, Sort.MAIL, letter.id),
            about=f"{letter.kind} about ticket {letter.ref.task_id}"
            f" to {letter.recipient}",
            why=_WHY,
            content=LETTER.dump_json(letter).decode(),
        )
        await stores.outbox.done(letter)
    letters += await _gathered(account, stores)
    commands = await stores.commands.all_waiting(id_)
    for command in commands:
        await parked.add(
            *(id_, Sort.COMMAND, command.id),
            about=about(command),
            why=_WHY,
            content=COMMAND.dump_json(command).decode(),
        )
        await stores.commands.park(command)
    # Links and invitations: people who still want one ask again.
    for lane in (keys.link_requests, keys.link_invitations, keys.link_strangers):
        await stores.redis.delete(lane(id_))
    return len(letters) + len(commands)


async def _gathered(account: Account, stores: Stores) -> list[Letter]:
    """Set aside what customers wanted together."""
    found = await stores.gathered.all(account.id)
    for letter in found:
        await stores.parked.add(
            *(account.id, Sort.MAIL, letter.id),
            about=f"{letter.kind} about ticket {letter.ref.task_id}"
            f" to {letter.recipient}",
            why=_WHY,
            content=LETTER.dump_json(letter).decode(),
        )
        await stores.gathered.release(account.id, letter.contact_id, None, [letter])
    return found


async def watch_anew(account: Account, bitrix: Bitrix, stores: Stores) -> Account:
    """Treat everything that is there by now as history; return the account as kept."""
    seen = await probe(bitrix, account.slug, account.settings, by_app=account.by_app)

    def begin_now(now: Account) -> Account:
        return replace(
            now,
            connected_at=seen.connected_at,
            connected_after=seen.connected_after,
            added_at={},
            added_after={},
            imported=False,
        )

    return await stores.accounts.update(account.id, begin_now) or account
