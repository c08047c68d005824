"""How long staff's words take to an open page, while very many others wait as well.

The pages behave as `live.js` does, so code that knows no waiting is asked every five
seconds: the same measurement tells how it was before.
"""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter

import aiohttp

from bench.actors import bitrix24, posts
from bench.actors.load import Tally, posters
from bench.goals import Measured, Outcome
from bench.measurements.accept import bodies_of_many
from bench.processes import ITS_CORE, OTHER_CORE, Child, Failed, python
from bench.stage import Stage
from ticket24.portal.cookies import SESSION
from ticket24.store import keys
from ticket24.store.sign_in.sessions import RedisSessions

PAGES = 5_000
COMMENTS = 100

_FIRST_CONTACT = 1_000_000
_PAUSES = (0.4, 0.9)
_LIMIT_SECONDS = 30
_NO_NEWS = 304
_POLL_SECONDS, _EARLY_SECONDS = 5.0, 1.0

_CONNECTIONS = 64
_ROUNDS, _ROUND_SECONDS = 10, 0.4


async def measure(stage: Stage) -> Outcome:
    """Open all pages; let staff write one comment at a time; restart `web`."""
    rolls = random.Random(24)
    proxied = stage.environment | {"TICKET24_PROXIES": "1"}
    ours = replace(stage, environment=proxied)
    requests = [
        posts.request(body, ours.web_port) for body in await bodies_of_many(ours)
    ]
    await ours.control.post("faults", {"slow_seconds": 0.1})
    with ExitStack() as stack:
        web = stack.enter_context(ours.web(ITS_CORE))
        alone = await _accepting(ours, web, requests)
        before = web.bytes_held()
        async with _crowd(ours) as crowd:
            await _all_there(ours, crowd)
            held = web.bytes_held() - before
            beside = await _accepting(ours, web, requests)
            idle = await _share_of_core(web)
            stack.enter_context(ours.worker())
            await ours.settled(_LIMIT_SECONDS)
            tally, asked = await _comments(ours, rolls)
            told = crowd.answers()
            stopped = await _restart(ours, web, stack, crowd)
    await ours.control.post("faults", {"slow_seconds": 0})
    while len(ours.inbox):
        await ours.inbox.next(1)
    numbers = {
        "live_p50_ms": tally.percentile_ms(0.50),
        "live_p99_ms": tally.percentile_ms(0.99),
        "live_page_kb": held / PAGES / 1_000,
        "live_accept_ratio": median(beside) / median(alone),
        "live_stop_s": stopped.seconds,
        "live_restart_max_ms": stopped.slowest_answer * 1_000,
    }
    worst = ", ".join(f"{one * 1000:.0f}" for one in sorted(tally.seconds)[-3:])
    return Outcome(
        tuple(Measured(name, value) for name, value in numbers.items()),
        (
            (
                f"{COMMENTS} comments, at best {min(tally.seconds) * 1000:.0f} ms,"
                f" at worst {worst} ms; the pages looked at asked {asked} times"
            ),
            f"{PAGES} pages take {idle:.0%} of web's core; answers: {told}",
            (
                f"accepting: {median(alone):,.0f} events per CPU-second alone,"
                f" {median(beside):,.0f} beside them"
            ),
            f"after the restart {stopped.came_back}",
        ),
    )


@dataclass(frozen=True, slots=True)
class _Crowd:
    """The process of all pages."""

    file: Path

    def answers(self) -> dict[str, int]:
        """Return how many answers of each status they had."""
        told = self.file.with_suffix(".answers")
        return dict(json.loads(told.read_text())["answers"]) if told.exists() else {}


@asynccontextmanager
async def _crowd(stage: Stage) -> AsyncIterator[_Crowd]:
    """Open one page each of very many customers, from as many addresses."""
    sessions = RedisSessions(stage.redis)
    pages = []
    for number in range(PAGES):
        cookie = await sessions.start(
            stage.account, (_FIRST_CONTACT + number,), f"c{number}@example.com", "C"
        )
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        headers = {"Cookie": f"{SESSION}={cookie}", "X-Forwarded-For": address}
        pages.append(("/p/bench/status.json", headers))
    file = stage.folder / "crowd.json"
    file.write_text(json.dumps(pages))
    command = python("-m", "bench.actors.waiters", str(stage.web_port), str(file))
    with Child("crowd", command, cores=OTHER_CORE, folder=stage.folder):
        yield _Crowd(file)


async def _all_there(stage: Stage, crowd: _Crowd) -> None:
    """Wait until every page waits; if none can, until each has asked twice."""
    until = perf_counter() + _LIMIT_SECONDS * 2
    while perf_counter() < until:
        waiting = await _waiting(stage)
        answers = sum(crowd.answers().values())
        if waiting == PAGES or (waiting is None and answers >= 2 * PAGES):
            return
        await asyncio.sleep(0.5)
    raise Failed(f"{waiting} pages wait instead of {PAGES}: {crowd.answers()}")


async def _waiting(stage: Stage) -> int | None:
    """Return how many pages wait; None if this `web` knows no waiting."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{stage.web_port}/metrics") as answer,
    ):
        found = re.search(r"(?m)^ticket24_pages_waiting (\d+)", await answer.text())
    return int(found[1]) if found else None


async def _accepting(stage: Stage, web: Child, requests: list[bytes]) -> list[float]:
    """Return how many events are accepted per CPU-second, round by round."""
    rates = []
    with posters(stage.web_port, _CONNECTIONS) as load:
        load.post_for(_ROUND_SECONDS, requests)
        for _ in range(_ROUNDS):
            began = web.cpu_seconds()
            tally = load.post_for(_ROUND_SECONDS, requests)
            if tally.refused:
                raise Failed(f"an event was refused: {tally.refused[0]!r}")
            rates.append(tally.accepted / (web.cpu_seconds() - began))
            # The crowd, which shares this core with us, has its turn.
            await asyncio.sleep(_ROUND_SECONDS)
    await stage.redis.unlink(keys.JOURNAL)
    return rates


async def _share_of_core(web: Child) -> float:
    """Return which share of its core the waiting takes."""
    began, cpu = perf_counter(), web.cpu_seconds()
    await asyncio.sleep(10)
    return (web.cpu_seconds() - cpu) / (perf_counter() - began)


@dataclass(slots=True)
class _OpenTicket:
    """A customer's open page, as a browser with `live.js` has it."""

    session: aiohttp.ClientSession
    base: str
    headers: dict[str, str]
    etag: str = ""
    asked: int = 0

    async def open(self, task_id: int) -> str:
        """Load the page of a ticket."""
        address = f"{self.base}/tickets/{task_id}"
        async with self.session.get(address, headers=self.headers) as answer:
            return await answer.text()

    async def settle(self) -> None:
        """Ask until nothing is new: what was read is noted after it is shown."""
        for _ in range(3):
            await self._ask("")
            await asyncio.sleep(0.02)

    async def changed(self) -> None:
        """Wait until something is new, as long as it takes."""
        while True:
            began = perf_counter()
            status, again = await self._ask("?wait=25")
            if status != _NO_NEWS:
                return
            if again or perf_counter() - began < _EARLY_SECONDS:
                await asyncio.sleep(again or _POLL_SECONDS)

    async def _ask(self, query: str) -> tuple[int, float]:
        self.asked += 1
        headers = self.headers | {"If-None-Match": self.etag or '"none"'}
        address = f"{self.base}/status.json{query}"
        async with self.session.get(address, headers=headers) as answer:
            await answer.read()
            self.etag = answer.headers["ETag"]
            return answer.status, float(answer.headers.get("Retry-After", 0))


async def _comments(stage: Stage, rolls: random.Random) -> tuple[Tally, int]:
    """Return how long each comment took to the open page, and what that page asked."""
    tally, asked = Tally(), 0
    world = await stage.control.get("world")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        for number in range(COMMENTS):
            task_id = stage.ticket_ids[number % len(stage.ticket_ids)]
            contact = int(world["tasks"][str(task_id)]["crm"][0].removeprefix("C_"))
            cookie = await RedisSessions(stage.redis).start(
                stage.account, (contact,), "customer@example.com", "Carla Customer"
            )
            headers = {"Cookie": f"{SESSION}={cookie}", "X-Forwarded-For": "192.0.2.7"}
            base = f"http://127.0.0.1:{stage.web_port}/p/bench"
            page = _OpenTicket(session, base, headers)
            await page.open(task_id)
            await page.settle()
            waiting = asyncio.create_task(page.changed())
            await asyncio.sleep(rolls.uniform(*_PAUSES))
            tally.seconds.append(await _comment(stage, number, task_id, page, waiting))
            asked += page.asked
    return tally, asked


async def _comment(
    stage: Stage,
    number: int,
    task_id: int,
    page: _OpenTicket,
    waiting: asyncio.Task[None],
) -> float:
    """Return the seconds from the post of the event to the page that shows it."""
    card = bitrix24.card_of(number % len(stage.ticket_ids))
    text = f"We have found the cause of fault {number} and are on it."
    act = {"do": "comment", "user": bitrix24.STAFF[card], "task": task_id, "text": text}
    made = await stage.control.post("act", act)
    event = posts.comment_added(task_id, made["id"], card=card)
    began = perf_counter()
    with posters(stage.web_port, 1) as load:
        load.post_all([posts.request(event, stage.web_port)])
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            while text not in await _page_after(page, task_id, waiting):
                waiting = asyncio.create_task(page.changed())
    except TimeoutError:
        raise Failed(f"comment {number} did not come to the page") from None
    return perf_counter() - began


async def _page_after(
    page: _OpenTicket, task_id: int, waiting: asyncio.Task[None]
) -> str:
    """Return the page that is loaded when something is new."""
    await waiting
    return await page.open(task_id)


@dataclass(frozen=True, slots=True)
class _Restart:
    """How long `web` took to stop, and what it was like when all came back."""

    seconds: float
    slowest_answer: float
    came_back: str


async def _restart(
    stage: Stage, web: Child, stack: ExitStack, crowd: _Crowd
) -> _Restart:
    """Restart `web`, and ask for its health until all pages wait again."""
    before = crowd.answers()
    began = perf_counter()
    web.stop(_LIMIT_SECONDS)
    seconds = perf_counter() - began
    stack.enter_context(stage.web(ITS_CORE))
    up_at, slowest = perf_counter(), 0.0
    address = f"http://127.0.0.1:{stage.web_port}/health/live"
    waiting: int | None = 0
    async with aiohttp.ClientSession() as session:
        while waiting != PAGES and perf_counter() < up_at + _LIMIT_SECONDS:
            for _ in range(20):
                asked_at = perf_counter()
                async with session.get(address) as answer:
                    await answer.read()
                slowest = max(slowest, perf_counter() - asked_at)
                await asyncio.sleep(0.05)
            waiting = await _waiting(stage)
    took = perf_counter() - up_at
    await asyncio.sleep(1)
    after = crowd.answers()
    more = {name: after[name] - before.get(name, 0) for name in after}
    told = f"{waiting} pages waited again within {took:.0f} s; meanwhile {more}"
    return _Restart(seconds, slowest, told)
