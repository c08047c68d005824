"""The loop from the due set to committed pictures: one look per account at a time."""

from collections import Counter
from collections.abc import Sequence

import structlog
from redis.exceptions import RedisError

from ticket24.bitrix.rest.errors import BitrixBroken, BitrixError, Temporary
from ticket24.domain.accounts.model import Account
from ticket24.flows.reach.clients import NotConnected, Reached
from ticket24.flows.tickets.reconcile import reconcile, try_again
from ticket24.store.sealing import WrongKey
from ticket24.store.tickets.due import ClaimedRef, Leased
from ticket24.telemetry.counters import LOOKS
from ticket24.worker.keeping import kept
from ticket24.worker.loops import Bell, Crew
from ticket24.worker.parts import Parts

log = structlog.get_logger()

# How many tickets one look takes: four requests of fifty messages, besides the tasks.
_AT_ONCE = 200
_ACCOUNTS_AT_ONCE = 256
# How many more accounts may be under way whose Bitrix24 makes us wait.
_ACCOUNTS_ASIDE = 1_000
# How many of all these work at a time, so that what must not wait, such as leases and
# mails, finds the loop and Redis free.
_HANDS = 16

# The fuller an account's bucket of requests is, the longer its marks gather. So a flood
# gets cheaper per event, and an idle account is looked at immediately.
_SECONDS_PER_REQUEST = 0.1

# The pause that Bitrix24 asks for, or 10 s, times these for each failure in a row.
_FACTORS = (1, 2, 4, 8)
_LONGEST_REST_SECONDS = 60.0
_FAULT_SECONDS = 5.0


class Looking:
    """Looks at accounts that have due tickets.

    One thing may fail a whole look. So after a failed look half as many tickets are
    claimed of that account, and a ticket that fails alone is tried less and less often.
    """

    def __init__(self, parts: Parts, bell: Bell, mails: Bell) -> None:
        self._parts = parts
        self._due = parts.stores.due
        self._mails = mails
        # How many tickets to claim of accounts whose last look failed.
        self._portions: dict[str, int] = {}
        # How often in a row accounts could not be reached.
        self._away: Counter[str] = Counter()
        self.crew = Crew(
            "looking", _ACCOUNTS_AT_ONCE, bell, aside=_ACCOUNTS_ASIDE, hands=_HANDS
        )

    async def turn(self) -> bool:
        """Start a look at every account that needs one."""
        for account_id in await self._due.accounts(self.crew.sight):
            if account_id not in self.crew and self.crew.may_start(account_id):
                self.crew.start(account_id, self._account(account_id))
        return False

    async def _account(self, account_id: str) -> None:
        portion = self._portions.get(account_id, _AT_ONCE)
        claimed = await self._due.claim(account_id, portion)
        if isinstance(claimed, Leased):
            await self._due.come_back(account_id)
            return
        if not claimed:
            await self._due.rest(account_id)
            return
        rest = 0.0
        try:
            async with kept(lambda: self._due.renew(account_id)):
                rest = await self._look(account_id, claimed)
        except Exception:
            rest = _FAULT_SECONDS
            raise
        finally:
            await self._due.rest(account_id, rest)

    async def _look(self, account_id: str, claimed: Sequence[ClaimedRef]) -> float:
        """Look; return for how many seconds the account's marks should gather."""
        stores = self._parts.stores
        account = await stores.accounts.get(account_id)
        if account is None:
            await self._due.done(claimed)
            return 0
        try:
            reached = await self._parts.clients.reach(account)
            rest = await self._reconcile(account, claimed, reached)
        except NotConnected:
            await self._due.done(claimed)
            return 0
        except Temporary as error:
            LOOKS.labels("waits").inc()
            log.warning("account_waits", account=account.slug, error=str(error))
            factor = _FACTORS[min(self._away[account_id], len(_FACTORS) - 1)]
            self._away[account_id] += 1
            # Else only the next resync would, which may hang for a minute itself; it
            # takes the note back.
            await stores.accounts.trouble(account_id, f"waits: {error}")
            return min(error.retry_after * factor, _LONGEST_REST_SECONDS)
        except (BitrixError, WrongKey) as error:
            LOOKS.labels("closed").inc()
            await note_trouble(self._parts, account_id, error)
            return self._parts.pace.closed_seconds
        del self._away[account_id]
        LOOKS.labels("done").inc()
        return rest

    async def _reconcile(
        self, account: Account, claimed: Sequence[ClaimedRef], reached: Reached
    ) -> float:
        stores = self._parts.stores
        try:
            letters = await reconcile(
                account, claimed, reached.source, stores, self._parts.pace
            )
        except BitrixBroken as error:
            # This raises too if the account is away: what was claimed is not at fault.
            await reached.bitrix.call("profile")
            return await self._narrow(account, claimed, error)
        except (BitrixError, RedisError, OSError):
            raise
        except Exception as error:
            log.exception("look_failed", account=account.slug)
            return await self._narrow(account, claimed, error)
        self._portions.pop(account.id, None)
        if letters:
            self._mails.ring()
        level = await stores.limiter.level(account.id)
        longest = self._parts.pace.gathering_seconds
        return min(level * _SECONDS_PER_REQUEST, longest)

    async def _narrow(
        self, account: Account, claimed: Sequence[ClaimedRef], error: Exception
    ) -> float:
        """Claim fewer next time; if one thing was claimed alone, blame it."""
        count = len(claimed)
        log.warning(
            "look_narrowed", account=account.slug, things=count, error=str(error)
        )
        self._portions[account.id] = max(count // 2, 1)
        if count == 1:
            await try_again(claimed[0], error, self._parts.stores, self._parts.pace)
        return self._parts.pace.narrowing_seconds


async def note_trouble(parts: Parts, account_id: str, error: Exception) -> None:
    """Tell the operator why an account does not work."""
    log.error("account_closed", account=account_id, error=str(error))
    await parts.stores.accounts.trouble(account_id, str(error))
