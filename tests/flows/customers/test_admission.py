"""Seats for tries with a password."""

import asyncio

import pytest

from ticket24.flows.customers.admission import Admission, Crowded


class Crowd:
    """Tries that wait; `seated` are those that got a seat, in order."""

    def __init__(self, admission):
        self.admission, self.seated, self.refused = admission, [], []
        self.tasks = {}

    async def come(self, *names):
        """Have tries come; the first letter is the place they come from."""
        for name in names:
            self.tasks[name] = asyncio.create_task(self._enter(name))
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _enter(self, name):
        try:
            await self.admission.enter(name[0])
        except Crowded:
            self.refused.append(name)
        else:
            self.seated.append(name)

    async def leave(self, times=1):
        for _ in range(times):
            self.admission.leave()
            await asyncio.sleep(0)
            await asyncio.sleep(0)


async def test_so_many_are_seated_at_once():
    """The next one is seated when somebody leaves."""
    crowd = Crowd(Admission(2, 10))
    await crowd.come("a1", "a2", "a3")
    assert ["a1", "a2"] == crowd.seated

    await crowd.leave(3)
    await crowd.come("a4", "a5", "a6")

    assert ["a1", "a2", "a3", "a4", "a5"] == crowd.seated


async def test_places_take_turns():
    """A person who comes alone does not wait for a whole burst from elsewhere."""
    crowd = Crowd(Admission(1, 10))
    await crowd.come("a0", "a1", "a2", "a3", "b1", "b2", "c1")

    await crowd.leave(6)

    assert ["a0", "a1", "b1", "c1", "a2", "b2", "a3"] == crowd.seated


async def test_the_place_with_most_tries_is_refused():
    """A full waiting room has a place for people who come from elsewhere."""
    crowd = Crowd(Admission(1, 4))
    await crowd.come("a0", "a1", "a2", "a3", "a4", "a5", "b1", "c1")
    assert ["a5", "a4", "a3"] == crowd.refused

    await crowd.come("d1", "e1")
    await crowd.leave(4)

    assert ["a5", "a4", "a3", "a2", "e1"] == crowd.refused
    assert ["a0", "a1", "b1", "c1", "d1"] == crowd.seated


@pytest.mark.parametrize("given", [False, True])
async def test_who_goes_away_takes_no_seat(given):
    """Whether he still waited or had been called just then."""
    crowd = Crowd(Admission(1, 4))
    await crowd.come("a0", "a1", "b1")
    if given:
        crowd.admission.leave()
    crowd.tasks["a1"].cancel()
    await asyncio.sleep(0.01)
    if not given:
        await crowd.leave()

    assert ["a0", "b1"] == crowd.seated
    await crowd.leave()
    await crowd.come("c1")
    assert "c1" in crowd.seated
