"""`failed`: what could not be processed or sent, and why."""

import click

from ticket24.cli.surroundings import Failure
from ticket24.domain.accounts.model import Account
from ticket24.domain.lines import laid_bare, pasted
from ticket24.flows.tickets import failed
from ticket24.flows.tickets.reasons import reason_for, said
from ticket24.settings import Settings
from ticket24.store.journal import Full
from ticket24.store.letters.parked import Parked, Sort
from ticket24.store.stores import Stores, open_stores


async def show_all(settings: Settings) -> None:
    """List everything, one thing per line, the oldest first."""
    async with open_stores(settings) as stores:
        things = await _everything(stores)
    for account, parked in things:
        click.echo(
            f"{account.slug}/{parked.id}  {parked.parked_at:%Y-%m-%d %H:%M} UTC"
            f"  {_line(parked.about)}  {_line(_why(parked))}"
        )
    if not things:
        click.echo("Nothing has failed.")


async def show(settings: Settings, failed_id: str) -> None:
    """Show one thing and everything that is kept of it."""
    async with open_stores(settings) as stores:
        account, parked = await _find(stores, failed_id)
    click.echo(f"id       {account.slug}/{parked.id}")
    click.echo(f"what     {_line(parked.about)}")
    click.echo(f"why      {_line(_why(parked))}")
    click.echo(f"since    {parked.parked_at:%Y-%m-%d %H:%M:%S} UTC")
    if parked.content:
        click.echo(f"content  {_line(parked.content)}")


async def replay(settings: Settings, failed_id: str | None) -> None:
    """Try one thing again, or everything except held messages."""
    async with open_stores(settings) as stores:
        if failed_id:
            things = [await _find(stores, failed_id)]
        else:
            # A held message needs a decision of its own.
            things = [
                (account, parked)
                for account, parked in await _everything(stores)
                if parked.sort is not Sort.MESSAGE
            ]
        for account, parked in things:
            try:
                await failed.replay(account, parked, stores)
            except Full:
                raise Failure(
                    "no more events can be kept: start a worker, and try again"
                ) from None
    click.echo(f"{len(things)} to be tried again.")


async def drop(settings: Settings, failed_id: str) -> None:
    """Forget one thing."""
    async with open_stores(settings) as stores:
        account, parked = await _find(stores, failed_id)
        await failed.drop(account, parked, stores)
    click.echo(f"Dropped {account.slug}/{parked.id}.")


async def _everything(stores: Stores) -> list[tuple[Account, Parked]]:
    found = [
        (account, parked)
        for account in await stores.accounts.all()
        # They are keyed by id because a scan may yield a thing twice.
        for parked in {p.id: p async for p in stores.parked.all(account.id)}.values()
    ]
    return sorted(found, key=lambda thing: thing[1].parked_at)


async def _find(stores: Stores, failed_id: str) -> tuple[Account, Parked]:
    slug, _, name = pasted(failed_id).partition("/")
    account = await stores.accounts.by_slug(slug)
    parked = await stores.parked.get(account.id, name) if account else None
    if account is None or parked is None:
        named = laid_bare(failed_id)
        raise Failure(f"nothing failed is named {named}; see `ticket24 failed`")
    return account, parked


def _line(text: str) -> str:
    """Return foreign text as one line that cannot control a terminal."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


def _why(parked: Parked) -> str:
    why = reason_for(parked)
    tries = f"{why.tries} times: " if why and why.tries else ""
    return f"{tries}{said(why, 'en')}"
