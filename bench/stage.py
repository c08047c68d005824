"""The program under test and all it needs, on this machine and only for a while."""

import asyncio
import contextlib
import os
import platform
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import cast

import aiohttp
from aiosmtpd.smtp import SMTP, Envelope, Session
from redis.asyncio import Redis

from bench.actors import bitrix24, posts
from bench.processes import (
    ALL_CORES,
    OTHER_CORE,
    Child,
    Failed,
    free_port,
    python,
    run,
)
from ticket24.embedded import EmbeddedRedis
from ticket24.store import keys
from ticket24.store.connection import connect, text
from ticket24.store.journal import Journal

_SLUG = "bench"
_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the mail server took it: its ticket, and when DATA was complete."""

    ticket: int
    at: float


class Inbox:
    """A mail server that notes what it takes."""

    def __init__(self) -> None:
        self._mails: asyncio.Queue[Mail] = asyncio.Queue()

    async def handle_DATA(  # noqa: N802  As aiosmtpd calls it.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Note a mail."""
        at = perf_counter()
        head = cast("bytes", envelope.content or b"").partition(b"\r\n\r\n")[0]
        ticket = head.partition(b"X-Ticket24-Ticket: ")[2].partition(b"\r\n")[0]
        self._mails.put_nowait(Mail(int(ticket.rpartition(b"/")[2] or 0), at))
        return "250 OK"

    async def next(self, seconds: float) -> Mail:
        """Wait for the next mail."""
        try:
            async with asyncio.timeout(seconds):
                return await self._mails.get()
        except TimeoutError:
            raise Failed(f"no mail came within {seconds:.0f} s") from None

    def __len__(self) -> int:
        return self._mails.qsize()


@dataclass(frozen=True, slots=True)
class Stage:
    """A connected account with 200 tickets; `web` and `worker` are started apart."""

    folder: Path
    redis_url: str
    redis: Redis
    journal: Journal
    control: bitrix24.Control
    inbox: Inbox
    account: str
    ticket_ids: list[int]
    environment: dict[str, str]
    web_port: int

    def web(self, cores: set[int] = ALL_CORES) -> Child:
        """Start `ticket24 web`."""
        child = self._start("web", cores)
        child.wait_for_http(f"http://127.0.0.1:{self.web_port}/health/live")
        return child

    def worker(self, cores: set[int] = ALL_CORES) -> Child:
        """Start `ticket24 worker`."""
        child = self._start("worker", cores)
        child.wait_for_line("worker_started")
        return child

    def taking(self, cores: set[int] = ALL_CORES) -> Child:
        """Start `ticket24 inbox`."""
        child = self._start("inbox", cores)
        child.wait_for_line("inbox_started")
        return child

    async def settled(self, seconds: float) -> float:
        """Wait until no event and no ticket waits; return when that was."""
        until = perf_counter() + seconds
        while (now := perf_counter()) < until:
            if not await self.left():
                return now
            await asyncio.sleep(_POLL_SECONDS)
        raise Failed(f"{await self.left()} are still due after {seconds:.0f} s")

    async def left(self) -> int:
        """Return how many events and due tickets wait."""
        return await self.journal.backlog() + int(
            await self.redis.zcard(keys.due(self.account))
        )

    async def forget_requests(self) -> None:
        """Empty both sides' bucket of requests: the account has been idle."""
        await self.redis.delete(keys.bucket(self.account, "default"))
        await self.redis.delete(keys.lease(self.account))

    def _start(self, name: str, cores: set[int]) -> Child:
        return Child(
            name,
            python("-m", "ticket24", name),
            cores=cores,
            folder=self.folder,
            environment=self.environment,
        )


@contextlib.asynccontextmanager
async def open_stage(folder: Path) -> AsyncIterator[Stage]:
    """Start Redis, Bitrix24 and a mail server; connect an account and import it."""
    async with contextlib.AsyncExitStack() as stack:
        server = stack.enter_context(EmbeddedRedis(folder))
        redis = await stack.enter_async_context(connect(server.url))
        address = f"http://127.0.0.1:{free_port()}"
        sandbox = stack.enter_context(
            Child(
                "bitrix24",
                python("-m", "bench.actors.bitrix24", address.rpartition(":")[2]),
                cores=OTHER_CORE,
                folder=folder,
            )
        )
        sandbox.wait_for_http(f"{address}/sandbox/api/clock")
        session = await stack.enter_async_context(aiohttp.ClientSession())
        control = bitrix24.Control(session, address)

        inbox, smtp_port = Inbox(), free_port()
        mail_server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(inbox), "127.0.0.1", smtp_port
        )
        stack.callback(mail_server.close)

        web_port = free_port()
        environment = {
            "TICKET24_REDIS_URL": server.url,
            "TICKET24_DATA_DIR": str(folder),
            "TICKET24_SECRET_KEY": secrets.token_hex(32),
            "TICKET24_PORT": str(web_port),
            "TICKET24_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}?starttls=never",
            "TICKET24_MAIL_FROM": "Bench <bench@example.com>",
            "TICKET24_BITRIX24__ALLOW_LOOPBACK": "true",
        }
        _connect_account(folder, address, environment)
        account_id = text(await redis.hget(keys.SLUGS, _SLUG))
        # A resync would be counted with what is measured: not before tomorrow.
        tomorrow = int((time.time() + 86_400) * 1_000)
        await redis.zadd(keys.SWEEPS, {account_id: tomorrow})
        yield Stage(
            folder,
            server.url,
            redis,
            Journal(redis),
            control,
            inbox,
            account_id,
            await control.ticket_ids(),
            environment,
            web_port,
        )


def _connect_account(folder: Path, address: str, environment: dict[str, str]) -> None:
    toml = folder / "account.toml"
    departments = (
        f"[[departments]]\ngroup_id = {group_id}\n"
        for group_id in bitrix24.GROUPS.values()
    )
    toml.write_text("\n".join(departments))
    run(
        "connect",
        [
            *python("-m", "ticket24", "connect", "--slug", _SLUG),
            *("--webhook-url", address + bitrix24.WEBHOOK),
            *("--application-token", posts.APPLICATION_TOKEN),
            *("--settings", toml),
        ],
        folder=folder,
        **environment,
    )


async def versions(stage: Stage) -> str:
    """Name what was measured, and where."""
    server = await stage.redis.info("server")
    name = server.get("server_name", "redis")
    number = server.get(f"{name}_version", server["redis_version"])
    parts = [
        f"{platform.python_implementation()} {platform.python_version()}",
        *(f"{one} {metadata.version(one)}" for one in ("aiohttp", "redis", "hiredis")),
        f"{name} {number}, append-only file on",
        f"{len(ALL_CORES)} cores, load {os.getloadavg()[0]:.1f}",
    ]
    return ", ".join(parts)
