"""How accounts go: disconnected by the operator, or uninstalled in Bitrix24.

What is uninstalled may be installed again (platform.md 2.4): the record is put
aside, where nobody who works on accounts finds it, and everything else stays.
"""

from redis.asyncio import Redis

from ticket24.domain.accounts.model import Account
from ticket24.store import keys
from ticket24.store.accounts.records import ACCOUNT
from ticket24.store.connection import text
from ticket24.store.timetable import Timetable

# How long an account that is gone may still send late events.
_TOMBSTONE_SECONDS = 30 * 86_400

# Data is removed again and again until nothing is found: a process may have been busy
# with it, or the removal may have been interrupted.
_AGAIN_SECONDS = 60.0

_MOST = 100

# The timetables of work on accounts.
_TIMETABLES = (
    *(keys.DUE_ACCOUNTS, keys.MAIL_ACCOUNTS, keys.COMMAND_ACCOUNTS),
    *(keys.SWEEPS, keys.LINK_ACCOUNTS, keys.LINK_STRANGERS),
    *(keys.GATHERED_ACCOUNTS, keys.INTRODUCTION_ACCOUNTS),
)

# KEYS: account, pairs.
_END_ACCESS = """
redis.call('HDEL', KEYS[1], 'endpoint', 'app_tokens')
redis.call('DEL', KEYS[2])
"""

# KEYS: account, former, pairs, outbox, its times, its tries, when gathered letters go.
# ARGV: "1" if for good, how keys of a contact's gathered letters begin. Mail that
# waited must not be sent when the account comes back weeks later.
_DEPART = """
for _, contact in ipairs(redis.call('ZRANGE', KEYS[7], 0, -1)) do
  redis.call('DEL', ARGV[2] .. contact)
end
redis.call('DEL', KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7])
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HDEL', KEYS[1], 'endpoint', 'app_tokens')
  redis.call('RENAME', KEYS[1], KEYS[2])
end
if ARGV[1] == '1' and redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HSET', KEYS[2], 'purging', 1)
end
"""

# KEYS: account, former. -> its record, "" if there is none, nil if it is back.
_CONDEMN = """
if redis.call('EXISTS', KEYS[1]) == 1 then return nil end
if redis.call('EXISTS', KEYS[2]) == 0 then return '' end
redis.call('HSET', KEYS[2], 'purging', 1)
return redis.call('HGET', KEYS[2], 'account')
"""

# KEYS: names. ARGV: name, the account that it has to belong to.
_DISOWN = """
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
"""


class Departures:
    """Removes accounts from everything that leads to them."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._gone = Timetable(redis, keys.GONE)
        self._sweeps = Timetable(redis, keys.SWEEPS)
        self._end_access = redis.register_script(_END_ACCESS)
        self._depart = redis.register_script(_DEPART)
        self._condemn = redis.register_script(_CONDEMN)
        self._disown = redis.register_script(_DISOWN)

    async def end_access(self, account: Account) -> None:
        """Forget tokens and endpoint of the application, and end visits."""
        await self._bury(account)
        await self._end_access(keys=[keys.account(account.id), keys.pairs(account.id)])
        await self._unlink(keys.visits(account.id))

    async def depart(self, account: Account, seconds: float) -> None:
        """Set an account aside for this many seconds, or remove it at once (0)."""
        await self._bury(account)
        # This comes first: no data may be left that nobody would ever remove.
        await self._gone.put(account.id, seconds or _AGAIN_SECONDS, only="NX")
        await self._end(account.id, for_good=not seconds)
        for timetable in _TIMETABLES:
            await self._redis.zrem(timetable, account.id)
        if await self._redis.exists(keys.account(account.id)):
            # It was installed again just now. Its turn puts it on the other timetables.
            await self._sweeps.at_once(account.id)
        await self._unlink(keys.visits(account.id))
        if not seconds:
            await self._erase(account.id, account.slug)

    async def overdue(self) -> list[str]:
        """Return accounts whose data is to be removed now."""
        return await self._gone.ready(_MOST)

    async def purge(self, account_id: str) -> None:
        """Remove what is kept of an account, unless it came back."""
        raw = await self._condemn(
            keys=[keys.account(account_id), keys.former(account_id)]
        )
        if raw is not None:
            slug = ACCOUNT.validate_json(raw).slug if raw else ""
            if await self._erase(account_id, slug):
                await self._gone.put(account_id, _AGAIN_SECONDS, only="XX")
                return
        await self._redis.zrem(keys.GONE, account_id)

    async def remove(self, account_id: str, slug: str) -> None:
        """Remove an account, connected or not."""
        # This comes first: if the rest is interrupted, it will be completed.
        await self._gone.put(account_id, _AGAIN_SECONDS, only="LT")
        # From here on no process keeps anything of the account.
        await self._end(account_id, for_good=True)
        await self._erase(account_id, slug)
        await self._redis.zrem(keys.GONE, account_id)

    async def forget(self, account: Account) -> None:
        """Forget that the account was ever gone."""
        await self._redis.zrem(keys.GONE, account.id)
        await self._redis.delete(keys.tombstone(account.member_id))

    async def _bury(self, account: Account) -> None:
        """Keep the tokens that were valid, so that late events are recognised."""
        digests = await self._redis.hget(keys.account(account.id), "app_tokens")
        if digests and account.member_id:
            key = keys.tombstone(account.member_id)
            await self._redis.set(key, digests, ex=_TOMBSTONE_SECONDS)

    async def _end(self, account_id: str, *, for_good: bool) -> None:
        await self._depart(
            keys=[
                *(keys.account(account_id), keys.former(account_id)),
                *(keys.pairs(account_id), keys.outbox(account_id)),
                *(keys.outbox_times(account_id), keys.outbox_tries(account_id)),
                keys.gathered_times(account_id),
            ],
            args=[int(for_good), keys.gathered_of_any(account_id)],
        )

    async def _erase(self, account_id: str, slug: str) -> int:
        """Remove all data of an account; return how many keys of its own it had."""
        await self._disown(keys=[keys.SLUGS], args=[slug, account_id])
        tokens = await self._redis.hget(keys.former(account_id), "tokens")
        for digest in text(tokens or b"").split():
            await self._disown(keys=[keys.TOKENS], args=[digest, account_id])
        # Found by what they lead to: its first event may be adding the name right now.
        async for member_id, owner in self._redis.hscan_iter(keys.MEMBER_IDS):
            if text(owner) == account_id:
                await self._disown(keys=[keys.MEMBER_IDS], args=[member_id, account_id])
        for timetable in _TIMETABLES:
            await self._redis.zrem(timetable, account_id)
        return await self._unlink(keys.everything(account_id))

    async def _unlink(self, pattern: str) -> int:
        count = 0
        async for key in self._redis.scan_iter(pattern, count=1_000):
            count += await self._redis.unlink(key)
        return count
