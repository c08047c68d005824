"""A client that never waits for ever."""

import asyncio
import contextlib
from urllib.parse import urlsplit

import pytest
from desk import until
from redis.exceptions import ReadOnlyError, RedisError

from ticket24.embedded import EmbeddedRedis
from ticket24.store.connection import connect
from ticket24.store.journal import Journal
from ticket24.store.timetable import Timetable


async def test_a_reader_notices_that_redis_fell_silent(redis_url, redis):
    """A connection that swallows everything fails within seconds."""
    silent = asyncio.Event()

    async def pump(reader, writer):
        while data := await reader.read(65536):
            if not silent.is_set():
                writer.write(data)
        writer.close()

    async def serve(reader, writer):
        path = urlsplit(redis_url).path
        there, here = await asyncio.open_unix_connection(path)
        await asyncio.gather(pump(reader, here), pump(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = connect(f"redis://127.0.0.1:{port}/0")
    journal = Journal(redis, reader=client)
    assert [] == await journal.claim("w", count=1, wait_seconds=0.1)
    silent.set()
    try:
        async with asyncio.timeout(100):
            with pytest.raises(RedisError):
                await journal.claim("w", count=1, wait_seconds=0.1)
    finally:
        await client.aclose()
        server.close()


async def test_a_failover_behind_one_address_is_followed(redis_url, redis, tmp_path):
    """Connections to what is only a replica by now are given up, idle ones at once."""
    with EmbeddedRedis(tmp_path) as second:
        paths = [urlsplit(url).path for url in (redis_url, second.url)]

        async def pump(reader, writer):
            while data := await reader.read(65536):
                writer.write(data)
            writer.close()

        async def serve(reader, writer):
            there, here = await asyncio.open_unix_connection(paths[0])
            await asyncio.gather(pump(reader, here), pump(there, writer))

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        client = connect(f"redis://127.0.0.1:{port}/0")
        timetable = Timetable(client, "t24:turns")
        turns = [timetable.put(f"a{n}", 0, only="NX") for n in range(5)]
        await asyncio.gather(*turns)
        paths.reverse()
        await redis.replicaof("127.0.0.1", 1)
        try:
            with pytest.raises(ReadOnlyError):
                await timetable.put("b", 0, only="NX")
            await asyncio.gather(
                *(timetable.put(f"c{n}", 0, only="NX") for n in range(5))
            )

            assert 5 == len(await timetable.ready(10))
        finally:
            await redis.replicaof("NO", "ONE")
            await client.aclose()
            server.close()


async def test_a_closed_client_opens_no_connection(redis_url, redis):
    """Neither a later command nor one that is just connecting opens one."""

    async def only_ours():
        return 1 == len(await redis.client_list())

    for turns in range(12):
        client = connect(redis_url)
        asked = asyncio.create_task(client.ping())
        for _ in range(turns):
            await asyncio.sleep(0)
        await client.aclose()
        with contextlib.suppress(RedisError):
            await asked
        with pytest.raises(RedisError):
            await client.ping()

        await until(only_ours)


async def test_connections_are_given_in_turn(redis_url):
    """Who asks again and again does not overtake those who wait for a connection."""
    client, served, spread = connect(redis_url), [0] * 200, 0

    async def ask(number):
        nonlocal spread
        for _ in range(10):
            await client.ping()
            served[number] += 1
            spread = max(spread, max(served) - min(served))

    async with client:
        await asyncio.gather(*(ask(number) for number in range(len(served))))

    assert spread <= 4


async def test_a_cancellation_is_never_lost(redis_url):
    """A task that is cancelled ends so, whether it connects, sends or waits then."""
    for steps in range(40):
        client = connect(redis_url)

        async def ask(client=client):
            for _ in range(50):
                await client.ping()

        asking = asyncio.create_task(ask())
        for _ in range(steps):
            await asyncio.sleep(0)
        assert asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()
        await client.aclose()
