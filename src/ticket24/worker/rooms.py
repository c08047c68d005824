"""What every loop has in common: turns, waiting, and not dying of a fault."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from redis.exceptions import RedisError

log = structlog.get_logger()

_REDIS_PAUSE = 0.5
_FAULT_PAUSE = 1.0
_RENEWAL_PAUSE = 0.2

# After so long a job waits rather than works, seconds.
_QUICK_SECONDS = 3.0


class Bell:
    """Wakes a loop before its pause is over."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake the loop, now or when it next waits."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Wait for the bell, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        finally:
            self._event.clear()


async def turns(
    name: str,
    turn: Callable[[], Awaitable[bool]],
    bell: Bell,
    *,
    pause: float,
    stop: asyncio.Event,
) -> None:
    """Take turns until `stop`; pause after one that found nothing to do.

    Redis away: wait and try again. Any other fault is a bug: it is logged, and
    the loop goes on.
    """
    away = False
    while not stop.is_set():
        try:
            busy = await turn()
        except (RedisError, OSError) as error:
            if not away:
                log.warning("redis_away", room=name, error=repr(error))
            away = True
            await bell.wait(_REDIS_PAUSE)
        except Exception:
            log.exception("turn_failed", room=name)
            await bell.wait(_FAULT_PAUSE)
        else:
            if away:
                log.info("redis_back", room=name)
            away = False
            if not busy:
                await bell.wait(pause)


class Crew:
    """Jobs under way, at most so many; a job's fault is logged, not raised.

    A job that takes longer than 3 s waits for its account's Bitrix24: it steps
    aside, if `aside` has a place, so that an account which hangs holds up no other.
    """

    def __init__(self, name: str, most: int, bell: Bell, *, aside: int = 0) -> None:
        self._name = name
        self._most = most
        self._places_aside = aside
        self._bell = bell
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._aside: set[str] = set()

    @property
    def free(self) -> int:
        """How many more jobs may start."""
        return self._most - (len(self._jobs) - len(self._aside))

    def __contains__(self, key: str) -> bool:
        return key in self._jobs

    def __len__(self) -> int:
        return len(self._jobs)

    def start(self, key: str, job: Coroutine[Any, Any, None]) -> None:
        """Start a job; ring the loop's bell when it ends."""
        self._jobs[key] = asyncio.create_task(self._run(key, job))

    async def finish(self) -> None:
        """Wait for every job under way."""
        while self._jobs:
            await asyncio.wait(self._jobs.values())

    async def cancel(self) -> None:
        """End every job under way where it stands; each is safe to repeat."""
        for job in self._jobs.values():
            job.cancel()
        await self.finish()

    def _step_aside(self, key: str) -> None:
        if len(self._aside) < self._places_aside:
            self._aside.add(key)
            self._bell.ring()

    async def _run(self, key: str, job: Coroutine[Any, Any, None]) -> None:
        loop = asyncio.get_running_loop()
        patience = loop.call_later(_QUICK_SECONDS, self._step_aside, key)
        try:
            await job
        except (RedisError, OSError) as error:
            log.warning("redis_away", room=self._name, error=repr(error))
            await asyncio.sleep(_REDIS_PAUSE)
        except Exception:
            log.exception("job_failed", room=self._name, job=key)
            await asyncio.sleep(_FAULT_PAUSE)
        finally:
            patience.cancel()
            del self._jobs[key]
            self._aside.discard(key)
            self._bell.ring()


async def keep(renew: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Renew a lease or a claim again and again, until cancelled.

    While Redis is away this is tried more often: whoever comes back first has it.
    """
    away, me = False, asyncio.current_task()
    # Of a cancellation that comes while redis-py connects nothing may be heard.
    while me and not me.cancelling():
        await asyncio.sleep(_RENEWAL_PAUSE if away else seconds)
        try:
            await renew()
        except (RedisError, OSError) as error:
            if not away:
                log.warning("not_renewed", error=repr(error))
            away = True
        else:
            away = False


async def end(keeper: asyncio.Task[None]) -> None:
    """Keep no longer; wait until the keeper has given its connection back."""
    keeper.cancel()
    await asyncio.wait([keeper])
