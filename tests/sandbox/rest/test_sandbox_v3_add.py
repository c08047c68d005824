"""tasks.task.add of REST 3.0."""

import pytest

ADD = "tasks.task.add"
PREFIX = "BITRIX_REST_V3_EXCEPTION_"


def ticket(**fields):
    """Return the parameters of a new task."""
    return {"fields": {"title": "Printer", "responsibleId": 4, **fields}}


async def test_add(rest, world, events):
    """A new task comes back whole, with its chat."""
    _, body = await rest.v3(
        ADD,
        ticket(
            creatorId=2, groupId=7, crmItemIds=["C_43"], priority="high", unknown="x"
        ),
    )

    item = body["result"]["item"]
    task = world.tasks[item["id"]]
    assert ("Printer", 2, 4, 7) == (
        item["title"],
        item["creatorId"],
        item["responsibleId"],
        item["groupId"],
    )
    assert (["C_43"], 2) == (task.crm, task.priority)
    assert task.chat_id == item["chatId"]
    assert "ONTASKADD" == events[0][0]


async def test_idempotency(rest, world):
    """The same key and body make one task; another body is 422."""
    known = len(world.tasks)
    first, one = await rest.v3(ADD, ticket(), Idempotency_Key="k")
    again, two = await rest.v3(ADD, ticket(), Idempotency_Key="k")
    other, _ = await rest.v3(ADD, ticket(title="Scanner"), Idempotency_Key="k")

    assert known + 1 == len(world.tasks)
    assert one == two
    assert "Idempotent-Replayed" not in first.headers
    assert "true" == again.headers["Idempotent-Replayed"]
    assert 422 == other.status


async def test_without_key(rest, world):
    """Without a key each call makes a task."""
    known = len(world.tasks)
    await rest.v3(ADD, ticket())
    await rest.v3(ADD, ticket())

    assert known + 2 == len(world.tasks)


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({}, 400, "VALIDATION_REQUESTVALIDATIONEXCEPTION"),
        (ticket(title=""), 400, "VALIDATION_DTOVALIDATIONEXCEPTION"),
        (ticket(responsibleId=999), 400, "VALIDATION_DTOVALIDATIONEXCEPTION"),
        (ticket(groupId=999), 403, "ACCESSDENIEDEXCEPTION"),
    ],
)
async def test_errors(rest, world, params, status, code):
    """A refused task is not made, and the error is an object."""
    known = len(world.tasks)
    response, body = await rest.v3(ADD, params)

    assert (status, PREFIX + code) == (response.status, body["error"]["code"])
    assert known == len(world.tasks)
