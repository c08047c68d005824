"""As whom an account is reached, and what of that is shown."""

from dataclasses import replace

import aiohttp
import pytest
from administrators import ADMIN, AT, DEPUTY
from desk import CLIENT_ID, CLIENT_SECRET
from structlog.testing import capture_logs

from bitrix24_sandbox.apps import applications
from ticket24.bitrix.apps.oauth import AuthServer
from ticket24.bitrix.rest.errors import AccountClosed
from ticket24.domain.accounts.model import Account
from ticket24.flows.reach.clients import Clients, NotConnected
from ticket24.flows.reach.tokens import OneToken


async def test_a_viewer_acts_with_his_own_rights(lab):
    """Neither our token nor a renewal is spent on a visit."""
    await lab.open()
    token, _ = applications.issue(lab.world, CLIENT_ID, 3)
    clients = await lab.process()
    viewer = clients.viewer(lab.account.id, f"{lab.world.address}/rest/", token.value)

    assert "3" == (await viewer.call("profile")).result["ID"]
    lab.expire()
    with pytest.raises(AccountClosed) as caught:
        await viewer.call("profile")
    assert ("expired_token", 0) == (caught.value.code, lab.refreshes)


async def test_an_uninstalled_account_is_left_alone(lab):
    """Work that is under way when the application goes ends with clear words."""
    await lab.open()
    clients = await lab.process()
    bitrix = (await clients.reach(lab.account)).bitrix
    await lab.accounts.uninstall(lab.account, keep_seconds=30 * 86_400)

    with pytest.raises(AccountClosed, match="was uninstalled"):
        await bitrix.call("profile")
    with pytest.raises(NotConnected):
        await clients.reach(lab.account)


async def test_an_adopted_account_goes_both_ways(lab, redis):
    """The application comes first; without it the webhook is used again."""
    webhook = lab.world.webhooks[0]
    url = f"{lab.world.address}/rest/{webhook.user_id}/{webhook.code}/"
    await lab.accounts.remove(lab.account)
    account = await lab.accounts.add(
        Account("", "acme", webhook.user_id, AT), webhook_url=url, tokens=["t"]
    )
    clients = await lab.process()
    assert webhook.user_id == await whoami(clients, account)

    account = await lab.accounts.install(
        replace(account.working_as(DEPUTY), member_id=lab.world.member_id),
        endpoint=f"{lab.world.address}/rest/",
        token="t2",
    )
    lab.account = account
    await lab.open(DEPUTY)
    assert DEPUTY == await whoami(clients, account)

    await lab.accounts.uninstall(account, keep_seconds=0)
    assert webhook.user_id == await whoami(clients, account)
    account = await lab.accounts.get(account.id)
    assert (False, webhook.user_id, (webhook.user_id, DEPUTY)) == (
        *(account.by_app, account.user_id, account.former_ids),
    )


async def whoami(clients, account):
    return int(
        (await (await clients.reach(account)).bitrix.call("profile")).result["ID"]
    )


async def test_without_settings_an_application_is_not_reached(lab):
    """The operator reads which settings are missing."""
    async with aiohttp.ClientSession() as session:
        for server in (None, AuthServer(session, "https://oauth.example.com", "", "")):
            clients = Clients(
                session,
                lab.stores,
                allow_loopback=True,
                server=server,
            )
            with pytest.raises(AccountClosed, match="TICKET24_BITRIX24__CLIENT_ID"):
                await clients.reach(lab.account)


async def test_no_secret_is_shown(lab):
    """Neither reprs nor the log of a renewal and a hand-over contain a token."""
    await lab.open()
    await lab.open(DEPUTY)
    clients = await lab.process()
    lab.expire()
    with capture_logs() as logs:
        await lab.whoami(clients)
        applications.dismiss(lab.world, DEPUTY, ADMIN)
        await lab.whoami(clients)

    reached = await clients.reach(lab.account)
    shown = f"{logs} {OneToken('secret-1')!r} {reached.bitrix._access!r}"  # noqa: SLF001
    shown += repr(await lab.pairs.all(lab.account.id))
    shown += repr(await lab.accounts.way(lab.account.id))
    secrets = [*lab.world.tokens, *lab.world.refresh_tokens, CLIENT_SECRET, "secret-1"]
    assert [] == [secret for secret in secrets if secret in shown]
    assert {"tokens_renewed", "pair_dropped"} == {entry["event"] for entry in logs}
