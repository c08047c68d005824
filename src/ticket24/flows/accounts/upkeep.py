"""What has to be there in an account with the application: looked after, repaired."""

import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace

import structlog

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import Permanent
from ticket24.domain.accounts.memory import Duty, Memory, Undone
from ticket24.domain.accounts.model import Account
from ticket24.flows.accounts.binding import bind
from ticket24.flows.accounts.home_zone import read_zone
from ticket24.flows.settings.mirroring import fingerprint, mirror
from ticket24.flows.settings.password_fields import ensure
from ticket24.store.stores import Stores

log = structlog.get_logger()

# How often bindings are checked, and refused duties are tried again.
_DAY_SECONDS = 86_400.0


class Upkeep:
    """Keeps bindings, the mirror of the settings and the password field."""

    def __init__(
        self, stores: Stores, public_url: str, events: Collection[str]
    ) -> None:
        self._stores = stores
        self._accounts = stores.accounts
        self._logos = stores.logos
        self._dark_logos = stores.dark_logos
        self._public_url = public_url
        self._events = events

    async def keep(
        self, account: Account, bitrix: Bitrix, *, at_once: bool = False
    ) -> None:
        """Do what is due, with the bindings `at_once`; safe to repeat.

        A refusal by Bitrix24 is noted, and the duty is tried again on the next day.
        Raises BitrixError if nothing can be done at the moment.
        """
        memory = await self._accounts.remembered(account.id)
        for duty, due, step in (
            (Duty.BINDINGS, at_once or _older(memory.bound_at), self._bind),
            (Duty.FIELD, not memory.field, self._make_field),
            (Duty.MIRROR, await self._changed(account, memory), self._mirror),
        ):
            refusal = memory.refusals.get(duty, Undone())
            if due and (at_once or _older(refusal.at)):
                await self._step(duty, step, account, bitrix)
        await read_zone(account, bitrix, self._stores)

    async def forget(self, account: Account) -> None:
        """Treat every duty as undone, because this is another installation."""
        nothing = Memory(bound_at=0, field="", mirrored="", unbound="")
        await self._accounts.remember(account.id, nothing)

    async def _step(
        self,
        duty: Duty,
        step: Callable[[Account, Bitrix], Awaitable[None]],
        account: Account,
        bitrix: Bitrix,
    ) -> None:
        try:
            await step(account, bitrix)
        except Permanent as error:
            log.warning("upkeep_refused", account=account.slug, error=str(error))
            refusal = Undone(str(error), time.time())
        else:
            refusal = Undone()
        news = Memory(refusals={duty: refusal})
        await self._accounts.remember(account.id, news)

    async def _bind(self, account: Account, bitrix: Bitrix) -> None:
        refused = await bind(bitrix, self._public_url, self._events)
        news = Memory(bound_at=time.time(), unbound=" ".join(refused))
        await self._accounts.remember(account.id, news)

    async def _make_field(self, account: Account, bitrix: Bitrix) -> None:
        """Have a field for passwords: the one in the settings, or ours.

        One that is chosen meanwhile is there: who saves settings sees to that.
        """
        wanted = account.settings.password_field
        name = await ensure(bitrix, wanted)

        def named(now: Account) -> Account:
            if now.settings.password_field != wanted:
                return now
            settings = replace(now.settings, password_field=name)
            return replace(now, settings=settings)

        if kept := await self._accounts.update(account.id, named):
            news = Memory(field=kept.settings.password_field)
            await self._accounts.remember(account.id, news)

    async def _changed(self, account: Account, memory: Memory) -> bool:
        digest = await self._logos.digest(account.id)
        dark = await self._dark_logos.digest(account.id)
        return memory.mirrored != fingerprint(account, digest, dark)

    async def _mirror(self, account: Account, bitrix: Bitrix) -> None:
        account = await self._accounts.get(account.id) or account
        logo = await self._logos.get(account.id)
        dark = await self._dark_logos.get(account.id)
        await mirror(account, logo, bitrix, dark)
        digests = (one.digest if one else "" for one in (logo, dark))
        seen = fingerprint(account, *digests)
        await self._accounts.remember(account.id, Memory(mirrored=seen))


def _older(at: float | None) -> bool:
    return time.time() - (at or 0) > _DAY_SECONDS
