"""Whether this Redis may be trusted with what must not be lost."""

from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import ResponseError

_OLDEST = (7, 0)


async def faults(redis: Redis | RedisCluster) -> list[str]:
    """Return what is wrong and what mends it; empty if all is well.

    Of a cluster every node is looked at. Where a hosted Redis does not show
    its configuration, only its version is checked.
    """
    if not isinstance(redis, RedisCluster):
        return await _faults(redis)
    await redis.initialize()
    return [
        f"node {node.name}: {fault}"
        for node in redis.get_nodes()
        for fault in await _faults(redis, target_nodes=node)
    ]


async def _faults(redis: Redis | RedisCluster, **at: Any) -> list[str]:  # noqa: ANN401  As redis-py takes it.
    wrong: list[str] = []
    info = await redis.info("server", **at)
    version = str(info.get("redis_version", "0"))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < _OLDEST:
        wrong.append(f"version {version} is too old: use Redis 7.0 or newer, or Valkey")
    modes = (info.get("redis_mode"), info.get("server_mode"))  # Valkey says server.
    if "cluster" in modes and not at:
        wrong.append("it is a cluster: write redis+cluster:// in TICKET24_REDIS_URL")
    try:
        durable = await _config(redis, "appendonly", **at)
        policy = await _config(redis, "maxmemory-policy", **at)
    except ResponseError:
        return wrong
    if durable not in {"yes", ""}:
        wrong.append("appendonly is off, a restart would lose mail: set appendonly yes")
    if policy not in {"noeviction", ""}:
        wrong.append(f"maxmemory-policy is {policy}, which drops data: set noeviction")
    return wrong


async def _config(redis: Redis | RedisCluster, name: str, **at: Any) -> str:  # noqa: ANN401  As above.
    # Text already, whatever the connection does with other answers.
    values = await redis.config_get(name, **at)
    return values.get(name) or ""
