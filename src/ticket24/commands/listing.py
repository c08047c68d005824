"""`accounts` and `settings`: what is connected, and how it is set up."""

from datetime import UTC, datetime

import click

from ticket24.bitrix.access import Webhook
from ticket24.commands import account_toml
from ticket24.commands.surroundings import the_account
from ticket24.domain.accounts import Account
from ticket24.domain.settings import AccountSettings
from ticket24.settings import Settings
from ticket24.worker.parts import Stores, open_stores


async def show_all(settings: Settings) -> None:
    """List the accounts, one a line."""
    async with open_stores(settings) as stores:
        found = await stores.accounts.all()
        for account in found:
            memory = await stores.accounts.remembered(account.id)
            state = memory.get("trouble") or "ok"
            tickets = await stores.tickets.count(account.id)
            click.echo(f"{account.slug}  {tickets} tickets  {state}")
    if not found:
        click.echo("No account is connected yet; see `ticket24 connect --help`.")


async def show(settings: Settings, slug: str) -> None:
    """Show one account with what happens in it."""
    async with open_stores(settings) as stores:
        account = await the_account(stores.accounts, slug)
        for name, value in (await _facts(account, settings, stores)).items():
            click.echo(f"{name:13} {value}")


async def disconnect(settings: Settings, slug: str) -> None:
    """Forget an account with all that is kept of it."""
    async with open_stores(settings) as stores:
        await stores.accounts.remove(await the_account(stores.accounts, slug))
    click.echo(f"Disconnected {slug}. Delete its webhooks in Bitrix24 as well.")


async def exported(settings: Settings, slug: str) -> str:
    """Return an account's settings as TOML."""
    async with open_stores(settings) as stores:
        account = await the_account(stores.accounts, slug)
    return account_toml.write(account.settings)


async def import_settings(
    settings: Settings, slug: str, chosen: AccountSettings
) -> None:
    """Keep an account's new settings."""
    async with open_stores(settings) as stores:
        account = await the_account(stores.accounts, slug)
        await stores.accounts.save_settings(account, chosen)
        new_groups = chosen.group_ids - account.settings.group_ids
    click.echo(f"Saved the settings of {slug}.")
    if new_groups:
        click.echo(f"Import the tickets of new workgroups: ticket24 sync {slug} --full")


async def _facts(
    account: Account, settings: Settings, stores: Stores
) -> dict[str, object]:
    memory = await stores.accounts.remembered(account.id)
    url = await stores.accounts.webhook_url(account.id)
    address = (
        Webhook(url, allow_loopback=settings.bitrix24.allow_loopback).address
        if url
        else "-"
    )
    return {
        "slug": account.slug,
        "address": address,
        "user": account.user_id,
        "member_id": account.member_id or "not known before the first event",
        "connected": f"{account.connected_at:%Y-%m-%d %H:%M} UTC",
        "departments": ", ".join(d.name for d in account.settings.departments) or "-",
        "tickets": await stores.tickets.count(account.id),
        "due": await stores.due.count(account.id),
        "mail waiting": await stores.outbox.count(account.id),
        "failed": await stores.parked.count(account.id),
        "last event": _when(memory.get("last_event_at")),
        "last resync": _when(memory.get("cursor")),
        "state": memory.get("trouble") or "ok",
    }


def _when(seconds: str | None) -> str:
    if not seconds:
        return "never"
    return f"{datetime.fromtimestamp(float(seconds), UTC):%Y-%m-%d %H:%M:%S} UTC"
