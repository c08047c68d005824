"""Commands: kept once, in order, until they are done, parked or dropped."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from ticket24.domain.commands.model import (
    MoveTicket,
    OpenTicket,
    PostReply,
    Progress,
    Upload,
    Waiting,
)
from ticket24.domain.tickets.model import MessageKey, Source, TicketRef
from ticket24.flows.tickets.older_reasons import read
from ticket24.store import keys
from ticket24.store.commands.lanes import COMMAND, ClaimLost, Resting, Steps
from ticket24.store.commands.queue import RedisCommands
from ticket24.store.letters.parked import RedisParked, Sort

pytestmark = pytest.mark.usefixtures("accounts_there")

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
REF = TicketRef("acme", 51)


@pytest.fixture
def commands(redis):
    return RedisCommands(redis)


def reply(id_="r1", text="Thank you", **fields):
    return PostReply(
        **{
            "id": id_,
            "ref": REF,
            "contact_id": 7,
            "name": "Anna",
            "at": AT,
            "text": text,
        }
        | fields
    )


def opening(id_="o1", **fields):
    return OpenTicket(
        **{
            "id": id_,
            "account": "acme",
            "contact_id": 7,
            "name": "Anna",
            "at": AT,
            "group_id": 3,
            "subject": "Printer",
            "text": "It burns.",
            "cc": ("b@example.com",),
            "tags": ("high",),
            "uploads": (Upload("u" * 22, "a.txt", 5, "text/plain"),),
        }
        | fields
    )


def move(id_="m1", **fields):
    return MoveTicket(
        **{
            "id": id_,
            "ref": REF,
            "contact_id": 7,
            "name": "Anna",
            "at": AT,
            "to": "completed",
        }
        | fields
    )


async def claim(commands, limit=10):
    return await commands.claim("acme", limit)


async def version(redis, contact=7):
    return await redis.hget(keys.versions("acme"), contact)


async def claimed(commands):
    return [one.command for one in await claim(commands)]


@pytest.mark.parametrize("command", [opening(), reply(), move()])
async def test_a_command_is_kept_whole(commands, command):
    """Every sort comes out as it went in."""
    assert await commands.put(command)

    assert [command] == await claimed(commands)
    assert [Waiting(command)] == await commands.waiting("acme", [7])
    assert Waiting(command) == await commands.outcome("acme", [7], command.id)


async def test_the_same_form_twice_is_one_command(redis, commands):
    """A double click is known by its id, before and after it is done."""
    assert await commands.put(opening())
    assert not await commands.put(opening())
    assert [opening()] == await claimed(commands)
    await commands.done(opening(), 60)
    before = await version(redis)

    assert not await commands.put(opening(text="Changed"))
    assert [] == await claimed(commands)
    assert before == await version(redis)


async def test_one_customer_has_two_commands_under_way(commands):
    """Those of others go before the rest of hers, also when they came later."""
    hers = [opening(f"h{n}") for n in range(5)]
    theirs = opening("t1", contact_id=8)
    for command in (*hers, theirs):
        await commands.put(command)

    assert [*hers[:2], theirs] == await claimed(commands)
    await commands.done(hers[0], 60)
    found = await commands.claim("acme", 10, [hers[1].contact_id])
    assert [hers[2]] == [one.command for one in found]


async def test_replies_of_a_ticket_keep_their_order(commands):
    """The next one of a lane waits for the one before; other lanes do not."""
    first, second = reply("r1"), reply("r2")
    other = reply("r3", ref=TicketRef("acme", 52))
    theirs = opening(contact_id=8)
    for command in (first, second, other, theirs):
        await commands.put(command)

    assert {first, other, theirs} == set(await claimed(commands))
    assert [] == await claim(commands)
    await commands.done(first, 51, MessageKey(Source.CHAT, 8))
    assert [second] == await claimed(commands)


async def test_what_a_killed_worker_held_comes_back(redis):
    """It has the steps that the worker had noted."""
    commands = RedisCommands(redis, claim_ms=30)
    await commands.put(reply())
    (mine,) = await claim(commands)
    after = {Source.FORUM: 4, Source.CHAT: 5}
    steps = Steps((9,), 1, AT, ended=True, source=Source.FORUM, after=after)
    await commands.note(mine, steps)
    await asyncio.sleep(0.05)

    (again,) = await claim(commands)
    assert steps == again.steps
    with pytest.raises(ClaimLost):
        await commands.note(mine, Steps())
    assert steps == (await commands.note(again, steps)).steps


async def test_a_renewed_claim_stays(redis):
    """It stays as long as its worker lives."""
    commands = RedisCommands(redis, claim_ms=60_000)
    await commands.put(reply())
    (mine,) = await claim(commands)
    ends = [await redis.zrange(keys.lanes("acme"), 0, -1, withscores=True)]
    for _ in range(3):
        await asyncio.sleep(0.002)
        await commands.renew(mine)
        ends.append(await redis.zrange(keys.lanes("acme"), 0, -1, withscores=True))

        assert [] == await claim(commands)
    assert all(earlier[0][1] < later[0][1] for earlier, later in pairwise(ends))


async def test_a_postponed_command_counts_its_tries(redis, commands):
    """It is tried again in its time, and holds back its lane until then."""
    await commands.put(reply("r1"))
    await commands.put(reply("r2"))
    (mine,) = await claim(commands)
    await commands.postpone(mine, 600)
    assert [] == await claim(commands)

    lanes = await redis.zrange(keys.lanes("acme"), 0, -1)
    await redis.zadd(keys.lanes("acme"), dict.fromkeys(lanes, 0))
    (again,) = await claim(commands)
    assert (reply("r1"), 1) == (again.command, again.tries)
    await commands.postpone(again, 0, counted=False)
    assert [1] == [one.tries for one in await claim(commands)]


async def test_a_resting_account_waits_as_a_whole(redis, commands):
    """It is asked for again when its rest is over, also for what comes meanwhile."""
    await commands.rest("acme", 30)
    await commands.put(reply())
    resting = await claim(commands)
    await commands.index("acme")

    assert isinstance(resting, Resting)
    assert 29 < resting.seconds <= 30
    assert [] == await commands.accounts(10)
    assert 1 == await redis.zcard(keys.COMMAND_ACCOUNTS)


async def test_an_account_is_woken(commands):
    """Bitrix24 lets us in again: nobody waits for the end of the rest."""
    await commands.rest("acme", 30)
    await commands.put(reply())
    await commands.index("acme")
    await commands.wake("acme")

    assert ["acme"] == await commands.accounts(10)
    assert ["r1"] == [one.command.id for one in await claim(commands)]


async def test_commands_of_a_gone_account_call_nobody(redis, commands):
    """They wait, perhaps for weeks, until it is installed again."""
    await commands.put(reply())
    await redis.hset(keys.former("acme"), "account", "{}")
    await commands.index("acme")
    assert 0 == await redis.zcard(keys.COMMAND_ACCOUNTS)

    await redis.delete(keys.former("acme"))
    await commands.index("acme")
    assert ["acme"] == await commands.accounts(10)


async def test_the_index_follows_the_lanes(redis, commands):
    """Accounts without commands are left out; a lost entry is made anew."""
    await commands.put(reply())
    assert ["acme"] == await commands.accounts(10)
    await redis.delete(keys.COMMAND_ACCOUNTS)
    await commands.index("acme")
    assert ["acme"] == await commands.accounts(10)
    await commands.done(reply(), 51)
    await commands.index("acme")

    assert [] == await commands.accounts(10)


async def test_what_is_done_is_shown_for_a_while(redis, monkeypatch, commands):
    """It is shown with ticket and message; later only its outcome is known."""
    key = MessageKey(Source.CHAT, 88)
    await commands.put(reply())
    await commands.done(reply(), 51, key)
    done = Waiting(reply(), Progress.DONE, 51, key)

    assert [done] == await commands.waiting("acme", [6, 7])
    assert 88 == await commands.posted(reply(), Source.CHAT)
    assert 0 == await commands.posted(reply(), Source.FORUM)
    await redis.hincrby(keys.command("acme", "r1"), "done", -600_001)
    assert [] == await commands.waiting("acme", [7])
    assert done == await commands.outcome("acme", [7], "r1")
    assert 0 < await redis.ttl(keys.command("acme", "r1")) <= 7 * 86_400


async def test_commands_are_their_customers_own(commands):
    """Other contacts and other accounts see nothing of them."""
    await commands.put(reply())

    assert [] == await commands.waiting("acme", [8])
    assert [] == await commands.waiting("acme", [])
    assert [] == await commands.waiting("umbrella", [7])
    assert None is await commands.outcome("acme", [8], "r1")
    assert None is await commands.outcome("umbrella", [7], "r1")


async def test_what_waits_is_shown_oldest_first(commands):
    """Across all contacts of a login."""
    given = [reply("r2"), opening(contact_id=8), move()]
    for command in given:
        await commands.put(command)

    shown = await commands.waiting("acme", [7, 8])
    assert given == [waiting.command for waiting in shown]


async def test_each_change_moves_the_version(redis, commands):
    """The customer's pages change when a command is put, done or parked."""
    seen = [await version(redis)]
    await commands.put(reply("r1"))
    seen.append(await version(redis))
    await commands.done(reply("r1"), 51)
    seen.append(await version(redis))
    await commands.put(reply("r2"))
    seen.append(await version(redis))
    await commands.park(reply("r2"))
    seen.append(await version(redis))

    assert len(seen) == len(set(seen))
    assert None is await version(redis, 8)


async def shelve(redis, commands, command):
    await on_shelf(redis, command)
    await commands.park(command)


async def on_shelf(redis, command):
    await RedisParked(redis).add(
        *("acme", Sort.COMMAND, command.id),
        about="a reply",
        why=read("refused"),
        content=COMMAND.dump_json(command).decode(),
    )


async def test_a_parked_command_holds_up_nothing(redis, commands):
    """Its customer reads that it is set aside, and the lane goes on."""
    await commands.put(reply("r1"))
    await commands.put(reply("r2"))
    await shelve(redis, commands, reply("r1"))

    assert [reply("r2")] == await claimed(commands)
    first, _ = await commands.waiting("acme", [7])
    assert Waiting(reply("r1"), Progress.PARKED) == first
    assert -1 == await redis.ttl(keys.command("acme", "r1"))


async def test_a_replayed_command_goes_on_where_it_stood(redis, commands):
    """Its steps are kept, its tries are not; a second replay does nothing."""
    await commands.put(opening())
    (mine,) = await claim(commands)
    await commands.note(mine, Steps((5,)))
    await commands.postpone(mine, 0)
    await shelve(redis, commands, opening())
    await commands.replay(opening(), "command-o1")
    await commands.replay(opening(), "command-o1")

    (again,) = await claim(commands)
    assert (opening(), Steps((5,)), 0) == (again.command, again.steps, again.tries)
    assert 1 == await redis.llen(keys.lane("acme", "o1"))
    assert [] == [one async for one in RedisParked(redis).all("acme")]


async def test_what_is_about_to_leave_its_lane_stays_on_the_shelf(redis, commands):
    """Whoever sends it again, or drops it, cannot make it vanish from both."""
    await commands.put(reply())
    await on_shelf(redis, reply())
    await commands.replay(reply(), "command-r1")
    dropped = await commands.drop(reply(), "command-r1")
    await commands.park(reply())

    (one,) = [one async for one in RedisParked(redis).all("acme")]
    assert ("command-r1", False) == (one.id, dropped)
    assert [] == await claimed(commands)
    await commands.replay(reply(), one.id)
    assert [reply()] == await claimed(commands)


async def test_what_is_done_is_not_replayed(redis, commands):
    """Should a worker have been killed between parking and noting it."""
    await commands.put(reply())
    await shelve(redis, commands, reply())
    await redis.hset(keys.command("acme", "r1"), "progress", "done")
    await commands.replay(reply(), "command-r1")

    assert [] == await claim(commands)


async def test_a_dropped_command_is_forgotten(redis, commands):
    """Neither the customer nor the operator sees anything of it."""
    await commands.put(reply())
    await shelve(redis, commands, reply())
    await commands.drop(reply(), "command-r1")

    assert [] == await commands.waiting("acme", [7])
    accounts = {keys.account("acme"), keys.account("other")}
    assert {keys.versions("acme"), keys.COMMAND_ACCOUNTS} == {
        key.decode() for key in await redis.keys("*")
    } - accounts


async def test_a_command_of_another_version_waits(redis, commands):
    """What cannot be read is not lost, and holds up no other lane."""
    await commands.put(reply())
    await commands.put(opening())
    await redis.hset(keys.command("acme", "r1"), "command", '{"sort": "new"}')

    assert [opening()] == await claimed(commands)
    assert 2 == await commands.count("acme")
    assert [Waiting(opening())] == await commands.waiting("acme", [7])


async def test_equal_words_are_not_an_equal_command(commands):
    """Only the id counts."""
    await commands.put(reply("r1"))

    assert await commands.put(replace(reply("r1"), id="r2"))


async def test_a_long_text_is_not_remembered_for_a_week(redis, commands):
    """Once it is in Bitrix24, only its beginning is kept."""
    command = opening(text="x" * 20_000)
    await commands.put(command)
    await commands.done(command, 60)

    (waiting,) = await commands.waiting("acme", [7])
    assert "x" * 2_000 + "…" == waiting.command.text
    assert 3_000 > len(await redis.hget(keys.command("acme", "o1"), "command"))
    assert not await commands.put(command)
