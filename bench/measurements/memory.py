"""How much of Redis tickets take, with all that is kept beside each of them."""

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis.asyncio import Redis

from bench.actors.portal import ticket_of
from bench.goals import Measured, Outcome
from bench.processes import Failed
from bench.stage import Stage
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.embedded import EmbeddedRedis
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.connection import connect
from ticket24.store.sealing import Seal
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.pictures import RedisTickets

# As half a million tickets of 3,000 accounts would be spread.
ACCOUNTS, EACH = 60, 167
MANY = 500_000

_MESSAGES, _LETTERS = 6, 300
_SETTINGS = AccountSettings(
    company_name="Acme", departments=(Department(7, "Support"),)
)

# What people write, as far as packing goes: sentences of our own documents.
_PROSE = " ".join(
    word
    for path in sorted(Path(__file__).parents[2].glob("docs/**/*.md"))
    for word in re.findall(r"[^\W\d_]+[.,:]?", path.read_text("utf-8"))
)


_HOW = (
    f"{ACCOUNTS * EACH} tickets of {ACCOUNTS} accounts were stored, of {_MESSAGES}"
    f" messages with {_LETTERS} letters each; 500,000 at this rate"
)


async def measure(stage: Stage) -> Outcome:
    """Fill a Redis as workers do, and ask it how much more it takes."""
    place = stage.folder / "memory"
    place.mkdir()
    with EmbeddedRedis(place) as server:
        async with connect(server.url) as redis:
            before = await _used(redis)
            await _fill(redis)
            each = (await _used(redis) - before) / (ACCOUNTS * EACH)
    mib = each * MANY / 2**20
    return Outcome(
        (Measured("memory_mib_of_500_000", mib), Measured("memory_ticket_bytes", each)),
        (_HOW,),
    )


async def _used(redis: Redis) -> int:
    return int((await redis.info("memory"))["used_memory"])


async def _fill(redis: Redis) -> None:
    chance, now = random.Random(24), datetime.now(UTC)
    accounts = RedisAccounts(redis, Seal("s" * 32))
    tickets = RedisTickets(redis)
    for number in range(ACCOUNTS):
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
            if not await tickets.commit(one, 0, ClaimedRef(one.ref, 0), ()):
                raise Failed(f"ticket {one.ref.task_id} was not stored")


def _said(chance: random.Random, letters: int) -> str:
    start = chance.randrange(len(_PROSE) - letters)
    return _PROSE[start : start + letters]
