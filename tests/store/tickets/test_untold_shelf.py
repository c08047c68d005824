"""The shelf of news that nobody could be told yet."""

import asyncio
import time
from dataclasses import replace

import pytest
from examples import letter, ticket

from ticket24.domain.news.letters import Untold
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.letters.outbox import RedisOutbox
from ticket24.store.letters.untold import LIFETIME_SECONDS, RedisUntold
from ticket24.store.tickets.due import RedisDue
from ticket24.store.tickets.pictures import RedisTickets

pytestmark = pytest.mark.usefixtures("accounts_there")

NEWS = Untold(replace(letter(), id="", recipient=""), (43,), (), (43,))
NAME = "untold-51-replied-chat-1"


@pytest.fixture
async def shelf(redis):
    """A shelf with one piece of news, put there as a ticket was committed."""
    due = RedisDue(redis, "w")
    await due.mark(TicketRef("acme", 51))
    (claimed,) = await due.claim("acme", 10)
    tickets = RedisTickets(redis)
    assert await tickets.commit(ticket(), 0, claimed, [], untold=[NEWS])
    assert not await tickets.commit(ticket(), 0, claimed, [], untold=[NEWS])
    return RedisUntold(redis)


async def test_news_are_found_by_ticket_and_contact(shelf):
    """They are as they were when it happened."""
    (row,) = await shelf.rows("acme")
    (entry,) = await shelf.get_all("acme", [row.id])

    assert (NAME, 51, (43,)) == (row.id, row.task_id, row.contact_ids)
    assert (NEWS, NAME) == (entry.untold, entry.id)


async def test_news_leave_the_shelf_once(shelf, redis):
    """Ten who tell it at the same time write one letter."""
    (entry,) = await shelf.get_all("acme", [NAME])
    done = await asyncio.gather(*(shelf.move(entry, None, [letter()]) for _ in "x" * 9))
    waiting = await RedisOutbox(redis).claim("acme", 10)

    assert 1 == sum(done)
    assert [letter()] == [one.letter for one in waiting]
    assert 0 == await redis.exists(keys.parked("acme"), keys.untold("acme"))


async def test_what_is_left_to_tell_stays(shelf):
    """For whom it is still news; who read it before may change nothing any more."""
    (entry,) = await shelf.get_all("acme", [NAME])
    left = replace(NEWS, contact_ids=(44,))

    assert await shelf.move(entry, left, [])
    assert not await shelf.move(entry, None, [letter()])
    assert [(44,)] == [one.contact_ids for one in await shelf.rows("acme")]


async def test_old_news_are_none(shelf, redis):
    """After a month they are forgotten, and not a day before."""
    for days, gone in ((-1, []), (1, [NAME])):
        since = int(time.time()) - LIFETIME_SECONDS - days * 86_400
        await redis.hset(keys.untold("acme"), NAME, f"{since} 51 43")
        assert gone == [one.id for one in (await shelf.expire("acme"))[0]]
    assert 0 == await redis.exists(keys.parked("acme"), keys.untold("acme"))
