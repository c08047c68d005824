"""The outbox: letters decided and not yet delivered, one per recipient.

A letter leaves it only when the mail server has taken it or when it is parked.
A worker *claims* letters for a moment; the claims of a killed one run out.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis

from ticket24.domain.news.letters import Letter
from ticket24.store import claims, keys
from ticket24.store.clock import NOW
from ticket24.store.connection import text, texts
from ticket24.store.letters.parked import LETTER
from ticket24.store.timetable import Timetable

log = structlog.get_logger()

# A later version may be able to read what another version wrote.
_UNREADABLE_MS = 1_800_000

# The name of the field that counts unsure tries, and how many tries each counts for.
_UNSURE, _FOR_MANY = " unsure", 5

# How much of a mail server's words is kept, for a person.
_WORDS_LENGTH = 300

# KEYS: outbox times, outbox, tries. ARGV: how many, for how long.
# -> {id, letter, tries, unsure tries, ...}
_CLAIM = (
    NOW
    + """
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
local found = {}
for _, id in ipairs(ids) do
  local letter = redis.call('HGET', KEYS[2], id)
  if letter then
    redis.call('ZADD', KEYS[1], now + ARGV[2], id)
    found[#found + 1] = id
    found[#found + 1] = letter
    found[#found + 1] = redis.call('HGET', KEYS[3], id) or '0'
    found[#found + 1] = redis.call('HGET', KEYS[3], id .. ' unsure') or '0'
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return found
"""
)

# KEYS: outbox times. ARGV: id, for how long. A renewal may come late: what was put off
# for longer by then stays so.
_RENEW = NOW + "redis.call('ZADD', KEYS[1], 'XX', 'GT', now + ARGV[2], ARGV[1])"

# KEYS: outbox times, tries, state. ARGV: id, for how long, the count of tries that
# grows or "", what the mail server said or "".
_POSTPONE = (
    NOW
    + """
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
if ARGV[3] ~= '' then redis.call('HINCRBY', KEYS[2], ARGV[3], 1) end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[3], 'mail_waits', ARGV[4]) end
"""
)

# KEYS: outbox times, tries, outbox, state, account. ARGV: id, '1' if the mail server
# took it. Nothing is noted of an account that is gone.
_DONE = (
    NOW
    + """
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1], ARGV[1] .. ' unsure')
redis.call('HDEL', KEYS[3], ARGV[1])
if ARGV[2] == '1' and redis.call('EXISTS', KEYS[5]) == 1 then
  redis.call('HSET', KEYS[4], 'mailed_at', now / 1000)
end
"""
)


# How long a letter to staff is known, so that none is written twice.
_KNOWN_SECONDS = 604_800

# KEYS: outbox, outbox times, its mark, account. ARGV: id, letter, for how long.
_PUT = (
    NOW
    + """
if redis.call('EXISTS', KEYS[4]) == 0 then return 0 end
if not redis.call('SET', KEYS[3], '', 'NX', 'EX', ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now, ARGV[1])
return 1
"""
)


@dataclass(frozen=True, slots=True)
class ClaimedLetter:
    """A letter that is ours to send now, and how often it failed before.

    `unsure` counts the tries after which nobody knows whether it was taken.
    """

    letter: Letter
    tries: int
    unsure: int = 0


class RedisOutbox:
    """Letters of all accounts, by the time of their next attempt."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._index = Timetable(redis, keys.MAIL_ACCOUNTS)
        self._claim = redis.register_script(_CLAIM)
        self._renew = redis.register_script(_RENEW)
        self._postpone = redis.register_script(_POSTPONE)
        self._done = redis.register_script(_DONE)
        self._put = redis.register_script(_PUT)

    async def put(self, letter: Letter) -> bool:
        """Keep a letter to be sent now, once; False if it was written before.

        Letters to customers come with the picture that they tell of.
        """
        account = letter.ref.account
        put = await self._put(
            keys=[
                keys.outbox(account),
                keys.outbox_times(account),
                keys.written(account, letter.id),
                keys.account(account),
            ],
            args=[letter.id, LETTER.dump_json(letter), _KNOWN_SECONDS],
        )
        await self.index(account)
        return bool(put)

    async def knows(self, letter: Letter) -> bool:
        """Whether a letter was `put` here within a week, wherever it is now."""
        name = keys.written(letter.ref.account, letter.id)
        return bool(await self._redis.exists(name))

    async def accounts(self, limit: int) -> list[str]:
        """Return accounts with letters to send now."""
        return await self._index.ready(limit)

    async def claim(self, account: str, limit: int) -> list[ClaimedLetter]:
        """Return letters to send now; they are ours while we `renew` them.

        One that cannot be read is logged and left for later.
        """
        found: Sequence[bytes] = await self._claim(
            keys=[
                keys.outbox_times(account),
                keys.outbox(account),
                keys.outbox_tries(account),
            ],
            args=[limit, claims.LETTER_MS],
        )
        claimed = []
        each = (found[place::4] for place in range(4))
        for id_, raw, tries, unsure in zip(*each, strict=True):
            try:
                letter = LETTER.validate_json(raw)
                claimed.append(ClaimedLetter(letter, int(tries), int(unsure)))
            except ValidationError as error:
                log.error(  # noqa: TRY400  Its traceback would show the letter.
                    "letter_unreadable",
                    account=account,
                    id=text(id_),
                    faults=error.error_count(),
                )
                await self._postpone(
                    keys=[*self._keys(account), keys.state(account)],
                    args=[id_, _UNREADABLE_MS, "", ""],
                )
        return claimed

    async def renew(self, letter: Letter) -> None:
        """Keep a claim while the mail server takes its time."""
        await self._renew(
            keys=[keys.outbox_times(letter.ref.account)],
            args=[letter.id, claims.LETTER_MS],
        )

    async def postpone(
        self,
        letter: Letter,
        seconds: float,
        words: str = "",
        *,
        unsure: bool = False,
        counted: bool = True,
    ) -> None:
        """Let it be claimed again after this long; `words` tell a person why.

        It counts as a try, or as an `unsure` one; if not `counted`, as none.
        """
        failed = f"{letter.id}{_UNSURE if unsure else ''}" if counted else ""
        pause_ms, account = round(seconds * 1_000), letter.ref.account
        await self._postpone(
            keys=[*self._keys(account), keys.state(account)],
            args=[letter.id, pause_ms, failed, words[:_WORDS_LENGTH]],
        )
        await self.index(account)

    async def done(self, letter: Letter, *, taken: bool = False) -> None:
        """Forget a letter: parked, taken back, or `taken` by the mail server."""
        account = letter.ref.account
        await self._done(
            keys=[
                *self._keys(account),
                keys.outbox(account),
                keys.state(account),
                keys.account(account),
            ],
            args=[letter.id, int(taken)],
        )

    async def index(self, account: str) -> None:
        """Note when the account has letters to send next."""
        await self._index.reindex(account, self._first)

    async def all(self, account: str) -> list[Letter]:
        """Return every letter of the account."""
        rows = await self._redis.hvals(keys.outbox(account))
        return [LETTER.validate_json(raw) for raw in rows]

    async def begun(self, account: str, starts: Collection[str]) -> list[Letter]:
        """Return the letters whose ids begin so; of others the ids alone are read."""
        name = keys.outbox(account)
        ids = texts(await self._redis.hkeys(name))
        wanted = [one for one in ids if one.startswith((*starts,))]
        rows = await self._redis.hmget(name, wanted) if wanted else []
        return [LETTER.validate_json(raw) for raw in rows if raw]

    async def count(self, account: str) -> int:
        """Return how many letters of the account wait."""
        return int(await self._redis.zcard(keys.outbox_times(account)))

    async def failing(self, account: str) -> tuple[int, int, str]:
        """Return how many letters failed, the most tries of one, and the last words.

        An uncertain try, after which the server may have taken the mail, counts for
        many.
        """
        rows = await self._redis.hgetall(keys.outbox_tries(account))
        words = await self._redis.hget(keys.state(account), "mail_waits")
        tries = {text(field): int(count) for field, count in rows.items()}
        letters = {field.removesuffix(_UNSURE) for field in tries}
        most = max(
            (
                count * (_FOR_MANY if field.endswith(_UNSURE) else 1)
                for field, count in tries.items()
            ),
            default=0,
        )
        return len(letters), most, text(words or b"")

    async def _first(self, account: str) -> float | None:
        rows = await self._redis.zrange(
            keys.outbox_times(account), 0, 0, withscores=True
        )
        return float(rows[0][1]) if rows else None

    @staticmethod
    def _keys(account: str) -> list[str]:
        return [keys.outbox_times(account), keys.outbox_tries(account)]
