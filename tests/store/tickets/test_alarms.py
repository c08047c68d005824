"""Alarms: when a ticket wants a look although nothing moves it."""

from datetime import UTC, datetime, timedelta

import pytest

from ticket24.domain.tickets.model import TicketRef
from ticket24.store.tickets.alarms import RedisAlarms

pytestmark = pytest.mark.usefixtures("accounts_there")

ONE, TWO = TicketRef("acme", 51), TicketRef("acme", 52)


@pytest.fixture
def alarms(redis):
    return RedisAlarms(redis)


def at(seconds):
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def test_a_ticket_is_ripe_from_its_instant_on(alarms):
    """Of each account by itself; what is not cleared is ripe again."""
    await alarms.set(ONE, at(-1))
    await alarms.set(TWO, at(60))
    await alarms.set(TicketRef("other", 51), at(-1))
    await alarms.set(TicketRef("gone", 51), at(-1))

    now, ripe = await alarms.ripe("acme")
    assert [ONE] == ripe == (await alarms.ripe("acme"))[1]
    await alarms.clear("acme", now, ripe)
    assert [] == (await alarms.ripe("acme"))[1]
    assert [] == (await alarms.ripe("gone"))[1]


async def test_an_alarm_that_was_set_anew_stays(alarms):
    """A look between waking and clearing decides about the next one."""
    await alarms.set(ONE, at(-1))
    now, ripe = await alarms.ripe("acme")
    await alarms.set(ONE, at(0.05))
    await alarms.clear("acme", now, ripe)

    assert [] != ripe
    await alarms.set(TWO, at(-1))
    assert TWO in (await alarms.ripe("acme"))[1]
    await alarms.clear("acme", now + 60_000, [TWO])
    while not (await alarms.ripe("acme"))[1]:
        pass
    assert [ONE] == (await alarms.ripe("acme"))[1]
