"""`held`: mails that wait for a person, and what becomes of them."""

import asyncio

import click

from ticket24.cli.surroundings import Failure
from ticket24.domain.arrivals.fates import HeldMail
from ticket24.domain.lines import laid_bare, one_line, pasted
from ticket24.flows.arrivals import releasing
from ticket24.mail.arriving.reading import read
from ticket24.settings import Settings
from ticket24.store.stores import Stores, open_stores

_SHORT = 12
_LEAST = 6


async def show_all(settings: Settings) -> None:
    """List every held mail, one a line, the oldest first."""
    async with open_stores(settings) as stores:
        mails, slugs = await stores.held.all(), await _slugs(stores)
    for mail in mails:
        click.echo(
            f"{mail.id[:_SHORT]}  {_sender(mail)}  {_ticket(mail, slugs)}"
            f"  {releasing.WHY[mail.why]}"
        )
    if not mails:
        click.echo("No mail is held.")


async def show(settings: Settings, held_id: str) -> None:
    """Show one held mail with its words."""
    async with open_stores(settings) as stores:
        mail, slugs = await _find(stores, held_id), await _slugs(stores)
        raw = await stores.held.raw(mail.id)
    arrival = await asyncio.to_thread(read, raw)
    click.echo(f"id       {mail.id}")
    click.echo(f"from     {one_line(mail.sender_name)} {_sender(mail)}".strip())
    click.echo(f"ticket   {_ticket(mail, slugs)}")
    click.echo(f"why      {releasing.WHY[mail.why]}")
    click.echo(f"since    {mail.at:%Y-%m-%d %H:%M:%S} UTC")
    click.echo(f"subject  {one_line(mail.subject)}")
    for one in arrival.attachments:
        click.echo(f"file     {one_line(one.name)} ({len(one.content)} bytes)")
    click.echo("")
    for line in arrival.text.splitlines():
        click.echo(one_line(line))


async def release(settings: Settings, held_id: str, *, remember: bool) -> None:
    """Let a held mail speak after all."""
    async with open_stores(settings) as stores:
        mail = await _find(stores, held_id)
        try:
            there = await releasing.release(mail, stores, remember=remember)
        except releasing.NobodysMail:
            raise Failure(
                "nobody knows whose it is: it names no ticket, and no contact has the"
                " address of its sender; `ticket24 held show` shows its words"
            ) from None
    _done("Released", mail, there=there)


async def drop(settings: Settings, held_id: str) -> None:
    """Forget a held mail."""
    async with open_stores(settings) as stores:
        mail = await _find(stores, held_id)
        there = await releasing.drop(mail, stores)
    _done("Dropped", mail, there=there)


def _done(what: str, mail: HeldMail, *, there: bool) -> None:
    if not there:
        raise Failure("somebody else has just decided about it")
    click.echo(f"{what} {mail.id[:_SHORT]}.")


async def _find(stores: Stores, held_id: str) -> HeldMail:
    wanted = pasted(held_id).lower()
    found = [
        one
        for one in await stores.held.all()
        if len(wanted) >= _LEAST and one.id.startswith(wanted)
    ]
    if len(found) != 1:
        named = laid_bare(held_id)
        raise Failure(f"no mail is held by the name {named}; see `ticket24 held`")
    return found[0]


async def _slugs(stores: Stores) -> dict[str, str]:
    return {account.id: account.slug for account in await stores.accounts.all()}


def _sender(mail: HeldMail) -> str:
    return one_line(mail.sender) or "-"


def _ticket(mail: HeldMail, slugs: dict[str, str]) -> str:
    if not mail.task_id:
        return "-"
    return f"{slugs.get(mail.account, mail.account)}/{mail.task_id}"
