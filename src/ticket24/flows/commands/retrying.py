"""Retry new tickets that Bitrix24 refused, when its answer may have changed."""

from collections.abc import AsyncIterator

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.tickets.reasons import Cause
from ticket24.store.commands.lanes import COMMAND
from ticket24.store.letters.parked import Parked, RedisParked, Sort
from ticket24.store.stores import Stores

log = structlog.get_logger()


async def openings(
    account_id: str, parked: RedisParked
) -> AsyncIterator[tuple[Parked, OpenTicket]]:
    """Yield the new tickets of an account that were set aside."""
    async for one in parked.all(account_id):
        if one.sort is Sort.COMMAND:
            command = COMMAND.validate_json(one.content)
            if isinstance(command, OpenTicket):
                yield one, command


async def retry_openings(account: Account, stores: Stores) -> int:
    """Put every new ticket that was set aside back into its lane; safe to repeat.

    It leaves the shelf as it enters the lane, and is set aside again where Bitrix24
    refuses it again.
    """
    tried = 0
    async for one, command in openings(account.id, stores.parked):
        if one.why and one.why.cause is Cause.OLD_COPY:
            continue  # First a person has to check whether the ticket exists.
        await stores.commands.replay(command, one.id)
        tried += 1
    if tried:
        log.info("openings_tried_again", account=account.slug, openings=tried)
    return tried
