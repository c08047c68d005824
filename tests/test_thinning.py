"""What is told once, and what is never left out."""

import asyncio
import errno
import io
import json
import logging
import tracemalloc
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog

import ticket24
from ticket24.telemetry import logs, thinning
from ticket24.telemetry.counters import Faults
from ticket24.telemetry.thinning import MOST, SECONDS, Thinner
from ticket24.worker.loops import Bell, Crew, turns


class Clock:
    """Time that passes when a test says so."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def faults():
    return Faults()


@pytest.fixture
def lines(monkeypatch, clock, faults):
    """Log as in production, by a clock of our own; return what was written since."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configured = structlog.get_config()
    root.handlers.clear()
    stderr = io.StringIO()
    monkeypatch.setattr("ticket24.telemetry.logs.sys", SimpleNamespace(stderr=stderr))
    logs.configure("json", "info", clock, faults)

    def read():
        written = [json.loads(line) for line in stderr.getvalue().splitlines()]
        stderr.seek(0)
        stderr.truncate()
        return written

    yield read

    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configured)


def told(lines, *fields):
    return [tuple(line.get(field) for field in fields) for line in lines]


def refuse(member_id, times=1):
    for _ in range(times):
        structlog.get_logger().warning("event_not_admitted", member_id=member_id)


def test_what_repeats_is_told_once_a_minute_with_its_number(lines, clock):
    """58 equal lines are one; the next minute's tells of the 57."""
    refuse("abc", 58)

    assert [("abc", None)] == told(lines(), "member_id", "repeated")

    clock.now += SECONDS
    refuse("abc", 3)
    clock.now += SECONDS
    refuse("abc")
    clock.now += SECONDS
    refuse("abc")

    assert [57, 2, None] == [line.get("repeated") for line in lines()]


def test_different_things_are_told_apart(lines):
    """Another account, another reason, another fault in another place: another line."""
    refuse("abc", 3)
    refuse("def", 3)
    log = structlog.get_logger()
    for _ in range(3):
        log.info("frame_refused", reason="expired")
        log.info("frame_refused", reason="expired", missing=["crm"])
        for wrong in ({}["x"] for _ in range(1)), (int("x") for _ in range(1)):
            try:
                list(wrong)
            except (KeyError, ValueError):
                log.exception("page_failed", route="/p/{slug}/")

    assert [
        ("event_not_admitted", "abc"),
        ("event_not_admitted", "def"),
        ("frame_refused", None),
        ("frame_refused", None),
        ("page_failed", None),
        ("page_failed", None),
    ] == told(lines(), "event", "member_id")


def test_what_operators_need_is_never_thinned(lines):
    """Every mail and every command has its line."""
    for event in ("letter_delivered", "command_done", "web_started", "bound"):
        for _ in range(3):
            structlog.get_logger().info(event, account="acme")

    assert 12 == len(lines())


def test_made_up_things_fill_neither_log_nor_memory(lines, clock):
    """Some of 2,000 different accounts in a minute are shown, the rest counted."""
    for number in range(2_000):
        refuse(f"m{number}")

    assert MOST + 1 == len(lines())

    clock.now += SECONDS
    refuse("late")
    refuse("late")
    refuse("later")

    assert [("late", None, None), ("later", None, None)] == told(
        lines(), "member_id", "repeated", "others"
    )
    for number in range(MOST):
        refuse(f"n{number}")

    assert [2_000 - MOST - 1] == [
        line["others"] for line in lines() if line.get("others")
    ]


def test_counts_of_what_is_forgotten_are_told_later(clock):
    """No line that was left out is left out of the counts."""
    thinner = Thinner(clock)
    added, shown = [], 0
    for minute in range(5):
        for number in range(3 * MOST):
            for _ in range(3):
                line = thinner.admit("name", (minute, number))
                shown += line is not None
                added.append(line or {})
        clock.now += SECONDS
    for number in range(MOST):
        line = thinner.admit("name", number)
        shown += line is not None
        added.append(line or {})

    counted = sum(sum(line.values()) for line in added)
    assert 5 * 9 * MOST + MOST == counted + shown


def test_memory_stays_small(clock):
    """Any number of different things of one name need no more room than twenty."""
    thinner = Thinner(clock)
    tracemalloc.start()
    for number in range(10_000):
        thinner.admit("name", str(number) * 20)
        clock.now += 0.01
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 20_000


@pytest.mark.parametrize("name", ["aiohttp.server", "asyncio", "aiohttp.internal"])
def test_libraries_complain_once_a_minute(lines, clock, name):
    """A connection's trouble is known by its words, whichever connection it was."""
    for number in range(5):
        logging.getLogger(name).error("Trouble with %s\nand more", number)
    clock.now += SECONDS
    logging.getLogger(name).error("Trouble with %s\nand more", 6)
    logging.getLogger("redis").error("Trouble with %s", 7)
    logging.getLogger("redis").error("Trouble with %s", 7)

    assert [
        "Trouble with 0\nand more",
        "Trouble with 6\nand more (repeated=4)",
        "Trouble with 7",
        "Trouble with 7",
    ] == [line["event"] for line in lines()]


def test_warnings_are_lines_like_others(lines):
    """A library's warning is thinned, and the secrets in it are hidden."""
    with warnings.catch_warnings():
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.simplefilter("always")
        for number in range(5):
            warnings.warn(f"odd: token=hush{number}", RuntimeWarning, stacklevel=1)

    (line,) = lines()
    assert "odd: token=***" in line["event"]


def test_thinned_lines_are_written_somewhere():
    """No name in the list is one that nothing writes."""
    modules = Path(ticket24.__file__).parent.rglob("*.py")
    sources = " ".join(m.read_text() for m in modules if m.stem != "thinning")

    assert set() == {name for name in thinning.THINNED if f'"{name}"' not in sources}


def test_faults_are_counted_where_they_are_not_written(lines, faults):
    """The doctor reports each of them; the faults of others are not ours."""
    log = structlog.get_logger()
    for _ in range(3):
        log.error("page_failed", route="/p/{slug}/login")
    log.warning("account_away", account="acme")

    assert 2 == len(lines())
    assert {"page_failed": 3} == faults.of_late()


def test_faults_are_forgotten_after_an_hour(clock):
    """What was put right is not news the day after, and memory is bounded."""
    faults = Faults(clock)
    for _ in range(5_000):
        faults.note("job_failed")
    many = faults.of_late()
    clock.now += 3_601.0

    assert {"job_failed": 1_000} == many
    assert {} == faults.of_late()


async def test_redis_that_is_away_is_one_line_of_a_process(lines):
    """Whichever loops and jobs ask it, with the cause and what mends it; and so is
    that it is back.
    """
    stop, bell, tries = asyncio.Event(), Bell(), 0

    async def turn():
        nonlocal tries
        tries += 1
        bell.ring()
        if tries > 6:
            stop.set()
            return True
        raise OSError(errno.ECONNREFUSED, "Connection refused")

    async def job():
        raise OSError(errno.ECONNREFUSED, "Connection refused")

    crew = Crew("mailing", 2, bell)
    crew.start("acme", job())
    await asyncio.gather(
        *(turns(n, turn, bell, pause_seconds=0, stop=stop) for n in ("a", "b")),
        crew.finish(),
    )
    written = lines()

    assert ["redis_away", "redis_back"] == [line["event"] for line in written]
    assert "systemctl start redis-server" in written[0]["reason"]
    assert "exception" not in written[0]
