"""What stays in Redis of customers whose contacts were deleted, and its end.

`customers.remove` notes who is lost, with what was known of them. What is theirs goes
then; what they wrote and Bitrix24 has not got yet stays until it has, and who is lost
stays noted as long. Pictures of tickets are the company's, and stay.
"""

import json
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

from redis.asyncio import Redis

from ticket24.domain.commands.model import Progress, Waiting, Wordless
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.tickets.model import Customer
from ticket24.store import keys
from ticket24.store.commands.budgets import digest
from ticket24.store.commands.queue import RedisCommands
from ticket24.store.commands.spool import RedisSpool
from ticket24.store.connection import text, texts
from ticket24.store.customers.companies import RedisCompanies
from ticket24.store.customers.drafts import RedisDrafts
from ticket24.store.customers.known import CUSTOMER
from ticket24.store.customers.languages import READ
from ticket24.store.customers.preferences import RedisPreferences
from ticket24.store.letters.gathered import RedisGathered
from ticket24.store.letters.outbox import RedisOutbox
from ticket24.store.letters.parked import LETTER, RedisParked, Sort
from ticket24.store.sign_in.links import Lane, lane_key
from ticket24.store.tickets.ratings import RedisRatings

_COUNT = 1_000

# Noted in place of what was known: only commands are left that are not done yet.
_COMMANDS = b"-"

# KEYS: session, customers. ARGV: contacts that are lost, and their addresses. The
# session goes on for the others, in the name of one of them, but not if it began with
# such an address.
_LEAVE = """
local s = redis.call('HMGET', KEYS[1], 'contacts', 'email')
local contacts = s[1]
if not contacts then return end
local lost, left = {}, {}
for _, one in ipairs(ARGV) do lost[one] = true end
if lost[s[2]] then return redis.call('DEL', KEYS[1]) end
for id, generation in string.gmatch(contacts, '(%d+)=(%d+:%d+)') do
  if not lost[id] then left[#left + 1] = id .. '=' .. generation end
end
local now = table.concat(left, ' ')
if now == contacts then return end
local raw = left[1] and redis.call('HGET', KEYS[2], string.match(left[1], '^%d+'))
if not raw then return redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], 'contacts', now, 'name', cjson.decode(raw).name)
"""


@dataclass(frozen=True, slots=True)
class Lost:
    """A lost customer; `emails` are the folded addresses that nobody else has."""

    contact_id: int
    emails: frozenset[str] = frozenset()


class RedisRemains:
    """Remains of all accounts."""

    def __init__(self, redis: Redis, spool: RedisSpool, ratings: RedisRatings) -> None:
        self._redis = redis
        self._ratings = ratings
        self._spool = spool
        self._commands = RedisCommands(redis)
        self._companies = RedisCompanies(redis)
        self._drafts = RedisDrafts(redis)
        self._outbox = RedisOutbox(redis)
        self._parked = RedisParked(redis)
        self._gathered = RedisGathered(redis)
        self._preferences = RedisPreferences(redis)
        self._leave = redis.register_script(_LEAVE)

    async def lost(self, account: str) -> dict[int, Customer | None]:
        """Return the customers who left something to remove, as they were known.

        Customers who left only commands are forgotten once these are done.
        """
        rows = await self._redis.hgetall(keys.lost(account))
        passing = {int(id_) for id_, raw in rows.items() if raw == _COMMANDS}
        unsent = await self._settle_commands(account, passing)
        await self.settle(account, passing - {one.command.contact_id for one in unsent})
        return {
            int(contact_id): CUSTOMER.validate_json(raw) if raw else None
            for contact_id, raw in rows.items()
            if raw != _COMMANDS
        }

    async def settle(self, account: str, contact_ids: Collection[int]) -> None:
        """Note that these are not lost after all, or that nothing is left of them."""
        if contact_ids:
            await self._redis.hdel(keys.lost(account), *map(str, contact_ids))

    async def note_unknown(self, account: str) -> None:
        """Note as lost all unknown contacts whose addresses are still remembered.

        An earlier version left the addresses of deleted contacts.
        """
        known = set(texts(await self._redis.hkeys(keys.customers(account))))
        async for field in self._remembered(account):
            contact_id = field.partition(" ")[0]
            if contact_id not in known:
                await self._redis.hsetnx(keys.lost(account), contact_id, "")

    async def erase(self, account: str, lost: Collection[Lost]) -> None:
        """Remove what lost customers left; note what has to wait. Safe to repeat."""
        ids = {one.contact_id for one in lost}
        emails = frozenset().union(*(one.emails for one in lost))
        unsent = await self._settle_commands(account, ids)
        needed = {
            upload.id
            for one in unsent
            if not isinstance(one.command, Wordless)
            for upload in one.command.uploads
        }
        await self._erase_keys(account, ids, emails, needed)
        await self._erase_rows(account, ids, emails)
        await self._erase_letters(account, emails)
        await self._ratings.forget(account, ids)
        await self._companies.forget(account, ids)
        await self._gathered.leave(account, ids, emails)
        await self._preferences.forget(account, ids)
        for contact_id in ids:
            await self._redis.unlink(
                keys.seen(account, contact_id),
                keys.searched(account, contact_id),
                keys.onlookers(account, contact_id),
                keys.invitation(account, contact_id),
                keys.signed_in(account, contact_id),
            )
            fields = str(contact_id), f"{contact_id}{READ}"
            await self._redis.hdel(keys.languages(account), *fields)
        waiting = {one.command.contact_id for one in unsent}
        await self.settle(account, ids - waiting)
        for contact_id in waiting:
            await self._redis.hset(keys.lost(account), str(contact_id), _COMMANDS)

    async def _settle_commands(
        self, account: str, ids: Collection[int]
    ) -> list[Waiting]:
        """Forget commands that are done; return those that are not."""
        unsent = []
        for contact_id in ids:
            asked = keys.asked(account, contact_id)
            for command_id in texts(await self._redis.zrange(asked, 0, -1)):
                one = await self._commands.outcome(account, [contact_id], command_id)
                if one and one.progress is not Progress.DONE:
                    unsent.append(one)
                    continue
                await self._redis.unlink(keys.command(account, command_id))
                await self._redis.zrem(asked, command_id)
        return unsent

    async def _erase_keys(
        self,
        account: str,
        ids: Collection[int],
        emails: Collection[str],
        needed: Collection[str],
    ) -> None:
        """Remove sessions, links, drafts and uploads of these."""
        async for key in self._redis.scan_iter(keys.everything(account), count=_COUNT):
            family, _, rest = text(key).partition("}:")[2].partition(":")
            match family:
                case "session":
                    await self._leave(
                        keys=[keys.session(account, rest), keys.customers(account)],
                        args=[*ids, *emails],
                    )
                case "link":
                    await self._erase_link(account, rest, ids, emails)
                case "draft":
                    owner, _, form = rest.partition(":")
                    if int(owner) in ids:
                        await self._drafts.remove(account, int(owner), form)
                case "upload" if rest not in needed and ":" not in rest:
                    for contact_id in ids:
                        await self._spool.remove(account, contact_id, [rest])

    async def _erase_link(
        self, account: str, name: str, ids: Collection[int], emails: Collection[str]
    ) -> None:
        key = keys.link(account, name)
        raw = await self._redis.get(key)
        link = json.loads(raw) if raw else {"email": "", "contacts": ()}
        if link["email"] in emails or set(ids) >= set(link["contacts"]):
            await self._redis.unlink(key)

    async def _erase_rows(
        self, account: str, ids: Collection[int], emails: Collection[str]
    ) -> None:
        """Remove their entries from keys that they share with others."""
        async for field in self._remembered(account):
            if int(field.partition(" ")[0]) in ids:
                await self._redis.hdel(keys.generations(account), field)
        if emails:
            digests = [digest(account, email) for email in emails]
            await self._redis.zrem(keys.copied(account), *digests)
        for lane in Lane:
            key = lane_key(account, lane)
            for request in texts(await self._redis.zrange(key, 0, -1)):
                _, email, *noted = request.split(" ")
                invited = "".join(noted).partition("=")[0]
                theirs = invited.isdecimal() and int(invited) in ids
                if fold(email) in emails or (lane is Lane.INVITED and theirs):
                    await self._redis.zrem(key, request)

    async def _erase_letters(self, account: str, emails: Collection[str]) -> None:
        """Remove mail to these addresses that waits, or is set aside."""
        async for _, raw in self._redis.hscan_iter(keys.outbox(account), count=200):
            letter = LETTER.validate_json(raw)
            if fold(letter.recipient) in emails:
                await self._outbox.done(letter)
        for email in emails:
            name = keys.parked_for(account, digest(account, email))
            await self._redis.unlink(name)
        async for one in self._parked.all(account):
            if one.sort is Sort.MAIL:
                recipient = LETTER.validate_json(one.content).recipient
            elif one.sort is Sort.LINK:
                recipient = one.content
            else:
                continue
            if fold(recipient) in emails:
                await self._parked.remove(account, one.id)

    async def _remembered(self, account: str) -> AsyncIterator[str]:
        """Yield the fields of generations that name an address, behind a contact."""
        generations = keys.generations(account)
        async for field, _ in self._redis.hscan_iter(generations, count=_COUNT):
            if b" " in field:
                yield text(field)
