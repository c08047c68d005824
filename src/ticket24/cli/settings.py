"""`settings`: exports and imports what a company decides about its help desk."""

from pathlib import Path

import click

from ticket24.cli import logo_files
from ticket24.cli.look_until_done import look_until_done
from ticket24.cli.surroundings import reach, the_account
from ticket24.cli.toml import account as account_toml
from ticket24.flows.accounts.connect import mark_removed
from ticket24.flows.reach.clients import open_clients
from ticket24.flows.settings.saving import save
from ticket24.flows.tickets.lists import all_tickets
from ticket24.pace import PACE, Pace
from ticket24.settings import Settings
from ticket24.store.stores import open_stores


async def export(settings: Settings, slug: str, target: Path | None) -> None:
    """Write an account's settings to a file, its logos beside it, or print them."""
    async with open_stores(settings) as stores:
        account = await the_account(stores.accounts, slug)
        logos = [
            (await stores.logos.get(account.id), account.settings.logo),
            (await stores.dark_logos.get(account.id), account.settings.dark_logo),
        ]
    toml = account_toml.write(account.settings)
    if target is None or str(target) == "-":
        click.echo(toml, nl=False)
        return
    beside = [(logo, target.parent / name) for logo, name in logos if logo]
    for logo, path in beside:
        logo_files.check_place(logo, path)
    account_toml.save(toml, target)
    click.echo(f"Wrote {target}.")
    for logo, path in beside:
        logo_files.save(logo, path)
        click.echo(f"Its logo is {path}.")


async def import_(
    settings: Settings, slug: str, source: Path, pace: Pace = PACE
) -> None:
    """Keep an account's new settings, and the tickets that come and go because of them.

    New workgroups must be reachable: they are checked, and their tickets are imported
    without a mail.
    """
    async with (
        open_stores(settings, pace) as stores,
        open_clients(settings, stores, pace) as clients,
    ):
        account = await the_account(stores.accounts, slug)
        before = account.settings
        chosen = account_toml.read(source, before)
        chosen, logo = logo_files.read(chosen, source, before.logo)
        chosen, dark = logo_files.read_dark(chosen, source, before.dark_logo)
        reached = await reach(clients, account)
        with account_toml.checked(source):
            account = await save(
                account.id,
                chosen,
                before.stamp,
                logo.wanted,
                dark.wanted,
                stores=stores,
                bitrix=reached.bitrix,
            )
        if chosen.group_ids - before.group_ids:
            await stores.due.mark_all(await all_tickets(account, reached.bitrix))
            await look_until_done(account, reached, stores, "Importing tickets", pace)
        gone = before.group_ids - chosen.group_ids
        leaving = await mark_removed(account, gone, stores)
    click.echo(f"Saved the settings of {slug}.")
    if leaving:
        click.echo(f"{leaving} tickets of other workgroups go with the next look.")
