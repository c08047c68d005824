"""What Redis shows of the whole program at one glance, for those who watch it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from ticket24.domain.accounts.condition import STATES, outline
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.running.waiting import Oldest, WaitingKind
from ticket24.store import keys
from ticket24.store.connection import text, texts
from ticket24.store.journal import Journal
from ticket24.store.letters.parked import Sort

# The index of accounts, and for each account what is due, by the instant it is due.
_INDEXES = {
    WaitingKind.LOOK: (keys.DUE_ACCOUNTS, keys.due),
    WaitingKind.COMMAND: (keys.COMMAND_ACCOUNTS, keys.lanes),
    WaitingKind.MAIL: (keys.MAIL_ACCOUNTS, keys.outbox_times),
    WaitingKind.LINK: (keys.LINK_ACCOUNTS, keys.link_requests),
}


# How many accounts are asked at once, and how many of an account's failing mails are
# enough to see why.
_AT_ONCE = 100
_SOME = 100

_FACTS = ("seen_at", "trouble", "other_member")


@dataclass(frozen=True, slots=True)
class Sums:
    """What is counted over all accounts."""

    waiting: dict[WaitingKind, int]
    parked: dict[str, int]
    accounts: dict[str, int]
    resync_age: float


async def oldest(redis: Redis, journal: Journal, now: float) -> list[Oldest]:
    """Return for how long the first thing of each kind should be done by now.

    `now` is by Redis' clock, seconds. What waits on purpose is not late.
    """
    came_at = await journal.oldest()
    found = [Oldest(WaitingKind.EVENT, now - came_at if came_at is not None else 0)]
    for kind, (index, of) in _INDEXES.items():
        first = await _first(redis, index)
        if first is None:
            found.append(Oldest(kind, 0))
            continue
        account, at = first
        inside = await _first(redis, of(account))
        due_at = max(at, inside[1]) if inside else now
        found.append(Oldest(kind, max(now - due_at, 0)))
    swept = await _first(redis, keys.SWEEPS)
    late = max(now - swept[1], 0) if swept and swept[1] else 0
    return [*found, Oldest(WaitingKind.RESYNC, late)]


async def _first(redis: Redis, key: str) -> tuple[str, float] | None:
    """Return the first of a sorted set and its instant, seconds."""
    rows = await redis.zrange(key, 0, 0, withscores=True)
    return (text(rows[0][0]), float(rows[0][1]) / 1000) if rows else None


async def sums(redis: Redis, now: float) -> Sums:
    """Count over all accounts, a hundred at a time: nobody else waits for long."""
    ids = texts(await redis.hvals(keys.SLUGS))
    waiting = dict.fromkeys(
        (WaitingKind.LOOK, WaitingKind.COMMAND, WaitingKind.MAIL), 0
    )
    parked = dict.fromkeys(map(str, Sort), 0)
    accounts = dict.fromkeys(STATES, 0)
    oldest_resync = now
    for begin in range(0, len(ids), _AT_ONCE):
        some = ids[begin : begin + _AT_ONCE]
        pipeline = redis.pipeline(transaction=False)
        for account in some:
            pipeline.zcard(keys.due(account))
            pipeline.zcard(keys.lanes(account))
            pipeline.zcard(keys.outbox_times(account))
            pipeline.hkeys(keys.parked(account))
            pipeline.hmget(keys.state(account), *_FACTS)
        answers: list[Any] = await pipeline.execute()
        mailing = [one for one, mails in zip(some, answers[2::5], strict=True) if mails]
        tries = await _most_tries(redis, mailing)
        for account, looks, commands, mails, things, facts in zip(
            some, *(answers[place::5] for place in range(5)), strict=True
        ):
            waiting[WaitingKind.LOOK] += looks
            waiting[WaitingKind.COMMAND] += commands
            waiting[WaitingKind.MAIL] += mails
            for thing in texts(things):
                sort = thing.partition("-")[0]
                parked[sort] = parked.get(sort, 0) + 1
            seen_at, *wrong = facts
            oldest_resync = min(oldest_resync, float(seen_at or oldest_resync))
            if any(wrong) or things or account in tries:
                trouble, other = (text(one or b"") for one in wrong)
                memory = Memory(trouble=trouble, other_member=other)
                most = tries.get(account, 0)
                state = outline(memory, now, parked=len(things), tries=most)
            else:
                state = "ok"
            accounts[state] += 1
    return Sums(waiting, parked, accounts, max(now - oldest_resync, 0))


async def _most_tries(redis: Redis, accounts: Sequence[str]) -> dict[str, int]:
    """Return how often a mail of each account was tried, where one was."""
    pipeline = redis.pipeline(transaction=False)
    for account in accounts:
        pipeline.hrandfield(keys.outbox_tries(account), _SOME, withvalues=True)
    answers: list[Any] = await pipeline.execute() if accounts else []
    return {
        account: max(map(int, tries[1::2]))
        for account, tries in zip(accounts, answers, strict=True)
        if tries
    }
