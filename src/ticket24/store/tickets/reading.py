"""The rows of some contacts, and how far each was read, as Redis has them.

Of a long list that is kept, only what moved since is fetched, where the versions of the
contacts' pages tell that (`versions`); else all of it. What is as before is taken over.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import starmap
from typing import Any, TypeVar

from redis.asyncio import Redis

from ticket24.domain.portal.pages import Seen
from ticket24.store import keys
from ticket24.store.connection import text
from ticket24.store.tickets.long_lists import LongList
from ticket24.store.tickets.pictures import ROW, SEEN
from ticket24.store.versions import moved

_Key = TypeVar("_Key")
_Held = TypeVar("_Held")

# With more of them all is put in order again.
_FEW = 200


async def read(
    redis: Redis,
    account: str,
    contact_ids: Sequence[int],
    before: LongList,
    version: str,
) -> LongList:
    """Return the list of these contacts as it is now; `before` is what it was."""
    if not contact_ids:
        return LongList(version)
    stamps, news = await _news(redis, account, contact_ids, before)
    async with redis.pipeline(transaction=False) as pipe:
        if not stamps:  # Read before the rows: what moves meanwhile is read again.
            pipe.hmget(keys.versions(account), [str(one) for one in contact_ids])
        for contact_id, tasks in zip(contact_ids, news, strict=True):
            for name in keys.rows(account, contact_id), keys.seen(account, contact_id):
                if tasks is None:
                    pipe.hgetall(name)
                elif tasks:
                    pipe.hmget(name, tasks)
        answers = iter(await pipe.execute())
    stamps = stamps or tuple(map(_stamp, next(answers)))
    now = LongList(version, contact_ids, stamps, texts=before.texts)
    now.letters, now.reading = before.letters, before.reading
    now.raw_rows, now.raw_seen = _whole(before, news, answers)
    if before.stamps:
        now.moved = _moved(before, now, news)
    if now.moved is None:
        _parse(before, now)
    else:
        _parse_moved(before, now, now.moved)
    return now


async def _news(
    redis: Redis, account: str, contact_ids: Collection[int], before: LongList
) -> tuple[tuple[str, ...], list[list[bytes] | None]]:
    """Return the contacts' versions, and their tasks that moved since; None: any.

    Of a list that is not kept there are none to know yet.
    """
    if not before.stamps:
        return (), [None] * len(contact_ids)
    names = [str(one) for one in contact_ids]
    noted = [f"{name}{keys.MOVES}" for name in names]
    answer = [*map(_stamp, await redis.hmget(keys.versions(account), names + noted))]
    now, moves = answer[: len(names)], answer[len(names) :]
    tasks = starmap(moved, zip(moves, before.stamps, now, strict=True))
    # Of whoever never had a ticket there is no version, either.
    never = (
        not (since or to or rows)
        for since, to, rows in zip(before.stamps, now, before.raw_rows, strict=True)
    )
    return tuple(now), [
        [] if none else None if ids is None else [b"%d" % one for one in ids]
        for ids, none in zip(tasks, never, strict=True)
    ]


def _whole(
    before: LongList, news: Iterable[Sequence[bytes] | None], answers: Iterator[Any]
) -> tuple[list[Mapping[bytes, bytes]], list[Mapping[bytes, bytes]]]:
    """Return the rows of each contact, and what was seen, as they are now."""
    rows: list[Mapping[bytes, bytes]] = []
    seen: list[Mapping[bytes, bytes]] = []
    for place, tasks in enumerate(news):
        for kept, old in (rows, before.raw_rows), (seen, before.raw_seen):
            if tasks is None:
                kept.append(next(answers))
            elif tasks:
                found = zip(tasks, next(answers), strict=True)
                kept.append(_patched(old[place], found))
            else:
                kept.append(old[place])
    return rows, seen


def _moved(
    before: LongList, now: LongList, news: Sequence[Sequence[bytes] | None]
) -> frozenset[bytes] | None:
    """Return the names of the tickets that are not as before; None if they are many."""
    names: set[bytes] = set()
    for place, tasks in enumerate(news):
        if tasks is None:
            for old, new in (
                (before.raw_rows[place], now.raw_rows[place]),
                (before.raw_seen[place], now.raw_seen[place]),
            ):
                names |= {name for name, _ in old.items() ^ new.items()}
        else:
            names.update(tasks)
    return frozenset(names) if len(names) <= _FEW else None


def _stamp(raw: bytes | str | None) -> str:
    return text(raw) if raw else ""


def _patched(
    old: Mapping[_Key, _Held], found: Iterable[tuple[_Key, _Held | None]]
) -> Mapping[_Key, _Held]:
    """Return a mapping with what was found; what is None is gone."""
    new = dict(old)
    for name, value in found:
        if value is None:
            new.pop(name, None)
        else:
            new[name] = value
    return new


def _of_all(raw_rows: Sequence[Mapping[bytes, bytes]]) -> Mapping[bytes, bytes]:
    """Return the rows of all contacts; of one, they are as they are."""
    if len(raw_rows) == 1:
        return raw_rows[0]
    return {name: row for of_one in raw_rows for name, row in of_one.items()}


def _parse(before: LongList, now: LongList) -> None:
    """Make rows of what was read; those that are as before are taken over."""
    owners: dict[bytes, int] = {}
    for contact_id, of_one in zip(now.contact_ids, now.raw_rows, strict=True):
        for name in of_one:
            owners.setdefault(name, contact_id)
    now.raw, now.owners = _of_all(now.raw_rows), owners
    now.rows = {
        name: before.rows[name] if before.raw.get(name) == row else ROW.read(row)
        for name, row in now.raw.items()
    }
    now.seen = [seen_in(of_one) for of_one in now.raw_seen]


def _parse_moved(before: LongList, now: LongList, names: Collection[bytes]) -> None:
    """Take over what was made before, but for these tickets."""
    holders = {
        name: [
            (contact_id, rows[name])
            for contact_id, rows in zip(now.contact_ids, now.raw_rows, strict=True)
            if name in rows
        ]
        for name in names
    }
    raw = {name: those[-1][1] for name, those in holders.items() if those}
    rows = {name: ROW.read(row) for name, row in raw.items()}
    owners = {name: those[0][0] for name, those in holders.items() if those}
    now.raw = _of_all(now.raw_rows)
    now.rows = _patched(before.rows, ((name, rows.get(name)) for name in names))
    now.owners = _patched(before.owners, ((name, owners.get(name)) for name in names))
    now.seen = [
        _patched(old, ((int(name), _seen(of_one.get(name))) for name in names))
        for old, of_one in zip(before.seen, now.raw_seen, strict=True)
    ]


def seen_in(raw: Mapping[bytes, bytes]) -> Mapping[int, Seen]:
    """Return how far tickets were read."""
    return {int(name): SEEN.validate_json(seen) for name, seen in raw.items()}


def _seen(raw: bytes | None) -> Seen | None:
    return SEEN.validate_json(raw) if raw else None
