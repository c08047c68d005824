"""What we know of customers: name and addresses, by contact id and by address."""

import json
from collections.abc import Collection, Iterable

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.customers.logins import MOST_CONTACTS
from ticket24.domain.customers.mailboxes import fold, plausible, spelled
from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.store import keys
from ticket24.store.connection import texts
from ticket24.store.customers.readings import SINCE

CUSTOMER = TypeAdapter(Customer)

# The version in which addresses are read and compared. It rises when `fold` answers
# differently, or a contact does. Up to 1 they were compared by `casefold`, for which ß
# was ss; up to 2 a field was one address, whatever it was for; up to 3 nobody asked for
# the company.
_VERSION = b"4"
_MOST_AT_ONCE = 200
_MOST_SCANNED = 1_000

# A contact that took over may itself have been merged, and so on.
_MOST_MERGES = 5

# Lua: keep the index of addresses in step.
# KEYS: customers, addresses, generations. Addresses are the index. Generations end the
# sessions that began with an address once the address is gone.
_INDEX = """
local function enter(address, id)
  local ids = cjson.decode(redis.call('HGET', KEYS[2], address) or '[]')
  ids[#ids + 1] = id
  redis.call('HSET', KEYS[2], address, cjson.encode(ids))
end
local function leave(address, id, silently)
  local left = {}
  for _, one in ipairs(cjson.decode(redis.call('HGET', KEYS[2], address) or '[]')) do
    if one ~= id then left[#left + 1] = one end
  end
  if #left == 0 then redis.call('HDEL', KEYS[2], address)
  else redis.call('HSET', KEYS[2], address, cjson.encode(left)) end
  if not silently then redis.call('HINCRBY', KEYS[3], id .. ' ' .. address, 1) end
end
local function index(id, now, silently)
  local before = redis.call('HGET', KEYS[2], id) or '[]'
  if before == now then return end
  local gone = {}
  for _, address in ipairs(cjson.decode(before)) do gone[address] = true end
  for _, address in ipairs(cjson.decode(now)) do
    if not gone[address] then enter(address, id) end
    gone[address] = nil
  end
  for address in pairs(gone) do leave(address, id, silently) end
  if now == '[]' then redis.call('HDEL', KEYS[2], id)
  else redis.call('HSET', KEYS[2], id, now) end
end
"""

# KEYS: customers, addresses, generations, account, readings, successors.
# ARGV: the number of a claim or "", then contact id, customer, its folded addresses;
# and so on. -> the contacts of which the claim is over. A customer who exists is the
# one in the tickets, whoever took over before.
_PUT = (
    _INDEX
    + SINCE
    + """
if redis.call('EXISTS', KEYS[4]) == 0 then return {} end
local late = {}
for i = 2, #ARGV, 3 do
  if ARGV[1] ~= '' and since(KEYS[5], ARGV[i], ARGV[1]) then
    late[#late + 1] = ARGV[i]
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    index(ARGV[i], ARGV[i + 2])
    redis.call('HDEL', KEYS[6], ARGV[i])
  end
end
return late
"""
)

# The same for customers that are still as they were read; no session ends.
# KEYS: customers, addresses, generations.
# ARGV: contact id, customer as it was read, its folded addresses; and so on.
_REINDEX = (
    _INDEX
    + """
for i = 1, #ARGV, 3 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    index(ARGV[i], ARGV[i + 2], true)
  end
end
"""
)

# KEYS: account, state. ARGV: version.
_DONE = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[2], 'addresses', ARGV[1])
end
"""

# KEYS: customers, addresses, generations, passwords, lost, then what may be left of
# somebody who was not known. ARGV: contact id. What was known is noted until everything
# that is left of the customer has been removed too.
_REMOVE = (
    _INDEX
    + """
local before = redis.call('HGET', KEYS[1], ARGV[1])
local known = redis.call('HDEL', KEYS[1], ARGV[1])
known = known + redis.call('HDEL', KEYS[4], ARGV[1])
if known + redis.call('EXISTS', unpack(KEYS, 6)) > 0 then
  redis.call('HSET', KEYS[5], ARGV[1], before or '')
end
if known > 0 then
  redis.call('HINCRBY', KEYS[3], ARGV[1], 1)
end
index(ARGV[1], '[]')
"""
)

# KEYS: account, successors. ARGV: contact id, the contact that took its place.
_SUCCEED = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
end
"""


class RedisCustomers:
    """Customers of all accounts."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._put = redis.register_script(_PUT)
        self._remove = redis.register_script(_REMOVE)
        self._reindex = redis.register_script(_REINDEX)
        self._succeed = redis.register_script(_SUCCEED)
        self._done = redis.register_script(_DONE)

    async def get_all(
        self, account: str, contact_ids: Collection[int]
    ) -> dict[int, Customer]:
        """Return the known ones among these customers."""
        if not contact_ids:
            return {}
        ids = list(contact_ids)
        rows = await self._redis.hmget(
            keys.customers(account), [str(contact_id) for contact_id in ids]
        )
        return {
            contact_id: CUSTOMER.validate_json(raw)
            for contact_id, raw in zip(ids, rows, strict=True)
            if raw
        }

    async def with_address(self, account: str, email: str) -> list[Customer]:
        """Return the customers that have this address, by contact id.

        At most the twenty oldest: a company may have one address at thousands.
        """
        if not plausible(email):
            return []
        raw = await self._redis.hget(keys.addresses(account), fold(email))
        ids = sorted(int(contact_id) for contact_id in json.loads(raw or "[]"))
        known = await self.get_all(account, ids[:MOST_CONTACTS])
        # A version that took other addresses for equal may have written the index.
        return [one for one in known.values() if spelled(email, one.emails)]

    async def at_domain(self, account: str, domain: str, most: int) -> set[int]:
        """Return at `most` this many contacts with an address at a folded domain."""
        found: set[int] = set()
        rows = self._redis.hscan_iter(
            keys.addresses(account), match=f"*@{domain}", count=_MOST_SCANNED
        )
        async for _, ids in rows:
            found |= {int(one) for one in json.loads(ids)}
            if len(found) >= most:
                break
        return set(sorted(found)[:most])

    async def known(self, account: str) -> set[ContactRef]:
        """Return all customers of an account."""
        ids = texts(await self._redis.hkeys(keys.customers(account)))
        return {ContactRef(account, int(contact_id)) for contact_id in ids}

    async def put_all(
        self,
        account: str,
        customers: Iterable[Customer],
        claim: int | None = None,
    ) -> frozenset[int]:
        """Keep these customers of an account as they are now.

        Sessions that began with an address that is gone end. Of an account that
        is not connected (any more) nothing is kept. Contacts are left out and returned
        of which there is a later claim of `readings` than this one.
        """
        args: list[str | bytes] = []
        for customer in customers:
            args += [
                str(customer.ref.contact_id),
                CUSTOMER.dump_json(customer),
                _folded(customer),
            ]
        if not args:
            return frozenset()
        late = await self._put(
            keys=[
                *(*self._keys(account), keys.account(account)),
                *(keys.readings(account), keys.successors(account)),
            ],
            args=["" if claim is None else str(claim), *args],
        )
        return frozenset(map(int, late))

    async def current(self, account: str) -> bool:
        """Whether this version has indexed the customers."""
        version = await self._redis.hget(keys.state(account), "addresses")
        return bool(version == _VERSION)

    async def outdated(self, account: str) -> bool:
        """Whether the customers were read by an earlier version."""
        version = await self._redis.hget(keys.state(account), "addresses")
        return version not in {None, _VERSION}

    async def index(self, account: str) -> bool:
        """Index an account anew if another version compared addresses differently.

        Returns True if it did. Customers stay signed in: sessions check by themselves
        whether the address that they began with is still the contact's.
        """
        version = await self._redis.hget(keys.state(account), "addresses")
        if version == _VERSION:
            return False
        customers = keys.customers(account)
        args: list[str | bytes] = []
        async for id_, raw in self._redis.hscan_iter(customers, count=_MOST_AT_ONCE):
            args += [id_, raw, _folded(CUSTOMER.validate_json(raw))]
            if len(args) >= 3 * _MOST_AT_ONCE:
                await self._reindex(keys=self._keys(account), args=args)
                args = []
        await self._reindex(keys=self._keys(account), args=args)
        await self._done(
            keys=[keys.account(account), keys.state(account)], args=[_VERSION]
        )
        return True

    async def remove(self, ref: ContactRef) -> None:
        """Forget a customer and the password; their sessions end."""
        who = ref.account, ref.contact_id
        await self._remove(
            keys=[
                *self._keys(ref.account),
                keys.passwords(ref.account),
                keys.lost(ref.account),
                *(keys.invitation(*who), keys.onlookers(*who), keys.asked(*who)),
            ],
            args=[ref.contact_id],
        )

    async def strangers(self, account: str, contact_ids: Collection[int]) -> set[int]:
        """Return the contacts for which neither a customer nor a successor is known."""
        known = await self.get_all(account, contact_ids)
        unknown = set(contact_ids) - known.keys()
        return unknown - (await self.successors(account, unknown)).keys()

    async def successors(
        self, account: str, contact_ids: Collection[int]
    ) -> dict[int, int]:
        """Return the successors of those of these contacts that were merged away."""
        found = {id_: id_ for id_ in contact_ids}
        for _ in range(_MOST_MERGES if found else 0):
            ids = list(set(found.values()))
            rows = await self._redis.hmget(
                keys.successors(account), [str(one) for one in ids]
            )
            steps = {one: int(row) for one, row in zip(ids, rows, strict=True) if row}
            if not steps:
                break
            found = {id_: steps.get(now, now) for id_, now in found.items()}
        return {id_: now for id_, now in found.items() if now != id_}

    async def succeed(self, account: str, contact_id: int, heir_id: int) -> set[int]:
        """Note who took over; return the tickets of the contact that is gone."""
        await self._succeed(
            keys=[keys.account(account), keys.successors(account)],
            args=[contact_id, heir_id],
        )
        ids = texts(await self._redis.hkeys(keys.rows(account, contact_id)))
        return {int(task_id) for task_id in ids}

    @staticmethod
    def _keys(account: str) -> list[str]:
        return [
            keys.customers(account),
            keys.addresses(account),
            keys.generations(account),
        ]


def _folded(customer: Customer) -> str:
    """Write down the addresses by which a customer is found.

    Something that is not an address finds nobody: a number would be a contact's id.
    """
    folded = sorted({fold(email) for email in customer.emails if plausible(email)})
    return json.dumps(folded, ensure_ascii=False)
