"""How many mails a second a slow relay is given, and how long a single one waits."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from redis.asyncio import Redis

from bench.actors.load import Tally
from bench.actors.relay import Relay, listening
from bench.goals import Measured, Outcome
from bench.processes import ITS_CORE, Child, Failed, python
from bench.stage import Stage
from ticket24.domain.accounts.model import Account
from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.tickets.model import (
    Message,
    MessageKey,
    Source,
    Status,
    TicketRef,
    Voice,
)
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.embedded import EmbeddedRedis
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.connection import connect
from ticket24.store.letters.parked import RedisParked, Sort
from ticket24.store.letters.replays import replay_letter
from ticket24.store.sealing import Seal

BACKLOG = 5_000

# Some servers refuse more connections of one client.
FEW = 3

_SECONDS = 15
_SINGLES = 20
_LIMIT_SECONDS = 60


async def _put(redis: Redis, letter: Letter) -> None:
    """Put a letter into the outbox, as somebody does by sending it again."""
    parked, account = RedisParked(redis), letter.ref.account
    await parked.add(
        account,
        Sort.MAIL,
        letter.id,
        about="",
        why=reason(Cause.MAIL_REFUSED),
        content="",
    )
    await replay_letter(redis, f"{Sort.MAIL}-{letter.id}", letter)


async def measure(stage: Stage) -> Outcome:
    """Give one account thousands of letters, another one at a time."""
    many = await _beside(stage.folder / "mails", Relay())
    few = await _beside(stage.folder / "few", Relay(connections=FEW))
    return Outcome(
        (
            Measured("mails_per_s", many.mails / many.seconds),
            Measured("mail_beside_backlog_s", max(many.singles.seconds)),
            Measured("mail_beside_backlog_few_s", max(few.singles.seconds)),
        ),
        (many.remark(), f"at most {FEW} connections: {few.remark()}"),
    )


@dataclass(frozen=True, slots=True)
class Beside:
    """What was seen of a backlog, and of single mails beside it."""

    mails: int
    seconds: float
    cpu_seconds: float
    most: int
    singles: Tally

    def remark(self) -> str:
        """Say it in a line."""
        each = 1_000 * self.cpu_seconds / self.mails
        return (
            f"{self.mails:,} mails in {self.seconds:.0f} s, {self.most} at once,"
            f" {each:.1f} ms of CPU each; {len(self.singles.seconds)} single mails of"
            f" another account beside a backlog of {BACKLOG:,}:"
            f" p50 {self.singles.percentile_ms(0.5):,.0f} ms"
        )


async def _beside(place: Path, relay: Relay) -> Beside:
    tally = Tally()
    async with _working(place, relay) as (redis, worker):
        many, single = await _accounts(redis)
        for letter in _letters(many, BACKLOG):
            await _put(redis, letter)
        began, taken, cpu = perf_counter(), len(relay.taken), worker.cpu_seconds()
        for letter in _letters(single, _SINGLES):
            asked = perf_counter()
            await _put(redis, letter)
            try:
                tally.seconds.append(await relay.wait_for(letter.recipient) - asked)
            except Failed:
                tally.seconds.append(_LIMIT_SECONDS)
                break
            if perf_counter() - began > _SECONDS:
                break
        await asyncio.sleep(max(0, began + _SECONDS - perf_counter()))
        seconds = perf_counter() - began
        mails, cpu = len(relay.taken) - taken, worker.cpu_seconds() - cpu
    return Beside(mails, seconds, cpu, relay.most, tally)


@asynccontextmanager
async def _working(place: Path, relay: Relay) -> AsyncIterator[tuple[Redis, Child]]:
    """Start a mail server and a worker on a Redis of their own."""
    await asyncio.to_thread(place.mkdir)
    async with listening(relay) as address:
        with EmbeddedRedis(place) as server:
            async with connect(server.url) as redis:
                environment = {
                    "TICKET24_REDIS_URL": server.url,
                    "TICKET24_DATA_DIR": str(place),
                    "TICKET24_SECRET_KEY": secrets.token_hex(32),
                    "TICKET24_SMTP_URL": address,
                    "TICKET24_MAIL_FROM": "Bench <bench@example.com>",
                }
                with Child(
                    "mail-worker",
                    python("-m", "ticket24", "worker"),
                    cores=ITS_CORE,
                    folder=place,
                    environment=environment,
                ) as worker:
                    worker.wait_for_line("worker_started")
                    yield redis, worker
                    # It has nothing left to hand over when it is to stop.
                    await redis.flushall()


async def _accounts(redis: Redis) -> list[Account]:
    accounts = RedisAccounts(redis, Seal("not needed to send mails, so any will do"))
    return [
        await accounts.add(
            Account("", slug, 1, datetime.now(UTC)),
            webhook_url="http://127.0.0.1:9/rest/1/bench/",
        )
        for slug in ("many", "single")
    ]


def _letters(account: Account, count: int) -> Iterator[Letter]:
    for number in range(count):
        odd = account.slug == "single" and number % 2
        key, now = MessageKey(Source.CHAT, number + 1), datetime.now(UTC)
        text = "We have found the cause and are on it. " * 6
        # Every other of the single ones goes where the backlog goes.
        recipient = f"{account.slug}-{number}@{'single' if odd else 'many'}.example"
        yield Letter(
            id=f"{number}:replied:{key}:{recipient}",
            ref=TicketRef(account.id, 1_000 + number),
            kind=Kind.REPLIED,
            about=str(key),
            recipient=recipient,
            recipient_name="Carla Customer",
            subject="Something does not work as it did yesterday",
            status=Status.IN_PROGRESS,
            responsible="Sabine Staff",
            decided_at=now,
            messages=(Message(key, Voice.STAFF, "Sabine Staff", text, now),),
        )
