"""`accounts`: what is connected, and how it is doing."""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime

import click

from ticket24.bitrix.rest.access import Webhook
from ticket24.cli.doctor import processes as doctoring_processes
from ticket24.cli.surroundings import Failure, the_account
from ticket24.domain.accounts import condition
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.lines import one_line
from ticket24.domain.running.presence import Processes, Role, absent, missed
from ticket24.flows.accounts import knowing
from ticket24.pace import PACE, Pace
from ticket24.settings import Settings
from ticket24.store.accounts.connected import Way
from ticket24.store.stores import Stores, open_stores


async def show_all(settings: Settings) -> None:
    """List the accounts, one a line, and what keeps all of them from being well."""
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


async def ask(settings: Settings, slug: str) -> None:
    """Let a person say whether an account is to be forgotten; fail without a yes."""
    async with open_stores(settings) as stores:
        account = await the_account(stores.accounts, slug)
        tickets = await stores.tickets.count(account.id)
        mails = await stores.outbox.count(account.id)
        commands = await stores.commands.count(account.id)
    costs = (
        f"Disconnecting {account.slug} forgets {tickets} tickets and all sessions,"
        f" passwords and drafts of its customers, {mails} mails that are not sent yet,"
        f" and what customers wrote in {commands} tickets that Bitrix24 has not got yet"
    )
    if not sys.stdin.isatty():
        raise Failure(f"{costs}: say --yes if that is meant")
    click.echo(f"{costs}.", err=True)
    if not click.confirm(f"Disconnect {account.slug}?", err=True):
        raise Failure("nothing was changed")


async def disconnect(settings: Settings, slug: str, pace: Pace = PACE) -> None:
    """Forget an account with all that is kept of it."""
    async with open_stores(settings) as stores:
        account = await the_account(stores.accounts, slug)
        await stores.accounts.remove(account)
        left = "the application" if account.by_app else "its webhooks"
        click.echo(f"Disconnected {slug}. Delete {left} in Bitrix24 as well.")
        # So long web goes on admitting events, and workers end their looks.
        await asyncio.sleep(pace.linger_seconds)
        # What was written meanwhile; the slug may be another account's by now.
        await stores.accounts.remove(replace(account, slug=""))
        await stores.spool.forget(account.id)


async def _of_all(stores: Stores, processes: Processes) -> tuple[str, str]:
    """Say what keeps every account from being well: the mail server, no worker."""
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
    """Say where an account is called; a webhook's code is a secret."""
    if account.by_app:
        return way.endpoint.removesuffix("/rest/")
    # Whether it may be called is not asked here.
    return Webhook(way.webhook_url, allow_loopback=True).address


def _when(seconds: float | None) -> str:
    if not seconds:
        return "never"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
