"""The events that an account sends: once each, late, in no order (platform.md 1.2).

Every scalar is text, nothing is signed, and nobody is told whether it arrived. A
handler that answers slowly is called at growing intervals (platform.md 1.5).
"""

import asyncio
import random
from dataclasses import dataclass, field
from time import monotonic

import aiohttp
from aiohttp import web

from bitrix24_sandbox.account.records import Event
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.outgoing.pace import Pace
from bitrix24_sandbox.outgoing.subscribers import Letter, letters

USER_AGENT = "Bitrix24 Webhook Engine"
TIMEOUT_SECONDS = 5
MOST_AT_ONCE = 50
# An event that is to come late is held this many times the longest delay.
_HELD_BACK = 3
_OUTCOMES_KEPT = 500


@dataclass
class Sender:
    """Sends every event to the webhooks and applications that want it.

    `outcomes` holds, by the event's number, words about what became of each copy of the
    latest events.
    """

    world: World
    session: aiohttp.ClientSession
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    waiting: set[asyncio.Task[None]] = field(default_factory=set)
    outcomes: dict[int, list[str]] = field(default_factory=dict)
    paces: dict[int, Pace] = field(default_factory=dict)
    patience_seconds: float = TIMEOUT_SECONDS
    slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE)
    )

    def hear(self, event: Event) -> None:
        """Plan the deliveries of one event, with the account's faults."""
        if event.unheard:
            self._note(event, "told to nobody: the loop guard of its token ran out")
        for letter in letters(self.world, event):
            faults = self.world.faults
            if _chance(faults.event_drop):
                self.dropped += 1
                self._note(event, "lost on purpose")
                continue
            copies = 2 if _chance(faults.event_double) else 1
            for _ in range(copies):
                self._plan(letter, event)

    async def idle(self) -> None:
        """Wait until nothing is on its way."""
        while self.waiting:
            await asyncio.wait(self.waiting)

    async def close(self) -> None:
        """Drop everything that is still on its way."""
        for task in self.waiting:
            task.cancel()
        await asyncio.gather(*self.waiting, return_exceptions=True)
        await self.session.close()

    def _plan(self, letter: Letter, event: Event) -> None:
        faults = self.world.faults
        delay = random.uniform(faults.delay_min, faults.delay_max)  # noqa: S311 - Chance, not secrecy.
        if _chance(faults.event_reorder):
            delay += faults.delay_max * _HELD_BACK
        task = asyncio.create_task(self._deliver(letter, event, delay))
        self.waiting.add(task)
        task.add_done_callback(self.waiting.discard)

    async def _deliver(self, letter: Letter, event: Event, delay: float) -> None:
        await asyncio.sleep(delay)
        pace = self.paces.setdefault(letter.number, Pace())
        await pace.turn()
        async with self.slots:
            started = monotonic()
            delivered, outcome = await self._post(letter)
        pace.answered(started, self.world.switches.slow_handler_seconds)
        self.sent += delivered
        self.failed += not delivered
        self._note(event, outcome)

    async def _post(self, letter: Letter) -> tuple[bool, str]:
        patience = aiohttp.ClientTimeout(total=self.patience_seconds)
        try:
            async with self.session.post(
                letter.url, data=letter.body, timeout=patience
            ) as response:
                word = "delivered" if response.ok else "refused"
                return response.ok, f"{word} ({response.status})"
        except TimeoutError:
            return False, "no answer in time"
        except (aiohttp.ClientError, OSError):
            return False, "not reachable"

    def _note(self, event: Event, outcome: str) -> None:
        self.outcomes.setdefault(event.number, []).append(outcome)
        if len(self.outcomes) > _OUTCOMES_KEPT:
            del self.outcomes[next(iter(self.outcomes))]


SENDER: web.AppKey[Sender] = web.AppKey("SENDER", Sender)


def open_session() -> aiohttp.ClientSession:
    """Open the client that sends, with the headers of Bitrix24's queue."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True, limit=MOST_AT_ONCE),
        headers={
            "User-Agent": USER_AGENT,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept-Encoding": "gzip",
            "Connection": "close",
        },
        skip_auto_headers={"Accept"},
    )


def _chance(rate: float) -> bool:
    return random.random() < rate  # noqa: S311 - Chance, not secrecy.
