"""Asking what moved: every page once, whatever Bitrix24 makes of the question."""

from datetime import UTC, datetime

import pytest

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.bitrix.rest.batch import Batch
from ticket24.bitrix.rest.errors import BitrixBroken
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.flows.accounts.home_zone import read_zone
from ticket24.flows.reach.clients import open_clients
from ticket24.flows.tickets.lists import all_tickets
from ticket24.flows.tickets.resync import resync
from ticket24.store.tickets.pages import RedisPages


class Stubborn:
    """A Bitrix24 that ignores what it is asked about ids."""

    def __init__(self, per):
        self.calls, self.per = 0, per

    async def batch(self, calls, *, urgent=False):
        self.calls += 1
        if self.calls > 20:
            raise AssertionError("asked for the same page again and again")
        rows = [
            {"id": str(n), "groupId": "7", "changedDate": "2026-01-01T00:00:00+00:00"}
            for n in range(1, 51)
        ]
        people = [{"ID": str(n), "EMAIL": []} for n in range(1, 51)]
        return Batch(
            {
                key: (people if self.per == "contacts" else [])
                if key == "contacts"
                else {"tasks": rows if self.per == "tasks" else []}
                for key in calls
            },
            {},
        )


@pytest.mark.parametrize("per", ["tasks", "contacts"])
async def test_a_list_that_ignores_its_filter_ends(desk, per):
    """A page that repeats itself is the last one."""
    now = datetime.now(UTC)
    settings = AccountSettings(departments=(Department(7),))
    account = Account("x-1", "x", 1, now, settings=settings)
    stores = desk.stores
    caller = Stubborn(per)

    await resync(account, caller, stores)

    assert caller.calls <= 3


async def test_all_tickets_of_a_large_account_are_found(desk):
    """Eleven hundred tasks: each once, in a few requests of ten pages."""
    account = await desk.connect(events=False)
    model = desk.ticket()
    for number in range(1_100):
        tasks.add_task(
            desk.world,
            1,
            f"Number {number}",
            responsible_id=1,
            group_id=model.group_id,
            contact_ids=tuple(model.contact_ids),
        )
    desk.world.limits.burst = 0
    stats = desk.sandbox.app[SERVER].stats
    before = stats.http

    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        bitrix = (await clients.reach(account)).bitrix
        found = await all_tickets(account, bitrix)

    assert 1_130 == len(found)
    assert 3 == stats.http - before


async def test_pages_know_when_we_asked_last(desk):
    """After each resync that worked, and not after one that did not."""
    account = await desk.connect(events=False)
    pages = RedisPages(desk.stores.redis)
    began = datetime.now(UTC)
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        bitrix = (await clients.reach(account)).bitrix
        await resync(account, bitrix, desk.stores)
        seen_at = await pages.seen_at(account.id)
        desk.world.faults.rest = "502"
        with pytest.raises(BitrixBroken):
            await resync(account, bitrix, desk.stores)

    assert began <= seen_at <= datetime.now(UTC)
    assert seen_at == await pages.seen_at(account.id)


async def test_the_zone_of_the_people_is_read_once_a_day(desk):
    """It counts until the company chooses one; an empty one is that of the clock."""
    account = await desk.connect(events=False)
    user = desk.world.users[account.user_id]
    now = []
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        bitrix = (await clients.reach(account)).bitrix
        for zone in ("America/Sao_Paulo", "Asia/Tokyo", ""):
            user.time_zone = zone or "UTC"
            if not zone:
                await desk.stores.accounts.remember(account.id, Memory(zone_at=0.0))
            await read_zone(account, bitrix, desk.stores)
            account = await desk.stores.accounts.get(account.id)
            now.append(account.zone)

    assert ["America/Sao_Paulo", "America/Sao_Paulo", "UTC"] == now
