"""The loop from the outbox to the mail server."""

import asyncio
import time

from redis.exceptions import RedisError

from ticket24.flows.deliver import deliver
from ticket24.store.outbox import CLAIM, Claimed
from ticket24.worker.parts import Parts
from ticket24.worker.rooms import Bell, Crew, end, keep

# As many as the mailer has connections: between the mail server's 250 and our
# noting it, nothing else should keep the process busy.
_LETTERS_AT_ONCE = 4
_ACCOUNTS = 32

_RENEWAL_SECONDS = 1.0

# After Redis was away, claims may have run out whose letters are being sent:
# their workers have so long to renew them.
_CALM_SECONDS = CLAIM / 1_000 + 1.0


class Mailing:
    """Claims letters and delivers them, several at a time."""

    def __init__(self, parts: Parts, bell: Bell) -> None:
        self._parts = parts
        self._outbox = parts.stores.outbox
        self._calm_at = 0.0
        self.crew = Crew("mailing", _LETTERS_AT_ONCE, bell)

    async def turn(self) -> bool:
        """Start a delivery of every letter whose time has come."""
        try:
            account_ids = await self._outbox.accounts(_ACCOUNTS)
            if time.monotonic() >= self._calm_at:
                await self._start(account_ids)
        except (RedisError, OSError):
            self._calm_at = time.monotonic() + _CALM_SECONDS
            raise
        return False

    async def _start(self, account_ids: list[str]) -> None:
        for account_id in account_ids:
            if not self.crew.free:
                return
            for claimed in await self._outbox.claim(account_id, self.crew.free):
                # A claim of ours may have run out while Redis was away.
                job = f"{account_id} {claimed.letter.id}"
                if job not in self.crew:
                    self.crew.start(job, self._deliver(claimed))
            await self._outbox.index(account_id)

    async def _deliver(self, claimed: Claimed) -> None:
        stores = self._parts.stores
        account = await stores.accounts.get(claimed.letter.ref.account)
        if account is None:
            await self._outbox.remove(claimed.letter)
            return
        keeper = asyncio.create_task(
            keep(lambda: self._outbox.renew(claimed.letter), _RENEWAL_SECONDS)
        )
        try:
            await deliver(
                claimed,
                account,
                await stores.tickets.get(claimed.letter.ref),
                render=self._parts.writer.letter,
                mailer=self._parts.mailer,
                outbox=self._outbox,
                parked=stores.parked,
            )
        finally:
            await end(keeper)
        await self._outbox.index(account.id)
