"""The one place where a worker's real things are built."""

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import quote

import aiohttp
from redis.asyncio import Redis

from handlers import router
from ticket24.bitrix.uploading import Uploader
from ticket24.domain.accounts import Account
from ticket24.domain.model import Letter
from ticket24.flows import carrying, reconcile, resync
from ticket24.flows.clients import Clients
from ticket24.flows.deliver import Mailer, Render
from ticket24.flows.passwords import Passwords
from ticket24.flows.sending_links import Write
from ticket24.mail import sign_in, smtp
from ticket24.mail.render import Sender, render
from ticket24.routing import Router
from ticket24.settings import Settings
from ticket24.store.accounts import RedisAccounts
from ticket24.store.commands import RedisCommands
from ticket24.store.connection import connect
from ticket24.store.customers import RedisCustomers
from ticket24.store.due import RedisDue
from ticket24.store.journal import Journal
from ticket24.store.limiter import RedisLimiter
from ticket24.store.links import RedisLinks
from ticket24.store.logins import RedisLogins
from ticket24.store.outbox import RedisOutbox
from ticket24.store.parked import RedisParked
from ticket24.store.rulings import RedisRulings
from ticket24.store.sealing import Seal
from ticket24.store.spool import RedisSpool
from ticket24.store.sweeps import RedisSweeps
from ticket24.store.tickets import RedisTickets


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything kept in Redis, opened once."""

    redis: Redis
    accounts: RedisAccounts
    customers: RedisCustomers
    due: RedisDue
    journal: Journal
    limiter: RedisLimiter
    links: RedisLinks
    logins: RedisLogins
    outbox: RedisOutbox
    parked: RedisParked
    rulings: RedisRulings
    sweeps: RedisSweeps
    tickets: RedisTickets
    commands: RedisCommands
    spool: RedisSpool

    def for_commands(self) -> carrying.Stores:
        """Return what carrying out a command works with."""
        return carrying.Stores(self.commands, self.spool, self.tickets)

    def for_looks(self) -> reconcile.Stores:
        """Return what a reconciliation works with."""
        return reconcile.Stores(
            self.tickets,
            self.customers,
            self.rulings,
            self.parked,
            self.due,
            Passwords(self.logins),
        )

    def for_resyncs(self) -> resync.Stores:
        """Return what a resync works with."""
        return resync.Stores(
            self.accounts,
            self.tickets,
            self.customers,
            self.due,
            Passwords(self.logins),
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker is made of."""

    name: str
    stores: Stores
    clients: Clients
    uploader: Uploader
    router: Router
    render: Render
    mailer: Mailer
    sweep_seconds: int
    write_link: Write


@asynccontextmanager
async def open_stores(settings: Settings, name: str = "") -> AsyncIterator[Stores]:
    """Open Redis for commands and for waiting, and close both in the end."""
    url = settings.redis_url.get_secret_value()
    redis, reader = connect(url), connect(url)
    seal = Seal(settings.secret_key.get_secret_value())
    try:
        yield Stores(
            redis,
            RedisAccounts(redis, seal),
            RedisCustomers(redis),
            RedisDue(redis, name or worker_name()),
            Journal(redis, reader=reader),
            RedisLimiter(redis, egress=settings.egress),
            RedisLinks(redis),
            RedisLogins(redis),
            RedisOutbox(redis),
            RedisParked(redis),
            RedisRulings(redis),
            RedisSweeps(redis),
            RedisTickets(redis),
            RedisCommands(redis),
            RedisSpool(redis, most_bytes=settings.spool_megabytes * 2**20),
        )
    finally:
        await redis.aclose()
        await reader.aclose()


@asynccontextmanager
async def open_clients(settings: Settings, stores: Stores) -> AsyncIterator[Clients]:
    """Open the way to Bitrix24; cookies would only confuse it."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Clients(
            session,
            stores.accounts,
            stores.limiter,
            allow_loopback=settings.bitrix24.allow_loopback,
        )


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Open everything that a worker needs; raise BadSettings without a mailer."""
    name = worker_name()
    address = settings.require_mail()
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    sender = Sender(settings.mail_from, domain)

    def write(letter: Letter, account: Account) -> EmailMessage:
        return render(
            letter, account.settings, account.slug, sender, settings.public_url
        )

    def write_link(
        account: Account, recipient: str, name: str, token: str
    ) -> EmailMessage:
        return sign_in.write(
            recipient,
            name,
            f"{settings.public_url}/p/{quote(account.slug)}/login/link/{token}",
            settings=account.settings,
            sender=sender,
            at=datetime.now(UTC),
        )

    async with (
        open_stores(settings, name) as stores,
        open_clients(settings, stores) as clients,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        mailer = smtp.Mailer(address, sender)
        try:
            yield Parts(
                name,
                stores,
                clients,
                Uploader(session, stores.limiter),
                router,
                write,
                mailer,
                settings.sweep_seconds,
                write_link,
            )
        finally:
            await mailer.close()


def worker_name() -> str:
    """Return a name that no other process has, now or later."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
