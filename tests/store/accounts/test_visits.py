"""Looks at our pages inside Bitrix24, as Redis keeps them."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ticket24.domain.accounts.model import Account
from ticket24.domain.accounts.visits import Visit
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.accounts.opened_frames import RedisOpenedFrames
from ticket24.store.accounts.visits import GRACE_SECONDS, RedisVisits, account_of
from ticket24.store.sealing import Seal

SEAL = Seal("s" * 32)


@pytest.fixture
async def account(redis):
    return await RedisAccounts(redis, SEAL).add(
        Account("", "acme", 1, datetime(2026, 11, 1, tzinfo=UTC)),
        webhook_url="https://acme.bitrix24.example/rest/1/secret/",
        tokens=["token"],
    )


@pytest.fixture
def visits(redis):
    return RedisVisits(redis, SEAL)


@pytest.fixture
def visit(account):
    return Visit(
        account.id,
        7,
        "Ada",
        admin=True,
        language="de",
        origin="https://acme.bitrix24.com",
        contact_id=43,
        auth="the-access-token",
        auth_until=1e9,
    )


async def everything(redis):
    """Return all that Redis has, as one text."""
    found = []
    async for key in redis.scan_iter("t24:*visit*"):
        found += [key, await redis.get(key)]
    return b" ".join(found).decode()


async def test_a_visit_is_found_by_its_token(visits, visit):
    """The token that opening gave finds the visit, whole."""
    opened = await visits.open(visit)

    assert replace(visit, token=opened.token) == await visits.get(opened.token)


async def test_each_visit_has_a_token_of_its_own(visits, visit):
    """Two looks by the same person are two visits."""
    first, second = await visits.open(visit), await visits.open(visit)

    assert first.token != second.token


async def test_redis_has_neither_token_in_clear(redis, visits, visit):
    """A reader of Redis learns neither the visit's token nor the viewer's."""
    opened = await visits.open(visit)
    kept = await everything(redis)

    assert "visit" in kept
    assert "the-access-token" not in kept
    assert opened.token.partition(".")[2] not in kept


@pytest.mark.parametrize(
    "token",
    ["", ".", "x", "x.", ".x", "{a}.b", "acme.\n", "ü.ü", "\ud800.x", "a." + "x" * 500],
)
async def test_no_token_finds_nothing(visits, visit, token):
    """Nothing else that is sent in place of a token finds a visit."""
    await visits.open(visit)

    assert None is await visits.get(token)


async def test_a_visit_is_over_after_its_time(redis, visits, visit):
    """Redis forgets it by itself, soon after the viewer's token ends."""
    opened = await visits.open(replace(visit, auth_until=time.time() + 60))
    [key] = [key async for key in redis.scan_iter("t24:*visit*")]

    assert GRACE_SECONDS < await redis.ttl(key) <= 60 + GRACE_SECONDS
    await redis.delete(key)
    assert None is await visits.get(opened.token)


async def test_a_visit_goes_on_with_a_new_token_of_its_viewer(visits, visit):
    """After a renewal it has the new access token, and all else as before."""
    opened = await visits.open(visit)

    assert await visits.renew(opened, "newer", 600)
    found = await visits.get(opened.token)
    assert ("newer", opened.token, 43) == (found.auth, found.token, found.contact_id)
    assert found.auth_until > 1e9


async def test_a_visit_that_is_over_is_not_renewed(redis, visits, visit):
    """A renewal brings nothing back."""
    opened = await visits.open(visit)
    [key] = [key async for key in redis.scan_iter("t24:*visit*")]
    await redis.delete(key)

    assert not await visits.renew(opened, "newer", 600)
    assert None is await visits.get(opened.token)


async def test_a_visit_of_an_account_that_is_gone_is_over(
    redis, visits, visit, account
):
    """Nobody looks at an account that was removed."""
    opened = await visits.open(visit)
    await RedisAccounts(redis, SEAL).remove(account)

    assert None is await visits.get(opened.token)


async def test_a_visit_sealed_with_another_key_is_over(redis, visits, visit):
    """After the secret key was changed everybody opens the pages again."""
    opened = await visits.open(visit)

    assert None is await RedisVisits(redis, Seal("x" * 32)).get(opened.token)


async def test_a_token_names_its_account(visits, visit):
    """A token that has ended still names the account of its visit."""
    opened = await visits.open(visit)

    assert visit.account == account_of(opened.token)


async def test_a_frame_is_opened_once(redis):
    """The second use of a post is refused, until the first is taken back."""
    opened = RedisOpenedFrames(redis, SEAL)

    assert await opened.claim("token", "sid")
    assert not await opened.claim("token", "sid")
    assert await opened.claim("token", "other sid")
    await opened.release("token", "sid")
    assert await opened.claim("token", "sid")
