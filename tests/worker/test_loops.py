"""What every loop of a worker relies on."""

import asyncio
from contextlib import suppress
from itertools import pairwise

import pytest
from desk import until
from redis.exceptions import ConnectionError as NoConnection

from ticket24.bitrix.rest.hands import elsewhere
from ticket24.store.claims import COMMAND_MS, LETTER_MS, LOOK_MS, MAIL_MS
from ticket24.worker.keeping import RENEWAL_SECONDS, kept
from ticket24.worker.loops import Bell, Crew, fair_share


async def test_a_lease_is_renewed_as_soon_as_redis_is_back():
    """While it is away, renewals are tried several times a second."""
    tried, back = [], asyncio.Event()

    async def renew():
        tried.append(asyncio.get_running_loop().time())
        if len(tried) < 6:
            raise NoConnection("it is away")
        back.set()

    async with kept(renew):
        await back.wait()

    # On a busy machine each of them may be late, but hardly all.
    pauses = [later - earlier for earlier, later in pairwise(tried)]
    assert min(pauses) < RENEWAL_SECONDS / 2


@pytest.mark.parametrize("life_ms", [LOOK_MS, COMMAND_MS, LETTER_MS, MAIL_MS])
def test_what_is_held_outlives_several_renewals(life_ms):
    """One that is late, or lost with its connection, costs nobody his work."""
    assert life_ms >= 4 * RENEWAL_SECONDS * 1_000


async def test_a_keeper_ends_though_its_cancellation_was_lost():
    """A library that swallows it in the middle of a call does not keep us for ever."""
    busy = asyncio.Event()

    async def renew():
        with suppress(asyncio.CancelledError):
            busy.set()
            await asyncio.sleep(3_600)

    async with asyncio.timeout(60), kept(renew, seconds=0):
        await busy.wait()

    assert {asyncio.current_task()} == asyncio.all_tasks()


async def test_who_was_slow_waits_aside():
    """However many hang: those who were quick find their places free."""
    crew, hang = Crew("crew", 4, Bell(), aside=3, quick_seconds=0.02), asyncio.Event()
    accounts = [f"slow-{number}" for number in range(10)]

    async def start():
        for account in accounts:
            if account not in crew and crew.may_start(account):
                crew.start(account, hang.wait())
        await asyncio.sleep(0)  # Each has begun.
        await asyncio.sleep(0.04)

    for _ in range(3):
        await start()
    known = len(crew)
    hang.set()
    await crew.finish()
    hang.clear()
    for _ in range(3):
        await start()

    # Seven have no other place, now that they are known; the others are met first.
    assert 7 == known
    assert 3 + 3 == len(crew)
    assert 1 <= crew.may_start("quick")
    hang.set()
    await crew.finish()


async def test_one_who_is_quick_again_is_not_slow_any_more():
    """One quick job tells."""
    crew = Crew("crew", 9, Bell(), aside=1, quick_seconds=0.02)
    crew.start("account", asyncio.sleep(0.05))
    await crew.finish()
    aside = crew.may_start("account")

    async def forgiven():
        crew.start("account", asyncio.sleep(0))
        await crew.finish()
        return crew.may_start("account") == 6

    assert 1 == aside
    await until(forgiven)  # The first time, where nothing holds the machine up.


async def test_who_was_slow_goes_on_where_nobody_can_wait_aside():
    """Else one slow answer of a mail server would be the end of an account's mails."""
    crew = Crew("crew", 4, Bell(), quick_seconds=0.02)
    crew.start("account 1", asyncio.sleep(0.05), "account")
    await crew.finish()

    assert 2 == crew.may_start("account")


async def test_few_work_while_many_wait():
    """A job lends its hand while it waits for Bitrix24, and takes it back after."""
    crew = Crew("crew", 50, Bell(), hands=2, quick_seconds=600)
    answer = asyncio.Event()
    waiting = working = most = 0

    async def work():
        nonlocal waiting, working, most
        waiting += 1
        async with elsewhere():
            await answer.wait()
        working += 1
        most = max(most, working)
        await asyncio.sleep(0.001)
        working -= 1

    for number in range(50):
        crew.start(f"account-{number}", work())
    await until(lambda: waiting == 50)
    answer.set()
    await crew.finish()

    assert 2 == most


@pytest.mark.parametrize(
    ("free", "has", "places"),
    [(32, 0, 21), (11, 21, 0), (11, 0, 7), (1, 0, 1), (1, 1, 0), (0, 0, 0), (2, 1, 1)],
)
def test_nobody_takes_the_last_places(free, has, places):
    """Two for each that is left, and the first one where there is any."""
    assert places == fair_share(free, has)
