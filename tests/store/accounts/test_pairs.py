"""Pairs of tokens: sealed, the newest of each user, forgotten when they are dead."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ticket24.domain.accounts.model import Account
from ticket24.store import keys
from ticket24.store.accounts.pairs import Pair, RedisPairs
from ticket24.store.locks import Busy, RedisLocks
from ticket24.store.sealing import Seal, WrongKey

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAIR = Pair(1, "access-of-ann", "refresh-of-ann", 1_787_219_542.123456)
NEXT = replace(PAIR, access_token="next-access", expires_at=PAIR.expires_at + 1)
OTHER = Pair(2, "access-of-bob", "refresh-of-bob", PAIR.expires_at + 60)


@pytest.fixture
async def acme(accounts):
    account = Account("", "acme", 1, AT, member_id="m" * 32)
    return await accounts.add(
        account, endpoint="https://acme.bitrix24.com/rest/", tokens=["t"]
    )


async def test_a_pair_comes_back(pairs, acme):
    """Whole, to the last digit of its end."""
    assert await pairs.put(acme.id, PAIR)

    assert PAIR == await pairs.get(acme.id, 1)
    assert await pairs.get(acme.id, 2) is None
    assert await pairs.get("stranger", 1) is None


async def test_the_latest_stand_first(pairs, acme):
    """The user who was there last has the pair most likely to work."""
    for pair in (PAIR, OTHER):
        await pairs.put(acme.id, pair)

    assert [OTHER, PAIR] == await pairs.all(acme.id)


async def test_the_newest_pair_of_a_user_wins(pairs, acme):
    """Pairs that arrive late do not replace a newer one; one as new does."""
    await pairs.put(acme.id, NEXT)

    assert not await pairs.put(acme.id, PAIR)
    assert NEXT == await pairs.get(acme.id, 1)
    again = replace(NEXT, access_token="as-new")
    assert await pairs.put(acme.id, again)
    assert again == await pairs.get(acme.id, 1)


async def test_a_fresh_pair_wins_always(pairs, acme):
    """What a renewal brought is the truth, whatever the clocks say."""
    await pairs.put(acme.id, NEXT)

    assert await pairs.put(acme.id, PAIR, fresh=True)
    assert PAIR == await pairs.get(acme.id, 1)


async def test_a_pair_is_dropped_only_while_it_is_the_one(pairs, acme):
    """Somebody may have brought a new one meanwhile."""
    await pairs.put(acme.id, PAIR)
    await pairs.put(acme.id, OTHER)

    await pairs.drop(acme.id, 1, "another-access")
    assert PAIR == await pairs.get(acme.id, 1)
    await pairs.drop(acme.id, 1, PAIR.access_token)

    assert [OTHER] == await pairs.all(acme.id)


async def test_nothing_is_kept_without_the_application(pairs, acme, accounts, redis):
    """A late renewal of an uninstalled account, or of a webhook's, leaves no trace."""
    webhook = await accounts.add(
        replace(acme, slug="hook", member_id=""),
        webhook_url="https://hook.bitrix24.com/rest/1/code/",
        tokens=["x"],
    )
    await pairs.put(acme.id, PAIR)
    await accounts.uninstall(acme, keep_seconds=30 * 86_400)

    for account_id in (acme.id, webhook.id, "stranger"):
        assert not await pairs.put(account_id, PAIR, fresh=True)
        assert not await redis.exists(keys.pairs(account_id))


async def test_no_token_stands_in_redis_or_in_a_repr(pairs, acme, redis):
    """Both tokens are sealed; another key does not open them."""
    await pairs.put(acme.id, PAIR)

    kept = repr(await redis.hgetall(keys.pairs(acme.id))) + repr(PAIR)
    for token in (PAIR.access_token, PAIR.refresh_token):
        assert token not in kept
    with pytest.raises(WrongKey):
        await RedisPairs(redis, Seal("x" * 32)).all(acme.id)


async def test_one_at_a_time_has_the_turn(acme, redis, seal):
    """Others wait, and give up if nothing happens; other accounts do not care."""
    pairs = RedisPairs(redis, seal, turn_seconds=60.0)
    async with pairs.turn(acme.id):
        async with pairs.turn("umbrella"):
            pass
        waiting = asyncio.create_task(next_turn(pairs, acme.id))
        await asyncio.sleep(0)
        assert not waiting.done()
    assert await waiting

    await redis.set(keys.renewal(acme.id), "somebody who hangs")
    with pytest.raises(Busy):
        await next_turn(RedisPairs(redis, seal, turn_seconds=0.2), acme.id)


async def test_a_lost_cancellation_does_not_wait_for_ever():
    """Whatever the client does when it is interrupted, waiting ends."""
    held = RedisLocks(Swallowing()).held("key", seconds=0.05)
    async with asyncio.timeout(60):
        with pytest.raises(Busy):
            await held.__aenter__()


class Swallowing:
    """Grants nothing; loses the first cancellation, as `asyncio.wait_for` may."""

    def __init__(self):
        self.lost = 0

    def register_script(self, _script):
        return None

    async def set(self, *_, **__):
        try:
            await asyncio.sleep(0.02)
        except asyncio.CancelledError:
            self.lost += 1
            if self.lost > 1:
                raise


async def next_turn(pairs, account_id):
    async with pairs.turn(account_id):
        return True
