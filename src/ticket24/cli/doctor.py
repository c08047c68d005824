"""`doctor`: is everything as it should be, and if not, what mends it."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from urllib.parse import urlsplit

import click
from redis.exceptions import RedisError

from ticket24.bitrix.rest.errors import BitrixError, Temporary
from ticket24.cli import doctor_apps as doctoring_apps
from ticket24.cli import doctor_clocks as doctoring_clocks
from ticket24.cli import doctor_mail as doctoring_mail
from ticket24.cli import doctor_outside as doctoring_outside
from ticket24.cli import doctor_settings as doctoring_settings
from ticket24.cli import doctor_tasks as doctoring_tasks
from ticket24.cli import rekey as rekeying
from ticket24.cli.findings import Finding
from ticket24.cli.surroundings import Failure, reach
from ticket24.domain.accounts.model import Account
from ticket24.flows.accounts.connect import Unfit, probe
from ticket24.flows.reach.clients import Clients, open_clients
from ticket24.mail.limits import is_enough
from ticket24.settings import LOOPBACK, Settings
from ticket24.store.health import faults
from ticket24.store.sealing import WrongKey
from ticket24.store.stores import Stores, open_stores

_MANY_TRIES = 5
_PATIENCE_SECONDS = 4.0
_SILENCE_SECONDS = 7 * 86_400


async def examine(settings: Settings) -> bool:
    """Print a line for everything; return whether all is well."""
    well = True
    async with (
        open_stores(settings) as stores,
        open_clients(settings, stores) as clients,
    ):
        asking = doctoring_mail.Asking(settings)
        outside = asyncio.create_task(doctoring_outside.outside(settings))
        async for finding in _findings(settings, stores, clients, asking, outside):
            well = well and not finding.fault
            click.echo(f"{finding.subject}: {' '.join(finding.fault.split()) or 'ok'}")
    return well


async def refuse_bad_redis(settings: Settings) -> None:
    """Stop the start on a Redis that could lose what must not be lost."""
    async with open_stores(settings) as stores:
        wrong = await faults(stores.redis)
    if wrong:
        raise Failure(f"Redis: {'; '.join(wrong)}")


async def _findings(
    settings: Settings,
    stores: Stores,
    clients: Clients,
    smtp: doctoring_mail.Asking,
    outside: asyncio.Task[Finding | None],
) -> AsyncIterator[Finding]:
    try:
        wrong = await faults(stores.redis)
        accounts = await stores.accounts.all()
    except RedisError as error:
        yield Finding("configuration")
        yield Finding("redis", f"does not answer: {error} Check TICKET24_REDIS_URL")
        async for finding in _beside_redis(smtp, outside):
            yield finding
        return
    yield _configuration(settings, accounts)
    yield Finding("redis", "; ".join(wrong))
    if settings.secret_key_old:
        yield await rekeying.examined(stores)
    async for finding in _beside_redis(smtp, outside):
        yield finding
    if relay := await doctoring_mail.relay(stores):
        yield relay
    for account in accounts:
        async for finding in _of_account(account, settings, stores, clients):
            yield finding


async def _beside_redis(
    smtp: doctoring_mail.Asking, outside: asyncio.Task[Finding | None]
) -> AsyncIterator[Finding]:
    """Yield what needs no Redis; what takes long says so and comes last."""
    done, slow = await asyncio.wait({smtp.task}, timeout=_PATIENCE_SECONDS)
    for task in done:
        yield task.result()
    if slow:
        click.echo(f"smtp: {smtp.so_far()}", err=True)
    if seen := await outside:
        yield seen
    for task in slow:
        yield await task


async def _of_account(
    account: Account, settings: Settings, stores: Stores, clients: Clients
) -> AsyncIterator[Finding]:
    yield await _account(account, clients)
    for finding in doctoring_settings.findings(account):
        yield finding
    for finding in await doctoring_tasks.findings(account, clients):
        yield finding
    if account.by_app:
        yield await doctoring_apps.false_ends(account, stores)
        yield await doctoring_apps.administrators(account, stores)
        yield await doctoring_apps.bindings(account, clients, settings.public_url)
    if clocks := await doctoring_clocks.clocks(account, stores):
        yield clocks
    yield await _events(account, stores)
    yield await _mails(account, stores)
    yield await _parked(account, stores)


def _configuration(settings: Settings, accounts: Sequence[Account]) -> Finding:
    host = urlsplit(settings.public_url).hostname
    if accounts and host in LOOPBACK and not settings.bitrix24.allow_loopback:
        return Finding(
            "configuration",
            f"TICKET24_PUBLIC_URL is {settings.public_url}, where neither Bitrix24 nor"
            " customers can reach us: set the address of your proxy",
        )
    return Finding("configuration")


async def _account(account: Account, clients: Clients) -> Finding:
    subject = f"account {account.slug}"
    try:
        bitrix = (await reach(clients, account)).bitrix
        await probe(bitrix, account.slug, account.settings, by_app=account.by_app)
    except Temporary as error:
        return Finding(
            subject,
            f"cannot be reached now, everything waits and goes on by itself: {error}",
        )
    except (BitrixError, Failure, Unfit, WrongKey) as error:
        return Finding(subject, str(error))
    if not account.settings.departments:
        way = "choose them in ticket24's settings in Bitrix24, or by "
        return Finding(
            subject,
            f"has no departments: {way if account.by_app else ''}"
            f"`ticket24 settings {account.slug} --import FILE`",
        )
    return Finding(subject)


async def _events(account: Account, stores: Stores) -> Finding:
    subject = f"events of {account.slug}"
    memory = await stores.accounts.remembered(account.id)
    last = float(memory.get("last_event_at", 0))
    if other := _other_member(memory):
        return Finding(subject, other)
    if not last:
        return Finding(subject, f"none has come yet: {_no_event(account)}")
    silence = time.time() - last
    if silence > _SILENCE_SECONDS:
        mend = "the bindings" if account.by_app else "the outgoing webhook"
        return Finding(subject, f"none for {silence / 86_400:.0f} days: check {mend}")
    return Finding(f"{subject} (last {silence:.0f} s ago)")


def _other_member(memory: Mapping[str, str]) -> str:
    """Tell of refused events that had the account's token; "" if none came of late."""
    seen_at, _, member_id = memory.get("other_member", "").partition(" ")
    ago = time.time() - float(seen_at or 0)
    if ago > _SILENCE_SECONDS:
        return ""
    return (
        f"refused, last {ago:.0f} s ago: they have its application token and the"
        f" member_id {member_id or '(none)'}, which is another one than its first"
        " event had. If nobody moved or copied its Bitrix24, somebody has the token."
        " Disconnect, and connect with a new outgoing webhook"
    )


def _no_event(account: Account) -> str:
    if account.by_app:
        return (
            "if tasks or contacts have changed in Bitrix24, see that its installation"
            " of ticket24 was finished and that it can reach our address"
        )
    return (
        "check the outgoing webhook's handler address (…/bitrix24/events) and its"
        " application token"
    )


async def _mails(account: Account, stores: Stores) -> Finding:
    count, tries, words = await stores.outbox.failing(account.id)
    wait = "1 waits" if count == 1 else f"{count} wait"
    # Greylisting takes a few tries and a minute or two.
    long = tries >= _MANY_TRIES or (count and is_enough(words))
    fault = f"{wait} for another try by itself; last was said: {words}" if long else ""
    return Finding(f"mails of {account.slug}", fault)


async def _parked(account: Account, stores: Stores) -> Finding:
    count = await stores.parked.count(account.id)
    fault = f"{count} wait for you: see `ticket24 failed`" if count else ""
    return Finding(f"failures of {account.slug}", fault)
