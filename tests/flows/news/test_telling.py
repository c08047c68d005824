"""News that could not be told is told later, in the form that is true by then."""

from dataclasses import replace

import pytest
from examples import NOON, letter, ticket

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.letters import Kind, Untold
from ticket24.domain.tickets.model import ContactRef, Customer, TicketRef
from ticket24.flows.news.telling import tell_later
from ticket24.store import keys

ACCOUNT = Account("acme", "acme", 1, NOON)
REF = TicketRef("acme", 51)


@pytest.fixture
async def stores(stores):
    await stores.redis.hset(keys.account("acme"), "account", "{}")
    await stores.customers.put_all(
        "acme", [Customer(ContactRef("acme", 43), "Anna", ("a@x.org",))]
    )
    return stores


async def parked(stores, kind):
    """Park news of a kind with the picture of a ticket, as a look does."""
    await stores.due.mark(REF)
    (claimed,) = await stores.due.claim("acme", 10)
    news = replace(letter(), id="", recipient="", kind=kind)
    untold = Untold(news, (43,), (), (43,))
    assert await stores.tickets.commit(ticket(), 0, claimed, [], untold=[untold])


@pytest.mark.parametrize("kind", [Kind.REPLIED, Kind.CREATED])
async def test_a_ticket_is_looked_at_again_before_it_is_told_of(stores, kind):
    """Nothing tells us that a message of a chat was taken back or edited meanwhile."""
    await parked(stores, kind)
    by_contact = await tell_later(ACCOUNT, stores, task_ids=(), contact_ids=(43,))
    due = [one.ref for one in await stores.due.claim("acme", 10)]
    by_look = await tell_later(ACCOUNT, stores, task_ids=(51,), contact_ids=(43,))

    assert (0, [REF], 1) == (by_contact, due, by_look)
    assert 1 == await stores.outbox.count("acme")


async def test_who_still_cannot_be_told_costs_no_look(stores):
    """Contacts are asked about with every resync, their tickets are not."""
    await parked(stores, Kind.REPLIED)
    await stores.customers.remove(ContactRef("acme", 43))

    assert 0 == await tell_later(ACCOUNT, stores, task_ids=(), contact_ids=(43,))
    assert [] == await stores.due.claim("acme", 10)
