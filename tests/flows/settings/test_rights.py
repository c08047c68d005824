"""What we lack in a workgroup is found before it is chosen."""

from dataclasses import replace

import pytest
from callers import caller

from ticket24.bitrix.rest.errors import BitrixError
from ticket24.flows.settings.rights import Lack, check, lacking


@pytest.fixture
def desk(shared_desk):
    return shared_desk


async def test_an_administrator_lacks_nothing(desk):
    """He may see and create tasks everywhere."""
    assert {} == await lacking(caller(desk), {7, 12, 15})


async def test_a_member_lacks_what_the_workgroup_keeps_from_members(desk):
    """Members may not see all tasks where the workgroup says so."""
    desk.world.workgroups[7].members_view_all = False

    assert {7: (Lack.VIEW,)} == await lacking(caller(desk, 3), {7, 15})


async def test_a_workgroup_that_is_hidden_or_deleted_is_gone(desk):
    """Both look the same to us, and nothing more is said of them."""
    expected = {12: (Lack.GONE,), 99: (Lack.GONE,)}

    assert expected == await lacking(caller(desk, 3), {7, 12, 99})


@pytest.mark.parametrize("user_id", [1, 3])
async def test_in_a_closed_workgroup_nobody_works(desk, user_id):
    """Not even an administrator."""
    desk.world.workgroups[7].closed = True

    assert {7: (Lack.CLOSED,)} == await lacking(caller(desk, user_id), {7})


async def test_names_and_the_time_come_along(desk):
    """The time is Bitrix24's own, in whole seconds; the ids are those of then."""
    desk.world.skew_seconds = 3600

    checked = await check(caller(desk), {7})

    assert {7: "Support"} == dict(checked.names)
    assert 0 == checked.at.time.microsecond
    assert abs((desk.world.now() - checked.at.time).total_seconds()) < 30
    assert max(desk.world.tasks) == checked.at.newest_task


async def test_a_missing_permission_is_an_error(desk):
    """Then nothing is known of any workgroup."""
    with pytest.raises(BitrixError):
        await lacking(caller(desk, 3, ["task"]), {7})


@pytest.mark.parametrize("nothing", [[], {}, None, False])
async def test_an_empty_list_of_contacts_is_no_refusal(desk, nothing):
    """PHP writes nothing in several ways."""

    class Empty:
        async def batch(self, calls, **options):
            batch = await caller(desk).batch(calls, **options)
            return replace(batch, results=batch.results | {"contacts": nothing})

    assert {} == await lacking(Empty(), {7})
