"""What fails a whole look is found, and the other tickets are told."""

import pytest
from desk import until
from letters import why

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import BitrixBroken
from ticket24.bitrix.tickets.source import BitrixSource
from ticket24.pace import Pace


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def pace():
    return Pace(look_again_seconds=0.02, narrowing_seconds=0.02, gathering_seconds=0.02)


def kill_the_request(monkeypatch, bad):
    batch = Bitrix.batch

    async def dies(self, commands, *, urgent=False):
        if f"forum {bad.id}" in commands:
            raise BitrixBroken("", "batch: no usable answer", 500)
        return await batch(self, commands, urgent=urgent)

    monkeypatch.setattr(Bitrix, "batch", dies)


def meet_a_bug(monkeypatch, bad):
    look = BitrixSource.look

    async def fails(self, account, wanted, **options):
        if bad.id in wanted:
            raise KeyError("no usable answer")
        return await look(self, account, wanted, **options)

    monkeypatch.setattr(BitrixSource, "look", fails)


@pytest.mark.parametrize("poison", [kill_the_request, meet_a_bug])
async def test_one_ticket_that_fails_every_look_is_parked_alone(
    desk, monkeypatch, poison
):
    """Whatever it takes down with it: the others of the account are told."""
    account = await desk.connect()
    good = desk.tickets("forum")
    bad = good.pop(len(good) // 2)
    poison(monkeypatch, bad)
    async with desk.worker():
        for ticket in [*good, bad]:
            desk.comment(ticket, f"To number {ticket.id}.")
        await desk.quiet(account)

    (one,) = [one async for one in desk.stores.parked.all(account.id)]
    assert f"ticket-{bad.id}" == one.id
    assert "no usable answer" in why(one)
    told = "".join(desk.mailbox.texts())
    assert [1] * len(good) == [told.count(f"To number {t.id}.") for t in good]
    assert f"To number {bad.id}." not in told


async def test_an_account_that_is_away_parks_nothing(desk, monkeypatch):
    """However often it was asked in vain, its tickets wait and are told then."""
    account = await desk.connect()
    asked = 0

    async def away(self, what, *args, **options):
        nonlocal asked
        asked += 1
        raise BitrixBroken("", "no usable answer", 502, retry_after=0.02)

    async with desk.worker():
        with monkeypatch.context() as broken:
            broken.setattr(Bitrix, "batch", away)
            broken.setattr(Bitrix, "call", away)
            desk.comment(desk.ticket(), "Said in the dark.")
            await until(lambda: asked > 30)
            known = await desk.stores.accounts.remembered(account.id)
        await desk.quiet(account)

    assert "waits: no usable answer (HTTP 502)" == known.trouble
    assert 0 == await desk.stores.parked.count(account.id)
    assert 1 == "".join(desk.mailbox.texts()).count("Said in the dark.")
