"""What customers say of how their tickets were solved: this is the truth of it.

The mark of the task in Bitrix24 is a copy. The links to rate a ticket without signing
in end with a keyed digest of whose they are: nothing is stored for them.
"""

import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.tickets.happened import Rating
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.clock import NOW
from ticket24.store.connection import text
from ticket24.store.sealing import Seal

_DIGEST_LENGTH = 32
_DAY_MS = 86_400_000

# KEYS: account, ratings. ARGV: task id, when it was said, rating. -> whether it counts.
# Later ratings come later, except one that was set aside; clocks may differ a little.
_KEEP = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known and string.match(known, '^%d+') - ARGV[2] > 60000 then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. '\\n' .. ARGV[3])
return 1
"""

# KEYS: account, who was asked. ARGV: contact, letter, for how long. -> whether to ask.
_ASK = (
    NOW
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known then
  local at, letter = string.match(known, '^(%d+) (.*)$')
  if letter == ARGV[2] then return 1 end
  if now - at < tonumber(ARGV[3]) then return 0 end
end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f %s', now, ARGV[2]))
return 1
"""
)


@dataclass(frozen=True, slots=True)
class KeptRating:
    """A rating with the customer's words, and whose it is."""

    rating: Rating
    contact_id: int
    name: str = ""
    text: str = ""


KEPT_RATING = TypeAdapter(KeptRating)


class RedisRatings:
    """The latest rating of each ticket, of all accounts."""

    def __init__(self, redis: Redis, seal: Seal) -> None:
        self._redis = redis
        self._seal = seal
        self._keep = redis.register_script(_KEEP)
        self._ask = redis.register_script(_ASK)

    async def keep(self, ref: TicketRef, kept: KeptRating) -> bool:
        """Keep a rating; False if there is a later one, or no account any more."""
        at = int(kept.rating.at.timestamp() * 1_000)
        done = await self._keep(
            keys=[keys.account(ref.account), keys.ratings(ref.account)],
            args=[ref.task_id, at, KEPT_RATING.dump_json(kept)],
        )
        return bool(done)

    async def of(
        self, account: str, task_ids: Collection[int]
    ) -> dict[int, KeptRating]:
        """Return the latest ratings of these tickets."""
        if not task_ids:
            return {}
        rows = await self._redis.hmget(keys.ratings(account), [*map(str, task_ids)])
        pairs = zip(task_ids, rows, strict=True)
        return {id_: _read(raw) for id_, raw in pairs if raw}

    async def forget(self, account: str, contact_ids: Collection[int]) -> None:
        """Forget the words of these contacts; what they chose is the company's."""
        async for task_id, raw in self._redis.hscan_iter(keys.ratings(account)):
            kept = _read(raw)
            if kept.contact_id in contact_ids and (kept.text or kept.name):
                ref = TicketRef(account, int(task_id))
                await self.keep(ref, replace(kept, text="", name=""))
        if contact_ids:
            asked = keys.ratings_asked(account)
            await self._redis.hdel(asked, *map(str, contact_ids))

    async def ask(self, account: str, contact_id: int, letter: str, days: int) -> bool:
        """Whether a letter may ask a customer, who is asked once in these `days`.

        The same letter gets the same answer, however often it is written.
        """
        asked = await self._ask(
            keys=[keys.account(account), keys.ratings_asked(account)],
            args=[contact_id, letter, days * _DAY_MS],
        )
        return bool(asked)

    def token(self, ref: TicketRef, contact_id: int, address: str) -> str:
        """Return what lets whoever reads this address rate this ticket, no more."""
        (digest, *_) = self._digests(ref, contact_id, address)
        return f"{ref.task_id}-{contact_id}-{digest}"

    def genuine(self, token: str, account: str, addresses: Iterable[str]) -> bool:
        """Whether a token is of one of these addresses, those of its contact."""
        task_id, contact_id, sent = token.split("-")
        ref = TicketRef(account, int(task_id))
        return any(
            hmac.compare_digest(one, sent)
            for address in addresses
            for one in self._digests(ref, int(contact_id), address)
        )

    def _digests(self, ref: TicketRef, contact_id: int, address: str) -> list[str]:
        about = f"rating {ref.account} {ref.task_id} {contact_id} {fold(address)}"
        return [one[:_DIGEST_LENGTH] for one in self._seal.digests(about)]


def _read(raw: bytes | str) -> KeptRating:
    return KEPT_RATING.validate_json(text(raw).partition("\n")[2])
