"""`doctor`: is everything as it should be, and if not, what mends it."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import click
from redis.exceptions import RedisError

from ticket24.bitrix.batch import Command
from ticket24.bitrix.decode import items, words
from ticket24.bitrix.errors import BitrixError
from ticket24.commands.surroundings import Failure
from ticket24.domain.accounts import Account
from ticket24.flows.clients import Clients
from ticket24.flows.connect import missing_scopes
from ticket24.settings import BadSettings, Settings
from ticket24.store.health import faults
from ticket24.store.sealing import WrongKey
from ticket24.worker.parts import Stores, open_clients, open_stores

_SECONDS = 5.0
_SILENCE_SECONDS = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, and what is wrong and mends it, if anything."""

    subject: str
    fault: str = ""


async def examine(settings: Settings) -> bool:
    """Print a line for everything; return whether all is well."""
    well = True
    async with (
        open_stores(settings) as stores,
        open_clients(settings, stores) as clients,
    ):
        async for finding in _findings(settings, stores, clients):
            well = well and not finding.fault
            click.echo(f"{finding.subject}: {finding.fault or 'ok'}")
    return well


async def refuse_bad_redis(settings: Settings) -> None:
    """Stop the start on a Redis that could lose what must not be lost."""
    async with open_stores(settings) as stores:
        wrong = await faults(stores.redis)
    if wrong:
        raise Failure(f"Redis: {'; '.join(wrong)}")


async def _findings(
    settings: Settings, stores: Stores, clients: Clients
) -> AsyncIterator[Finding]:
    yield Finding("configuration")
    try:
        wrong = await faults(stores.redis)
    except RedisError as error:
        yield Finding("redis", f"does not answer: {error}; check TICKET24_REDIS_URL")
        return
    yield Finding("redis", "; ".join(wrong))
    yield await _smtp(settings)
    for account in await stores.accounts.all():
        yield await _account(account, clients)
        yield await _events(account, stores)
        yield await _parked(account, stores)


async def _smtp(settings: Settings) -> Finding:
    try:
        address = settings.require_mail()
    except BadSettings as error:
        return Finding("smtp", str(error))
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(address.host, address.port)
    except (OSError, TimeoutError) as error:
        return Finding(
            "smtp",
            f"{address.host}:{address.port} does not answer ({error!r}):"
            " check TICKET24_SMTP_URL and the firewall",
        )
    writer.close()
    return Finding("smtp")


async def _account(account: Account, clients: Clients) -> Finding:
    subject = f"account {account.slug}"
    try:
        bitrix = (await clients.reach(account)).bitrix
        batch = await bitrix.batch({"me": Command("profile"), "may": Command("scope")})
    except (BitrixError, WrongKey, ValueError) as error:
        return Finding(subject, str(error))
    for refusal in batch.errors.values():
        return Finding(subject, str(refusal))
    lacking = missing_scopes([words(one) for one in items(batch.results["may"])])
    if lacking:
        return Finding(
            subject, f"the webhook lacks {', '.join(lacking)}: tick it in Bitrix24"
        )
    if not account.settings.departments:
        return Finding(
            subject,
            f"has no departments: `ticket24 settings {account.slug} --import FILE`",
        )
    return Finding(subject)


async def _events(account: Account, stores: Stores) -> Finding:
    subject = f"events of {account.slug}"
    memory = await stores.accounts.remembered(account.id)
    last = float(memory.get("last_event_at", 0))
    if not last:
        return Finding(
            subject,
            "none has come yet: check the outgoing webhook's handler address"
            " (…/bitrix24/events) and its application token",
        )
    silence = time.time() - last
    if silence > _SILENCE_SECONDS:
        return Finding(
            subject,
            f"none for {silence / 86_400:.0f} days: check the outgoing webhook",
        )
    return Finding(f"{subject} (last {silence:.0f} s ago)")


async def _parked(account: Account, stores: Stores) -> Finding:
    count = await stores.parked.count(account.id)
    fault = f"{count} wait for you: see `ticket24 failed`" if count else ""
    return Finding(f"failures of {account.slug}", fault)
