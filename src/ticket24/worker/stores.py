"""The stores of a worker, and of the commands: everything kept in Redis."""

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ticket24.flows import (
    carrying,
    reconcile,
    resync,
    settings_saving,
    telling,
    uninstalling,
)
from ticket24.flows.passwords import Passwords
from ticket24.settings import Settings
from ticket24.store.accounts import RedisAccounts
from ticket24.store.commands import RedisCommands
from ticket24.store.connection import connect
from ticket24.store.customers import RedisCustomers
from ticket24.store.due import RedisDue
from ticket24.store.installations import RedisInstallations
from ticket24.store.journal import Journal
from ticket24.store.limiter import RedisLimiter
from ticket24.store.links import RedisLinks
from ticket24.store.logins import RedisLogins
from ticket24.store.logos import RedisLogos
from ticket24.store.outbox import RedisOutbox
from ticket24.store.overflows import RedisOverflows
from ticket24.store.pairs import RedisPairs
from ticket24.store.parked import RedisParked
from ticket24.store.remains import RedisRemains
from ticket24.store.rulings import RedisRulings
from ticket24.store.sealing import Seal, open_seal
from ticket24.store.spool import RedisSpool
from ticket24.store.sweeps import RedisSweeps
from ticket24.store.tickets import RedisTickets
from ticket24.store.untold import RedisUntold


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything kept in Redis, opened once."""

    redis: Redis
    seal: Seal
    accounts: RedisAccounts
    customers: RedisCustomers
    due: RedisDue
    journal: Journal
    limiter: RedisLimiter
    links: RedisLinks
    logins: RedisLogins
    outbox: RedisOutbox
    overflows: RedisOverflows
    parked: RedisParked
    remains: RedisRemains
    rulings: RedisRulings
    sweeps: RedisSweeps
    tickets: RedisTickets
    commands: RedisCommands
    spool: RedisSpool
    pairs: RedisPairs
    installations: RedisInstallations
    untold: RedisUntold

    def for_commands(self) -> carrying.Stores:
        """Return what carrying out a command works with."""
        return carrying.Stores(self.commands, self.spool, self.tickets)

    def for_saving(self) -> settings_saving.Stores:
        """Return what saving settings works with."""
        return settings_saving.Stores(
            self.accounts,
            self.tickets,
            self.due,
            self.sweeps,
            RedisLogos(self.redis),
            self.parked,
            self.commands,
        )

    def for_looks(self) -> reconcile.Stores:
        """Return what a reconciliation works with."""
        return reconcile.Stores(
            self.accounts,
            self.tickets,
            self.customers,
            self.rulings,
            self.parked,
            self.due,
            Passwords(self.logins),
            self.untold,
        )

    def for_telling(self) -> telling.Stores:
        """Return what telling later works with."""
        return self.for_looks().for_telling()

    def for_resyncs(self) -> resync.Stores:
        """Return what a resync works with."""
        return resync.Stores(
            self.accounts,
            self.tickets,
            self.customers,
            self.due,
            Passwords(self.logins),
            self.remains,
            self.parked,
            self.commands,
        )

    def for_uninstalling(self) -> uninstalling.Stores:
        """Return what the end of an account works with."""
        return uninstalling.Stores(
            self.accounts, self.commands, self.parked, self.spool
        )


@asynccontextmanager
async def open_stores(settings: Settings, name: str = "") -> AsyncIterator[Stores]:
    """Open Redis for commands and for waiting, and close both in the end."""
    url = settings.redis_url.get_secret_value()
    redis, reader = connect(url), connect(url)
    spool = RedisSpool(
        redis, most_bytes=settings.spool_bytes, message_bytes=settings.message_bytes
    )
    try:
        seal = await _seal(redis, settings)
        yield Stores(
            redis,
            seal,
            RedisAccounts(redis, seal),
            RedisCustomers(redis),
            RedisDue(redis, name or worker_name()),
            Journal(redis, reader=reader),
            # Commands of customers leave room for whoever waits before a page.
            RedisLimiter(redis, egress=settings.egress, yield_=True),
            RedisLinks(redis),
            RedisLogins(redis),
            RedisOutbox(redis),
            RedisOverflows(redis),
            RedisParked(redis),
            RedisRemains(redis, spool),
            RedisRulings(redis),
            RedisSweeps(redis),
            RedisTickets(redis),
            RedisCommands(redis),
            spool,
            RedisPairs(redis, seal),
            RedisInstallations(redis, seal),
            RedisUntold(redis),
        )
    finally:
        await redis.aclose()
        await reader.aclose()


async def _seal(redis: Redis, settings: Settings) -> Seal:
    try:
        return await open_seal(redis, *settings.secret_keys)
    except RedisError:  # Whoever works here waits for Redis, or says that it is away.
        return Seal(*settings.secret_keys)


def worker_name() -> str:
    """Return a name that no other process has, now or later."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
