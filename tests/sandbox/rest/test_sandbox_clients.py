"""Two independent public clients against the served sandbox.

They were written for the real Bitrix24; where they disagree with us, we are wrong.
"""

import asyncio
import base64
import importlib

import b24pysdk
import pytest
from b24pysdk.constants.version import B24APIVersion
from b24pysdk.errors import (
    BitrixAPIError,
    BitrixAPIInsufficientScope,
    BitrixResponse302JSONDecodeError,
)
from b24pysdk.errors import v3 as v3_errors
from fast_bitrix24 import BitrixAsync

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.conversations import reading
from bitrix24_sandbox.account.records import Webhook
from bitrix24_sandbox.sample import LIMITED_WEBHOOK, WEBHOOK


@pytest.fixture
def token(rest, monkeypatch):
    """The official SDK, whose https:// is hard-wired."""
    module = importlib.import_module("b24pysdk.api.callers.call_method")
    monkeypatch.setattr(
        module._MethodCaller,  # noqa: SLF001 - The only place to take https:// out.
        "_base_url",
        property(lambda self: f"http://{self._domain}/rest"),
    )
    return b24pysdk.BitrixWebhook(
        domain=rest.address.removeprefix("http://"),
        webhook_token=f"{WEBHOOK.user_id}/{WEBHOOK.code}",
    )


@pytest.fixture
def fast(rest):
    return BitrixAsync(rest.root, verbose=False)


async def call(function, *args, **options):
    """Run the blocking SDK beside the server."""
    return await asyncio.to_thread(function, *args, **options)


async def test_sdk_reads_a_task(token, chat_task):
    """The SDK reads a task and its time block."""
    answer = await call(
        token.call_method, "tasks.task.get", {"taskId": chat_task.id, "select": ["*"]}
    )

    assert str(chat_task.id) == answer["result"]["task"]["id"]
    assert answer["time"]["operating"] > 0


async def test_sdk_writes_a_comment(token, world, forum_task):
    """The SDK's own wrapper puts positional parameters in their order."""
    client = b24pysdk.Client(token)
    add = client.task.commentitem.add(forum_task.id, {"POST_MESSAGE": "Hi"})
    number = await call(lambda: add.result)
    read = client.task.commentitem.getlist(forum_task.id, order={"ID": "asc"})
    rows = await call(lambda: read.result)

    assert "Hi" == world.comments[number].text
    assert str(number) == rows[-1]["ID"]


async def test_sdk_notifies(token, world):
    """The SDK's own wrappers notify, read the id, and delete by it."""
    notify = b24pysdk.Client(token).im.notify
    hers = notify.system.add(2, "[B]Hi[/B]", tag="a", sub_tag="b")
    mine = notify(1, "Hi", type="USER")
    numbers = await call(lambda: [hers.result, mine.result])
    deleted = notify.delete(bitrix_id=numbers[1])

    assert True is await call(lambda: deleted.result)
    assert [(numbers[0], 2, 0, "[B]Hi[/B]")] == [
        (one.id, one.user_id, one.author_id, one.text)
        for one in world.notifications.values()
    ]


async def test_sdk_reads_what_automation_needs(token, world, chat_task):
    """The SDK's own wrappers read and move stages, read hours, and set the fire."""
    hook = Webhook(1, "sandboxwebhook09", [*WEBHOOK.scopes, "calendar"])
    world.webhooks.append(hook)
    token = b24pysdk.BitrixWebhook(domain=token.domain, webhook_token=f"1/{hook.code}")
    client = b24pysdk.Client(token)
    asked = [
        client.task.stages.get(7),
        client.task.stages.movetask(chat_task.id, 73),
        client.calendar.settings.get(),
        client.tasks.task.update(chat_task.id, {"PRIORITY": 2}),
        client.tasks.task.get(chat_task.id, select=["ID", "PRIORITY", "STAGE_ID"]),
    ]
    stages, moved, hours, _, read = await call(lambda: [one.result for one in asked])

    assert ["71", "72", "73", "74"] == [one["ID"] for one in stages.values()]
    assert (True, 73) == (moved, chat_task.stage_id)
    assert hours["work_time_start"]
    assert ("2", "73") == (read["task"]["priority"], read["task"]["stageId"])


async def test_sdk_batches(token, chat_task):
    """The SDK's batch encodes its commands the way the account decodes them."""
    answer = await call(
        token.call_batch,
        {
            "t": ("tasks.task.get", {"taskId": chat_task.id}),
            "l": ("crm.contact.list", {"filter": {"%NAME": "ö"}, "select": ["NAME"]}),
            "m": (
                "im.message.add",
                {
                    "DIALOG_ID": "chat$result[t][task][chatId]",
                    "MESSAGE": "a + b & 50 %",
                },
            ),
        },
    )

    result = answer["result"]["result"]
    assert ["Jörg"] == [row["NAME"] for row in result["l"]]
    assert isinstance(result["m"], int)


async def test_sdk_batch_keeps_text(token, world, chat_task):
    """Plus, ampersand, percent and umlauts survive a batch."""
    text = "a + b & 50 % für #1 [B]x[/B]"
    dialog = f"chat{chat_task.chat_id}"
    await call(
        token.call_batch,
        {"m": ("im.message.add", {"DIALOG_ID": dialog, "MESSAGE": text})},
    )

    assert text == reading.conversation(world, chat_task)[-1].text


async def test_sdk_walks_a_list(token, world):
    """The SDK finds all rows of a list, by pages and by ids."""
    for number in range(70):
        tasks.add_task(world, 1, f"T{number}", responsible_id=1)

    def rows(walk, method, params):
        return list(walk(method, params)["result"])

    by_pages = await call(rows, token.call_list, "tasks.task.list", {"select": ["ID"]})
    by_ids = await call(rows, token.call_list_fast, "crm.contact.list", {})

    assert {str(n) for n in world.tasks} == {task["id"] for task in by_pages}
    assert [str(n) for n in world.contacts] == sorted(row["ID"] for row in by_ids)


async def test_sdk_understands_errors(token):
    """The SDK maps our errors to its own classes."""
    limited = b24pysdk.BitrixWebhook(
        domain=token.domain,
        webhook_token=f"{LIMITED_WEBHOOK.user_id}/{LIMITED_WEBHOOK.code}",
    )
    with pytest.raises(BitrixAPIError) as wrong:
        await call(token.call_method, "tasks.task.start", {"taskId": 51})
    with pytest.raises(BitrixAPIInsufficientScope):
        await call(limited.call_method, "crm.contact.get", {"id": 43})

    assert ("0", 400) == (wrong.value.error, wrong.value.status_code)


async def test_sdk_speaks_v3(token, world, chat_task):
    """The SDK's REST 3.0 reads tasks, sends messages and reads errors."""
    client = b24pysdk.Client(token, prefer_version=B24APIVersion.V3)
    got = client.tasks.task.get(bitrix_id=chat_task.id, select=["id", "chat.id"])
    item = (await call(lambda: got.result))["item"]
    send = client.tasks.task.chat.message.send(
        fields={"taskId": chat_task.id, "text": "Hi"}
    )
    sent = await call(lambda: send.result)
    missing = client.tasks.task.get(bitrix_id=9999)

    assert chat_task.chat_id == item["chat"]["id"]
    assert {"result": True} == sent
    assert "Hi" == reading.conversation(world, chat_task)[-1].text
    with pytest.raises(v3_errors.BitrixAPIEntityNotFoundException):
        await call(lambda: missing.result)


async def test_sdk_sees_a_rename(token, world):
    """The SDK recognises the redirect of a renamed account."""
    world.faults.moved_to = "http://new.test"
    token._AUTO_CHANGED_DOMAIN = False  # noqa: SLF001 - Its own setting has no other name.

    with pytest.raises(BitrixResponse302JSONDecodeError) as moved:
        await call(token.call_method, "profile")

    assert "new.test" == moved.value.new_domain


async def test_sdk_uploads(token, world, chat_task):
    """A file in base64 goes through the SDK into a chat."""
    content = base64.b64encode(b"content").decode()
    answer = await call(
        token.call_method,
        "im.v2.File.upload",
        {
            "dialogId": f"chat{chat_task.chat_id}",
            "fields": {"name": "a.txt", "content": content, "message": "See"},
        },
    )

    assert b"content" == world.files[answer["result"]["file"]["id"]].content


async def test_fast_reads_everything(fast, world):
    """fast-bitrix24 reads a long list by batches of pages."""
    for number in range(120):
        tasks.add_task(world, 1, f"T{number}", responsible_id=1)

    found = await fast.get_all("tasks.task.list", {"select": ["ID"]})

    assert {str(number) for number in world.tasks} == {task["id"] for task in found}


async def test_fast_reads_by_id(fast):
    """fast-bitrix24 reads many contacts with one batch."""
    found = await fast.get_by_ID("crm.contact.get", [43, 44], ID_field_name="id")

    assert {"Jörg", "Ana"} == {contact["NAME"] for contact in found.values()}


async def test_fast_writes(fast, world, forum_task):
    """fast-bitrix24 writes, and its batch keeps what was written."""
    one = await fast.call("crm.contact.add", {"fields": {"NAME": "Zoë & Co"}})
    many = await fast.call(
        "tasks.task.update",
        [
            {"taskId": forum_task.id, "fields": {"TITLE": "a + b"}},
            {"taskId": 51, "fields": {"TITLE": "50 %"}},
        ],
    )

    assert "Zoë & Co" == world.contacts[one].name
    assert 2 == len(many)
    assert ("a + b", "50 %") == (forum_task.title, world.tasks[51].title)


async def test_fast_calls_raw_batches(fast, chat_task):
    """fast-bitrix24's own batch answers by command."""
    found = await fast.call_batch(
        {
            "halt": 0,
            "cmd": {
                "t": f"tasks.task.get?taskId={chat_task.id}",
                "u": "user.get?ID=$result[t][task][responsibleId]",
            },
        }
    )

    assert "4" == found["u"][0]["ID"]
