"""Whether one worker asks many quiet accounts in time, beside busy ones.

All of them answer slowly, and so does the mail server.
"""

import asyncio
import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from bench.actors.files import write_at_once, written
from bench.actors.load import Tally
from bench.actors.relay import Relay, listening
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

QUIET, HANGING, BUSY = 3_000, 600, 50
BITRIX24_SECONDS = 0.5
SWEEP_SECONDS = 60

# All of them are due at once, as after an hour without a worker; what is measured is
# the minute after the first.
_FIRST_SECONDS = 65
_LAST_SECONDS = 15
# Tickets are there already, so nobody is told of new ones.
_SETTINGS = AccountSettings(
    departments=(Department(7, "Support"),), created_mails=False
)


@dataclass(frozen=True, slots=True)
class Minute:
    """What was seen of a worker in one minute."""

    asked: int
    late_seconds: float
    cpu_share: float
    waited_share: float
    mebibytes: float
    first_round_seconds: float
    answers: int
    mails: int
    mail_delays: Tally


async def measure(stage: Stage) -> Outcome:
    """Let a worker ask them for two minutes; look at the second."""
    minute = await _minute(stage.folder / "accounts")
    delays = minute.mail_delays
    return Outcome(
        (
            # What falls due in the last instant is asked in the next minute.
            Measured(
                "accounts_per_minute",
                minute.asked,
                Goal(QUIET * 0.99, QUIET * 0.99, at_least=True),
            ),
            Measured("accounts_late_s", minute.late_seconds),
            Measured("accounts_busy_mail_p99_s", delays.percentile_ms(0.99) / 1_000),
            Measured("accounts_cpu_percent", minute.cpu_share * 100),
            Measured("accounts_worker_mib", minute.mebibytes),
        ),
        (
            (
                f"{QUIET:,} accounts that answer after {BITRIX24_SECONDS} s,"
                f" {HANGING} that never do, and {BUSY} in which staff answer a ticket"
                " a second"
            ),
            (
                f"{delays.accepted:,} of {minute.answers:,} answers went out in"
                f" {minute.mails:,} mails, p50 {delays.percentile_ms(0.5) / 1_000:.1f}"
                " s after they were written"
            ),
            (
                "all were due at once, the last of the quiet was asked"
                f" {minute.first_round_seconds:.0f} s later; for"
                f" {minute.waited_share:.0%} of the minute others had the worker's core"
            ),
        ),
    )


async def _minute(place: Path) -> Minute:
    await asyncio.to_thread(place.mkdir)
    asked = place / "asked.json"
    relay, key = Relay(), secrets.token_hex(32)
    numbers = map(str, (QUIET, HANGING, BITRIX24_SECONDS))
    quiet = python("-m", "bench.actors.quiet", *numbers, str(asked))
    busy = python(
        "-m", "bench.actors.busy", str(BUSY), str(BITRIX24_SECONDS), str(place)
    )
    async with listening(relay) as smtp:
        with (
            EmbeddedRedis(place) as server,
            Child("quiet", quiet, cores=OTHER_CORE, folder=place),
            Child("busy", busy, cores=OTHER_CORE, folder=place),
        ):
            await _connect(server.url, key, written(asked), "quiet")
            ids = await _connect(server.url, key, written(place / "ports.json"), "busy")
            connected = {"redis": server.url, "accounts": ids}
            began = monotonic()
            with Child(
                "worker",
                python("-m", "ticket24", "worker"),
                cores=ITS_CORE,
                folder=place,
                environment={
                    "TICKET24_REDIS_URL": server.url,
                    "TICKET24_DATA_DIR": str(place),
                    "TICKET24_SECRET_KEY": key,
                    "TICKET24_SMTP_URL": smtp,
                    "TICKET24_MAIL_FROM": "Bench <bench@example.com>",
                    "TICKET24_BITRIX24__ALLOW_LOOPBACK": "true",
                    "TICKET24_SWEEP_SECONDS": str(SWEEP_SECONDS),
                },
            ) as worker:
                worker.wait_for_line("worker_started")
                write_at_once(place / "connected.json", connected)
                await asyncio.sleep(_FIRST_SECONDS)
                since, cpu = monotonic(), worker.cpu_seconds()
                waited = worker.waited_seconds()
                mails = relay.mails
                await asyncio.sleep(SWEEP_SECONDS)
                until = monotonic()
                cpu_share = (worker.cpu_seconds() - cpu) / (until - since)
                waited_share = (worker.waited_seconds() - waited) / (until - since)
                mebibytes, mails = worker.most_mebibytes(), relay.mails - mails
                # What was answered at the end is on its way.
                await asyncio.sleep(_LAST_SECONDS)
    times = written(asked)[:QUIET]
    answers = _answers(written(place / "answers.json"), since, until)
    if relay.doubled:
        raise Failed(f"{relay.doubled} answers came twice")
    return Minute(
        sum(since <= at < until for each in times for at in each),
        max(_late(each, since, until) for each in times),
        cpu_share,
        waited_share,
        mebibytes,
        max(each[0] if each else until for each in times) - began,
        len(answers),
        mails,
        _delays(answers, relay.answers),
    )


def _delays(written_at: dict[str, float], mailed_at: dict[str, float]) -> Tally:
    """Return how long each answer took; one that did not come, the whole minute."""
    tally = Tally()
    for one, at in written_at.items():
        came = mailed_at.get(one)
        tally.seconds.append(came - at if came else SWEEP_SECONDS)
        tally.accepted += came is not None
    return tally


def _answers(
    times: Sequence[Sequence[float]], since: float, until: float
) -> dict[str, float]:
    """Return when each answer of the minute was written, by what is in its mail."""
    return {
        f"answer-{number}-{count}": at
        for number, each in enumerate(times)
        for count, at in enumerate(each)
        if since <= at < until
    }


async def _connect(url: str, key: str, ports: Sequence[int], name: str) -> list[str]:
    """Keep an account for each port; each was due an hour ago."""
    ids = []
    async with connect(url) as redis:
        accounts, sweeps = RedisAccounts(redis, Seal(key)), RedisSweeps(redis)
        for port in ports:
            account = await accounts.add(
                Account(
                    *("", f"{name}-{port}", 1, datetime.now(UTC) - timedelta(hours=1)),
                    imported=True,
                    settings=_SETTINGS,
                ),
                webhook_url=f"http://127.0.0.1:{port}/rest/1/{name}/",
            )
            await sweeps.add(account.id)
            ids.append(account.id)
    return ids


def _late(times: Sequence[float], since: float, until: float) -> float:
    """Return by how much its longest wait in the minute was longer than allowed."""
    before = [at for at in times if at < since][-1:] or [since - SWEEP_SECONDS]
    marks = [*before, *(at for at in times if since <= at < until), until]
    waits = (after - at for at, after in itertools.pairwise(marks))
    return max(0.0, max(waits) - SWEEP_SECONDS)
