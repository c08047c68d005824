"""Who belongs to which company, and which tickets are their owner's alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.customers.company_view import (
    CompanyPeople,
    CompanyRole,
    KnownCompanies,
    Membership,
)
from ticket24.store import keys
from ticket24.store.clock import NOW_SECONDS
from ticket24.store.connection import text, texts
from ticket24.store.versions import BUMP

MEMBER = TypeAdapter(Membership)
PEOPLE = TypeAdapter(CompanyPeople)

# Beside the numbers of contacts: the texts of a list's elements, and when Bitrix24 did
# not answer.
_ELEMENTS = "elements"
_AWAY = "away"

# How long somebody who looked is asked about.
_LOOKING_SECONDS = 120

# KEYS: account, members, company people, versions. ARGV: how many contacts changed,
# these, then for each hash how many pairs there are, and the pairs. Whoever waits for
# news looks again.
_PUT = (
    BUMP
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
local at = 2
for _ = 1, ARGV[1] do bump(KEYS[4], ARGV[at]) at = at + 1 end
for key = 2, 3 do
  local pairs = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, pairs do
    redis.call('HSET', KEYS[key], ARGV[at], ARGV[at + 1])
    at = at + 2
  end
end
redis.call('HDEL', KEYS[2], 'away')
"""
)

# KEYS: account, the hash, versions. ARGV: field, value (empty: none), the contacts
# whose pages show it.
_CHOOSE = (
    BUMP
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
if ARGV[2] == '' then redis.call('HDEL', KEYS[2], ARGV[1])
else redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
for i = 3, #ARGV do bump(KEYS[3], ARGV[i]) end
"""
)

# KEYS: account, members. ARGV: field, value.
_NOTE = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
end
"""

# KEYS: account, lookers. ARGV: seconds to remember, contacts.
_LOOK = (
    NOW_SECONDS
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[1])
for i = 2, #ARGV do redis.call('ZADD', KEYS[2], now, ARGV[i]) end
redis.call('EXPIRE', KEYS[2], ARGV[1])
"""
)


@dataclass(frozen=True, slots=True)
class Elements:
    """What the elements of the field for roles are called, and when that was read."""

    texts: Mapping[str, str] = field(default_factory=dict)
    of: str = ""
    at: float = 0.0


_ELEMENTS_READ = TypeAdapter(Elements)


class RedisCompanies:
    """The companies of all accounts' customers; nothing is kept of one that is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._put = redis.register_script(_PUT)
        self._choose = redis.register_script(_CHOOSE)
        self._note = redis.register_script(_NOTE)
        self._look = redis.register_script(_LOOK)

    async def known(self, account: str, contact_ids: Collection[int]) -> KnownCompanies:
        """Return what decides about these contacts."""
        ids = [str(one) for one in contact_ids]
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hmget(keys.memberships(account), [*ids, _AWAY])
            pipe.hmget(keys.roles(account), ids)
            (*members, away), roles = await pipe.execute()
        pairs = zip(contact_ids, members, strict=True)
        found = {one: MEMBER.validate_json(raw) for one, raw in pairs if raw}
        companies = sorted({id_ for one in found.values() for id_ in one.companies})
        named = zip(contact_ids, roles, strict=True)
        return KnownCompanies(
            found,
            await self.people(account, companies),
            {one: CompanyRole(text(raw)) for one, raw in named if raw},
            float(away or 0),
        )

    async def people(
        self, account: str, company_ids: Collection[int]
    ) -> dict[int, CompanyPeople]:
        """Return what is known of these companies."""
        if not company_ids:
            return {}
        rows = await self._redis.hmget(
            keys.company_people(account), [str(one) for one in company_ids]
        )
        pairs = zip(company_ids, rows, strict=True)
        return {one: PEOPLE.validate_json(raw) for one, raw in pairs if raw}

    async def put(
        self,
        account: str,
        members: Mapping[int, Membership],
        people: Mapping[int, CompanyPeople],
        changed: Collection[int],
    ) -> None:
        """Keep what Bitrix24 said; pages of the `changed` contacts look again."""
        args: list[str | int | bytes] = [len(changed), *changed, len(members)]
        for id_, member in members.items():
            args += [id_, MEMBER.dump_json(member)]
        args.append(len(people))
        for id_, company in people.items():
            args += [id_, PEOPLE.dump_json(company)]
        await self._put(
            keys=[
                keys.account(account),
                keys.memberships(account),
                keys.company_people(account),
                keys.versions(account),
            ],
            args=args,
        )

    async def note_away(self, account: str, at: float) -> None:
        """Note that Bitrix24 did not answer."""
        names = [keys.account(account), keys.memberships(account)]
        await self._note(keys=names, args=[_AWAY, str(at)])

    async def elements(self, account: str) -> Elements:
        """Return what the elements of the field are called."""
        raw = await self._redis.hget(keys.memberships(account), _ELEMENTS)
        return _ELEMENTS_READ.validate_json(raw) if raw else Elements()

    async def name(self, account: str, elements: Elements) -> None:
        """Keep what they are called."""
        names = [keys.account(account), keys.memberships(account)]
        raw = _ELEMENTS_READ.dump_json(elements)
        await self._note(keys=names, args=[_ELEMENTS, raw])

    async def note_looking(self, account: str, contact_ids: Iterable[int]) -> None:
        """Note that these look just now: they are asked about again."""
        await self._look(
            keys=[keys.account(account), keys.lookers(account)],
            args=[_LOOKING_SECONDS, *contact_ids],
        )

    async def lookers(self, account: str, most: int) -> list[int]:
        """Return who looks, the latest first."""
        name = keys.lookers(account)
        found = await self._redis.zrevrange(name, 0, most - 1)
        return [int(one) for one in texts(found)]

    async def choose(
        self, account: str, contact_id: int, role: CompanyRole | None
    ) -> None:
        """Keep the role that staff chose for a contact; None takes it back."""
        await self._choose(
            keys=_chosen(account, keys.roles(account)),
            args=[contact_id, role or "", contact_id],
        )

    async def make_private(
        self, account: str, task_id: int, contact_ids: Iterable[int], *, private: bool
    ) -> None:
        """Keep whether a ticket is shown to its owners alone."""
        await self._choose(
            keys=_chosen(account, keys.private(account)),
            args=[task_id, "1" if private else "", *contact_ids],
        )

    async def private(self, account: str, task_ids: Collection[int]) -> set[int]:
        """Return which of these tickets are shown to their owners alone."""
        if not task_ids:
            return set()
        rows = await self._redis.hmget(
            keys.private(account), [str(one) for one in task_ids]
        )
        return {one for one, raw in zip(task_ids, rows, strict=True) if raw}

    async def stamps(self, account: str, contact_ids: Collection[int]) -> list[str]:
        """Return the versions of these contacts' pages."""
        ids = [str(one) for one in contact_ids]
        rows = await self._redis.hmget(keys.versions(account), ids) if ids else []
        return [text(raw) if raw else "" for raw in rows]

    async def forget(self, account: str, contact_ids: Collection[int]) -> None:
        """Forget contacts that are gone."""
        if contact_ids:
            ids = [str(one) for one in contact_ids]
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.hdel(keys.memberships(account), *ids)
                pipe.hdel(keys.roles(account), *ids)
                pipe.zrem(keys.lookers(account), *ids)
                await pipe.execute()


def _chosen(account: str, name: str) -> list[str]:
    return [keys.account(account), name, keys.versions(account)]
