"""How fast events are accepted: ours, a bare handler, and saq behind aiohttp."""

import contextlib
import importlib.metadata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import platformdirs

from bench import posts
from bench.goals import Goal, Measured, Outcome
from bench.load import posters
from bench.processes import (
    ITS_CORE,
    OTHER_CORE,
    ROOT,
    Child,
    Failed,
    free_port,
    python,
    run,
)
from bench.stage import Stage
from ticket24.store import keys

CONNECTIONS = 64
ROUNDS = 5
WARM_SECONDS = 0.4
SECONDS = 2.0

SAQ = "saq[redis,hiredis]==0.26.4"
_SAQ_KEYS = "saq:*"

# The p99 of the best peer, and the share of it that we may take.
_P99_SHARE, _P99_AIM = 0.4, 0.25


@dataclass(frozen=True, slots=True)
class Round:
    """One server under load: what it took of a core, and how long it took."""

    per_cpu_second: float
    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Contender:
    """A server to load; `kept` counts what it has stored, `forget` empties it."""

    child: Child
    port: int
    kept: Callable[[], Awaitable[int]] | None = None
    forget: Callable[[], Awaitable[object]] | None = None


async def measure(stage: Stage) -> Outcome:
    """Load the three servers in turns and compare them within each turn."""
    with contextlib.ExitStack() as stack:
        contenders = _start(stage, stack)
        rounds: dict[str, list[Round]] = {name: [] for name in contenders}
        bodies = posts.mixed(stage.ticket_ids, 256)
        for _ in range(ROUNDS):
            for name, contender in contenders.items():
                rounds[name].append(await _load(name, contender, bodies))
    return Outcome(tuple(_numbers(rounds)), tuple(_remarks(rounds)))


def _start(stage: Stage, stack: contextlib.ExitStack) -> dict[str, Contender]:
    bare_port, saq_port = free_port(), free_port()
    bare = stack.enter_context(
        Child(
            "bare",
            python("-m", "bench.bare", str(bare_port)),
            cores=ITS_CORE,
            folder=stage.folder,
        )
    )
    bare.wait_for_http(f"http://127.0.0.1:{bare_port}/")
    ours = stack.enter_context(stage.web(ITS_CORE))
    contenders = {
        "bare": Contender(bare, bare_port),
        "ours": Contender(
            ours,
            stage.web_port,
            lambda: stage.redis.xlen(keys.JOURNAL),
            lambda: stage.redis.delete(keys.JOURNAL),
        ),
    }
    try:
        saq_python = saq_environment(stage)
    except Failed as fault:
        print(f"saq is left out: {fault}")
        return contenders
    arguments = (str(saq_port), stage.redis_url, posts.APPLICATION_TOKEN)
    saq = stack.enter_context(
        Child(
            "saq",
            [saq_python, ROOT / "bench" / "saq_web.py", *arguments],
            cores=ITS_CORE,
            folder=stage.folder,
        )
    )
    saq.wait_for_http(f"http://127.0.0.1:{saq_port}/")

    async def forget_jobs() -> None:
        async for key in stage.redis.scan_iter(_SAQ_KEYS, count=5_000):
            await stage.redis.unlink(key)

    contenders["saq"] = Contender(
        saq, saq_port, lambda: stage.redis.zcard("saq:bench:incomplete"), forget_jobs
    )
    return contenders


async def _load(name: str, contender: Contender, bodies: list[bytes]) -> Round:
    """Load one server; make sure that each 200 stands for something stored."""
    requests = [posts.request(body, contender.port) for body in bodies]
    with posters(contender.port, CONNECTIONS) as load:
        warm = load.post_for(WARM_SECONDS, requests)
        began, cpu_began = perf_counter(), contender.child.cpu_seconds()
        tally = load.post_for(SECONDS, requests)
        seconds = perf_counter() - began
        cpu = contender.child.cpu_seconds() - cpu_began
    if tally.refused:
        raise Failed(f"{name} refused {len(tally.refused)}: {tally.refused[0]!r}")
    kept = await contender.kept() if contender.kept else None
    if kept not in {None, warm.accepted + tally.accepted}:
        raise Failed(
            f"{name} accepted {warm.accepted + tally.accepted}, but stored {kept}"
        )
    if contender.forget:
        await contender.forget()
    return Round(
        tally.accepted / cpu,
        tally.accepted / seconds,
        tally.percentile_ms(0.5),
        tally.percentile_ms(0.99),
    )


def _numbers(rounds: dict[str, list[Round]]) -> list[Measured]:
    numbers = [Measured("accept_vs_bare", median(_ratios(rounds, "bare")))]
    p99 = median(one.p99_ms for one in rounds["ours"])
    if "saq" not in rounds:
        return [*numbers, Measured("accept_p99_ms", p99)]
    saq_p99 = median(one.p99_ms for one in rounds["saq"])
    return [
        *numbers,
        Measured("accept_vs_saq", median(_ratios(rounds, "saq"))),
        Measured(
            "accept_p99_ms", p99, Goal(_P99_SHARE * saq_p99, _P99_AIM * saq_p99)
        ),
    ]


def _ratios(rounds: dict[str, list[Round]], peer: str) -> list[float]:
    return [
        ours.per_cpu_second / other.per_cpu_second
        for ours, other in zip(rounds["ours"], rounds[peer], strict=True)
    ]


def _remarks(rounds: dict[str, list[Round]]) -> list[str]:
    lines = [
        f"{name}: {median(one.per_cpu_second for one in each):,.0f} per CPU-second,"
        f" {median(one.per_second for one in each):,.0f} per second,"
        f" p50 {median(one.p50_ms for one in each):.1f} ms,"
        f" p99 {median(one.p99_ms for one in each):.1f} ms"
        for name, each in rounds.items()
    ]
    for peer in rounds.keys() - {"ours"}:
        ratios = _ratios(rounds, peer)
        lines.append(
            f"ours / {peer}: {min(ratios):.2f} to {max(ratios):.2f}"
            f" in {ROUNDS} rounds of {SECONDS:.0f} s"
        )
    return lines


def saq_environment(stage: Stage) -> str:
    """Return the Python of a virtual environment with saq; make it if need be.

    It stands in the platform's cache folder, one for each set of versions.
    """
    wanted = [
        SAQ,
        f"aiohttp=={importlib.metadata.version('aiohttp')}",
        "redis>=7,<8",
        # saq imports it without asking for it.
        "typing_extensions",
    ]
    home = platformdirs.user_cache_path("ticket24") / "bench" / "saq-0.26.4"
    interpreter, stamp = home / "bin" / "python", home / "installed"
    if stamp.exists() and stamp.read_text() == "\n".join(wanted):
        return str(interpreter)
    print("installing saq, once, beside and not into the project's environment")
    uv = ROOT / ".venv" / "bin" / "uv"
    commands = [
        python("-m", "venv", "--clear", str(home)),
        [interpreter, "-m", "pip", "install", "--quiet", *wanted],
    ]
    if uv.exists():
        commands = [
            [uv, "venv", "--quiet", "--clear", "--python", python()[0], home],
            [uv, "pip", "install", "--quiet", "--python", interpreter, *wanted],
        ]
    for command in commands:
        run("install-saq", command, folder=stage.folder)
    stamp.write_text("\n".join(wanted))
    return str(interpreter)
