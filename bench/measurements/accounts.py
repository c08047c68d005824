"""Whether one worker asks many quiet accounts in time, though each answers slowly."""

import asyncio
import itertools
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from bench.goals import Goal, Measured, Outcome
from bench.processes import ITS_CORE, OTHER_CORE, Child, Failed, python
from bench.stage import Stage
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.embedded import EmbeddedRedis
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.accounts.sweeps import RedisSweeps
from ticket24.store.connection import connect
from ticket24.store.sealing import Seal

QUIET, HANGING = 3_000, 600
BITRIX24_SECONDS = 0.5
SWEEP_SECONDS = 60

# All of them are due at once, as after an hour without a worker; what is measured is
# the minute after the first.
_FIRST_SECONDS = 65
_SETTINGS = AccountSettings(departments=(Department(7, "Support"),))


@dataclass(frozen=True, slots=True)
class Minute:
    """What was seen of a worker in one minute."""

    asked: int
    late_seconds: float
    cpu_share: float
    mebibytes: float
    first_round_seconds: float


async def measure(stage: Stage) -> Outcome:
    """Let a worker ask them for two minutes; look at the second."""
    minute = await _minute(stage.folder)
    return Outcome(
        (
            # What falls due in the last instant is asked in the next minute.
            Measured(
                "accounts_per_minute",
                minute.asked,
                Goal(QUIET * 0.99, QUIET * 0.99, at_least=True),
            ),
            Measured("accounts_late_s", minute.late_seconds),
            Measured("accounts_cpu_percent", minute.cpu_share * 100),
            Measured("accounts_worker_mib", minute.mebibytes),
        ),
        (
            (
                f"{QUIET:,} accounts that answer after {BITRIX24_SECONDS} s,"
                f" and {HANGING} that never do"
            ),
            (
                "all were due at once, the last of the quiet was asked"
                f" {minute.first_round_seconds:.0f} s later"
            ),
        ),
    )


async def _minute(folder: Path) -> Minute:
    place = folder / "accounts"
    place.mkdir()
    asked = place / "asked.json"
    environment = {
        "TICKET24_DATA_DIR": str(place),
        "TICKET24_SECRET_KEY": secrets.token_hex(32),
        "TICKET24_SMTP_URL": "smtp://127.0.0.1:9?starttls=never",
        "TICKET24_MAIL_FROM": "Bench <bench@example.com>",
        "TICKET24_BITRIX24__ALLOW_LOOPBACK": "true",
        "TICKET24_SWEEP_SECONDS": str(SWEEP_SECONDS),
    }
    numbers = map(str, (QUIET, HANGING, BITRIX24_SECONDS))
    command = ("-m", "bench.actors.quiet", *numbers, str(asked))
    with (
        EmbeddedRedis(place) as server,
        Child("quiet", python(*command), cores=OTHER_CORE, folder=place),
    ):
        ports = written(asked)
        await _connect(server.url, environment["TICKET24_SECRET_KEY"], ports)
        began = monotonic()
        with Child(
            "worker",
            python("-m", "ticket24", "worker"),
            cores=ITS_CORE,
            folder=place,
            environment=environment | {"TICKET24_REDIS_URL": server.url},
        ) as worker:
            worker.wait_for_line("worker_started")
            await asyncio.sleep(_FIRST_SECONDS)
            since, cpu = monotonic(), worker.cpu_seconds()
            await asyncio.sleep(SWEEP_SECONDS)
            until = monotonic()
            cpu_share = (worker.cpu_seconds() - cpu) / (until - since)
            mebibytes = worker.most_mebibytes()
    times = _times(asked)[:QUIET]
    return Minute(
        sum(since <= at < until for each in times for at in each),
        max(_late(each, since, until) for each in times),
        cpu_share,
        mebibytes,
        max(each[0] if each else until for each in times) - began,
    )


async def _connect(url: str, key: str, ports: Sequence[int]) -> None:
    """Keep an account for each port; each was due an hour ago."""
    async with connect(url) as redis:
        accounts, sweeps = RedisAccounts(redis, Seal(key)), RedisSweeps(redis)
        for port in ports:
            account = await accounts.add(
                Account(
                    *("", f"quiet-{port}", 1, datetime.now(UTC) - timedelta(hours=1)),
                    imported=True,
                    settings=_SETTINGS,
                ),
                webhook_url=f"http://127.0.0.1:{port}/rest/1/quiet/",
            )
            await sweeps.add(account.id)


def _late(times: Sequence[float], since: float, until: float) -> float:
    """Return by how much its longest wait in the minute was longer than allowed."""
    before = [at for at in times if at < since][-1:] or [since - SWEEP_SECONDS]
    marks = [*before, *(at for at in times if since <= at < until), until]
    waits = (after - at for at, after in itertools.pairwise(marks))
    return max(0.0, max(waits) - SWEEP_SECONDS)


def _times(file: Path) -> list[list[float]]:
    """Read when each was asked, which took the place of the ports."""
    times: list[list[float]] = json.loads(file.read_text())
    return times


def written(file: Path) -> list[int]:
    """Wait for what the stub writes, and read it."""
    for _ in range(2_000):
        if file.exists():
            ports: list[int] = json.loads(file.read_text())
            return ports
        time.sleep(0.01)
    raise Failed(f"{file} was not written")
