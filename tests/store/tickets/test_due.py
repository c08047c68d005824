"""The due set: each thing once, by one worker at a time, nothing missed."""

import asyncio

import pytest
from desk import until

from ticket24.domain.tickets.model import ContactRef, TicketRef
from ticket24.store import keys
from ticket24.store.tickets.due import Leased, RedisDue

pytestmark = pytest.mark.usefixtures("accounts_there")

ONE = TicketRef("acme", 1)
TWO = TicketRef("acme", 2)


@pytest.fixture
def due(redis):
    return RedisDue(redis, "worker-1")


@pytest.fixture
def other(redis):
    return RedisDue(redis, "worker-2")


def refs(claimed):
    return {one.ref for one in claimed}


async def test_many_marks_are_one_look(due):
    """A ticket marked a hundred times is taken once."""
    for _ in range(100):
        await due.mark(ONE)

    claimed = await due.claim("acme", 10)

    assert {ONE} == refs(claimed)


async def test_tickets_and_customers_are_both_due(due):
    """A contact is due beside tickets, under its own name."""
    contact = ContactRef("acme", 1)
    await due.mark_all([ONE, contact])

    assert {ONE, contact} == refs(await due.claim("acme", 10))


async def test_there_is_an_end_to_what_is_due(due):
    """A thing without room is reported; what is already due is still marked."""
    many = [TicketRef("acme", number) for number in range(1, 3_001)]

    assert {"acme"} == await due.mark_all([*many, TicketRef("other", 1)], most=1_500)
    assert set() == await due.mark_all(many[:1_500], most=1_500)
    assert (1_500, 1) == (await due.count("acme"), await due.count("other"))
    assert set() == await due.mark_all(many)
    assert 3_000 == await due.count("acme")


async def test_marks_that_lie_apart_let_others_through(due):
    """One of thousands that can wait is due now, and a fresh one with it."""
    many = [TicketRef("acme", number) for number in range(100, 2_600)]
    await due.mark_all(many, apart=60)
    await due.mark(ONE)

    assert {many[0], ONE} == refs(await due.claim("acme", 200))
    assert 2_501 == await due.count("acme")
    now = await due.clock("acme")
    assert 1_500 == await due.waiting("acme", now + 1_499 * 60_000) - 1


async def test_a_mark_during_a_look_asks_for_another(due):
    """What is marked while it is looked at stays due after it was settled."""
    await due.mark(ONE)
    claimed = await due.claim("acme", 10)
    await due.mark(ONE)

    await due.done(claimed)

    assert {ONE} == refs(await due.claim("acme", 10))


async def test_what_was_settled_is_not_due(due, redis):
    """Without another mark there is no other look, and nothing is left."""
    await due.mark(ONE)
    await due.done(await due.claim("acme", 10))
    await due.rest("acme")

    assert [] == await due.claim("acme", 10)
    assert [] == await due.accounts(10)
    assert 0 == await redis.exists(keys.due("acme"), keys.marks("acme"))


async def test_one_worker_at_a_time(due, other):
    """While one worker looks at an account, another is told to come later."""
    await due.mark(ONE)
    await due.claim("acme", 10)

    assert isinstance(await other.claim("acme", 10), Leased)


async def test_who_finds_an_account_leased_comes_back_when_it_is_free(due, other):
    """Not when its lease would have ended: the look was over a moment ago."""
    await due.mark_all([ONE, TWO])
    claimed = await due.claim("acme", 1)
    assert isinstance(await other.claim("acme", 10), Leased)
    await other.come_back("acme")
    assert [] == await due.accounts(10)

    assert isinstance(await other.claim("acme", 10), Leased)
    await due.done(claimed)
    await due.rest("acme")
    await other.come_back("acme")

    assert ["acme"] == await due.accounts(10)
    assert {TWO} == refs(await other.claim("acme", 10))


async def test_a_killed_workers_tickets_come_back(due, other, redis):
    """When a lease runs out, another worker takes the same tickets."""
    await due.mark_all([ONE, TWO])
    await due.claim("acme", 10)
    await redis.delete(keys.lease("acme"))  # As if its time were over.

    assert {ONE, TWO} == refs(await other.claim("acme", 10))


async def test_a_late_worker_settles_nothing_new(due, other, redis):
    """Its lease ran out, another one settled, and a new mark came: that mark stays."""
    await due.mark(ONE)
    late = await due.claim("acme", 10)
    await redis.delete(keys.lease("acme"))  # As if its time were over.
    await other.done(await other.claim("acme", 10))
    await other.mark(ONE)

    await due.done(late)

    assert {ONE} == refs(await other.claim("acme", 10))


async def test_a_lost_lease_is_not_renewed(due, other, redis):
    """A worker that slept through its lease is told so."""
    await due.mark(ONE)
    await due.claim("acme", 10)
    await redis.delete(keys.lease("acme"))
    await other.claim("acme", 10)

    assert (False, True) == (await due.renew("acme"), await other.renew("acme"))


async def test_marks_gather_while_an_account_rests(due, other):
    """Nobody gets a resting account until its rest is over."""
    await due.mark(ONE)
    await due.claim("acme", 10)
    await due.rest("acme", 600)
    assert isinstance(await other.claim("acme", 10), Leased)

    await due.wake("acme")
    await due.claim("acme", 10)
    await due.rest("acme", 0.2)

    async def claimed():
        found = await other.claim("acme", 10)
        return None if isinstance(found, Leased) else found

    assert {ONE} == refs(await until(claimed))


async def test_resting_is_in_the_index(due):
    """An account that rests with due tickets comes up again by itself."""
    await due.mark(ONE)
    await due.claim("acme", 10)
    await due.rest("acme", 600)
    assert [] == await due.accounts(10)

    await due.wake("acme")
    await due.claim("acme", 10)
    await due.rest("acme", 0.2)
    assert ["acme"] == await until(lambda: due.accounts(10))


async def test_delayed_things_wait_but_not_for_a_new_mark(due):
    """A delayed ticket is due at once when it is marked again."""
    await due.mark_all([ONE, TWO])
    await due.claim("acme", 10)
    await due.postpone(ONE, 60)
    await due.postpone(TWO, 60)
    assert [] == await due.claim("acme", 10)

    await due.mark(ONE)

    assert {ONE} == refs(await due.claim("acme", 10))


async def test_failures_in_a_row_are_counted_until_a_look_succeeds(due):
    """The count starts anew once a ticket was settled."""
    await due.mark(ONE)
    claimed = await due.claim("acme", 10)
    assert [1, 2] == [await due.failed(ONE), await due.failed(ONE)]

    await due.done(claimed)
    await due.mark(ONE)

    assert 1 == await due.failed(ONE)


async def test_a_portion_at_a_time(due):
    """No more is taken than was asked for, the longest waiting first."""
    await due.mark(ONE)
    await asyncio.sleep(0.005)
    await due.mark(TWO)

    assert {ONE} == refs(await due.claim("acme", 1))


async def test_a_lost_index_entry_is_found_again(due, redis):
    """A crash between a mark and its index entry is healed."""
    await due.mark(ONE)
    await redis.delete(keys.DUE_ACCOUNTS)

    await due.index("acme")

    assert ["acme"] == await due.accounts(10)


async def test_a_resting_account_is_woken(due):
    """What waits for the end of a trouble is looked at now."""
    await due.mark(ONE)
    await due.claim("acme", 10)
    await due.rest("acme", 60)
    assert [] == await due.accounts(10)
    await due.wake("acme")

    assert ["acme"] == await due.accounts(10)
    assert {ONE} == refs(await due.claim("acme", 10))


async def test_waking_takes_no_lease_away(due, other):
    """A worker that is looking at the account is not disturbed."""
    await due.mark(ONE)
    await due.claim("acme", 10)
    await due.wake("acme")

    assert isinstance(await other.claim("acme", 10), Leased)
