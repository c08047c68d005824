"""disk.*, files in chats, and the links to their bytes."""

import base64

import aiohttp
import pytest

from bitrix24_sandbox.account import files
from bitrix24_sandbox.account.conversations import reading

TEXT = base64.b64encode(b"content").decode()


async def folder(rest):
    disks = await rest.result(
        "disk.storage.getList", filter={"ENTITY_TYPE": "user", "ENTITY_ID": 1}
    )
    return disks[0]["ROOT_OBJECT_ID"]


async def test_upload(rest):
    """An uploaded file has a number as its id at first and text later."""
    made = await rest.result(
        "disk.folder.uploadfile",
        id=await folder(rest),
        data={"NAME": "a.txt"},
        fileContent=["a.txt", TEXT],
        generateUniqueName=True,
    )
    again = await rest.result("disk.file.get", id=made["ID"])

    assert isinstance(made["ID"], int)
    assert (str(made["ID"]), "7", "a.txt") == (
        again["ID"],
        again["SIZE"],
        again["NAME"],
    )
    async with rest.session.get(made["DOWNLOAD_URL"]) as response:
        assert b"content" == await response.read()
    async with rest.session.get(made["DOWNLOAD_URL"][:-1] + "!") as response:
        assert 403 == response.status


async def test_same_name(rest):
    """A name that is taken is refused unless a new one may be made."""
    params = {"id": await folder(rest), "fileContent": ["a.txt", TEXT]}
    await rest.result("disk.folder.uploadFile", **params)

    assert (400, "DISK_OBJ_22000") == await rest.error(
        "disk.folder.uploadFile", **params
    )
    made = await rest.result(
        "disk.folder.uploadFile", **params, generateUniqueName=True
    )
    assert "a (1).txt" == made["NAME"]
    assert (400, "ERROR_ARGUMENT") == await rest.error(
        "disk.folder.uploadFile", id=params["id"], fileContent=["b.txt", "data:,x"]
    )


async def test_two_steps(rest):
    """A large file is posted to the address that the account gives, once."""
    step = await rest.result("disk.folder.uploadFile", id=await folder(rest))
    form = aiohttp.FormData()
    form.add_field(step["field"], b"content", filename="big.bin")
    async with rest.session.post(step["uploadUrl"], data=form) as response:
        made = (await response.json())["result"]

    assert ("big.bin", "7") == (made["NAME"], made["SIZE"])
    async with rest.session.post(step["uploadUrl"]) as response:
        assert 403 == response.status


async def test_file_on_a_task(rest, world, chat_task):
    """Attaching returns the attachment's id, which leads to the object."""
    file = files.add_file(world, 1, "a.txt", b"x")

    made = await rest.result(
        "tasks.task.files.attach", taskId=chat_task.id, fileId=file.id
    )

    found = await rest.result("disk.attachedObject.get", id=made["attachmentId"])
    assert (str(file.id), "tasks_task", str(chat_task.id)) == (
        found["OBJECT_ID"],
        found["ENTITY_TYPE"],
        found["ENTITY_ID"],
    )


async def test_one_file_in_chat(rest, world, chat_task):
    """A file with its message is one call, its link works once."""
    dialog = f"chat{chat_task.chat_id}"
    sent = await rest.result(
        "im.v2.File.upload",
        dialogId=dialog,
        fields={"name": "a.png", "content": TEXT, "message": ""},
    )
    link = await rest.result(
        "im.v2.File.download", dialogId=dialog, fileId=sent["file"]["id"]
    )

    message = world.messages[sent["messageId"]]
    assert ("", [sent["file"]["id"]]) == (message.text, message.files)
    async with rest.session.get(link["downloadUrl"]) as response:
        assert b"content" == await response.read()
    async with rest.session.get(link["downloadUrl"]) as response:
        assert 403 == response.status
    async with rest.session.get(sent["file"]["urlDownload"]) as response:
        assert (200, "text/html") == (response.status, response.content_type)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "a"}, "FILE_EMPTY"),
        (
            {"name": "a", "content": "data:text/plain;base64,eA=="},
            "FILE_INVALID_CONTENT",
        ),
    ],
)
async def test_bad_file_in_chat(rest, chat_task, fields, code):
    """A file without content, or with a prefix before it, is refused."""
    assert (400, code) == await rest.error(
        "im.v2.File.upload", dialogId=f"chat{chat_task.chat_id}", fields=fields
    )


async def test_several_files_in_one_message(rest, world, chat_task):
    """Files uploaded to the chat's folder are sent as one message."""
    place = await rest.result("im.disk.folder.get", CHAT_ID=chat_task.chat_id)
    uploads = [
        (
            await rest.result(
                "disk.folder.uploadFile", id=place["ID"], fileContent=[name, TEXT]
            )
        )["ID"]
        for name in ("a.txt", "b.txt")
    ]

    sent = await rest.result(
        "im.disk.file.commit",
        CHAT_ID=chat_task.chat_id,
        UPLOAD_ID=uploads,
        MESSAGE="Both",
    )

    last = reading.conversation(world, chat_task)[-1]
    assert (sent["MESSAGE_ID"], "Both") == (last.id, last.text)
    assert ["a.txt", "b.txt"] == [file.name for file in last.files]
    found = await rest.result(
        "im.dialog.messages.get", DIALOG_ID=f"chat{chat_task.chat_id}"
    )
    assert uploads == found["messages"][0]["params"]["FILE_ID"]
    assert uploads == [file["id"] for file in found["files"]]
