"""How fast events are accepted: ours, a bare handler, and saq behind aiohttp."""

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Self

from bench.actors import posts
from bench.actors.load import Posters, Tally, posters
from bench.goals import Goal, Measured, Outcome
from bench.peers import saq_home
from bench.processes import ITS_CORE, Child, Failed, free_port, python
from bench.stage import Stage
from ticket24.domain.accounts.model import Account
from ticket24.store import keys
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.sealing import Seal

CONNECTIONS = 64
# Other measurements have an account of their own, and a token has one owner.
_TOKEN = "acceptacceptacceptacceptaccept24"
# One account's events would go beyond its budget.
ACCOUNTS = 128
# Short, because a machine's speed changes within seconds and a round compares.
ROUNDS = 25
SECONDS = 0.4
_WARM_SECONDS = 0.1

# The p99 of the best peer, and the share of it that we may take.
_P99_SHARE, _P99_AIM = 0.4, 0.25


@dataclass(slots=True)
class Contender:
    """A server to load; `kept` counts what it has stored, `forget` empties it."""

    name: str
    child: Child
    port: int
    kept: Callable[[], Awaitable[int]] | None = None
    forget: Callable[[], Awaitable[object]] | None = None
    per_cpu_second: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    answers: Tally = field(default_factory=Tally)

    async def measure(self, load: Posters, requests: list[bytes]) -> None:
        """Load it for one round; make sure that each 200 stands for an event kept."""
        warm = load.post_for(_WARM_SECONDS, requests)
        began, cpu_began = perf_counter(), self.child.cpu_seconds()
        tally = load.post_for(SECONDS, requests)
        seconds = perf_counter() - began
        cpu = self.child.cpu_seconds() - cpu_began
        if refused := warm.refused + tally.refused:
            raise Failed(f"{self.name} refused {len(refused)}: {refused[0]!r}")
        if self.kept and self.forget:
            accepted, kept = warm.accepted + tally.accepted, await self.kept()
            if kept != accepted:
                raise Failed(f"{self.name} accepted {accepted}, but stored {kept}")
            await self.forget()
        self.per_cpu_second.append(tally.accepted / cpu)
        self.per_second.append(tally.accepted / seconds)
        self.answers.seconds += tally.seconds

    def ratios(self, peer: Self) -> list[float]:
        """Compare requests per CPU-second, round by round."""
        pairs = zip(self.per_cpu_second, peer.per_cpu_second, strict=True)
        return [mine / theirs for mine, theirs in pairs]

    def __str__(self) -> str:
        return (
            f"{self.name}: {median(self.per_cpu_second):,.0f} per CPU-second,"
            f" {median(self.per_second):,.0f} per second,"
            f" p50 {self.answers.percentile_ms(0.5):.1f} ms,"
            f" p99 {self.answers.percentile_ms(0.99):.1f} ms"
        )


async def measure(stage: Stage) -> Outcome:
    """Load the servers in turns and compare them within each round."""
    bodies = await bodies_of_many(stage)
    # Events of another measurement, which would be counted as ours.
    await stage.redis.unlink(keys.JOURNAL)
    with contextlib.ExitStack() as stack:
        bare = _start_bare(stage, stack)
        ours = _start_ours(stage, stack)
        peers = [bare, *_start_saq(stage, stack)]
        loads = [
            (
                one,
                stack.enter_context(posters(one.port, CONNECTIONS)),
                [posts.request(body, one.port) for body in bodies],
            )
            for one in (ours, *peers)
        ]
        for _ in range(ROUNDS):
            for one, load, requests in loads:
                await one.measure(load, requests)
            # Nobody always comes after the same one.
            loads = [*loads[1:], loads[0]]
    return Outcome(tuple(_numbers(ours, peers)), tuple(_remarks(ours, peers)))


async def bodies_of_many(stage: Stage) -> list[bytes]:
    """Connect so many accounts, all with the same token; return events of theirs."""
    accounts = RedisAccounts(
        stage.redis, Seal(stage.environment["TICKET24_SECRET_KEY"])
    )
    for number in range(ACCOUNTS):
        member_id = posts.member(number)
        slug, now = f"bench-{number}", datetime.now(UTC)
        await accounts.add(
            Account("", slug, 1, now, member_id=member_id),
            tokens=[_TOKEN],
        )
    return [
        posts.of_member(body, posts.member(number % ACCOUNTS)).replace(
            posts.APPLICATION_TOKEN.encode(), _TOKEN.encode()
        )
        for number, body in enumerate(posts.mixed(stage.ticket_ids, 256))
    ]


def _start_bare(stage: Stage, stack: contextlib.ExitStack) -> Contender:
    port = free_port()
    command = python("-m", "bench.peers.bare", str(port))
    child = Child("bare", command, cores=ITS_CORE, folder=stage.folder)
    stack.enter_context(child).wait_for_http(f"http://127.0.0.1:{port}/")
    return Contender("bare", child, port)


def _start_ours(stage: Stage, stack: contextlib.ExitStack) -> Contender:
    return Contender(
        "ours",
        stack.enter_context(stage.web(ITS_CORE)),
        stage.web_port,
        partial(stage.redis.xlen, keys.JOURNAL),
        partial(stage.redis.unlink, keys.JOURNAL),
    )


def _start_saq(stage: Stage, stack: contextlib.ExitStack) -> list[Contender]:
    """Start the peer; none where it cannot be installed."""
    try:
        interpreter = saq_home.interpreter(stage.folder)
    except Failed as fault:
        print(f"saq is left out: {fault}")
        return []
    port = free_port()
    arguments = (str(port), stage.redis_url, _TOKEN)
    command: list[str | Path] = [interpreter, saq_home.SERVER, *arguments]
    child = Child("saq", command, cores=ITS_CORE, folder=stage.folder)
    stack.enter_context(child).wait_for_http(f"http://127.0.0.1:{port}/")

    async def forget() -> None:
        found = [key async for key in stage.redis.scan_iter("saq:*", count=5_000)]
        await stage.redis.unlink(*found)

    queued = partial(stage.redis.llen, "saq:bench:queued")
    return [Contender("saq", child, port, queued, forget)]


def _numbers(ours: Contender, peers: list[Contender]) -> Iterator[Measured]:
    p99_goal = None
    for peer in peers:
        yield Measured(f"accept_vs_{peer.name}", median(ours.ratios(peer)))
        if peer.name == "saq":
            p99 = peer.answers.percentile_ms(0.99)
            p99_goal = Goal(_P99_SHARE * p99, _P99_AIM * p99)
    yield Measured("accept_p99_ms", ours.answers.percentile_ms(0.99), p99_goal)


def _remarks(ours: Contender, peers: list[Contender]) -> Iterator[str]:
    yield from map(str, (ours, *peers))
    for peer in peers:
        low, middle, high = quantiles(ours.ratios(peer), n=4)
        yield (
            f"ours / {peer.name}: {middle:.2f}; half of {ROUNDS} rounds"
            f" between {low:.2f} and {high:.2f}"
        )
