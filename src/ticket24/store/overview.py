"""What of the program can be seen in Redis at one glance, for those who watch it."""

from redis.asyncio import Redis

from ticket24.domain.running.waiting import Kind, Oldest
from ticket24.store import keys
from ticket24.store.connection import text
from ticket24.store.journal import Journal

# The index of accounts, and of each account what is due by the instant it is.
_INDEXES = {
    Kind.LOOK: (keys.DUE_ACCOUNTS, keys.due),
    Kind.COMMAND: (keys.COMMAND_ACCOUNTS, keys.lanes),
    Kind.MAIL: (keys.MAIL_ACCOUNTS, keys.outbox_times),
    Kind.LINK: (keys.LINK_ACCOUNTS, keys.link_requests),
}


async def oldest(redis: Redis, journal: Journal, now: float) -> list[Oldest]:
    """Return for how long the first thing of each kind should be done by now.

    `now` is by Redis' clock, seconds. What waits on purpose is not late.
    """
    came_at = await journal.oldest()
    found = [Oldest(Kind.EVENT, now - came_at if came_at is not None else 0)]
    for kind, (index, of) in _INDEXES.items():
        first = await _first(redis, index)
        if first is None:
            found.append(Oldest(kind, 0))
            continue
        account, at = first
        inside = await _first(redis, of(account))
        due_at = max(at, inside[1]) if inside else now
        found.append(Oldest(kind, max(now - due_at, 0)))
    swept = await _first(redis, keys.SWEEPS)
    late = max(now - swept[1], 0) if swept and swept[1] else 0
    return [*found, Oldest(Kind.RESYNC, late)]


async def _first(redis: Redis, key: str) -> tuple[str, float] | None:
    """Return the first of a sorted set and its instant, seconds."""
    rows = await redis.zrange(key, 0, 0, withscores=True)
    return (text(rows[0][0]), float(rows[0][1]) / 1000) if rows else None
