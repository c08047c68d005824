"""What another account notices while strangers send all that they can, at once."""

import asyncio
import itertools
import json
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import (
    AbstractAsyncContextManager,
    ExitStack,
    asynccontextmanager,
    suppress,
)
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from time import perf_counter

import aiohttp

from bench.actors import attackers, bitrix24, posts
from bench.actors.attackers import told
from bench.actors.files import written
from bench.actors.load import Tally
from bench.goals import Measured, Outcome
from bench.processes import OTHER_CORE, Child, Failed, python
from bench.stage import Stage
from ticket24.domain.accounts.model import Account
from ticket24.portal.cookies import SESSION
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.sealing import Seal
from ticket24.store.sign_in.sessions import RedisSessions

SECONDS = 60

# What a service is started with as a rule; it may raise it.
_DESCRIPTORS = 1_024
_EVENTS_A_SECOND, _PAGES_A_SECOND = 10, 4
_MAIL_SECONDS, _LONGEST_SECONDS = 3.0, 30.0
_SLOW_MICROSECONDS = 10_000
_LIMIT = aiohttp.ClientTimeout(total=_LONGEST_SECONDS)


_FORM = {
    "Content-Type": "application/x-www-form-urlencoded",
    "X-Forwarded-For": "198.51.100.24",
}

# An address, and what a browser sends there.
Page = tuple[str, dict[str, str]]
Ask = Callable[[int], Coroutine[None, None, None]]
Answering = AbstractAsyncContextManager[aiohttp.ClientResponse]


@dataclass(slots=True)
class Probe:
    """What one kind of request took; what went wrong took as long as can be."""

    tally: Tally = field(default_factory=Tally)
    wrong: int = 0
    began: float = field(default_factory=perf_counter)
    ended: list[float] = field(default_factory=list)

    def note(self, seconds: float, *, good: bool) -> None:
        """Keep how one ended."""
        self.tally.seconds.append(seconds if good else _LONGEST_SECONDS)
        self.ended.append(perf_counter() - self.began)
        self.wrong += not good

    async def ask(self, asked: Answering) -> None:
        """Keep how long an answer took, to its end."""
        began, good = perf_counter(), False
        with suppress(aiohttp.ClientError, TimeoutError):
            async with asked as answer:
                await answer.read()
                good = answer.status == HTTPStatus.OK
        self.note(perf_counter() - began, good=good)

    def slowest(self) -> str:
        """Say when the slowest ended, in seconds from the start."""
        pairs = sorted(zip(self.tally.seconds, self.ended, strict=True))[-12:]
        return ", ".join(f"{at:.0f}" for at in sorted(at for _, at in pairs))

    def __str__(self) -> str:
        if not self.tally.seconds:
            return "none"
        p50, p95, p99, most = (
            f"{self.tally.percentile_ms(share):,.0f}" for share in (0.5, 0.95, 0.99, 1)
        )
        return (
            f"{len(self.tally.seconds)}, p50 {p50}, p95 {p95}, p99 {p99}, at most"
            f" {most} ms; {self.wrong} wrong"
        )


async def measure(stage: Stage, seconds: float = SECONDS) -> Outcome:
    """Attack one account for a while; ask for everything of the other meanwhile."""
    await stage.control.post("faults", {"slow_seconds": 0.1})
    async with _attacked(stage) as (ours, slug):
        pages = await _pages(ours)
        quiet, _ = await _probed(ours, pages, 5)
        before = await _megabytes(ours)
        await ours.redis.config_set("slowlog-log-slower-than", _SLOW_MICROSECONDS)
        await ours.redis.slowlog_reset()
        answers = stage.folder / "answers.json"
        with Child(
            "attackers",
            python(
                *(
                    "-m",
                    "bench.actors.attackers",
                    str(ours.web_port),
                    slug,
                    str(seconds),
                ),
                str(answers),
            ),
            cores=OTHER_CORE,
            folder=stage.folder,
        ) as storm:
            probes, late = await _probed(ours, pages, seconds)
            storm.finish(2 * _LONGEST_SECONDS)
        grown = await _megabytes(ours) - before
        slow = await _slow_commands(ours)
    await stage.control.post("faults", {"slow_seconds": 0})
    event, page, mail, _ = probes.values()
    return Outcome(
        (
            Measured("storm_event_p99_ms", event.tally.percentile_ms(0.99)),
            Measured("storm_page_p99_ms", page.tally.percentile_ms(0.99)),
            Measured("storm_mail_max_s", max(mail.tally.seconds)),
            Measured("storm_mails_lost", mail.wrong),
            Measured("storm_redis_mib", grown),
        ),
        (
            *(f"before, {name}: {probe}" for name, probe in quiet.items()),
            *(f"{name}: {probe}" for name, probe in probes.items()),
            f"the slowest events ended after {event.slowest()} s",
            f"the slowest pages ended after {page.slowest()} s",
            slow,
            f"our own loop was late by {late * 1000:.0f} ms at most",
            *told(json.loads(answers.read_text())),
        ),
    )


@asynccontextmanager
async def _attacked(stage: Stage) -> AsyncIterator[tuple[Stage, str]]:
    """Run `web` and `worker` with a second account, whose token was stolen."""
    answering = stage.folder / "asked.json"
    with ExitStack() as stack:
        stub = ("-m", "bench.actors.quiet", "2", "0", "0.1", str(answering))
        stack.enter_context(
            Child("quiet", python(*stub), cores=OTHER_CORE, folder=stage.folder)
        )
        account, oauth = written(answering)
        seal = Seal(stage.environment["TICKET24_SECRET_KEY"])
        await RedisAccounts(stage.redis, seal).add(
            Account(
                *("", "victim", 1, datetime.now(UTC), attackers.MEMBER_ID),
                imported=True,
            ),
            webhook_url=f"http://127.0.0.1:{account}/rest/1/quiet/",
            tokens=[attackers.TOKEN],
        )
        ours = replace(
            stage,
            environment=stage.environment
            | {
                "TICKET24_PROXIES": "1",
                "TICKET24_PUBLIC_URL": f"http://127.0.0.1:{stage.web_port}",
                "TICKET24_BITRIX24__CLIENT_ID": "local.bench",
                "TICKET24_BITRIX24__CLIENT_SECRET": "secret",
                "TICKET24_BITRIX24__OAUTH_URL": f"http://127.0.0.1:{oauth}",
            },
        )
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, hard))
        try:
            stack.enter_context(ours.web())
            stack.enter_context(ours.worker())
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        await ours.settled(30)
        yield ours, "victim"


async def _pages(stage: Stage) -> list[Page]:
    """Sign a customer in; return the list and a ticket, with what a browser sends."""
    world = await stage.control.get("world")
    task = world["tasks"][str(stage.ticket_ids[0])]
    contact = int(task["crm"][0].removeprefix("C_"))
    cookie = await RedisSessions(stage.redis).start(
        stage.account, (contact,), "customer@example.com", "Carla Customer"
    )
    headers = {"Cookie": f"{SESSION}={cookie}", "X-Forwarded-For": "192.0.2.7"}
    base = f"http://127.0.0.1:{stage.web_port}/p/bench/tickets"
    return [(base, headers), (f"{base}/{stage.ticket_ids[0]}", headers)]


async def _probed(
    stage: Stage, pages: list[Page], seconds: float
) -> tuple[dict[str, Probe], float]:
    """Ask for everything at a steady pace; return what it took."""
    address = f"http://127.0.0.1:{stage.web_port}"
    ids, until = stage.ticket_ids, perf_counter() + seconds
    event, page, mail, live = (Probe() for _ in range(4))
    async with aiohttp.ClientSession(timeout=_LIMIT) as session:

        async def post(body: bytes) -> None:
            await event.ask(
                session.post(f"{address}/bitrix24/events", data=body, headers=_FORM)
            )

        async def look(number: int) -> None:
            url, headers = pages[number % len(pages)]
            await page.ask(session.get(url, headers=headers, allow_redirects=False))

        async def knock(_: int) -> None:
            await live.ask(session.get(f"{address}/health/live"))

        async def answer(number: int) -> None:
            await _comment(stage, number, mail, post)

        async with asyncio.TaskGroup() as probes:
            probes.create_task(
                _at_rate(
                    _EVENTS_A_SECOND,
                    lambda number: post(posts.task_updated(ids[number % len(ids)])),
                    until,
                )
            )
            probes.create_task(_at_rate(_PAGES_A_SECOND, look, until))
            probes.create_task(_at_rate(2, knock, until))
            probes.create_task(_one_by_one(answer, until))
            late = probes.create_task(_lateness(until))
    found = {"events": event, "pages": page, "mails": mail, "health": live}
    return found, late.result()


async def _at_rate(rate: float, ask: Ask, until: float) -> None:
    """Ask at this rate, whether answers come or not."""
    began = perf_counter()
    async with asyncio.TaskGroup() as asked:
        for number in itertools.count(1):
            if perf_counter() >= until:
                return
            asked.create_task(ask(number))
            await asyncio.sleep(max(began + number / rate - perf_counter(), 0))


async def _one_by_one(ask: Ask, until: float) -> None:
    """Ask again some seconds after the last time, but not before the answer."""
    for number in itertools.count():
        if perf_counter() >= until:
            return
        again_at = min(perf_counter() + _MAIL_SECONDS, until)
        await ask(number)
        await asyncio.sleep(max(again_at - perf_counter(), 0))


async def _lateness(until: float) -> float:
    """Return by how much a pause of ours lasted too long at worst."""
    late = 0.0
    while (began := perf_counter()) < until:
        await asyncio.sleep(0.02)
        late = max(late, perf_counter() - began - 0.02)
    return late


async def _comment(
    stage: Stage, number: int, probe: Probe, post: Callable[[bytes], Awaitable[None]]
) -> None:
    """Let staff answer; note how long the mail took."""
    card, place = bitrix24.card_of(number), number % len(stage.ticket_ids)
    task_id = stage.ticket_ids[place]
    act = {
        "do": "comment",
        "user": bitrix24.STAFF[card],
        "task": task_id,
        "text": f"We have found the cause of fault {number}.",
    }
    made = await stage.control.post("act", act)
    began = perf_counter()
    await post(posts.comment_added(task_id, made["id"], card=card))
    try:
        while (mail := await stage.inbox.next(_LONGEST_SECONDS)).ticket != task_id:
            pass
    except Failed:
        probe.note(_LONGEST_SECONDS, good=False)
    else:
        probe.note(mail.at - began, good=True)


async def _slow_commands(stage: Stage) -> str:
    """Say which commands of Redis took long, and whether its disk did."""
    rows = await stage.redis.slowlog_get(128)
    worst = sorted(rows, key=lambda row: -int(row["duration"]))[:3]
    each = ", ".join(
        f"{int(row['duration']) / 1000:.0f} ms {bytes(row['command'])[:60]!r}"
        for row in worst
    )
    delayed = (await stage.redis.info("persistence"))["aof_delayed_fsync"]
    return f"Redis: {len(rows)} slow commands ({each}), {delayed} late writes to disk"


async def _megabytes(stage: Stage) -> float:
    return int((await stage.redis.info("memory"))["used_memory"]) / 2**20
