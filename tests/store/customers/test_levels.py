"""Which levels customers have: by their contacts, or by their companies."""

import pytest

from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.store import keys
from ticket24.store.customers.levels import RedisLevels


@pytest.fixture
async def levels(redis):
    await redis.hset(keys.account("acme"), "account", "{}")
    levels = RedisLevels(redis)
    await levels.put("acme", {7: ("347",), 8: ("Silver",), 9: ()})
    await levels.name("acme", {"347": "Gold", "348": "Silver"})
    return levels


def customer(company_id, *said):
    return Customer(ContactRef("acme", 43), "Anna", (), None, (), company_id, said)


@pytest.mark.parametrize(
    ("customers", "found"),
    [
        ([], []),
        ([customer(0)], []),
        ([customer(0, "gold ")], ["gold"]),
        ([customer(7)], ["gold"]),
        ([customer(7, "348")], ["silver"]),
        ([customer(8), customer(7)], ["gold", "silver"]),
        ([customer(9), customer(77)], []),
    ],
)
async def test_the_contact_counts_before_its_company(levels, customers, found):
    """Elements of lists are known by their texts; several customers have several."""
    assert {*found} == {one.strip() for one in await levels.of("acme", customers)}


async def test_what_is_not_known_is_to_be_asked(levels):
    """A company that says nothing is known; no company is none."""
    assert {77} == await levels.lacking("acme", [0, 7, 9, 77])


async def test_nothing_is_kept_of_an_account_that_is_gone(levels, redis):
    """However late an answer comes."""
    await levels.put("gone", {7: ("347",)})

    assert 0 == await redis.exists(keys.levels("gone"))
