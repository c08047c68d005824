"""`connect` and `sync`: an account's state becomes ours."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import click

from ticket24.bitrix.errors import Temporary
from ticket24.commands import account_toml
from ticket24.commands.surroundings import Failure, interactive, the_account
from ticket24.domain.accounts import Account
from ticket24.domain.settings import AccountSettings
from ticket24.flows.clients import Clients, Reached
from ticket24.flows.connect import look_until_done, mark_everything, probe
from ticket24.flows.reconcile import reconcile
from ticket24.flows.resync import resync
from ticket24.settings import Settings
from ticket24.store.due import Leased
from ticket24.worker.parts import Stores, open_clients, open_stores

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_AT_ONCE = 200


async def connect(
    settings: Settings,
    slug: str,
    webhook_url: str,
    tokens: Sequence[str],
    toml: Path | None,
) -> None:
    """Check an account, save it, and import its tickets without a mail."""
    if not _SLUG.fullmatch(slug):
        raise Failure(
            "--slug is a short name for addresses: small letters, digits and -,"
            " for example acme"
        )
    if not all(token.strip() for token in tokens):
        raise Failure(
            "--application-token is empty: Bitrix24 shows it when the"
            " outgoing webhook is saved"
        )
    chosen = account_toml.read(toml) if toml else AccountSettings()
    async with (
        open_stores(settings) as stores,
        open_clients(settings, stores) as clients,
    ):
        if await stores.accounts.by_slug(slug):
            raise Failure(f"an account named {slug} is connected already")
        try:
            bitrix = clients.open(f"{slug}-probe", webhook_url)
        except ValueError as error:
            raise Failure(f"--webhook-url: {error}") from error
        account = await probe(bitrix, slug, chosen)
        account = await stores.accounts.add(
            account, webhook_url=webhook_url, tokens=[one.strip() for one in tokens]
        )
        click.echo(f"Connected {slug} as user {account.user_id}.")
        await _import(account, clients, stores)
        await stores.sweeps.add(account.id)
    if not account.settings.departments:
        click.echo(
            "It has no departments yet, so it has no tickets: name its workgroups"
            f" with `ticket24 settings {slug} --import FILE`."
        )


async def sync(settings: Settings, slug: str, *, full: bool) -> None:
    """Reconcile now: what moved since the last time, or everything."""
    async with (
        open_stores(settings) as stores,
        open_clients(settings, stores) as clients,
    ):
        account = await the_account(stores.accounts, slug)
        if full:
            await _import(account, clients, stores)
            return
        reached = await clients.reach(account)
        marked = await resync(account, reached.bitrix, stores.for_resyncs())
        await _look(account, reached, stores, "Looking at tickets")
    click.echo(f"{marked} tickets had moved; all of them are up to date.")


async def _import(account: Account, clients: Clients, stores: Stores) -> None:
    reached = await clients.reach(account)
    count = await mark_everything(account, reached.bitrix, stores.due)
    await _look(account, reached, stores, "Importing tickets")
    click.echo(f"{count} tickets are up to date.")


async def _look(account: Account, reached: Reached, stores: Stores, label: str) -> None:
    async def turn() -> None:
        taken = await stores.due.take(account.id, _AT_ONCE)
        if isinstance(taken, Leased) or not taken:
            return
        try:
            await reconcile(account, taken, reached.source, stores.for_looks())
        except Temporary as error:
            await asyncio.sleep(error.retry_after)
        finally:
            await stores.due.rest(account.id)

    with _Progress(label) as progress:
        await look_until_done(account, stores.due, turn, progress.left)


@dataclass
class _Progress:
    """A bar where a person watches; nothing where a script reads."""

    label: str
    most: int = 0
    shown: Callable[[str], None] = field(default=lambda _: None)

    def __enter__(self) -> Self:
        if interactive():
            self.shown = lambda line: click.echo(f"\r{line}", nl=False, err=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self.most:
            self.shown("\n")

    def left(self, count: int) -> None:
        """Show how many are left of the most there were."""
        self.most = max(self.most, count)
        done = self.most - count
        width = 30
        filled = width * done // self.most if self.most else width
        bar = "█" * filled + "·" * (width - filled)
        self.shown(f"{self.label} {bar} {done}/{self.most}")
