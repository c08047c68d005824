"""REST 3.0."""

import pytest

from bitrix24_sandbox.account.conversations import reading

SEND = "tasks.task.chat.message.send"
PREFIX = "BITRIX_REST_V3_EXCEPTION_"


async def test_get(rest, chat_task):
    """A task comes with whole numbers, named status and its chat on request."""
    _, body = await rest.v3(
        "tasks.task.get",
        {"id": chat_task.id, "select": ["id", "status", "nope", "chat.id"]},
    )

    item = body["result"]["item"]
    assert {"id", "status", "chat"} == item.keys()
    assert (chat_task.id, "pending") == (item["id"], item["status"])
    assert chat_task.chat_id == item["chat"]["id"]


async def test_list(rest):
    """A list filters by id and shows only ids unless told."""
    _, body = await rest.v3("tasks.task.list", {"filter": [["id", "in", [51, 52]]]})

    assert [{"id": 51}, {"id": 52}] == body["result"]["items"]


@pytest.mark.parametrize(
    ("method", "params", "status", "code"),
    [
        ("tasks.task.get", {}, 400, "VALIDATION_REQUESTVALIDATIONEXCEPTION"),
        ("tasks.task.get", {"id": 9999}, 400, "ENTITYNOTFOUNDEXCEPTION"),
        (
            "tasks.task.get",
            {"id": 51, "select": ["chat.nope"]},
            400,
            "UNKNOWNDTOPROPERTYEXCEPTION",
        ),
        (
            "tasks.task.list",
            {"filter": [["title", "x"]]},
            400,
            "INVALIDFILTEREXCEPTION",
        ),
        (SEND, {}, 400, "VALIDATION_REQUESTVALIDATIONEXCEPTION"),
        (SEND, {"fields": {"taskId": 51}}, 400, "VALIDATION_DTOVALIDATIONEXCEPTION"),
        (
            SEND,
            {"fields": {"taskId": 9999, "text": "x"}},
            403,
            "ACCESSDENIEDEXCEPTION",
        ),
    ],
)
async def test_errors(rest, method, params, status, code):
    """Errors are objects with a long code."""
    response, body = await rest.v3(method, params)

    assert (status, PREFIX + code) == (response.status, body["error"]["code"])


async def test_classic_method_is_not_there(rest, world):
    """A classic method, or any on an old account, is 404."""
    response, body = await rest.v3("crm.contact.list", {})
    assert (404, "ERROR_METHOD_NOT_FOUND") == (response.status, body["error"])

    world.switches.has_v3 = False
    response, _ = await rest.v3("tasks.task.get", {"id": 51})
    assert 404 == response.status


async def test_query_and_broken_json(rest):
    """The query counts for nothing, and broken JSON is an error."""
    url = rest.root.replace("/rest/", "/rest/api/")
    async with rest.session.post(url + "tasks.task.get?id=51") as response:
        assert 400 == response.status
    async with rest.session.post(url + "tasks.task.get", data=b"{") as response:
        code = (await response.json())["error"]["code"]
    assert PREFIX + "INVALIDJSONEXCEPTION" == code


async def test_send(rest, world, chat_task):
    """A message is sent and its id kept back."""
    _, body = await rest.v3(SEND, {"fields": {"taskId": chat_task.id, "text": "Hi"}})

    assert {"result": True} == body["result"]
    last = reading.conversation(world, chat_task)[-1]
    assert (1, "Hi") == (last.author_id, last.text)


async def test_idempotency(rest, world, chat_task):
    """The same key with the same body writes once; with another it is 422."""
    params = {"fields": {"taskId": chat_task.id, "text": "Hi"}}
    said = len(world.messages)
    first, one = await rest.v3(SEND, params, Idempotency_Key="k1")
    again, two = await rest.v3(SEND, params, Idempotency_Key="k1")
    params["fields"]["text"] = "Other"
    reused, _ = await rest.v3(SEND, params, Idempotency_Key="k1")
    invalid, _ = await rest.v3(SEND, params, Idempotency_Key="x" * 256)

    assert said + 1 == len(world.messages)
    assert one == two
    assert "Idempotent-Replayed" not in first.headers
    assert "true" == again.headers["Idempotent-Replayed"]
    assert (422, 400) == (reused.status, invalid.status)
    world.skew_seconds = 86_401
    late, _ = await rest.v3(SEND, params, Idempotency_Key="k1")
    assert 200 == late.status


async def test_errors_are_not_kept(rest, world, chat_task):
    """A key whose request failed may be used again."""
    params = {"fields": {"taskId": chat_task.id, "text": "Hi"}}
    chat_id, chat_task.chat_id = chat_task.chat_id, None
    failed, _ = await rest.v3(SEND, params, Idempotency_Key="k2")
    chat_task.chat_id = chat_id
    sent, _ = await rest.v3(SEND, params, Idempotency_Key="k2")

    assert (400, 200) == (failed.status, sent.status)


async def test_batch(rest):
    """A batch is a list in and a list out."""
    _, body = await rest.v3(
        "batch",
        [
            {"method": "tasks.task.get", "query": {"id": 51, "select": ["id"]}},
            {"method": "nope"},
        ],
    )

    first, second = body["result"]
    assert {"item": {"id": 51}} == first
    assert "ERROR_METHOD_NOT_FOUND" == second["error"]


@pytest.mark.parametrize("shape", ["flat", "nested"])
async def test_wrong_code(rest, world, shape):
    """A caller who may not call gets a flat or nested refusal, as switched."""
    world.switches.v3_auth_errors = shape
    url = f"{rest.address}/rest/api/1/wrong/tasks.task.get"
    async with rest.session.post(url, json={"id": 51}) as response:
        error = (await response.json())["error"]

    assert 401 == response.status
    assert (shape == "nested") == isinstance(error, dict)
