"""What the mail server does with us: one state for all accounts and processes.

It is `held` while the server refuses us, and not just one recipient, or cannot be
reached. Mails wait then, and one after the other asks whether the server accepts mail
again. Until a mail is accepted, refusals in a row are kept, because several of them
mean us.
"""

import hashlib
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass

from redis.asyncio import Redis

from ticket24.domain.customers.mailboxes import fold
from ticket24.store import keys
from ticket24.store.connection import text

# After how many seconds refusals are forgotten, and after how many it is forgotten that
# the server refuses us, if no mail has asked it since.
_REFUSALS_SECONDS = 7 * 86_400
_HELD_SECONDS = 86_400

# While mail waits, one mail asks at least every minute. After that long nobody knows
# how it is now.
_NEWS_SECONDS = 900.0

# The pause between two mails that ask: short at first, soon a minute.
_SHORTEST, _LONGEST = 1.0, 60.0
_PART_OF_AGE = 6

_FEW = 2
_MOST_KNOWN = 10_000
_WORDS_LENGTH = 300

# KEYS: relay. ARGV: now, words, seconds to keep, '1' if it is away. -> 1 if it begins,
# or is another trouble than before, with the beginning.
_HOLD = """
local away = redis.call('HGET', KEYS[1], 'away') or '0'
local began = redis.call('HSETNX', KEYS[1], 'since', ARGV[1])
if away ~= ARGV[4] then began = 1 end
redis.call('HSET', KEYS[1], 'last', ARGV[1], 'words', ARGV[2], 'away', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {began, redis.call('HGET', KEYS[1], 'since')}
"""

# KEYS: relay, refused, known. ARGV: seconds to keep, most to keep. From now on those
# who were refused are known to be refused individually.
_TAKEN = """
local refused = redis.call('HGETALL', KEYS[2])
if redis.call('HLEN', KEYS[3]) > tonumber(ARGV[2]) then redis.call('DEL', KEYS[3]) end
for place = 1, #refused, 2 do
  redis.call('HSET', KEYS[3], string.sub(refused[place], 1, 16), '1')
end
if #refused > 0 then redis.call('EXPIRE', KEYS[3], ARGV[1]) end
local since = redis.call('HGET', KEYS[1], 'since')
redis.call('DEL', KEYS[1], KEYS[2])
return since
"""

# KEYS: refused, known. ARGV: recipient, letter, how, seconds to keep. -> nil if it was
# refused before a mail to somebody else was taken.
_REFUSED = """
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return nil end
redis.call('HSET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return redis.call('HGETALL', KEYS[1])
"""

# KEYS: asked. ARGV: whose turn it was. It may be another's by now.
_GIVE_BACK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


@dataclass(frozen=True, slots=True)
class Held:
    """Since when the mail server refuses us, when it last did, and its words.

    Or it is `away`: nobody could say anything.
    """

    since: float
    last: float
    words: str
    away: bool = False

    def is_news(self, now: float) -> bool:
        """Whether a mail asked recently; while mail waits, one does each minute."""
        return now - self.last < _NEWS_SECONDS

    @property
    def pause(self) -> float:
        """How long until the next mail may ask, seconds."""
        age = (self.last - self.since) / _PART_OF_AGE
        return min(max(age, _SHORTEST), _LONGEST)


@dataclass(frozen=True, slots=True)
class RefusedLetter:
    """One letter that was refused: to whom and where, how surely; what to bring back.

    `sure` unless the words would fit any mail to anybody. The recipient is a digest.
    """

    recipient: str
    place: str
    sure: bool
    account: str
    parked_id: str


def several(refusals: Iterable[RefusedLetter]) -> bool:
    """Whether refusals of different recipients in a row mean us.

    Two are enough if their words would fit anybody; three at several places are enough
    whatever was said.
    """
    rows = list(refusals)
    if len({row.recipient for row in rows if not row.sure}) > 1:
        return True
    places = {row.place for row in rows}
    return len({row.recipient for row in rows}) > _FEW and len(places) > 1


class RedisRelay:
    """What processes tell each other of the mail server."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._hold = redis.register_script(_HOLD)
        self._taken = redis.register_script(_TAKEN)
        self._refused = redis.register_script(_REFUSED)
        self._give_back = redis.register_script(_GIVE_BACK)
        # Whether there is anything that an accepted mail would end.
        self._doubted = False

    async def look(self) -> Held | None:
        """Return how it is, if it refuses us or is away."""
        row = await self._redis.hmget(keys.RELAY, "since", "last", "words", "away")
        if row[0] is None:
            self._doubted = bool(await self._redis.exists(keys.RELAY_REFUSED))
            return None
        self._doubted = True
        since, last, words, away = (text(one or b"") for one in row)
        return Held(float(since), float(last), words, away == "1")

    async def may_ask(self, held: Held) -> str:
        """Name the mail that may ask now; "" while the next one waits for a pause."""
        turn, milliseconds = secrets.token_hex(8), int(held.pause * 1000)
        asked = keys.RELAY_ASKED
        may = await self._redis.set(asked, turn, nx=True, px=milliseconds)
        return turn if may else ""

    async def asked_nobody(self, turn: str) -> None:
        """Note that this mail did not ask after all; the next one may at once."""
        await self._give_back(keys=[keys.RELAY_ASKED], args=[turn])

    async def hold(self, words: str, *, away: bool = False) -> tuple[bool, Held]:
        """Note that it refuses us; return whether that is new, and how it is."""
        self._doubted = True
        now = time.time()
        began, since = await self._hold(
            keys=[keys.RELAY],
            args=[now, words[:_WORDS_LENGTH], _HELD_SECONDS, int(away)],
        )
        return bool(began), Held(float(since), now, words, away)

    async def refused(self, refusal: RefusedLetter) -> list[RefusedLetter] | None:
        """Note a refusal; return all since a mail was taken, including this one.

        Returns None for a recipient that was refused already before a mail to another
        was taken, because the refusal means that recipient alone.
        """
        self._doubted = True
        rows = await self._refused(
            keys=[keys.RELAY_REFUSED, keys.RELAY_KNOWN],
            args=[
                refusal.recipient,
                f"{refusal.account} {refusal.parked_id}",
                f"{refusal.place} {int(refusal.sure)}",
                _REFUSALS_SECONDS,
            ],
        )
        if rows is None:
            return None
        pairs = zip(rows[::2], rows[1::2], strict=True)
        return [_read(text(field), text(how)) for field, how in pairs]

    async def refusals(self) -> list[RefusedLetter]:
        """Return all refusals since a mail was taken."""
        rows = await self._redis.hgetall(keys.RELAY_REFUSED)
        return [_read(text(field), text(how)) for field, how in rows.items()]

    async def taken(self) -> float | None:
        """Note that a mail was taken; if the server refused us, return since when."""
        if not self._doubted:
            return None
        self._doubted = False
        since = await self._taken(
            keys=[keys.RELAY, keys.RELAY_REFUSED, keys.RELAY_KNOWN],
            args=[_REFUSALS_SECONDS, _MOST_KNOWN],
        )
        return float(since) if since else None


def digest(recipient: str) -> str:
    """Name a recipient where only sameness matters."""
    return hashlib.sha256(fold(recipient).encode()).hexdigest()[:16]


def _read(field: str, how: str) -> RefusedLetter:
    recipient, account, parked_id = field.split(" ", 2)
    place, _, sure = how.rpartition(" ")
    return RefusedLetter(recipient, place, sure == "1", account, parked_id)
