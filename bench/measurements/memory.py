"""How much of Redis tickets take, with all that is kept beside each of them."""

import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis.asyncio import Redis

from bench.actors.portal import ticket_of
from bench.goals import Measured, Outcome
from bench.processes import Failed
from bench.stage import Stage
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.tickets.model import Status, Ticket
from ticket24.embedded import EmbeddedRedis
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.connection import connect
from ticket24.store.sealing import Seal
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.pictures import RedisTickets

# Tickets are spread as half a million of 3,000 accounts would be. What comes with the
# first accounts, as scripts and connections do, is there once.
FIRST, ACCOUNTS, EACH = 5, 60, 167
MANY = 500_000

# Where people have been helped for years, so many tickets in ten ended long ago.
OLD = 9

_MESSAGES, _LETTERS = 6, 300
_LATER = timedelta(days=40)
_SETTINGS = AccountSettings(
    company_name="Acme", departments=(Department(7, "Support"),)
)

# It packs as what people write does: sentences of our own documents.
_PROSE = " ".join(
    word
    for path in sorted(Path(__file__).parents[2].glob("docs/**/*.md"))
    for word in re.findall(r"[^\W\d_]+[.,:]?", path.read_text("utf-8"))
)


_HOW = (
    f"{ACCOUNTS * EACH} more tickets of {ACCOUNTS} accounts were stored, of {_MESSAGES}"
    f" messages with {_LETTERS} letters each; 500,000 at this rate. Archived: {OLD} in"
    " ten ended more than 30 days ago, and Bitrix24 alone keeps their conversations"
)


async def measure(stage: Stage) -> Outcome:
    """Fill a Redis as workers do, and ask it how much more it takes."""
    places = stage.folder / "memory", stage.folder / "archived"
    for place in places:
        place.mkdir()
    whole = await _bytes_of_one(places[0], archive_after_days=0)
    archived = await _bytes_of_one(places[1], archive_after_days=30)
    return Outcome(
        (
            Measured("memory_mib_of_500_000", whole * MANY / 2**20),
            Measured("memory_ticket_bytes", whole),
            Measured("memory_mib_archived", archived * MANY / 2**20),
            Measured("memory_ticket_bytes_archived", archived),
        ),
        (_HOW,),
    )


async def _bytes_of_one(place: Path, archive_after_days: int) -> float:
    with EmbeddedRedis(place) as server:
        async with connect(server.url) as redis:
            tickets, chance = RedisTickets(redis, archive_after_days), random.Random(24)
            await _fill(redis, tickets, chance, range(FIRST))
            before = await _used(redis)
            await _fill(redis, tickets, chance, range(FIRST, FIRST + ACCOUNTS))
            return (await _used(redis) - before) / (ACCOUNTS * EACH)


async def _used(redis: Redis) -> int:
    return int((await redis.info("memory"))["used_memory"])


async def _fill(
    redis: Redis, tickets: RedisTickets, chance: random.Random, numbers: range
) -> None:
    now = datetime.now(UTC)
    accounts = RedisAccounts(redis, Seal("s" * 32))
    for number in numbers:
        account = await accounts.add(
            Account("", f"company-{number}", 1, now, settings=_SETTINGS),
            webhook_url=f"http://127.0.0.1:9/rest/1/{number}/",
            tokens=(f"token-{number}",),
        )
        for place in range(EACH):
            texts = {
                "subject": _said(chance, 40),
                "text": _said(chance, _LETTERS),
                "messages": [
                    {"by_customer": turn % 2 == 0, "text": _said(chance, _LETTERS)}
                    for turn in range(_MESSAGES)
                ],
            }
            one = ticket_of(account.id, place, texts, now - timedelta(hours=place))
            one = _dated(one, chance)
            # Now there are old ones and new ones in each account.
            if place % 10 < OLD:
                one = replace(one, status=Status.COMPLETED, looked_at=now + _LATER)
            if not await tickets.commit(one, 0, ClaimedRef(one.ref, 0), ()):
                raise Failed(f"ticket {one.ref.task_id} was not stored")


def _dated(one: Ticket, chance: random.Random) -> Ticket:
    """Return a ticket with dates as Bitrix24's are: whole seconds, all different."""

    def at(date: datetime) -> datetime:
        return date.replace(microsecond=0) + timedelta(seconds=chance.randrange(3_600))

    said = tuple(replace(message, at=at(message.at)) for message in one.messages)
    opened, moved = at(one.created_at), said[-1].at
    return replace(
        one, messages=said, created_at=opened, changed_at=moved, active_at=moved
    )


def _said(chance: random.Random, letters: int) -> str:
    start = chance.randrange(len(_PROSE) - letters)
    return _PROSE[start : start + letters]
