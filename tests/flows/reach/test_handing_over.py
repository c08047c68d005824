"""Whose tokens are dead hands over to the next, and some failures are nobody's."""

import time
from dataclasses import replace

import pytest
from administrators import ADMIN, DEPUTY
from desk import CLIENT_ID
from ports import deaf
from structlog.testing import capture_logs

from bitrix24_sandbox.apps import applications
from ticket24.bitrix.rest.errors import AccountClosed, NotReached, Temporary


async def test_a_dismissed_installer_hands_over(lab):
    """Another administrator's pair is used; we remember as whom we posted."""
    await lab.open()
    await lab.open(DEPUTY)
    one, two = await lab.process(), await lab.process()
    await lab.whoami(two)

    applications.dismiss(lab.world, DEPUTY, ADMIN)

    assert [DEPUTY, DEPUTY] == [await lab.whoami(one), await lab.whoami(two)]
    account = await lab.accounts.get(lab.account.id)
    assert (DEPUTY, (ADMIN,)) == (account.user_id, account.former_ids)
    assert {ADMIN, DEPUTY} == account.our_ids
    assert await lab.pairs.get(account.id, ADMIN) is None


@pytest.mark.parametrize("may_renew", [True, False])
async def test_a_dismissed_installer_with_old_tokens_hands_over(lab, may_renew):
    """Whether the authorization server still renews for him or not."""
    lab.world.switches.dismissed_may_renew = may_renew
    await lab.open()
    await lab.open(DEPUTY)
    applications.dismiss(lab.world, DEPUTY, ADMIN)
    lab.expire()

    assert DEPUTY == await lab.whoami(await lab.process())


async def test_tokens_of_an_earlier_installation_hand_over(lab):
    """Nobody told us that the application was deleted and installed again."""
    await lab.open()
    applications.remove(lab.world, ADMIN, CLIENT_ID, clean=False)
    applications.add(lab.world, ADMIN, CLIENT_ID)
    await lab.open(DEPUTY)

    assert DEPUTY == await lab.whoami(await lab.process())
    assert [DEPUTY] == [p.user_id for p in await lab.pairs.all(lab.account.id)]


async def test_dead_pairs_close_the_account_until_somebody_opens_it(lab):
    """The operator reads what to do; an administrator's next visit puts it right."""
    await lab.open()
    await lab.open(DEPUTY)
    applications.expire(lab.world, CLIENT_ID, refresh=True)
    clients = await lab.process()

    for _ in range(2):
        with pytest.raises(AccountClosed, match="open ticket24 in Bitrix24 once"):
            await lab.whoami(clients)
    refreshes = lab.refreshes
    await lab.open(DEPUTY)

    assert DEPUTY == await lab.whoami(clients)
    assert DEPUTY == (await lab.accounts.get(lab.account.id)).user_id
    assert 2 == refreshes == lab.refreshes


async def test_spare_pairs_stay_alive(lab):
    """Pairs that nobody used for weeks are refreshed; we stay who we are."""
    await lab.open()
    spare, dead = await lab.open(DEPUTY), await lab.open(3)
    long_ago = time.time() - 21 * 86_400
    for pair in (spare, dead):
        old = replace(pair, expires_at=long_ago)
        await lab.pairs.put(lab.account.id, old, fresh=True)
    applications.expire(lab.world, CLIENT_ID, 3, refresh=True)
    clients = await lab.process()
    await clients.keep_alive(lab.account)
    assert 0 == lab.refreshes
    await lab.whoami(clients)

    for _ in range(2):
        await clients.keep_alive(lab.account)

    users = {pair.user_id for pair in await lab.pairs.all(lab.account.id)}
    assert ({ADMIN, DEPUTY}, 2) == (users, lab.refreshes)
    assert spare != await lab.pairs.get(lab.account.id, DEPUTY)
    assert ADMIN == await lab.whoami(clients)
    assert ADMIN == (await lab.accounts.get(lab.account.id)).user_id


async def test_spare_pairs_wait_for_the_authorization_server(lab):
    """The account works on; the next sweep tries again."""
    await lab.open()
    spare = replace(await lab.open(DEPUTY), expires_at=1.0)
    await lab.pairs.put(lab.account.id, spare, fresh=True)
    clients = await lab.process()
    await lab.whoami(clients)
    lab.world.faults.oauth = "502"

    with capture_logs() as logs:
        await clients.keep_alive(lab.account)

    assert ["spare_pair_waits"] == [entry["event"] for entry in logs]
    assert spare == await lab.pairs.get(lab.account.id, DEPUTY)


async def test_a_last_dismissed_administrator_closes_the_account(lab):
    """If there is nobody to hand over to, the words are the same."""
    await lab.open()
    lab.world.users[ADMIN].active = False

    with pytest.raises(AccountClosed, match="open ticket24 in Bitrix24 once"):
        await lab.whoami(await lab.process())


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("wrong_client", "id and secret do not fit"),
        ("invalid_client", "not installed or was removed"),
    ],
)
async def test_a_wrong_secret_keeps_the_pair(lab, code, words):
    """An operator's mistake is named, at HTTP 200 too, and costs no access."""
    lab.world.switches.stranger_refusal = code
    pair = await lab.open()
    lab.expire()
    wrong = await lab.process(secret="wrong-secret")

    with pytest.raises(AccountClosed, match=words) as caught:
        await lab.whoami(wrong)

    assert "wrong-secret" not in repr(caught.value)
    assert [pair] == await lab.pairs.all(lab.account.id)
    assert ADMIN == await lab.whoami(await lab.process())


async def test_an_unpaid_application_keeps_the_pair(lab):
    """When it is paid again everything works as before."""
    application = lab.world.applications[CLIENT_ID]
    await lab.open()
    lab.expire()
    clients = await lab.process()
    application.paid = False
    with pytest.raises(AccountClosed, match="paid or trial time"):
        await lab.whoami(clients)
    application.paid = True

    assert ADMIN == await lab.whoami(clients)


async def test_a_plan_without_rest_keeps_the_pair(lab):
    """If the account's plan refuses, the token is not at fault."""
    pair = await lab.open()
    lab.world.switches.plan = "free"

    with pytest.raises(AccountClosed, match="plan"):
        await lab.whoami(await lab.process())
    assert [pair] == await lab.pairs.all(lab.account.id)


@pytest.mark.parametrize("away", ["502", "503", "refuse"])
async def test_an_authorization_server_that_is_away_is_waited_for(lab, away):
    """A page instead of an answer is temporary; nothing is dropped."""
    await lab.open()
    lab.expire()
    clients = await lab.process()
    lab.world.faults.oauth = away
    with pytest.raises(Temporary):
        await lab.whoami(clients)
    lab.world.faults.oauth = ""

    assert ADMIN == await lab.whoami(clients)


async def test_an_authorization_server_without_a_network_is_waited_for(lab):
    """The words about a missing connection contain no secret."""
    await lab.open()
    lab.expire()
    clients = await lab.process()
    port = lab.oauth.port
    await lab.oauth.close()

    with deaf(port), pytest.raises(NotReached) as caught:
        await lab.whoami(clients)
    assert (
        f"The authorization server {lab.world.oauth_address} cannot be reached"
        == str(caught.value)
    )
