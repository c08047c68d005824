"""`doctor`: whether everything is as it should be, and how to put right what is not."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import chain
from urllib.parse import urlsplit

import click
from redis.exceptions import RedisError

from ticket24.cli import rekey as rekeying
from ticket24.cli.doctor import accounts as doctoring_accounts
from ticket24.cli.doctor import mail as doctoring_mail
from ticket24.cli.doctor import mail_in as doctoring_mail_in
from ticket24.cli.doctor import outside as doctoring_outside
from ticket24.cli.doctor import processes as doctoring_processes
from ticket24.cli.doctor.findings import Finding
from ticket24.cli.surroundings import Failure
from ticket24.domain.accounts.model import Account
from ticket24.domain.lines import one_line
from ticket24.flows.reach.clients import open_clients
from ticket24.pace import PACE, Pace
from ticket24.settings import LOOPBACK, Settings
from ticket24.store.health import condition, faults, waste
from ticket24.store.running.trouble import explained
from ticket24.store.stores import Stores, open_stores

_PATIENCE_SECONDS = 3.0
_ACCOUNTS_AT_ONCE = 16

# A Redis that is out of reach is asked twice.
_REDIS_SECONDS = 1.5

Examined = Callable[[Account], Awaitable[list[Finding]]]


def hurry() -> None:
    """Have name servers that are silent given up soon; before anybody asks one.

    Python cannot break off a look-up: it would hold up the end of this process for the
    10 s and more that glibc waits by itself.
    """
    os.environ.setdefault("RES_OPTIONS", "timeout:1 attempts:2")


async def examine(
    settings: Settings, *, as_json: bool = False, pace: Pace = PACE
) -> bool:
    """Print a line for everything, or all as JSON; return whether all is well."""
    found = []
    # These need no Redis, which may keep us waiting.
    asking = doctoring_mail.Asking(settings, pace)
    outside = asyncio.create_task(doctoring_outside.outside(settings, pace))
    soon = replace(pace, redis_seconds=min(pace.redis_seconds, _REDIS_SECONDS))
    async with (
        open_stores(settings, soon) as stores,
        open_clients(settings, stores, pace) as clients,
    ):

        async def examined(account: Account) -> list[Finding]:
            return await doctoring_accounts.findings(
                account, settings, stores, clients, pace
            )

        async for finding in _findings(settings, stores, examined, asking, outside):
            found.append(finding)
            if not as_json:
                # Words of others, such as a mail server's, must not control a terminal.
                click.echo(one_line(f"{finding.subject}: {finding.fault or 'ok'}"))
    well = not any(finding.fault for finding in found)
    if as_json:
        told = {"ok": well, "findings": [finding.facts() for finding in found]}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    return well


async def refuse_bad_redis(settings: Settings) -> None:
    """Refuse to start if Redis could lose what must not be lost."""
    async with open_stores(settings) as stores:
        wrong = await faults(stores.redis)
    if wrong:
        raise Failure(f"Redis: {'; '.join(wrong)}")


async def _findings(
    settings: Settings,
    stores: Stores,
    examined: Examined,
    smtp: doctoring_mail.Asking,
    outside: asyncio.Task[Finding | None],
) -> AsyncIterator[Finding]:
    wrong: list[str] = []
    try:
        wrong = await faults(stores.redis)
        accounts = await stores.accounts.all()
    except (RedisError, OSError) as error:
        yield Finding("configuration")
        # Nodes of a cluster that are away are named already.
        told = "; ".join([*wrong, explained(error)])
        yield Finding("redis", told, whose="Redis")
        async for finding in _beside_redis(smtp, outside, []):
            yield finding
        return
    yield _configuration(settings, accounts)
    cannot = await condition(stores.redis)
    told = "; ".join([*wrong, *filter(None, [cannot])])
    hint = "" if told else await waste(stores.redis)
    yield Finding(f"redis ({hint})" if hint else "redis", told, whose="Redis")
    if settings.secret_key_old:
        yield await rekeying.examined(stores)
    asked = _asked(accounts, examined)
    if not cannot:  # Otherwise no process can report on itself.
        asked.append(asyncio.create_task(doctoring_processes.findings(stores)))
        coming = doctoring_mail_in.findings(settings, stores)
        asked.append(asyncio.create_task(coming))
    async for finding in _beside_redis(smtp, outside, asked, stores):
        yield finding


async def _beside_redis(
    smtp: doctoring_mail.Asking,
    outside: asyncio.Task[Finding | None],
    asked: list[asyncio.Task[list[Finding]]],
    stores: Stores | None = None,
) -> AsyncIterator[Finding]:
    """Yield the findings of parallel checks; a slow one says so and comes last."""
    done, slow = await asyncio.wait({smtp.task}, timeout=_PATIENCE_SECONDS)
    if slow:
        click.echo(f"smtp: {smtp.so_far()}", err=True)
    relay = await doctoring_mail.relay(stores) if stores else None
    for finding in [
        *(task.result() for task in done),
        *filter(None, [await outside, relay]),
        *chain.from_iterable([await task for task in asked]),
    ]:
        yield finding
    for task in slow:
        yield await task


def _asked(
    accounts: Sequence[Account], examined: Examined
) -> list[asyncio.Task[list[Finding]]]:
    """Begin to examine accounts; a slow Bitrix24 delays no other account."""
    at_once = asyncio.Semaphore(_ACCOUNTS_AT_ONCE)

    async def in_turn(account: Account) -> list[Finding]:
        async with at_once:
            return await examined(account)

    return [asyncio.create_task(in_turn(account)) for account in accounts]


def _configuration(settings: Settings, accounts: Sequence[Account]) -> Finding:
    host = urlsplit(settings.public_url).hostname
    if accounts and host in LOOPBACK and not settings.bitrix24.allow_loopback:
        return Finding(
            "configuration",
            f"TICKET24_PUBLIC_URL is {settings.public_url}, where neither Bitrix24 nor"
            " customers can reach us: set the address of your proxy",
        )
    return Finding("configuration")
