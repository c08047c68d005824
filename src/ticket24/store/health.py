"""Whether this Redis may be trusted with what must not be lost."""

from redis.asyncio import Redis
from redis.exceptions import ResponseError

_OLDEST = (7, 0)


async def faults(redis: Redis) -> list[str]:
    """Return what is wrong and what mends it; empty if all is well.

    Where a hosted Redis does not show its configuration, only its version is
    checked.
    """
    wrong: list[str] = []
    info = await redis.info("server")
    version = str(info.get("redis_version", "0"))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < _OLDEST:
        wrong.append(f"version {version} is too old: use Redis 7.0 or newer, or Valkey")
    try:
        durable = await _config(redis, "appendonly")
        policy = await _config(redis, "maxmemory-policy")
    except ResponseError:
        return wrong
    if durable not in {"yes", ""}:
        wrong.append("appendonly is off, a restart would lose mail: set appendonly yes")
    if policy not in {"noeviction", ""}:
        wrong.append(f"maxmemory-policy is {policy}, which drops data: set noeviction")
    return wrong


async def _config(redis: Redis, name: str) -> str:
    # Text already, whatever the connection does with other answers.
    values = await redis.config_get(name)
    return values.get(name) or ""
