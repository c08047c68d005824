"""What we know of customers: name and addresses, by contact id."""

from collections.abc import Collection, Iterable

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.model import ContactRef, Customer
from ticket24.store import keys

CUSTOMER = TypeAdapter(Customer)

_PUT = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
for i = 1, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
"""


class RedisCustomers:
    """Customers of all accounts."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._put = redis.register_script(_PUT)

    async def get_all(
        self, account: str, contact_ids: Collection[int]
    ) -> dict[int, Customer]:
        """Return those of these customers that we know."""
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

    async def put_all(self, account: str, customers: Iterable[Customer]) -> None:
        """Keep these customers of an account as they are now.

        Of an account that is not connected (any more) nothing is kept.
        """
        args: list[str | bytes] = []
        for customer in customers:
            args += [str(customer.ref.contact_id), CUSTOMER.dump_json(customer)]
        if args:
            await self._put(
                keys=[keys.account(account), keys.customers(account)], args=args
            )

    async def remove(self, ref: ContactRef) -> None:
        """Forget a customer."""
        await self._redis.hdel(keys.customers(ref.account), str(ref.contact_id))

    async def strangers(self, account: str, contact_ids: Collection[int]) -> set[int]:
        """Return those of these customers that we do not know."""
        return set(contact_ids) - (await self.get_all(account, contact_ids)).keys()
