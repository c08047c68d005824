"""How many mails a second a slow relay is given, and how long a single one waits."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from aiosmtpd.smtp import SMTP, Envelope, Session
from redis.asyncio import Redis

from bench.actors.load import Tally
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

RELAY_SECONDS = 0.2
BACKLOG = 5_000

_SECONDS = 15
_SINGLES = 20
_LIMIT_SECONDS = 60


@dataclass(slots=True)
class Relay:
    """A mail server that thinks before it takes a mail; notes when it came."""

    taken: dict[str, float] = field(default_factory=dict)
    at_once: int = 0
    most: int = 0

    async def handle_DATA(  # noqa: N802  As aiosmtpd calls it.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, slowly."""
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(RELAY_SECONDS)
        self.at_once -= 1
        self.taken[envelope.rcpt_tos[0]] = perf_counter()
        return "250 OK"

    async def wait_for(self, recipient: str) -> float:
        """Return when the mail to somebody was taken."""
        until = perf_counter() + _LIMIT_SECONDS
        while perf_counter() < until:
            if recipient in self.taken:
                return self.taken[recipient]
            await asyncio.sleep(0.005)
        raise Failed(f"no mail to {recipient} came within {_LIMIT_SECONDS} s")


async def _put(redis: Redis, letter: Letter) -> None:
    """Have a letter wait in the outbox, as a person does who sends it again."""
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
    tally, relay = Tally(), Relay()
    async with _working(stage.folder, relay) as (redis, worker):
        many, single = await _accounts(redis)
        for letter in _letters(many, BACKLOG):
            await _put(redis, letter)
        await relay.wait_for("0@many.example")
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
    return Outcome(
        (
            Measured("mails_per_s", mails / seconds),
            Measured("mail_beside_backlog_s", max(tally.seconds)),
        ),
        (
            (
                f"{mails:,} mails in {seconds:.0f} s, at most {relay.most} at once;"
                f" {1000 * cpu / mails:.1f} ms of CPU each"
            ),
            (
                f"{len(tally.seconds)} single mails of another account beside a backlog"
                f" of {BACKLOG:,}: p50 {tally.percentile_ms(0.5):,.0f} ms"
            ),
        ),
    )


@asynccontextmanager
async def _working(folder: Path, relay: Relay) -> AsyncIterator[tuple[Redis, Child]]:
    """Start a mail server and a worker on a Redis of their own."""
    place = folder / "mails"
    place.mkdir()
    mail_server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(relay), "127.0.0.1", 0
    )
    port = mail_server.sockets[0].getsockname()[1]
    with EmbeddedRedis(place) as server:
        async with connect(server.url) as redis:
            environment = {
                "TICKET24_REDIS_URL": server.url,
                "TICKET24_DATA_DIR": str(place),
                "TICKET24_SECRET_KEY": secrets.token_hex(32),
                "TICKET24_SMTP_URL": f"smtp://127.0.0.1:{port}?starttls=never",
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
                # Nothing is left to be handed over when it shall stop.
                mail_server.close()


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
        key, now = MessageKey(Source.CHAT, number + 1), datetime.now(UTC)
        text = "We have found the cause and are on it. " * 6
        recipient = f"{number}@{account.slug}.example"
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
