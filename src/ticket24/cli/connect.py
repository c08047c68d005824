"""`connect` and `sync`: copy an account's state into ours."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from ticket24.bitrix.rest.access import Webhook
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.cli import logo_files
from ticket24.cli.look_until_done import look_until_done
from ticket24.cli.surroundings import Failure, reach, the_account
from ticket24.cli.toml import account as account_toml
from ticket24.domain.accounts.hosts import host
from ticket24.domain.accounts.model import Account, is_slug
from ticket24.domain.lines import pasted
from ticket24.domain.settings.model import AccountSettings
from ticket24.flows.accounts.as_history import set_aside, watch_anew
from ticket24.flows.accounts.connect import Unfit, mark_everything, probe
from ticket24.flows.reach.clients import Clients, Reached, open_clients
from ticket24.flows.settings import existing
from ticket24.flows.tickets.resync import resync
from ticket24.pace import PACE, Pace
from ticket24.settings import Settings
from ticket24.store import keys
from ticket24.store.stores import Stores, open_stores


async def connect(
    settings: Settings,
    slug: str,
    webhook_url: str,
    tokens: Sequence[str],
    toml: Path | None,
    pace: Pace = PACE,
) -> None:
    """Check an account, save it, and import its tickets without a mail.

    If this fails, nothing is left, unless the import had begun: then the account is
    connected.
    """
    slug = pasted(slug)
    tokens = _checked(slug, tokens)
    chosen = AccountSettings()
    logo = dark = logo_files.Chosen()
    if toml:
        chosen, logo = logo_files.read(account_toml.read(toml), toml)
        chosen, dark = logo_files.read_dark(chosen, toml)
    async with (
        open_stores(settings, pace) as stores,
        open_clients(settings, stores, pace) as clients,
    ):
        if await stores.accounts.by_slug(slug):
            raise Failure(f"an account named {slug} is connected already")
        await _refuse_used_tokens(tokens, stores)
        await _refuse_installed(webhook_url, stores)
        with account_toml.checked(toml):
            account, webhook_url = await _probed(slug, webhook_url, chosen, clients)
        account = await stores.accounts.add(
            account, webhook_url=webhook_url, tokens=tokens
        )
        await logo.keep(stores.logos, account.id)
        await dark.keep(stores.dark_logos, account.id)
        try:
            await _import(account, clients, stores, pace)
        except asyncio.CancelledError:  # Ctrl-C.
            raise Failure(
                f"interrupted: {slug} is connected; complete its import with"
                f" `ticket24 sync {slug} --full`"
            ) from None
        count = await stores.tickets.count(account.id)
    _tell(account, count, settings.public_url)


async def sync(
    settings: Settings,
    slug: str,
    *,
    full: bool,
    as_history: bool = False,
    pace: Pace = PACE,
) -> None:
    """Reconcile now: what moved since the last time, or everything.

    `as_history` covers everything but tells nobody; it is for an old copy of Redis.
    """
    async with (
        open_stores(settings, pace) as stores,
        open_clients(settings, stores, pace) as clients,
    ):
        account = await the_account(stores.accounts, slug)
        if as_history:
            await _begin_anew(account, clients, stores)
            account = await the_account(stores.accounts, slug)
        full = full or as_history
        reached = await reach(clients, account)
        if full:
            await _mark_everything(account, reached, stores)
        else:
            await resync(account, reached.bitrix, stores)
        await look_until_done(account, reached, stores, "Looking at tickets", pace)
        if full:
            await _note_import(account, stores)
        count = await stores.tickets.count(account.id)
        failed = await stores.parked.count(account.id)
    click.echo(f"{slug} has {count} tickets, all up to date.")
    if failed:
        click.echo(f"Failed, and waiting for you: {failed}; see `ticket24 failed`.")


async def _begin_anew(account: Account, clients: Clients, stores: Stores) -> None:
    """Set aside everything that the copy would do, before anything else can fail."""
    count = await set_aside(account, stores)
    click.echo(f"Set aside, and waiting for you: {count}; see `ticket24 failed`.")
    try:
        await watch_anew(account, (await reach(clients, account)).bitrix, stores)
    except (BitrixError, Unfit) as error:
        raise Failure(
            f"start no worker before this has succeeded, it would mail what is news to"
            f" the copy: {error}"
        ) from error


def _tell(account: Account, tickets: int, public_url: str) -> None:
    slug, user_id = account.slug, account.user_id
    click.echo(f"Connected {slug} as user {user_id}, with {tickets} tickets.")
    if not account.settings.departments:
        click.echo(
            "It has no departments yet, so it has no tickets: name its workgroups"
            f" with `ticket24 settings {slug} --import FILE`."
        )
    click.echo(
        "Its outgoing webhooks have to call"
        f" {public_url}/bitrix24/events; then `ticket24 doctor` sees them."
    )


def _checked(slug: str, tokens: Sequence[str]) -> list[str]:
    """Return the tokens as they are sent, without duplicates; fail on a bad one."""
    if not is_slug(slug):
        raise Failure(
            "--slug is a short name for addresses: small letters, digits and -,"
            " for example acme"
        )
    stripped = list(dict.fromkeys(token.strip() for token in tokens))
    if not all(stripped):
        raise Failure(
            "--application-token is empty: Bitrix24 shows it when the"
            " outgoing webhook is saved"
        )
    return stripped


async def _refuse_used_tokens(tokens: Sequence[str], stores: Stores) -> None:
    """Fail if a token belongs to another account: only one would get the events."""
    digests = [digest for token in tokens for digest in stores.seal.digests(token)]
    if any(await stores.redis.hmget(keys.TOKENS, digests)):
        raise Failure(
            "--application-token belongs to an account that is connected already:"
            " each outgoing webhook has its own"
        )


async def _refuse_installed(webhook_url: str, stores: Stores) -> None:
    """Fail if the application is installed there: each mail would be sent twice."""
    wanted = host(webhook_url)
    for account in await stores.accounts.all():
        way = await stores.accounts.way(account.id) if account.by_app else None
        if way and host(way.endpoint) == wanted:
            raise Failure(
                f"the application is installed in this Bitrix24: it is the account"
                f" {account.slug} already, and needs no webhook"
            )


async def _probed(
    slug: str,
    webhook_url: str,
    chosen: AccountSettings,
    clients: Clients,
) -> tuple[Account, str]:
    """Return the account, not yet saved, and the address at which it is called."""
    try:
        bitrix = clients.open(f"{slug}-probe", webhook_url)
    except ValueError as error:
        raise Failure(f"--webhook-url: {error}") from error
    account = await probe(bitrix, slug, chosen)
    await existing.check(bitrix, chosen, AccountSettings())
    # An account that was renamed has given us its new address.
    webhook = Webhook(webhook_url, allow_loopback=True)
    return account, webhook.moved(bitrix.address).url


async def _import(
    account: Account, clients: Clients, stores: Stores, pace: Pace
) -> None:
    reached = await reach(clients, account)
    try:
        await _mark_everything(account, reached, stores)
    except Exception:
        await stores.accounts.remove(account)
        raise
    await look_until_done(account, reached, stores, "Importing tickets", pace)
    await _note_import(account, stores)


async def _note_import(account: Account, stores: Stores) -> None:
    """Note that a ticket we have not seen by now is new."""
    await stores.accounts.update(account.id, lambda now: replace(now, imported=True))


async def _mark_everything(account: Account, reached: Reached, stores: Stores) -> None:
    await mark_everything(account, reached.bitrix, stores)
    await stores.sweeps.add(account.id)
