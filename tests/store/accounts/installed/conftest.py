"""Accounts with the application, and one that has webhooks alone."""

from dataclasses import replace

import pytest
from installed import ENDPOINT, HOOK_TOKEN, MEMBER, NEW, PAIR, TOKEN, WEBHOOK

from ticket24.bitrix.events.event import Posted
from ticket24.store.accounts.doorkeeper import Doorkeeper


@pytest.fixture
def admit(redis, seal):
    """Ask at the door, which believes nothing that it heard before."""
    doorkeeper = Doorkeeper(redis, seal, believed_seconds=-1.0)

    async def admit(token=TOKEN, member=MEMBER):
        return await doorkeeper.admit(Posted("ONTASKUPDATE", {}, 0, member, token))

    return admit


@pytest.fixture
async def acme(accounts, pairs):
    account = await accounts.add(NEW, endpoint=ENDPOINT, tokens=[TOKEN])
    await pairs.put(account.id, PAIR)
    return account


@pytest.fixture
async def hook(accounts):
    account = replace(NEW, member_id="", user_id=7)
    return await accounts.add(account, webhook_url=WEBHOOK, tokens=[HOOK_TOKEN])
