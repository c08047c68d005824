"""Versions: what a customer's pages show has changed, and when.

Each change is announced on one channel, by the script that makes it; a cluster passes
announcements on to all of its nodes. Each `web` listens once, for all of its pages.
What is announced while it does not listen is lost, so nobody may rely on hearing.
"""

import asyncio
import secrets
from collections.abc import Iterable
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisError

from ticket24.store import keys
from ticket24.store.clock import NOW_US
from ticket24.store.connection import subscriber

# A list of so many tickets is long: it is kept, and read again in parts.
LONG = 100

# About forty changes.
_MOST_NOTED = 1_000

# For scripts. Some users of Redis may not publish: then nobody waits for it either.
ANNOUNCE = f"""
local function announce(versions, contact)
  redis.pcall('PUBLISH', '{keys.CHANGED}', versions .. ' ' .. contact)
end
"""

# For scripts: `bump(versions, contact, task, rows)` gives a contact a version that it
# never had, even if Redis lost all its data. It is the time by Redis' clock, in
# microseconds, and it always rises.
#
# Who has many `rows` has the latest changes noted, too: a version, then the task that
# moved (0: none) and the next version, again and again. A version of ours that notes
# none leaves a gap there, and nobody is told of moves across a gap.
BUMP = (
    ANNOUNCE
    + f"""
local function bump(versions, contact, task, rows)
  {NOW_US}
  local last = redis.call('HGET', versions, contact) or '0'
  local version = string.format('%.0f', math.max(now, tonumber(last) + 1))
  redis.call('HSET', versions, contact, version)
  local moves = redis.call('HGET', versions, contact .. '{keys.MOVES}')
  if moves or (rows and redis.call('HLEN', rows) >= {LONG}) then
    if not moves or string.match(moves, '%d+$') ~= last then moves = last end
    moves = moves .. ' ' .. (task or '0') .. ' ' .. version
    if #moves > {_MOST_NOTED} then moves = string.match(moves, '^%d+ %d+ (.*)$') end
    redis.call('HSET', versions, contact .. '{keys.MOVES}', moves)
  end
  announce(versions, contact)
end
"""
)

# How often we say something ourselves, and after how many times we know that we hear
# nothing: a replica that was cut off, or a cluster's node, keeps our connection and
# stays silent.
_SAY_SECONDS = 5.0
_UNHEARD = 2.5
_AGAIN_SECONDS = 1.0


def moved(moves: str, since: str, now: str) -> set[int] | None:
    """Return the tasks that moved between two versions; None if nobody knows."""
    if since and since == now:
        return set()
    noted = moves.split()
    versions = noted[::2]
    if now not in versions[-1:] or since not in versions:
        return None
    return {int(task) for task in noted[1 + 2 * versions.index(since) :: 2]} - {0}


class Ear(Protocol):
    """Who listens for changes."""

    def listen(self) -> None:
        """Know that from now on every change is heard."""

    def hear(self, name: str) -> None:
        """Know that something of this name has changed."""

    def miss(self, reason: str) -> None:
        """Know that from now on changes are missed."""


def names(account: str, contact_ids: Iterable[int]) -> list[str]:
    """Return the names under which changes of these contacts' pages are heard."""
    return [f"{keys.versions(account)} {contact_id}" for contact_id in contact_ids]


class RedisVersions:
    """Tells of changes; with a cluster, those that any of its nodes announces."""

    def __init__(
        self,
        redis: Redis,
        *,
        say_seconds: float = _SAY_SECONDS,
        again_seconds: float = _AGAIN_SECONDS,
    ) -> None:
        self._redis = redis
        self._say_seconds = say_seconds
        self._deaf_seconds = say_seconds * _UNHEARD
        self._again_seconds = again_seconds

    async def tell(self, ear: Ear) -> None:
        """Tell of changes for ever, on one connection.

        We listen once we hear our own voice, which takes the way of every change.
        """
        while not _is_to_end():
            reason = "Nobody listens any more"
            try:
                heard = await subscriber(self._redis)
                async with heard:
                    await self._tell(heard, ear)
            except (RedisError, OSError, TimeoutError) as error:
                reason = str(error) or type(error).__name__
            finally:
                ear.miss(reason)
            await asyncio.sleep(self._again_seconds)

    async def _tell(self, heard: PubSub, ear: Ear) -> None:
        now = asyncio.get_running_loop().time
        ours = secrets.token_hex(8).encode()
        await heard.subscribe(keys.CHANGED)
        first = await heard.get_message(timeout=self._deaf_seconds)
        heard_at, say_at, listening = now(), now(), False
        while first and now() - heard_at < self._deaf_seconds and not _is_to_end():
            if now() >= say_at:
                await self._redis.publish(keys.CHANGED, ours)
                say_at = now() + self._say_seconds
            left = max(say_at - now(), 0.01)
            said: dict[str, Any] | None = await heard.get_message(timeout=left)
            if said is None:
                continue
            if said["type"] != "message":
                raise NoConnection("The connection was lost for a moment")
            if said["data"] == ours:
                heard_at = now()
                if not listening:
                    listening = True
                    ear.listen()
            else:
                ear.hear(said["data"].decode(errors="replace"))
        raise NoConnection("Nothing is heard")


def _is_to_end() -> bool:
    """Whether somebody has cancelled us: redis-py may lose that in its timeouts."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
