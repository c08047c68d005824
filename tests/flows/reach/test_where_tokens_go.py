"""Tokens go to their own account, wherever it has moved, and to nobody else."""

import pytest
from administrators import ADMIN, address
from aiohttp import web
from structlog.testing import capture_logs

from bitrix24_sandbox import app as sandbox_app
from bitrix24_sandbox.apps import applications
from ticket24.bitrix.rest.access import TokenFault
from ticket24.bitrix.rest.errors import AccountClosed, BitrixBroken


async def test_tokens_of_another_account_are_never_used(lab):
    """An answer with somebody else's member_id is dropped, and said."""
    await lab.open()
    lab.expire()
    clients = await lab.process()
    lab.world.member_id = "e" * 32

    with capture_logs() as logs, pytest.raises(AccountClosed, match="open ticket24"):
        await lab.whoami(clients)

    assert [] == await lab.pairs.all(lab.account.id)
    assert "another account's" in [entry.get("reason") for entry in logs]


async def test_a_renamed_account_is_followed(lab):
    """The authorization server names the new address; it is kept for all."""
    await lab.open()
    clients = await lab.process()
    moved = await lab.serve(sandbox_app.create_app(lab.world))
    applications.rename(lab.world, address(moved))

    assert ADMIN == await lab.whoami(clients)
    way = await lab.accounts.way(lab.account.id)
    assert f"{address(moved)}/rest/" == way.endpoint


@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_renamed_account_is_followed_with_an_old_token(lab, forgotten):
    """A token that has ended, perhaps long ago, is renewed to ask for the address."""
    pair = await lab.open()
    moved = await lab.serve(sandbox_app.create_app(lab.world))
    applications.rename(lab.world, address(moved))
    lab.expire()
    if forgotten:
        del lab.world.tokens[pair.access_token]

    assert ADMIN == await lab.whoami(await lab.process())
    way = await lab.accounts.way(lab.account.id)
    assert (f"{address(moved)}/rest/", 1) == (way.endpoint, lab.refreshes)


async def test_a_renewal_tells_the_new_address(lab):
    """A renewal that names another client endpoint is believed."""
    await lab.open()
    lab.world.faults.moved_to = "https://acme-new.example.com"
    lab.expire()
    clients = await lab.process()
    tokens = (await clients.reach(lab.account)).bitrix._access.tokens  # noqa: SLF001
    token = await tokens.token()

    assert await tokens.renew(token, TokenFault.EXPIRED)

    way = await lab.accounts.way(lab.account.id)
    assert "https://acme-new.example.com/rest/" == way.endpoint


async def test_a_token_is_never_sent_to_a_host_that_nobody_named(lab):
    """A redirect to a stranger is not followed: he hears nothing at all."""
    await lab.open()
    heard = []

    async def listen(request):
        heard.append(await request.text())
        return web.json_response({"result": {"ID": "1", "ADMIN": True}})

    stranger = web.Application()
    stranger.router.add_route("*", "/{path:.*}", listen)
    evil = address(await lab.serve(stranger))

    async def send_on(request):
        return web.Response(status=302, headers={"Location": evil + request.path})

    hijacked = web.Application()
    hijacked.router.add_route("*", "/{path:.*}", send_on)
    old = f"{address(await lab.serve(hijacked))}/rest/"
    await lab.accounts.move_endpoint(lab.account.id, old)
    clients = await lab.process()

    with pytest.raises(BitrixBroken, match="for which nobody vouches"):
        await lab.whoami(clients)
    viewer = clients.viewer(lab.account.id, old, "viewers-token")
    with pytest.raises(BitrixBroken, match="for which nobody vouches"):
        await viewer.call("profile")

    assert [] == heard
    assert old == (await lab.accounts.way(lab.account.id)).endpoint
