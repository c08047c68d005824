"""Workgroups and people to pick from."""

import pytest
from callers import caller

from bitrix24_sandbox.account.records import User, Workgroup
from ticket24.bitrix.rest.answers import Answer
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.flows.settings.directory import (
    CLOSED,
    DISMISSED,
    Choice,
    named,
    people,
    workgroups,
)


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def bitrix(desk):
    return caller(desk)


def add_group(desk, number, name, **fields):
    desk.world.workgroups[number] = Workgroup(number, name, **fields)


async def test_an_administrator_picks_from_all_workgroups(bitrix):
    """Each has its name and its order, even if the administrator is not a member."""
    expected = [
        Choice(15, "Internal"),
        Choice(12, "Sales and billing"),
        Choice(7, "Support"),
    ]

    assert expected == await workgroups(bitrix)


async def test_others_pick_from_what_they_see(desk):
    """A workgroup that is hidden from the user we work as is not offered."""
    found = await workgroups(caller(desk, 3))

    assert ["Internal", "Support"] == [one.name for one in found]


@pytest.mark.parametrize(
    ("find", "name"),
    [
        ("café", "Grand café"),
        (" CAFÉ ", "Grand café"),
        ("nd c", "Grand café"),
        ("$result[x]", "$result[x]"),
    ],
)
async def test_a_part_of_the_name_finds_a_workgroup(desk, bitrix, find, name):
    """In any case; words that look like code are words."""
    add_group(desk, 20, "Grand café")
    add_group(desk, 21, "$result[x]")

    assert [name] == [one.name for one in await workgroups(bitrix, find)]


async def test_closed_workgroups_come_last_and_say_so(desk, bitrix):
    """They can be seen, so that nobody looks for them."""
    add_group(desk, 20, "Archive", closed=True)

    found = await workgroups(bitrix)

    assert Choice(20, "Archive", CLOSED) == found[-1]


async def test_no_more_than_asked_for_and_page_after_page(desk, bitrix):
    """Two hundred workgroups are found, and fifty of them shown."""
    for number in range(100, 300):
        add_group(desk, number, f"Team {number}")

    assert 50 == len(await workgroups(bitrix, "team"))
    assert 200 == len(await workgroups(bitrix, "team", limit=1000))


async def test_active_employees_are_picked_by_name(desk, bitrix):
    """Nobody who left, no bot; a job title tells namesakes apart."""
    desk.world.users[4].active = False
    desk.world.users[6] = User(6, "Ro", "Bot", hidden=True)

    expected = [
        Choice(1, "Customer Portal", "Integration"),
        Choice(2, "Hannah Vogel", "Head of support"),
        Choice(5, "John Miller", "Accountant"),
        Choice(3, "Tomás Ribeiro", "Support engineer"),
    ]
    assert expected == await people(bitrix)
    assert [expected[1]] == await people(bitrix, "vogel")
    assert [] == await people(bitrix, "petrova")


async def test_names_of_what_was_picked_come_in_one_request(desk, bitrix):
    """Closed workgroups and people who left keep their names; gone ones have none."""
    add_group(desk, 20, "Archive", closed=True)
    desk.world.users[4].active = False

    groups, staff = await named(bitrix, {7, 20, 99}, {2, 4, 99, 0})

    assert {7: Choice(7, "Support"), 20: Choice(20, "Archive", CLOSED)} == groups
    assert {
        2: Choice(2, "Hannah Vogel", "Head of support"),
        4: Choice(4, "Olga Petrova", DISMISSED),
    } == staff
    assert ({}, {}) == await named(bitrix, (), ())


async def test_a_refusal_is_told(desk):
    """Without the permission there is an error, not an empty list."""
    poor = caller(desk, 3, ["task"])

    with pytest.raises(BitrixError):
        await workgroups(poor)
    with pytest.raises(BitrixError):
        await people(poor)
    with pytest.raises(BitrixError):
        await named(poor, {7}, {2})


@pytest.mark.parametrize("nexts", [(49, 98, None), (50, 100, 100), (7, 7, 7)])
async def test_pages_are_read_as_they_are_named(nexts):
    """`next` is not a multiple of anything, and may lead to an empty page for ever."""
    asked = []

    class Pages:
        async def call(self, _method, params=None, *, urgent=False):
            asked.append(params["start"])
            number = len(asked) - 1
            rows = [
                {"ID": str(60 * number + n), "NAME": f"Group {number} {n}"}
                for n in range(1, 50)
            ] * (number < 2)
            return Answer(rows, next=nexts[min(number, 2)])

    found = await workgroups(Pages(), limit=500)

    assert 98 == len(found)
    assert [0, nexts[0], nexts[1]] == asked
