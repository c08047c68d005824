"""A real server that speaks Redis for the tests of the store."""

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ticket24.embedded import EmbeddedRedis


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    with EmbeddedRedis(tmp_path_factory.mktemp("data")) as server:
        yield server.url


@pytest.fixture
async def redis(redis_url):
    async with Redis.from_url(
        redis_url, protocol=2, retry=Retry(NoBackoff(), 0), socket_timeout=5
    ) as redis:
        await redis.flushall()
        yield redis
