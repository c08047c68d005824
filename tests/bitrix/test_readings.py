"""Open questions about Bitrix24: what we do is right under either answer."""

import pytest
from callers import caller

from bitrix24_sandbox.account.records import Status
from bitrix24_sandbox.account.switches import OBSERVERS
from ticket24.bitrix.conversations import roles
from ticket24.bitrix.rest.errors import AccessDenied
from ticket24.bitrix.tickets import moving, posting, tasks


@pytest.mark.parametrize("free", [False, True])
async def test_a_ticket_is_reopened_whatever_an_update_may_do(desk, free):
    """This works whether or not STATUS alone passes by the table of transitions."""
    desk.world.switches.update_sets_any_status = free
    task = desk.ticket()
    for closed in (Status.REVIEW, Status.COMPLETED, Status.DEFERRED):
        task.status = closed
        await moving.reopen(caller(desk), task.id)

        assert Status.PENDING is task.status


async def test_what_is_done_already_is_done(desk):
    """Refusals have many codes; what counts is how the task is."""
    task = desk.ticket()
    for _ in range(2):
        await moving.complete(caller(desk), task.id)

        assert Status.COMPLETED is task.status


@pytest.mark.parametrize("status", [Status.IN_PROGRESS, Status.COMPLETED])
async def test_getting_into_a_chat_moves_nothing(desk, status):
    """Status, responsible and creator do not change, and observers stay."""
    task = desk.ticket()
    task.created_by = task.responsible_id = 3
    task.auditors, task.status = [5], status
    row = await posting.read_task(caller(desk), "acme", task.id, desk.world.now())
    await posting.join(caller(desk), row, 1)

    assert (3, 3, [5, 1], status) == (
        *(task.created_by, task.responsible_id),
        *(task.auditors, task.status),
    )


@pytest.mark.parametrize("open_chat", [False, True])
async def test_without_observers_who_may_joins_and_who_may_not_is_told(desk, open_chat):
    """Whether a reader of the task may use its chat is not known."""
    desk.world.switches.missing_features = [OBSERVERS]
    desk.world.switches.chat_needs_membership = not open_chat
    task = desk.ticket()
    task.created_by = task.responsible_id = 3
    task.auditors = []
    chat = desk.world.chats[task.chat_id]
    chat.members = {3}
    row = await posting.read_task(caller(desk), "acme", task.id, desk.world.now())
    if open_chat:
        await posting.join(caller(desk), row, 1)
    else:
        with pytest.raises(AccessDenied, match=f"no part in task {task.id}"):
            await posting.join(caller(desk), row, 1)

    assert ({1, 3} if open_chat else {3}) == chat.members
    assert [] == task.auditors


def test_a_box_that_does_not_tell_has_observers():
    """Only a plain no is a no; an answer without observers proves nothing."""
    told = [roles.has_observers({"value": value}) for value in ("Y", "", "N")]

    assert [True, True, False] == told
    assert roles.observes({"task": {"id": "51"}}, 1)
    assert roles.observes({"task": {"auditors": ["1", "5"]}}, 1)
    assert not roles.observes({"task": {"auditors": []}}, 1)


def test_fields_are_named_one_by_one():
    """`UF_*` would be no name, and might show nothing at all."""
    assert not [name for name in tasks.read_call([51]).params["select"] if "*" in name]
