"""No address that we request contains a secret, because proxies log addresses."""

import logging

import pytest
from desk import CLIENT_ID, CLIENT_SECRET, until
from installations import choose, handled

from bitrix24_sandbox.apps import applications


@pytest.fixture
def addresses(caplog):
    """Return what servers of Bitrix24 wrote into their access logs."""
    caplog.set_level(logging.INFO, "aiohttp.access")
    return lambda: [record.getMessage() for record in caplog.records]


async def test_tokens_and_the_key_travel_in_bodies(app_desk, addresses):
    """An installation, a refresh and some looks: nothing of it is in a query."""
    account = await choose(app_desk, await app_desk.install())
    world = app_desk.world
    tokens = {*world.tokens, *world.refresh_tokens}
    async with app_desk.worker():
        await handled(app_desk)
        applications.expire(world, CLIENT_ID)
        app_desk.comment(app_desk.ticket("forum"), "News.")
        await until(lambda: app_desk.mailbox.mails)
        await app_desk.quiet(account)

    lines = addresses()
    assert any("/oauth/token/" in line for line in lines)
    assert any("/rest/app.info/" in line for line in lines)
    tokens |= {*world.tokens, *world.refresh_tokens, CLIENT_SECRET}
    assert [] == [line for line in lines for one in tokens if one in line]
