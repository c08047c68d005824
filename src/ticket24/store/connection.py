"""Redis clients that never repeat a command behind our back.

redis-py 8 retries silently by default: one XADD becomes three entries when
replies are lost. Here a failed command fails, at once.
"""

from collections.abc import Iterable
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

# Seconds. A reader that blocks on a stream waits as long as it asked to.
_TIMEOUT = 5
_CONNECTIONS = 20


def connect(url: str, *, blocking: bool = False) -> Redis:
    """Return a client for `redis://`, `rediss://` or `unix://`; bytes come out.

    `blocking` is for the one reader that waits on the journal: no read
    timeout, no other use.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        max_connections=_CONNECTIONS,
        timeout=_TIMEOUT,
        socket_connect_timeout=_TIMEOUT,
        socket_timeout=None if blocking else _TIMEOUT,
        health_check_interval=15,
    )
    return Redis.from_pool(pool)


def text(raw: Any) -> str:  # noqa: ANN401  redis-py says "bytes or str" everywhere.
    """Return as a string what Redis sent as bytes."""
    return str(raw, "utf-8")


def texts(rows: Iterable[Any]) -> list[str]:
    """Return as strings what Redis sent as bytes."""
    return [text(row) for row in rows]
