"""What the last mails of a sender had in common."""

import pytest

from ticket24.domain.arrivals.habits import Habit
from ticket24.store.arrivals.habits import RedisHabits

MARIA = "maria@example.com"


@pytest.mark.usefixtures("accounts_there")
async def test_a_mail_that_is_judged_twice_counts_once(redis):
    """As it was judged the last time: its ticket may have changed in between."""
    habits = RedisHabits(redis)
    first, again, other = (
        Habit(mail, (ending,)) for mail, ending in (("1", "a"), ("1", "b"), ("2", "a"))
    )

    for one in (first, other, again):
        await habits.note("acme", MARIA, one)

    assert {again, other} == {*await habits.of("acme", MARIA.title())}
    assert [other] == await habits.of("acme", MARIA, besides="1")
