"""News that nobody could be told yet: parked, and found by ticket and by contact.

Each piece is in two hashes: as a parked thing, and as a row beside it with its time
(seconds), its ticket and its contacts. Letters that a mail server does not accept have
rows there too, because they can be sent once the contact has another address.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.news.letters import Letter, Untold
from ticket24.domain.tickets.reasons import Cause, Reason, reason
from ticket24.store import keys
from ticket24.store.clock import NOW
from ticket24.store.connection import text
from ticket24.store.letters.parked import LETTER, PARKED, Parked, Sort
from ticket24.store.letters.replays import replay_letter
from ticket24.store.timetable import Timetable

UNTOLD = TypeAdapter(Untold)

# After a month it is no longer news. Nobody reads more of one account than this many.
LIFETIME_SECONDS = 30 * 86_400
MOST = 2_000

# KEYS: parked, untold, outbox, outbox times. ARGV: id, the parked thing as it was read,
# the new one or '', its row, then id and content of each letter.
_MOVE = (
    NOW
    + """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
end
for i = 5, #ARGV, 2 do
  redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1])
  redis.call('ZADD', KEYS[4], 'NX', now, ARGV[i])
end
return 1
"""
)


@dataclass(frozen=True, slots=True)
class UntoldRow:
    """One piece of news in the index."""

    id: str
    since: int
    task_id: int
    contact_ids: tuple[int, ...]

    @property
    def is_mail(self) -> bool:
        """Whether it is a letter that the mail server did not take."""
        return self.id.startswith(f"{Sort.MAIL}-")


@dataclass(frozen=True, slots=True)
class ParkedUntold:
    """One piece of news, and `raw` as it was read: only that version may be changed."""

    untold: Untold
    parked_at: datetime
    raw: bytes | str

    @property
    def id(self) -> str:
        """Return the id under which it is parked."""
        return f"{Sort.UNTOLD}-{self.untold.id}"


def shelved(untold: Untold, parked_at: datetime) -> tuple[str, bytes, str]:
    """Return id, parked thing and row of it, as they are stored."""
    letter = untold.letter
    whom = ", ".join(f"contact {one}" for one in untold.contact_ids)
    parked = Parked(
        f"{Sort.UNTOLD}-{untold.id}",
        Sort.UNTOLD,
        f"{letter.kind} about ticket {letter.ref.task_id} to {whom}",
        parked_at,
        UNTOLD.dump_json(untold).decode(),
        _why(untold),
    )
    row = [int(parked_at.timestamp()), letter.ref.task_id, *untold.contact_ids]
    return parked.id, PARKED.dump_json(parked), " ".join(map(str, row))


class RedisUntold:
    """Untold news of all accounts."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._mails = Timetable(redis, keys.MAIL_ACCOUNTS)
        self._move = redis.register_script(_MOVE)

    async def rows(self, account: str) -> list[UntoldRow]:
        """Return what is untold, the oldest first."""
        raw = await self._redis.hgetall(keys.untold(account))
        rows = (_row(text(id_), text(row)) for id_, row in raw.items())
        return sorted(rows, key=lambda one: (one.since, one.id))

    async def get_all(self, account: str, ids: Sequence[str]) -> list[ParkedUntold]:
        """Return these, as far as they are still untold."""
        if not ids:
            return []
        rows = await self._redis.hmget(keys.parked(account), list(ids))
        parked = ((raw, PARKED.validate_json(raw)) for raw in rows if raw)
        return [
            ParkedUntold(UNTOLD.validate_json(one.content), one.parked_at, raw)
            for raw, one in parked
        ]

    async def move(
        self, news: ParkedUntold, left: Untold | None, letters: Collection[Letter]
    ) -> bool:
        """Write letters and note what is left to tell: all of it, once, or nothing.

        False, and nothing is done, if the news is no longer as it was read.
        """
        account = news.untold.letter.ref.account
        _, parked, row = shelved(left, news.parked_at) if left else ("", b"", "")
        args: list[bytes | str] = [news.id, news.raw, parked, row]
        for letter in letters:
            args += [letter.id, LETTER.dump_json(letter)]
        done = await self._move(
            keys=[
                keys.parked(account),
                keys.untold(account),
                keys.outbox(account),
                keys.outbox_times(account),
            ],
            args=args,
        )
        if done and letters:
            await self._mails.at_once(account)
        return bool(done)

    async def get_mails(self, account: str, ids: Sequence[str]) -> dict[str, Letter]:
        """Return the letters among what is parked that were not taken, by these ids."""
        if not ids:
            return {}
        rows = await self._redis.hmget(keys.parked(account), list(ids))
        parked = (PARKED.validate_json(raw) for raw in rows if raw)
        return {one.id: LETTER.validate_json(one.content) for one in parked}

    async def resend(self, parked_id: str, letter: Letter) -> bool:
        """Send a letter after all; False if somebody has taken it off meanwhile."""
        return await replay_letter(self._redis, parked_id, letter)

    async def expire(self, account: str) -> tuple[list[UntoldRow], list[UntoldRow]]:
        """Forget news that is too old, and the oldest if there is too much of it.

        Returns what is forgotten, and what is still untold, the oldest first.
        Letters that were not taken stay parked, but are no longer looked after.
        """
        rows = await self.rows(account)
        oldest = int(time.time()) - LIFETIME_SECONDS
        over = rows[: max(len(rows) - MOST, 0)]
        gone = over + [one for one in rows[len(over) :] if one.since < oldest]
        if gone:
            await self._redis.hdel(keys.untold(account), *(one.id for one in gone))
        if news := [one for one in gone if not one.is_mail]:
            await self._redis.hdel(keys.parked(account), *(one.id for one in news))
        left = [one for one in rows[len(over) :] if one.since >= oldest]
        return news, left


def _row(id_: str, row: str) -> UntoldRow:
    since, task_id, *contact_ids = map(int, row.split())
    return UntoldRow(id_, since, task_id, tuple(contact_ids))


def _why(untold: Untold) -> Reason:
    if untold.unknown:
        return reason(Cause.CONTACT_AWAY, contacts=", ".join(map(str, untold.unknown)))
    return reason(Cause.NOBODY_TO_WRITE_TO)
