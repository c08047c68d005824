"""Changes of what customers see, as every `web` hears them."""

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from desk import until
from examples import ticket

from ticket24.store import keys
from ticket24.store.connection import connect
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.pictures import RedisTickets
from ticket24.store.versions import RedisVersions, names

ANNA = names("acme", [43])[0]
pytestmark = pytest.mark.usefixtures("accounts_there")


class Ear:
    """Notes what it hears; `turns` are the times at which it began or ceased to."""

    def __init__(self):
        self.heard, self.turns = [], []

    def listen(self):
        self.turns.append("listens")

    def hear(self, name):
        self.heard.append(name)

    def miss(self, _reason):
        self.turns.append("misses")


@asynccontextmanager
async def listening(redis, **pace):
    ear = Ear()
    pace = {"say_seconds": 0.1, "again_seconds": 0.01} | pace
    task = asyncio.create_task(RedisVersions(redis, **pace).tell(ear))
    yield ear
    task.cancel()
    await asyncio.wait({task})


async def change(redis, **fields):
    """Commit a picture, as a worker does."""
    after = ticket(**fields)
    tickets = RedisTickets(redis)
    assert await tickets.commit(after, 0, ClaimedRef(after.ref, "0"), [])


async def test_a_commit_is_heard_by_who_listens(redis):
    """One connection hears the changes of every customer."""
    async with listening(redis) as ear:
        await until(lambda: ear.turns)
        await change(redis, contact_ids=(43, 44))
        await until(lambda: len(ear.heard) == 2)
        clients = await redis.client_list(_type="pubsub")

    assert names("acme", [43, 44]) == sorted(ear.heard)
    assert ["listens", "misses"] == ear.turns
    assert 1 == len(clients)


async def test_a_lost_connection_is_missed_and_made_anew(redis):
    """Who listens knows that something may have been missed, and hears on."""
    async with listening(redis) as ear:
        await until(lambda: ear.turns)
        await redis.client_kill_filter(_type="pubsub")
        await until(lambda: ear.turns[1:] == ["misses", "listens"])
        await redis.publish(keys.CHANGED, b"\xff")
        await change(redis)
        await until(lambda: ANNA in ear.heard)


async def test_silence_is_not_taken_for_peace(redis, redis_url):
    """A connection on which nothing comes any more, not even our own voice, is lost."""
    silent = asyncio.Event()

    async def pump(reader, writer):
        while data := await reader.read(65536):
            if not (silent.is_set() and b"message" in data):
                writer.write(data)
        writer.close()

    async def serve(reader, writer):
        path = urlsplit(redis_url).path
        there, here = await asyncio.open_unix_connection(path)
        await asyncio.gather(pump(reader, here), pump(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = connect(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")
    async with listening(client) as ear:
        await until(lambda: ear.turns)
        silent.set()
        await until(lambda: ear.turns[-1] == "misses")
        silent.clear()
        await until(lambda: ear.turns[-1] == "listens")
    await client.aclose()
    server.close()


async def test_who_may_not_publish_works_all_the_same(redis, redis_url):
    """A user of Redis without channels commits as before; nobody listens then."""
    await redis.execute_command(
        "ACL", "SETUSER", "shy", "reset", "on", ">secret", "~*", "+@all"
    )
    client = connect(redis_url.replace("unix://", "unix://shy:secret@"))
    try:
        async with listening(client) as ear:
            await until(lambda: ear.turns)
            await change(client)
    finally:
        await client.aclose()
        await redis.acl_deluser("shy")

    assert {"misses"} == {*ear.turns}
    assert b"43" in await redis.hgetall(keys.versions("acme"))
