"""Gather what Redis tells of how an account is; `domain.accounts.condition` judges."""

import time
from collections import Counter

from pydantic import ValidationError

from ticket24.domain.accounts.condition import Failing, Known
from ticket24.domain.accounts.model import Account
from ticket24.domain.tickets.reasons import Cause
from ticket24.flows.tickets.reasons import reason_for
from ticket24.mail.server.limits import is_enough
from ticket24.store.letters.parked import Sort
from ticket24.store.sealing import WrongKey
from ticket24.store.stores import Stores


async def known(account: Account, stores: Stores) -> Known:
    """Return what is known of an account; nobody but Redis is asked."""
    count, tries, words = await stores.outbox.failing(account.id)
    return Known(
        account,
        memory=await stores.accounts.remembered(account.id),
        now=time.time(),
        administrators=await stores.pairs.users(account.id) if account.by_app else (),
        failing=Failing(count, tries, words, is_enough(words)),
        parked=await _parked(account, stores),
        sealed=await _sealed(account, stores),
    )


async def _parked(account: Account, stores: Stores) -> dict[str, int]:
    ids = await stores.parked.ids(account.id)
    sorts = Counter(one.partition("-")[0] for one in ids)
    refused = [one for one in ids if await _is_refused(account, one, stores)]
    sorts.subtract({"mail": len(refused), "refused": -len(refused)})
    return dict(+sorts)


async def _is_refused(account: Account, parked_id: str, stores: Stores) -> bool:
    """Whether it is a mail that the mail server refused for good."""
    if not parked_id.startswith(f"{Sort.MAIL}-"):
        return False
    try:
        parked = await stores.parked.get(account.id, parked_id)
    except ValidationError:  # Another version wrote it: `failed` says so.
        return False
    why = reason_for(parked) if parked else None
    return why is not None and why.cause is Cause.MAIL_REFUSED


async def _sealed(account: Account, stores: Stores) -> str:
    try:
        await stores.accounts.way(account.id)
        if account.by_app:
            await stores.pairs.all(account.id)
    except WrongKey as error:
        return str(error)
    return ""
