"""`accounts`: what is connected, and how well it works."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import click

from ticket24.bitrix.rest.access import Webhook
from ticket24.cli.doctor import processes as doctoring_processes
from ticket24.cli.surroundings import the_account
from ticket24.domain.accounts import condition
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.lines import one_line
from ticket24.domain.running.presence import Processes, Role
from ticket24.domain.running.roles import absent, missed
from ticket24.flows.accounts import knowing
from ticket24.pace import PACE, Pace
from ticket24.settings import Settings
from ticket24.store.accounts.connected import Way
from ticket24.store.stores import Stores, open_stores

_UNKNOWN = (
    "not known: an earlier version kept only what recognises it. It is kept with the"
    " next event that carries it; until then see the outgoing webhook in Bitrix24"
)


async def show_all(settings: Settings) -> None:
    """List the accounts, one per line, and what is wrong with all of them."""
    async with open_stores(settings) as stores:
        found = await stores.accounts.all()
        processes = await stores.presence.all()
        of_all = await _of_all(stores, processes)
        for account in found:
            known = await knowing.known(account, stores)
            state = "; ".join(condition.faults(known, *of_all)) or "ok"
            tickets = await stores.tickets.count(account.id)
            kind = "app" if account.by_app else "webhook"
            click.echo(f"{account.slug}  {kind}  {tickets} tickets  {state}")
        if found and missed(processes, Role.WORKER):
            click.echo(f"{Role.WORKER}: {absent(processes, Role.WORKER)}")
        late = await doctoring_processes.waits(stores, processes)
        if found and late.fault:
            click.echo(f"{late.subject}: {late.fault}")
    if not found:
        click.echo("No account is connected yet; see `ticket24 connect --help`.")


async def show(settings: Settings, slug: str) -> None:
    """Show one account with what happens in it."""
    async with open_stores(settings) as stores:
        account = await the_account(stores.accounts, slug)
        for name, value in (await _facts(account, stores)).items():
            click.echo(f"{name:14} {value}")


async def show_secrets(settings: Settings, slug: str) -> None:
    """Print what is needed to connect an account again, to be kept apart from Redis."""
    async with open_stores(settings) as stores:
        account = await the_account(stores.accounts, slug)
        way = await stores.accounts.way(account.id)
        tokens = await stores.accounts.tokens(account.id)
    url = settings.public_url
    click.echo(f"{'slug':14} {account.slug}")
    if account.by_app:
        click.echo(
            f"{'application':14} nothing of it is needed: with the same"
            " TICKET24_BITRIX24__CLIENT_ID, its secret and the same address"
            f" ({url}) the account comes back when one of its administrators opens"
            " ticket24 in Bitrix24"
        )
    if way is None or not way.webhook_url:
        return
    click.echo(f"{'webhook':14} {way.webhook_url}")
    for token in tokens:
        click.echo(f"{'token':14} {token or _UNKNOWN}")
    click.echo(f"{'called at':14} {url}/bitrix24/events")
    asked = " --application-token -" * len(tokens)
    click.echo(f"{'settings':14} ticket24 settings {slug} --export {slug}.toml")
    click.echo(
        f"{'connect':14} ticket24 connect --slug {slug} --webhook-url -{asked}"
        f" --settings {slug}.toml"
    )


async def costs(settings: Settings, slug: str) -> str:
    """Say what is lost with an account."""
    async with open_stores(settings) as stores:
        account = await the_account(stores.accounts, slug)
        tickets = await stores.tickets.count(account.id)
        mails = await stores.outbox.count(account.id)
        commands = await stores.commands.count(account.id)
    return (
        f"Disconnecting {account.slug} forgets {tickets} tickets and all sessions,"
        f" passwords and drafts of its customers, {mails} mails that are not sent yet,"
        f" and what customers wrote in {commands} tickets that Bitrix24 does not have"
        " yet"
    )


async def disconnect(settings: Settings, slug: str, pace: Pace = PACE) -> None:
    """Forget an account and everything that is kept of it."""
    async with open_stores(settings) as stores:
        account = await the_account(stores.accounts, slug)
        await stores.accounts.remove(account)
        left = "the application" if account.by_app else "its webhooks"
        click.echo(f"Disconnected {slug}. Delete {left} in Bitrix24 as well.")
        # Meanwhile web still admits events, and workers end their looks.
        await asyncio.sleep(pace.linger_seconds)
        # Remove what was written meanwhile. The slug may be another account's by now.
        await stores.accounts.remove(replace(account, slug=""))
        await stores.spool.forget(account.id)
        await stores.held.forget(account.id)


async def _of_all(stores: Stores, processes: Processes) -> tuple[str, str]:
    """Say what is wrong with all accounts: the mail server, or no worker."""
    refused = await stores.relay.look()
    return refused.words if refused else "", missed(processes, Role.WORKER)


async def _facts(account: Account, stores: Stores) -> dict[str, object]:
    known = await knowing.known(account, stores)
    of_all = await _of_all(stores, await stores.presence.all())
    memory = known.memory
    way = await stores.accounts.way(account.id)
    facts = {
        "slug": account.slug,
        "address": _address(account, way) if way else "-",
        "reached by": "the application" if account.by_app else "its webhook",
        "user": account.user_id,
        "member_id": account.member_id or "not known before the first event",
        "connected": f"{account.connected_at:%Y-%m-%d %H:%M} UTC",
        "departments": ", ".join(d.name for d in account.settings.departments) or "-",
        "tickets": await stores.tickets.count(account.id),
        "due": await stores.due.count(account.id),
        "mail waiting": await stores.outbox.count(account.id),
        "commands": await stores.commands.count(account.id),
        "failed": condition.kinds(known.parked) or 0,
        "last event": _when(memory.last_event_at),
        "last resync": _when(memory.seen_at),
        "state": "; ".join(condition.faults(known, *of_all)) or "ok",
    }
    return facts | (await _of_app(account, memory, stores) if account.by_app else {})


async def _of_app(
    account: Account, memory: Memory, stores: Stores
) -> dict[str, object]:
    person = account.person
    pairs = await stores.pairs.all(account.id)
    return {
        "contact person": one_line(f"{person.name} {person.phone} {person.email}")
        or "-",
        "administrators": ", ".join(str(pair.user_id) for pair in pairs) or "-",
        "imported": "yes" if account.imported else "under way",
        "bindings": _when(memory.bound_at),
        "false ends": _when(memory.uninstall_refused_at),
    }


def _address(account: Account, way: Way) -> str:
    """Return where an account is called, but not a webhook's code, which is secret."""
    if account.by_app:
        return way.endpoint.removesuffix("/rest/")
    # It does not matter here whether it may be called.
    return Webhook(way.webhook_url, allow_loopback=True).address


def _when(seconds: float | None) -> str:
    if not seconds:
        return "never"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
