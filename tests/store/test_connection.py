"""A client that never waits for ever."""

import asyncio
import contextlib
from urllib.parse import urlsplit

import pytest
from desk import until
from redis.exceptions import RedisError

from ticket24.store.connection import connect
from ticket24.store.journal import Journal


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
        async with asyncio.timeout(15):
            with pytest.raises(RedisError):
                await journal.claim("w", count=1, wait_seconds=0.1)
    finally:
        await client.aclose()
        server.close()


async def test_a_closed_client_opens_no_connection(redis_url, redis):
    """Neither for a command that comes later nor for one that is just connecting."""

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
