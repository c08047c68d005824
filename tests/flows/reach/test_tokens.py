"""The application's access: renewed once for all, handed on, never given away."""

import asyncio
import os
import sys
import time
from dataclasses import replace

import aiohttp
import pytest
from administrators import ADMIN, DEPUTY
from desk import CLIENT_ID, CLIENT_SECRET, until
from ports import deaf
from redis.exceptions import ConnectionError as NoConnection
from structlog.testing import capture_logs

from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.bitrix.apps.oauth import AuthServer
from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.errors import AccountClosed, NotReached, Temporary
from ticket24.store import keys
from ticket24.store.accounts.pairs import RedisPairs


@pytest.mark.parametrize("grace", [0, 3600])
async def test_a_crowd_of_two_processes_refreshes_once(lab, grace):
    """Calls under way in both when the token ends all succeed by one renewal."""
    lab.world.switches.refresh_grace_seconds = grace
    await lab.open()
    one, two = await lab.process(), await lab.process()
    assert [ADMIN, ADMIN] == [await lab.whoami(one), await lab.whoami(two)]
    lab.expire()

    found = await asyncio.gather(
        *(lab.whoami(clients) for clients in (one, two) for _ in range(20))
    )

    assert [ADMIN] * 40 == found
    assert 1 == lab.refreshes


# A process of its own that calls until it is told to stop, then says how it went.
CHILD = """
import asyncio, sys
from dataclasses import replace
import aiohttp
from pydantic import SecretStr
from ticket24.bitrix.apps.oauth import AuthServer
from ticket24.environment import load
from ticket24.flows.reach.clients import Clients
from ticket24.store.limiter import RedisLimiter
from ticket24.store.stores import open_stores

async def main(redis_url, account_id, oauth_url, client_id, client_secret):
    settings = load(
        redis_url=SecretStr(redis_url),
        secret_key=SecretStr("k" * 32),
        public_url="http://127.0.0.1",
    )
    async with open_stores(settings) as stores, aiohttp.ClientSession() as session:
        limiter = RedisLimiter(stores.redis, burst=1_000_000, reserve=1)
        clients = Clients(
            session, replace(stores, limiter=limiter), allow_loopback=True,
            server=AuthServer(session, oauth_url, client_id, client_secret),
        )
        bitrix = (await clients.reach(await stores.accounts.get(account_id))).bitrix
        print("ready", flush=True)
        stop = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        async def call():
            count = 0
            while not stop.done():
                assert "1" == (await bitrix.call("profile")).result["ID"]
                count += 1
            return count
        print(sum(await asyncio.gather(*(call() for _ in range(5)))))

asyncio.run(main(*sys.argv[1:]))
"""


async def test_two_processes_in_the_middle_of_their_work_refresh_once(lab):
    """Real ones, each with calls under way when the token ends."""
    await lab.open()
    children = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "ignore", "-c", CHILD),
            *(lab.redis_url, lab.account.id, lab.world.oauth_address),
            *(CLIENT_ID, CLIENT_SECRET),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        for _ in range(2)
    ]
    for child in children:
        assert b"ready\n" == await child.stdout.readline()
    asked = lab.sandbox.app[SERVER].stats.methods
    await until(lambda: asked["profile"] > 20)
    lab.expire()
    count = asked["profile"]
    await until(lambda: lab.refreshes and asked["profile"] > count + 40)

    said = [await child.communicate(b"stop\n") for child in children]

    assert [0, 0] == [child.returncode for child in children]
    assert all(int(out.split()[-1]) > 0 for out, _ in said)
    assert 1 == lab.refreshes


async def test_a_batch_survives_the_end_of_the_token(lab):
    """Every part of a large batch comes back, over one renewal."""
    await lab.open()
    clients = await lab.process()
    bitrix = (await clients.reach(lab.account)).bitrix
    lab.expire()
    command = Call("profile")

    batch = await bitrix.batch({str(number): command for number in range(120)})

    assert (120, {}) == (len(batch.results), batch.errors)
    assert 1 == lab.refreshes


async def test_the_new_pair_is_kept_before_it_is_used(lab):
    """What the next process reads is what the first one uses."""
    old = await lab.open()
    lab.expire()

    await lab.whoami(await lab.process())

    new = await lab.pairs.get(lab.account.id, ADMIN)
    assert old.refresh_token != new.refresh_token
    assert new.access_token in lab.world.tokens
    assert ADMIN == await lab.whoami(await lab.process())
    assert 1 == lab.refreshes


async def crash(lab, pair):
    """Die between the authorization server's answer and keeping it."""
    async with aiohttp.ClientSession() as session:
        server = AuthServer(session, lab.world.oauth_address, CLIENT_ID, CLIENT_SECRET)
        await server.refresh(pair.refresh_token)


async def test_after_a_crash_a_refresh_token_that_still_works_is_used(lab, redis):
    """The lease of the dead ends, and the next process renews."""
    lab.world.switches.refresh_grace_seconds = 3600
    pair = await lab.open()
    lab.expire()
    await redis.set(keys.renewal(lab.account.id), "the dead", px=300)
    await crash(lab, pair)

    assert ADMIN == await lab.whoami(await lab.process())
    assert 2 == lab.refreshes


async def test_after_a_crash_a_used_refresh_token_hands_over(lab):
    """If it works only once, the next administrator's pair is used from then on."""
    pair = await lab.open()
    await lab.open(DEPUTY)
    lab.expire()
    await crash(lab, pair)

    assert DEPUTY == await lab.whoami(await lab.process())
    assert [DEPUTY] == [p.user_id for p in await lab.pairs.all(lab.account.id)]


async def test_a_cancelled_caller_does_not_lose_the_answer(lab):
    """A visitor who leaves in the middle of a renewal costs nobody the access."""
    await lab.open()
    clients = await lab.process()
    await lab.whoami(clients)
    lab.expire()
    call = asyncio.create_task(lab.whoami(clients))
    await until(lambda: lab.refreshes)

    call.cancel()
    await asyncio.wait([call])
    await clients.close()

    assert ADMIN == await lab.whoami(clients)
    assert 1 == lab.refreshes


async def test_redis_may_fail_for_a_moment(lab, monkeypatch):
    """A new pair that Redis does not take at once is kept nevertheless."""
    await lab.open()
    clients = await lab.process()
    lab.expire()
    put, faults = RedisPairs.put, [NoConnection("gone"), NoConnection("gone")]

    async def flaky(self, *args, **more):
        if faults:
            raise faults.pop()
        return await put(self, *args, **more)

    monkeypatch.setattr(RedisPairs, "put", flaky)

    assert ADMIN == await lab.whoami(clients)
    assert ([], 1) == (faults, lab.refreshes)


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
