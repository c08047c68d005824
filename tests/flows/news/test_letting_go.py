"""What waited for hours goes to whom it is for by then, and to nobody else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from examples import NOON, letter, message, ticket
from letters import put_letter

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.gathering import together
from ticket24.domain.tickets.model import ContactRef, Customer, TicketRef
from ticket24.flows.news.gathering import let_go, reread_parts
from ticket24.store import keys
from ticket24.store.tickets.due import ClaimedRef

ACCOUNT = Account("acme", "acme", 1, NOON)
ANNA, BEN = 43, 44
SAID = message(1, "It is on its way")


@pytest.fixture
async def stores(stores):
    await stores.redis.hset(keys.account("acme"), "account", "{}")
    await stores.customers.put_all(
        "acme", [Customer(ContactRef("acme", ANNA), "Anna", ("a@x.org",))]
    )
    return stores


def news(number):
    ref = TicketRef("acme", number)
    about = {"id": f"{number}-replied", "ref": ref, "recipient": "a@x.org"}
    return letter(contact_id=ANNA, messages=(SAID,), **about)


async def keep(stores, number, contact_id):
    """Have the picture of a ticket of a contact, as a look leaves it."""
    one = ticket(
        ref=TicketRef("acme", number), contact_ids=(contact_id,), messages=(SAID,)
    )
    assert await stores.tickets.commit(one, 0, ClaimedRef(one.ref, 0), [])


async def gathered(stores, *numbers):
    """Let news of these tickets wait for Anna, until now."""
    now = datetime.now(UTC)
    await stores.preferences.choose("acme", [ANNA], "daily", now)
    for number in numbers:
        await put_letter(stores.redis, news(number))
        until = now - timedelta(seconds=1)
        assert await stores.gathered.hold(news(number), "daily", until)


async def go(stores):
    """Let it go after a look; return the letters that go."""
    while not await let_go(ACCOUNT, ANNA, stores, 0):
        pass
    assert [] == await stores.gathered.all("acme")
    return await stores.outbox.all("acme")


@pytest.mark.parametrize("whose", [(BEN, ANNA), (BEN, BEN)])
async def test_a_ticket_that_is_somebody_elses_by_now_is_not_told_of(stores, whose):
    """Staff had bound it to a wrong contact, and have put that right."""
    for number, contact_id in zip((51, 52), whose, strict=True):
        await keep(stores, number, contact_id)
    await gathered(stores, 51, 52)

    told = [one.ref.task_id for one in await go(stores)]

    assert [52] * whose.count(ANNA) == told


@pytest.mark.parametrize("seen", [True, False])
async def test_of_a_contact_that_was_merged_everything_is_told(stores, seen):
    """Another has taken its place in the ticket, and reads the same mailbox."""
    await keep(stores, 51, BEN)
    await gathered(stores, 51)
    heir = Customer(ContactRef("acme", BEN), "Anna", ("A@x.org",))
    await stores.customers.put_all("acme", [heir])
    if seen:
        await stores.customers.remove(ContactRef("acme", ANNA))

    assert [51] == [one.ref.task_id for one in await go(stores)]


async def test_a_digest_that_was_delayed_leaves_out_what_is_somebody_elses(stores):
    """The mail server may have been away for days."""
    await keep(stores, 51, BEN)
    await keep(stores, 52, ANNA)
    digest = together([news(51), news(52)], None)

    left, _ = await reread_parts(replace(digest, contact_id=ANNA), ACCOUNT, stores)

    assert [52] == [one.ref.task_id for one in left.parts]
