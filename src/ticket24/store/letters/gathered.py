"""Letters that wait to be told together, for customers who want it so.

Each is either in the outbox or here, and moves in one step: nothing is lost between
them, or told twice. What goes out together is one letter of the outbox then.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from redis.asyncio import Redis

from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.customers.preferences import MailPace
from ticket24.domain.news.letters import Letter
from ticket24.store import keys
from ticket24.store.clock import NOW
from ticket24.store.connection import text
from ticket24.store.letters.parked import LETTER
from ticket24.store.timetable import Timetable

# Nobody waits for longer: later than that the clock has been set back.
_LONGEST_MS = 26 * 3_600_000

# For this long no other look is asked for before letters go.
_BEGUN_SECONDS = 60

# KEYS: account, outbox, outbox times, tries, preferences, gathered, their times.
# ARGV: letter, contact, pace, when it goes (milliseconds). -> whether it waits now.
_HOLD = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 1 end
local pace = redis.call('HGET', KEYS[5], ARGV[2]) or 'instant'
if pace ~= ARGV[3] then return 0 end
local letter = redis.call('HGET', KEYS[2], ARGV[1])
if not letter then return 1 end
redis.call('HSET', KEYS[6], ARGV[1], letter)
redis.call('ZADD', KEYS[7], 'NX', ARGV[4], ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1], ARGV[1] .. ' unsure')
return 1
"""

# KEYS: times. ARGV: how many, the longest wait. -> contacts
_RIPE = (
    NOW
    + """
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
local wrong = redis.call('ZRANGEBYSCORE', KEYS[1], now + ARGV[2], '+inf',
  'LIMIT', 0, ARGV[1])
for _, one in ipairs(wrong) do found[#found + 1] = one end
return found
"""
)

# KEYS: account, gathered, times, outbox, outbox times. ARGV: contact, the letter that
# goes or '', its id, how many wait for it, these, then those that go nowhere.
# -> whether it goes
_RELEASE = (
    NOW
    + """
local last = 4 + ARGV[4]
for i = 5, last do
  if redis.call('HEXISTS', KEYS[2], ARGV[i]) == 0 then return 0 end
end
for i = 5, #ARGV do redis.call('HDEL', KEYS[2], ARGV[i]) end
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('ZREM', KEYS[3], ARGV[1]) end
if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[4], ARGV[3], ARGV[2])
  redis.call('ZADD', KEYS[5], now, ARGV[3])
end
return 1
"""
)


class RedisGathered:
    """Letters that wait, of all accounts."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._index = Timetable(redis, keys.GATHERED_ACCOUNTS)
        self._mails = Timetable(redis, keys.MAIL_ACCOUNTS)
        self._hold = redis.register_script(_HOLD)
        self._ripe = redis.register_script(_RIPE)
        self._release = redis.register_script(_RELEASE)

    async def hold(self, letter: Letter, pace: MailPace, until: datetime) -> bool:
        """Let a letter of the outbox wait; False if its customer chose another pace.

        What waits for the same customer already does not wait longer for it.
        """
        account, contact_id = letter.ref.account, letter.contact_id
        at = int(until.timestamp() * 1_000)
        held = await self._hold(
            keys=[
                keys.account(account),
                keys.outbox(account),
                keys.outbox_times(account),
                keys.outbox_tries(account),
                keys.preferences(account),
                keys.gathered(account, contact_id),
                keys.gathered_times(account),
            ],
            args=[letter.id, contact_id, pace, at],
        )
        await self._index.no_later(account, at)
        return bool(held)

    async def accounts(self, limit: int) -> list[str]:
        """Return accounts with letters that go now."""
        return await self._index.ready(limit)

    async def ripe(self, account: str, limit: int) -> list[int]:
        """Return the contacts whose letters go now."""
        found = await self._ripe(
            keys=[keys.gathered_times(account)], args=[limit, _LONGEST_MS]
        )
        return [*map(int, found)]

    async def letters(self, account: str, contact_id: int) -> list[Letter]:
        """Return what waits for a contact, in the order in which it was decided."""
        rows = await self._redis.hvals(keys.gathered(account, contact_id))
        found = [LETTER.validate_json(raw) for raw in rows]
        return sorted(found, key=lambda one: (one.decided_at, one.id))

    async def begin(self, account: str, contact_id: int, seconds: float) -> bool:
        """Let a contact's letters wait this long once more; False if they have."""
        key = keys.gathered_begun(account, contact_id)
        fresh = await self._redis.set(key, "", nx=True, ex=_BEGUN_SECONDS)
        if fresh:
            seconds_, micros = await self._redis.time()
            at = int(seconds_) * 1_000 + int(micros) // 1_000 + int(seconds * 1_000)
            times = keys.gathered_times(account)
            await self._redis.zadd(times, {str(contact_id): at}, xx=True)
        return bool(fresh)

    async def release(
        self,
        account: str,
        contact_id: int,
        letter: Letter | None,
        told: Sequence[Letter],
        dropped: Sequence[Letter] = (),
    ) -> bool:
        """Put one letter into the outbox for those that it tells; False if they left.

        Those that are `dropped` are told to nobody.
        """
        done = await self._release(
            keys=[
                keys.account(account),
                keys.gathered(account, contact_id),
                keys.gathered_times(account),
                keys.outbox(account),
                keys.outbox_times(account),
            ],
            args=[
                contact_id,
                LETTER.dump_json(letter) if letter else "",
                letter.id if letter else "",
                len(told),
                *(one.id for one in told),
                *(one.id for one in dropped),
            ],
        )
        if letter:
            await self._mails.at_once(account)
        return bool(done)

    async def index(self, account: str) -> None:
        """Note when the account has letters that go next."""
        await self._index.reindex(account, self._first)

    async def all(self, account: str) -> list[Letter]:
        """Return every letter of an account that waits."""
        contacts = await self._redis.zrange(keys.gathered_times(account), 0, -1)
        found = [await self.letters(account, int(text(one))) for one in contacts]
        return [letter for some in found for letter in some]

    async def leave(
        self, account: str, contact_ids: Collection[int], emails: Collection[str]
    ) -> None:
        """Drop what goes to these folded addresses of contacts who are gone.

        What goes to a mailbox that somebody else has too goes at once.
        """
        for contact_id in contact_ids:
            letters = await self.letters(account, contact_id)
            gone = [one for one in letters if fold(one.recipient) in emails]
            await self.release(account, contact_id, None, (), gone)
            if len(gone) < len(letters):
                times = keys.gathered_times(account)
                await self._redis.zadd(times, {str(contact_id): 0}, xx=True)
                await self._index.at_once(account)

    async def _first(self, account: str) -> float | None:
        if await self.ripe(account, 1):
            return 0.0
        times = keys.gathered_times(account)
        rows = await self._redis.zrange(times, 0, 0, withscores=True)
        return float(rows[0][1]) if rows else None
