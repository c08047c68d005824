"""Whether this Redis may be trusted with what must not be lost."""

import asyncio
from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.exceptions import RedisError, ResponseError

from ticket24.store import keys
from ticket24.store.running.trouble import explained

_OLDEST = (7, 0)

# The part of its maxmemory. What waits while something is away needs room.
_ALMOST_FULL = 0.9

# How much Redis has to keep in place, so that tickets take little memory: a picture of
# one in a hash, and the numbers of those of an account.
_IN_PLACE = {"hash-max-listpack-value": 2_048, "zset-max-listpack-entries": 256}

# A node of a cluster that is silent for longer is called away.
_NODE_SECONDS = 3.0


async def faults(
    redis: Redis | RedisCluster, *, node_seconds: float = _NODE_SECONDS
) -> list[str]:
    """Return what is wrong and how to put it right; empty if all is well.

    Every node of a cluster is checked, and one that does not answer is named. If a
    hosted Redis does not show its configuration, only its version is checked.
    """
    if not isinstance(redis, RedisCluster):
        return await _faults(redis)
    await redis.initialize()
    nodes = redis.get_nodes()
    found = await asyncio.gather(
        *(_of_node(redis, node, node_seconds) for node in nodes)
    )
    return [
        f"node {node.name}: {fault}"
        for node, faults_ in zip(nodes, found, strict=True)
        for fault in faults_
    ]


async def _of_node(redis: RedisCluster, node: ClusterNode, seconds: float) -> list[str]:
    try:
        async with asyncio.timeout(seconds):
            return await _faults(redis, target_nodes=node)
    except (RedisError, OSError) as error:
        return [explained(error)]


async def condition(redis: Redis | RedisCluster) -> str:
    """Say why nothing can be kept now, or soon, and what to do; "" if it can.

    Writes nothing: it sets an empty string into a missing key, which Redis refuses like
    any other write.
    """
    try:
        await redis.setrange(keys.NOTHING, 0, "")
        if isinstance(redis, RedisCluster):
            almost = [
                await _almost_full(redis, f"node {node.name}", target_nodes=node)
                for node in redis.get_primaries()
            ]
        else:
            almost = [await _almost_full(redis, "it")]
    except (RedisError, OSError) as error:
        return explained(error)
    return next((one for one in almost if one), "")


async def _almost_full(redis: Redis | RedisCluster, who: str, **at: Any) -> str:  # noqa: ANN401  As below.
    memory = await redis.info("memory", **at)
    most, used = int(memory.get("maxmemory") or 0), int(memory.get("used_memory") or 0)
    if not most or used < most * _ALMOST_FULL:
        return ""
    return (
        f"is almost full: {who} holds {used / 2**20:.0f} of the {most / 2**20:.0f} MiB"
        " of its maxmemory, and then takes nothing more. Give it more memory, and see"
        " whether workers run: what waits takes room"
    )


async def waste(redis: Redis | RedisCluster) -> str:
    """Say which settings make tickets take more memory than they need; "" if none."""
    places: list[dict[str, Any]] = [{}]
    if isinstance(redis, RedisCluster):
        places = [{"target_nodes": node} for node in redis.get_primaries()]
    for at in places:
        try:
            found = {name: await _config(redis, name, **at) for name in _IN_PLACE}
        except ResponseError:
            return ""
        little = [
            f"{name} {least}"
            for name, least in _IN_PLACE.items()
            if found[name].isdigit() and int(found[name]) < least
        ]
        if little:
            return f"tickets take a fifth less memory with {' and '.join(little)}"
    return ""


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
    # The answer is text, whatever the connection does with other answers.
    values = await redis.config_get(name, **at)
    return values.get(name) or ""
