"""What customers have recently asked for, counted where all processes see it.

Each budget is the instant (microseconds, by Redis' clock) at which it will be whole
again, as in `limiter`; Redis forgets it then. One script looks at all budgets of a
command and spends from all or none, so commands that come at the same moment cannot
pass together.
"""

import hashlib
import math
from collections.abc import Collection, Sequence

from redis.asyncio import Redis

from ticket24.domain.customers.budgets import Charge, Over
from ticket24.domain.customers.mailboxes import fold
from ticket24.store import keys
from ticket24.store.clock import NOW_US

# How many addresses an account remembers having written to, and for how many seconds.
_MOST_KNOWN = 20_000
_KNOWN_SECONDS = 180 * 86_400

# KEYS: contacts' addresses, addresses written to, then budgets. ARGV: how many
# addresses, most remembered, for how long, each address with its digest, and for each
# budget: cost (-1: the number of new addresses), most, microseconds for one.
# -> the costs if everything was spent, else for each budget that is used up: its
# number, microseconds to wait, what is too much.
_SPEND = (
    NOW_US
    + """
local fresh = {}
local last = 3 + 2 * ARGV[1]
for i = 4, last, 2 do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0
    and not redis.call('ZSCORE', KEYS[2], ARGV[i + 1]) then
    fresh[#fresh + 1] = ARGV[i + 1]
  end
end
local over, costs, whole_at = {}, {}, {}
for i = 3, #KEYS do
  local at = last + 3 * (i - 3)
  local cost, most = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local one = tonumber(ARGV[at + 3])
  if cost < 0 then cost = #fresh end
  local spent = math.max(tonumber(redis.call('GET', KEYS[i]) or 0) - now, 0)
  local wait = spent + (cost - most) * one
  if cost > 0 and wait > 0 then
    over[#over + 1] = {i - 3, wait, math.ceil(wait / one)}
  end
  costs[i - 2] = cost
  whole_at[i] = now + spent + cost * one
end
if #over > 0 then return over end
for i = 3, #KEYS do
  local life = math.ceil((whole_at[i] - now) / 1000)
  if life > 0 then
    redis.call('SET', KEYS[i], string.format('%.0f', whole_at[i]), 'PX', life)
  end
end
for _, digest in ipairs(fresh) do redis.call('ZADD', KEYS[2], t[1], digest) end
if #fresh > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', t[1] - ARGV[3])
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -ARGV[2] - 1)
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
return costs
"""
)


class RedisBudgets:
    """Budgets of all accounts and their customers."""

    def __init__(self, redis: Redis) -> None:
        self._spend = redis.register_script(_SPEND)

    async def spend(
        self,
        account: str,
        charges: Sequence[Charge],
        addresses: Collection[str] = (),
    ) -> list[Over]:
        """Spend all charges, or none; return the budgets that are used up.

        `addresses` are those in copy. An address is new if it belongs to no contact
        that we know and was never written to for this account.
        """
        about: list[str | int] = []
        for address in addresses:
            about += [fold(address), digest(account, address)]
        for charge in charges:
            cost = -1 if charge.cost is None else charge.cost
            one = charge.budget.seconds * 1_000_000 // charge.budget.most
            about += [cost, charge.budget.most, one]
        found = await self._spend(
            keys=[
                *(keys.addresses(account), keys.copied(account)),
                *(keys.budget(account, c.budget.name, c.who) for c in charges),
            ],
            args=[len(addresses), _MOST_KNOWN, _KNOWN_SECONDS, *about],
        )
        return [
            Over(charges[one[0]], math.ceil(one[1] / 1_000_000), one[2])
            for one in found
            if isinstance(one, list)
        ]


def digest(account: str, address: str) -> str:
    """Return a name for an address that does not reveal it."""
    raw = f"{account} {fold(address)}".encode(errors="backslashreplace")
    return hashlib.sha256(raw).hexdigest()[:24]
