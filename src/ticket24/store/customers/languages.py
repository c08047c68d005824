"""Languages: what customers chose to read, and what they read when they signed in."""

from collections.abc import Collection, Mapping

from redis.asyncio import Redis

from ticket24.domain.customers.languages import Tongue, known
from ticket24.domain.settings.model import Language
from ticket24.store import keys
from ticket24.store.connection import text

# Behind a contact's id: the language of the pages at the last sign-in.
READ = " read"

# KEYS: account, languages. ARGV: a field, its value (empty: none); and so on.
_SET = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
for i = 1, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[2], ARGV[i])
  else redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
end
"""


class RedisLanguages:
    """The languages of all accounts' customers."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._set = redis.register_script(_SET)

    async def choose(
        self, account: str, contact_ids: Collection[int], language: Language | None
    ) -> None:
        """Keep what these contacts, or staff for them, chose; None takes it back.

        Of an account that is not connected (any more) nothing is kept.
        """
        fields = {str(id_): language or "" for id_ in contact_ids}
        await self._put(account, fields)

    async def note_read(
        self, account: str, contact_ids: Collection[int], language: Language
    ) -> None:
        """Note in which language these contacts read when they signed in."""
        await self._put(account, {f"{id_}{READ}": language for id_ in contact_ids})

    async def tongue(self, account: str, contact_ids: Collection[int]) -> Tongue:
        """Return what is known of people who share an address: the first one's."""
        ids = sorted(contact_ids)
        if not ids:
            return Tongue()
        fields = [str(id_) for id_ in ids] + [f"{id_}{READ}" for id_ in ids]
        rows = await self._redis.hmget(keys.languages(account), fields)
        found = [known(text(row)) if row else None for row in rows]
        chosen, read = found[: len(ids)], found[len(ids) :]
        return Tongue(next(filter(None, chosen), None), next(filter(None, read), None))

    async def _put(self, account: str, fields: Mapping[str, str]) -> None:
        await self._set(
            keys=[keys.account(account), keys.languages(account)],
            args=[one for pair in fields.items() for one in pair],
        )
