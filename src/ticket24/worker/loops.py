"""The common part of all loops: turns, waiting, and surviving a fault."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from redis.exceptions import RedisError

from ticket24.bitrix.rest.hands import Hand
from ticket24.store.running.trouble import explained

log = structlog.get_logger()

_REDIS_PAUSE_SECONDS = 0.5
_FAULT_PAUSE_SECONDS = 1.0


class Bell:
    """Wakes a loop before its pause is over."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake the loop, now or when it next waits."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Wait for the bell, at most this long."""
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
    pause_seconds: float,
    stop: asyncio.Event,
) -> None:
    """Take turns until `stop`; pause after a turn that found nothing to do.

    If Redis does not answer, the loop waits and tries again. Any other fault is a bug:
    it is logged, and the loop goes on.
    """
    away = False
    while not stop.is_set():
        try:
            busy = await turn()
        except (RedisError, OSError) as error:
            if not away:
                log.warning("redis_away", reason=explained(error))
            away = True
            await bell.wait(_REDIS_PAUSE_SECONDS)
        except Exception:
            log.exception("turn_failed", room=name)
            await bell.wait(_FAULT_PAUSE_SECONDS)
        else:
            if away:
                log.info("redis_back")
            away = False
            if not busy:
                await bell.wait(pause_seconds)


class Crew:
    """Jobs under way, each for an account; a job's fault is logged, not raised.

    A job that waits for a network costs only some memory and a descriptor, so there are
    places for hundreds. A job that takes longer than `quick_seconds` probably waits for
    its account: it steps aside if `aside` has a place. The account of such a job is
    slow, and its next job starts aside. So the places of other accounts stay free,
    however many jobs hang. Without places `aside` nobody is slow. `each` limits the
    jobs of one account, in addition to its fair share. `hands` limits how many jobs
    work at a time while the others wait for Bitrix24.
    """

    def __init__(
        self,
        name: str,
        most: int,
        bell: Bell,
        *,
        aside: int = 0,
        each: int = 0,
        hands: int = 0,
        quick_seconds: float = 3.0,
    ) -> None:
        self._quick_seconds = quick_seconds
        self._name = name
        self._hands = asyncio.Semaphore(hands or most + aside)
        self._most = most
        self._each = each or most
        self._places_aside = aside
        self._bell = bell
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._aside: set[str] = set()
        self._outside: dict[str, str] = {}
        self._of: Counter[str] = Counter()
        self._slow: set[str] = set()

    @property
    def free(self) -> int:
        """How many more jobs of accounts that are not slow may start."""
        busy = len(self._jobs) - len(self._aside) - len(self._outside)
        return max(0, self._most - busy)

    @property
    def sight(self) -> int:
        """How many accounts to ask a timetable for, so that some of them may start.

        Accounts with jobs under way, and slow ones without a place, may come before
        them.
        """
        return self._most + len(self._jobs) + len(self._slow)

    def __contains__(self, key: str) -> bool:
        return key in self._jobs

    def __len__(self) -> int:
        return len(self._jobs)

    def has(self, account: str) -> int:
        """How many jobs of an account are under way."""
        return self._of[account]

    def may_start(self, account: str) -> int:
        """How many more jobs may start for an account."""
        slow, has = account in self._slow, self._of[account]
        free = self._places_aside - len(self._aside) if slow else self.free
        return min(fair_share(free, has), self._each - has)

    @contextmanager
    def outside(self, key: str, account: str, most: int) -> Iterator[None]:
        """Leave a job's place to others while it waits for its account, if it may.

        At most `most` of them do, each account's fair share. Whoever comes back need
        not wait, so for a moment there may be more jobs than places.
        """
        free = most - len(self._outside)
        if not fair_share(free, list(self._outside.values()).count(account)):
            yield
            return
        self._outside[key] = account
        self._bell.ring()
        try:
            yield
        finally:
            del self._outside[key]

    def start(
        self, key: str, job: Coroutine[Any, Any, None], account: str = ""
    ) -> None:
        """Start a job; ring the loop's bell when it ends.

        Without an `account` the key is the account.
        """
        account = account or key
        if account in self._slow:
            self._aside.add(key)
        self._of[account] += 1
        self._jobs[key] = asyncio.create_task(self._run(key, job, account))

    async def finish(self) -> None:
        """Wait for every job under way."""
        while self._jobs:
            await asyncio.wait(self._jobs.values())

    async def cancel(self) -> None:
        """Cancel every job under way; each is safe to repeat."""
        for job in self._jobs.values():
            job.cancel()
        await self.finish()

    def _step_aside(self, key: str, account: str, hand: Hand) -> None:
        hand.give_up()
        if not self._places_aside:
            return
        self._slow.add(account)
        if len(self._aside) < self._places_aside:
            self._aside.add(key)
            self._bell.ring()

    async def _run(
        self, key: str, job: Coroutine[Any, Any, None], account: str
    ) -> None:
        try:
            await self._work(key, job, account)
        except (RedisError, OSError) as error:
            log.warning("redis_away", reason=explained(error))
            await asyncio.sleep(_REDIS_PAUSE_SECONDS)
        except Exception:
            log.exception("job_failed", room=self._name, job=key)
            await asyncio.sleep(_FAULT_PAUSE_SECONDS)
        finally:
            job.close()
            del self._jobs[key]
            self._aside.discard(key)
            self._of -= Counter([account])
            self._bell.ring()

    async def _work(
        self, key: str, job: Coroutine[Any, Any, None], account: str
    ) -> None:
        loop = asyncio.get_running_loop()
        hand = Hand(self._hands)
        await hand.take()
        slow_at = loop.time() + self._quick_seconds
        patience = loop.call_at(slow_at, self._step_aside, key, account, hand)
        try:
            await job
        finally:
            patience.cancel()
            hand.give_up()
            if loop.time() < slow_at:
                self._slow.discard(account)


def fair_share(free: int, has: int) -> int:
    """How many more places one may take who has `has`: two for each left free.

    So nobody ever takes the last places from those who come later.
    """
    return min(max((2 * free - has) // 3, int(not has)), free)
