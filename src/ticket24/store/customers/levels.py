"""The levels of customers: what a field of their contacts or companies says."""

import json
from collections.abc import Collection, Iterable, Mapping

from redis.asyncio import Redis

from ticket24.domain.tickets.model import Customer
from ticket24.domain.words import folded
from ticket24.store import keys
from ticket24.store.connection import text

# KEYS: account, levels. ARGV: field and value, and so on. Nothing is kept of an account
# that is gone.
_PUT = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
redis.call('HSET', KEYS[2], unpack(ARGV))
"""

_MOST_AT_ONCE = 500

# Of an element of a list, beside the numbers of companies.
_ELEMENT = "element "


class RedisLevels:
    """Of each company the values of the field, and the texts of a list's elements."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._put = redis.register_script(_PUT)

    async def put(self, account: str, companies: Mapping[int, Collection[str]]) -> None:
        """Keep the values of these companies."""
        rows = {str(id_): json.dumps([*found]) for id_, found in companies.items()}
        await self._keep(account, rows)

    async def name(self, account: str, elements: Mapping[str, str]) -> None:
        """Keep what the elements of a list are called."""
        await self._keep(
            account, {f"{_ELEMENT}{id_}": name for id_, name in elements.items()}
        )

    async def clear(self, account: str) -> None:
        """Forget all of them: they were of another field."""
        await self._redis.delete(keys.levels(account))

    async def lacking(self, account: str, company_ids: Collection[int]) -> set[int]:
        """Return the companies about which nothing is known."""
        ids = [*{*company_ids} - {0}]
        if not ids:
            return set()
        rows = await self._redis.hmget(keys.levels(account), [*map(str, ids)])
        return {id_ for id_, row in zip(ids, rows, strict=True) if row is None}

    async def of(self, account: str, customers: Iterable[Customer]) -> frozenset[str]:
        """Return the levels of any of these customers, folded.

        What the contact says counts; if it says nothing, what the company does.
        """
        some = list(customers)
        values = {value for one in some for value in one.levels}
        ids = [str(one.company_id) for one in some if one.company_id and not one.levels]
        if ids:
            rows = await self._redis.hmget(keys.levels(account), ids)
            values.update(value for row in rows if row for value in json.loads(row))
        if not values:
            return frozenset()
        names = [f"{_ELEMENT}{value}" for value in values]
        texts = await self._redis.hmget(keys.levels(account), names)
        pairs = zip(values, texts, strict=True)
        return frozenset(folded(text(named) if named else one) for one, named in pairs)

    async def _keep(self, account: str, rows: Mapping[str, str]) -> None:
        flat = [part for pair in rows.items() for part in pair]
        for start in range(0, len(flat), 2 * _MOST_AT_ONCE):
            await self._put(
                keys=[keys.account(account), keys.levels(account)],
                args=flat[start : start + 2 * _MOST_AT_ONCE],
            )
