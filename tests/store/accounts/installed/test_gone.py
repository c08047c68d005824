"""Accounts that were uninstalled: out of sight, and perhaps back."""

from dataclasses import replace

import pytest
from examples import letter
from installed import (
    AT,
    ENDPOINT,
    HOOK_TOKEN,
    MEMBER,
    NEW,
    NEW_TOKEN,
    OTHER,
    PAIR,
    TOKEN,
    WEBHOOK,
    all_keys,
    broken,
    purged,
)
from letters import put_letter

from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.accounts.connected import Overtaken, SlugTaken, Way
from ticket24.store.accounts.doorkeeper import Gone, NotAdmitted
from ticket24.store.accounts.sweeps import RedisSweeps
from ticket24.store.letters.gathered import RedisGathered
from ticket24.store.tickets.due import RedisDue


async def busy(redis, account):
    """Give an account work of every kind."""
    await RedisDue(redis, "w").mark(TicketRef(account.id, 1))
    one = letter(ref=TicketRef(account.id, 1), contact_id=43)
    await put_letter(redis, one)
    waits = replace(one, id="waits")
    await put_letter(redis, waits)
    await redis.hset(keys.preferences(account.id), "43", "daily")
    assert await RedisGathered(redis).hold(waits, "daily", AT)
    await RedisSweeps(redis).add(account.id)
    await redis.zadd(keys.COMMAND_ACCOUNTS, {account.id: 0})
    await redis.zadd(keys.LINK_ACCOUNTS, {account.id: 0})
    await redis.set(keys.visit(account.id, "digest"), "sealed")
    await redis.hset(keys.customers(account.id), "43", "Anna")


async def test_an_uninstalled_account_is_out_of_sight(
    accounts, acme, pairs, redis, admit
):
    """Nobody finds it or works for it; visits, mail and tokens end; its data waits."""
    await busy(redis, acme)

    await accounts.uninstall(acme, keep_seconds=30 * 86_400)

    assert [None] * 4 == [
        await accounts.get(acme.id),
        await accounts.by_slug("acme"),
        await accounts.by_member(MEMBER),
        await accounts.way(acme.id),
    ]
    assert [] == await accounts.all() == await pairs.all(acme.id)
    indexes = (keys.DUE_ACCOUNTS, keys.MAIL_ACCOUNTS, keys.COMMAND_ACCOUNTS)
    for index in (*indexes, keys.SWEEPS, keys.LINK_ACCOUNTS, keys.GATHERED_ACCOUNTS):
        assert await redis.zscore(index, acme.id) is None
    for key in (keys.visit(acme.id, "digest"), keys.outbox(acme.id)):
        assert not await redis.exists(key)
    assert [] == await RedisGathered(redis).letters(acme.id, 43)
    assert [] == await RedisGathered(redis).ripe(acme.id, 9)
    assert 1 == await redis.hlen(keys.customers(acme.id))
    assert [] == await accounts.overdue()
    with pytest.raises(Gone):
        await admit()


async def test_nobody_takes_the_place_of_a_gone_account(accounts, acme):
    """Its slug and its name are reserved: links in old mails must not lie."""
    await accounts.uninstall(acme, keep_seconds=30 * 86_400)

    with pytest.raises(SlugTaken):
        await accounts.add(
            replace(NEW, member_id=OTHER), endpoint=ENDPOINT, tokens=[TOKEN]
        )
    with pytest.raises(Overtaken):
        await accounts.add(
            replace(NEW, slug="acme-2"), endpoint=ENDPOINT, tokens=[TOKEN]
        )


async def test_a_gone_account_comes_back(accounts, acme, pairs, redis, admit):
    """It has its id, slug and data as they were; events need the new token."""
    await busy(redis, acme)
    await accounts.uninstall(acme, keep_seconds=30 * 86_400)
    gone = await accounts.gone(MEMBER)
    assert acme == gone

    back = await accounts.install(
        replace(gone.working_as(2), imported=False), endpoint=ENDPOINT, token=NEW_TOKEN
    )

    assert back == await accounts.by_slug("acme") == await accounts.get(acme.id)
    assert (2, (1,)) == (back.user_id, back.former_ids)
    assert await accounts.gone(MEMBER) is None
    assert acme.id == await admit(NEW_TOKEN)
    with pytest.raises(NotAdmitted) as caught:
        await admit(TOKEN)
    assert NotAdmitted is caught.type
    assert 1 == await redis.hlen(keys.customers(acme.id))
    assert 0 == await redis.exists(keys.GONE, keys.tombstone(MEMBER))
    assert await pairs.put(acme.id, PAIR)


async def test_mail_that_waited_is_gone_whatever_breaks_off(
    accounts, acme, redis, monkeypatch
):
    """It must not be sent weeks later, with the first mail after a new installation."""
    await busy(redis, acme)
    with monkeypatch.context() as patched:
        patched.setattr(redis, "zrem", broken)
        patched.setattr(redis, "scan_iter", broken)
        with pytest.raises(ConnectionError):
            await accounts.uninstall(acme, keep_seconds=30 * 86_400)

    gone = await accounts.gone(MEMBER)
    await accounts.install(gone, endpoint=ENDPOINT, token=NEW_TOKEN)

    assert [] == await RedisGathered(redis).letters(acme.id, 43)
    assert not await redis.exists(keys.outbox(acme.id))


@pytest.mark.parametrize("step", ["zrem", "scan_iter"])
async def test_who_installs_again_at_once_is_worked_for(
    accounts, acme, redis, monkeypatch, step
):
    """Removing visits goes through all keys, which takes seconds."""
    sweeps, as_ever, back = RedisSweeps(redis), getattr(redis, step), []

    async def returns():
        if not back:
            back.append(await accounts.gone(MEMBER))
            await accounts.install(back[0], endpoint=ENDPOINT, token=NEW_TOKEN)
            await sweeps.hurry(acme.id)

    async def zrem(*args):
        await returns()
        return await as_ever(*args)

    async def scan_iter(*args, **how):
        await returns()
        async for key in as_ever(*args, **how):
            yield key

    await sweeps.add(acme.id)
    instead = {"zrem": zrem, "scan_iter": scan_iter}[step]
    with monkeypatch.context() as patched:
        patched.setattr(redis, step, instead)
        await accounts.uninstall(acme, keep_seconds=30 * 86_400)

    assert await accounts.get(acme.id)
    assert [acme.id] == await sweeps.accounts(9)


async def test_uninstalling_twice_changes_nothing(accounts, acme):
    """The report may come twice, but the second one starts no new term."""
    await accounts.uninstall(acme, keep_seconds=100)
    await accounts.uninstall(acme, keep_seconds=-1)

    assert [] == await accounts.overdue()
    assert acme == await accounts.gone(MEMBER)


async def test_with_a_webhook_the_account_goes_on(accounts, hook, pairs, redis, admit):
    """It goes on by its webhook; the application's events count as late ones."""
    adopted = await accounts.install(
        replace(hook.working_as(1), member_id=MEMBER), endpoint=ENDPOINT, token=TOKEN
    )
    await pairs.put(hook.id, PAIR)
    await busy(redis, hook)

    await accounts.uninstall(adopted, keep_seconds=0)

    account = await accounts.by_slug("acme")
    assert (False, 7, (7, 1)) == (
        *(account.by_app, account.user_id, account.former_ids),
    )
    assert Way(WEBHOOK) == await accounts.way(hook.id)
    assert [] == await pairs.all(hook.id)
    assert not await redis.exists(keys.visit(hook.id, "digest"))
    assert 1 == await redis.hlen(keys.customers(hook.id))
    assert hook.id == await admit(HOOK_TOKEN)
    with pytest.raises(Gone):
        await admit(TOKEN)


async def test_a_clean_uninstall_leaves_nothing(accounts, acme, redis, monkeypatch):
    """Only what identifies late events is left, and a note to look once more."""
    await busy(redis, acme)
    await accounts.uninstall(acme, keep_seconds=0)

    assert [keys.GONE, keys.tombstone(MEMBER)] == await all_keys(redis)
    assert await accounts.gone(MEMBER) is None

    # Somebody who was busy with it writes once more.
    await redis.set(keys.visit(acme.id, "digest"), "sealed")
    await purged(accounts, redis)
    assert [keys.tombstone(MEMBER)] == await all_keys(redis)
