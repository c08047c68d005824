"""The first import ends once all that it marked has been looked at."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON

from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.flows.accounts.importing import go_on

WEBHOOK = "http://127.0.0.1:1/rest/1/x/"


@pytest.mark.parametrize("anew", [False, True])
async def test_the_end_of_an_import_is_of_no_other_one(stores, anew):
    """An account that is watched anew just then is still to be imported."""
    account = await stores.accounts.add(
        Account("", "northwind", 1, NOON, imported=False), webhook_url=WEBHOOK
    )
    began = str(NOON.timestamp())
    await stores.accounts.remember(account.id, Memory(import_of=began, import_until=0))
    waiting = stores.due.waiting

    async def outlasted(*about):
        found = await waiting(*about)
        later = NOON + timedelta(days=anew)
        await stores.accounts.update(
            account.id, lambda now: replace(now, connected_at=later)
        )
        return found

    stores.due.waiting = outlasted
    await go_on(account, None, stores)

    assert (await stores.accounts.get(account.id)).imported is not anew
