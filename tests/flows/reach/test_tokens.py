"""The application's access: renewed once for all, handed on, never given away."""

import asyncio
import os
import sys

import aiohttp
import pytest
from administrators import ADMIN, DEPUTY
from desk import CLIENT_ID, CLIENT_SECRET, until
from redis.exceptions import ConnectionError as NoConnection

from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.bitrix.apps.oauth import AuthServer
from ticket24.bitrix.rest.batch import Call
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
