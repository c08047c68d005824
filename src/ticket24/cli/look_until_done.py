"""Looks at due tickets from within a command, beside workers, and not for ever."""

import asyncio
import time
from dataclasses import dataclass
from typing import Self

import click

from ticket24.bitrix.rest.errors import Temporary
from ticket24.cli.surroundings import Failure, interactive
from ticket24.domain.accounts.model import Account
from ticket24.flows.reach.clients import Reached
from ticket24.flows.tickets.reconcile import reconcile
from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.stores import Stores
from ticket24.store.tickets.due import Leased
from ticket24.worker.keeping import kept

_AT_ONCE = 200
_POLL_SECONDS = 0.1


async def look_until_done(
    account: Account, reached: Reached, stores: Stores, label: str, pace: Pace
) -> None:
    """Look until everything that is due now has been looked at.

    Workers that run meanwhile share the looks. Raises Failure if some of it could not
    be seen, or if nothing gets done for a minute, because another worker may hold the
    account, or Bitrix24 may be away. The rest stays due.
    """
    due, tries = keys.due(account.id), keys.tries(account.id)
    began_at = await stores.due.clock(account.id)
    later = set(await stores.redis.zrangebyscore(due, f"({began_at}", "+inf"))
    left, patient_until, trouble = -1, 0.0, ""
    with _Bar(label) as bar:
        # What fails meanwhile is due again later.
        while waiting := int(await stores.redis.zcount(due, "-inf", began_at)):
            if waiting != left:
                patient_until = time.monotonic() + pace.command_patience_seconds
            elif time.monotonic() > patient_until:
                raise Failure(await _left(account, stores, waiting, trouble))
            left = waiting
            bar.show(left)
            trouble = await _turn(account, reached, stores, pace)
            pause = pace.command_trouble_seconds if trouble else _POLL_SECONDS
            await asyncio.sleep(pause)
        bar.show(0)
    if unseen := set(await stores.redis.hkeys(tries)) - later:
        raise Failure(await _left(account, stores, len(unseen), trouble))


async def _turn(account: Account, reached: Reached, stores: Stores, pace: Pace) -> str:
    """Look once, unless a worker is doing so; return what was in the way."""
    claimed = await stores.due.claim(account.id, _AT_ONCE)
    if isinstance(claimed, Leased) or not claimed:
        return ""
    try:
        async with kept(lambda: stores.due.renew(account.id)):
            await reconcile(account, claimed, reached.source, stores, pace)
    except Temporary as error:
        return str(error)
    finally:
        await stores.due.rest(account.id)
    return ""


async def _left(account: Account, stores: Stores, count: int, trouble: str) -> str:
    memory = await stores.accounts.remembered(account.id)
    reason = trouble or memory.trouble
    return (
        f"{count} tickets of {account.slug} could not be looked at"
        f"{f': {reason}' if reason else ''}; workers try them again, and so does"
        f" `ticket24 sync {account.slug} --full`"
    )


@dataclass
class _Bar:
    """A progress bar if a person watches; nothing if a script reads."""

    label: str
    most: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.most and interactive():
            click.echo(err=True)

    def show(self, left: int) -> None:
        """Show how many are left of the highest number there was."""
        self.most = max(self.most, left)
        if not self.most or not interactive():
            return
        done = self.most - left
        width = 30
        filled = width * done // self.most
        bar = "█" * filled + "·" * (width - filled)
        click.echo(f"\r{self.label} {bar} {done}/{self.most}", nl=False, err=True)
