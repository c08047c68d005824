"""What was said about people in copy: in a ticket, and about all of an account's mail.

What is said of a ticket stays with its picture, in the same hash, so every reader of
the one gets the other. An address that wants no mail is kept as a digest alone.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.customers.followers import MOST_SAID, LastWord, after
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.commands.budgets import digest
from ticket24.store.versions import BUMP

SAID = TypeAdapter(dict[str, LastWord])

_TRIES = 20
_SOON_SECONDS = 86_400

# KEYS: ticket, versions. ARGV: what was said as it was read, as it is now, for how many
# seconds it waits for the picture of a ticket that is about to appear or 0, contacts.
# What their pages show changes at once.
_SAY = (
    BUMP
    + """
local there = redis.call('HEXISTS', KEYS[1], 'picture') == 1
if not there and ARGV[3] == '0' then return 0 end
if (redis.call('HGET', KEYS[1], 'said') or '') ~= ARGV[1] then return -1 end
redis.call('HSET', KEYS[1], 'said', ARGV[2])
if not there then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
for i = 4, #ARGV do bump(KEYS[2], ARGV[i]) end
return 1
"""
)

# KEYS: account, muted. ARGV: digest, when. Nothing is kept of an account that is gone.
_MUTE = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
end
"""


class RedisFollowers:
    """What was said about people in copy, in all accounts."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._say = redis.register_script(_SAY)
        self._mute = redis.register_script(_MUTE)

    async def said(self, ref: TicketRef) -> Mapping[str, LastWord]:
        """Return what was said in a ticket, by folded address."""
        return said_in(await self._redis.hget(keys.ticket(ref), "said"))

    async def said_in_all(
        self, refs: Sequence[TicketRef]
    ) -> dict[int, Mapping[str, LastWord]]:
        """Return what was said in each of these tickets of an account."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for ref in refs:
                pipe.hget(keys.ticket(ref), "said")
            found = await pipe.execute()
        pairs = zip(refs, found, strict=True)
        return {ref.task_id: said_in(raw) for ref, raw in pairs}

    async def say(
        self,
        ref: TicketRef,
        now: Iterable[LastWord],
        contact_ids: Collection[int],
        *,
        own: bool = False,
        early: bool = False,
    ) -> list[LastWord]:
        """Keep what is said of people in a ticket; return what is new of it.

        `contact_ids` are the ticket's customers, whose pages change. Nothing is new of
        a ticket that is not there, nor beyond what a ticket may hold; `early` says that
        it is about to be there.
        """
        told = [*now]
        for _ in range(_TRIES):
            raw = await self._redis.hget(keys.ticket(ref), "said")
            known = dict(said_in(raw))
            new = []
            for one in told:
                at = fold(one.email)
                then = after(known.get(at), one, own=own)
                if then and (at in known or len(known) < MOST_SAID):
                    known[at] = then
                    new.append(then)
            if not new:
                return []
            done = await self._say(
                keys=[keys.ticket(ref), keys.versions(ref.account)],
                args=[
                    *(raw or "", SAID.dump_json(known), _SOON_SECONDS * early),
                    *contact_ids,
                ],
            )
            if done >= 0:
                return new if done else []
        raise TimeoutError("too many people say something of one ticket")

    async def version(self, account: str, person: int) -> str:
        """Return a name for how far what this person sent has got."""
        raw = await self._redis.hget(keys.versions(account), str(person))
        return str(int(raw or 0))

    async def mute(self, account: str, email: str) -> None:
        """Note that an address wants no mail in copy from this account, for good."""
        await self._mute(
            keys=[keys.account(account), keys.muted(account)],
            args=[digest(account, email), int(time.time())],
        )

    async def unmute(self, account: str, email: str) -> None:
        """Note that an address wants mail again."""
        await self._redis.zrem(keys.muted(account), digest(account, email))

    async def muted(self, account: str, emails: Collection[str]) -> frozenset[str]:
        """Return those of these addresses, folded, that want no mail."""
        if not emails:
            return frozenset()
        wanted = [*emails]
        scores = await self._redis.zmscore(
            keys.muted(account), [digest(account, one) for one in wanted]
        )
        pairs = zip(wanted, scores, strict=True)
        return frozenset(fold(one) for one, score in pairs if score is not None)


def said_in(raw: bytes | str | None) -> Mapping[str, LastWord]:
    """Read what was said in a ticket."""
    return SAID.validate_json(raw) if raw else {}
