"""task.commentitem.*: the old card over REST."""

import pytest

from bitrix24_sandbox.account import files, tasks
from bitrix24_sandbox.account.conversations import reading, talk


async def positional(rest, method, *values):
    """Call with parameters named by nonsense: only their order counts."""
    return await rest.post(method, {f"p{i}": v for i, v in enumerate(values)})


async def test_add(rest, world, forum_task, events):
    """A comment answers its id, speaks as the REST user and echoes."""
    _, body = await positional(
        rest, "task.commentitem.add", forum_task.id, {"POST_MESSAGE": " Hello "}
    )

    comment = world.comments[body["result"]]
    assert (1, "Hello") == (comment.author_id, comment.text)
    assert [
        ("ONTASKCOMMENTADD", {"ID": comment.id, "TASK_ID": forum_task.id})
    ] == events


async def test_add_as_another(rest, world, forum_task, events):
    """AUTHOR_ID speaks as someone else, who becomes an observer."""
    fields = {"POST_MESSAGE": "Hi", "AUTHOR_ID": 5}
    _, body = await positional(rest, "task.commentitem.add", forum_task.id, fields)

    assert 5 == world.comments[body["result"]].author_id
    assert [5] == forum_task.auditors
    assert ["ONTASKUPDATE", "ONTASKCOMMENTADD"] == [name for name, _ in events]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (({"ID": "asc"}, 84), "#256"),
        ((84, "x"), "#256"),
        ((9999,), "#8"),
        ((84, {">=POST_DATE": "2026-01-01"}), "#256"),
    ],
)
async def test_wrong_positions(rest, values, text):
    """A value in another's position is refused with 256 in the text."""
    status, body = await positional(rest, "task.commentitem.getlist", *values)

    assert (400, "ERROR_CORE") == (status, body["error"])
    assert f"TASKS_ERROR_EXCEPTION_{text};" in body["error_description"]


async def test_getlist(rest, world, forum_task):
    """All comments come at once, newest first, auto ones without a mark."""
    for number in range(60):
        talk.add_comment(world, 4, forum_task.id, f"C{number}")
    tasks.complete(world, 4, forum_task.id)

    _, body = await positional(rest, "task.commentitem.getlist", forum_task.id)

    rows = body["result"]
    assert 62 == len(rows)
    assert sorted((int(row["ID"]) for row in rows), reverse=True) == [
        int(row["ID"]) for row in rows
    ]
    assert ("4", "Task closed.") == (rows[0]["AUTHOR_ID"], rows[0]["POST_MESSAGE"])
    assert rows[0].keys() == rows[1].keys()
    assert "total" not in body
    assert "next" not in body


async def test_getlist_since(rest, world, forum_task):
    """A filter by id reads on from where one stopped, also inside a batch."""
    first = talk.add_comment(world, 4, forum_task.id, "One").id
    second = talk.add_comment(world, 4, forum_task.id, "Two").id

    command = (
        f"task.commentitem.getlist?TASKID={forum_task.id}"
        f"&ORDER[ID]=asc&FILTER[>ID]={first}"
    )
    body = await rest.batch(x=command)

    assert [str(second)] == [row["ID"] for row in body["result"]["x"]]


async def test_author_without_record(rest, world, forum_task):
    """A comment of someone who is no longer known has no name."""
    talk.add_comment(world, 4, forum_task.id, "Bye")
    del world.users[4]

    _, body = await positional(rest, "task.commentitem.getlist", forum_task.id)

    assert "" == body["result"][0]["AUTHOR_NAME"]


async def test_attachments(rest, world, forum_task):
    """Attached files are in a map, and their links are relative and work."""
    file = files.add_file(world, 4, "a.txt", b"content")
    talk.add_comment(world, 4, forum_task.id, "See", [file.id])

    _, body = await positional(rest, "task.commentitem.getlist", forum_task.id)

    row, plain = body["result"]
    [(number, shown)] = row["ATTACHED_OBJECTS"].items()
    assert "ATTACHED_OBJECTS" not in plain
    assert ("a.txt", "7") == (shown["NAME"], shown["SIZE"])
    assert shown["DOWNLOAD_URL"].startswith("/bitrix/tools/disk/uf.php?")
    async with rest.session.get(rest.address + shown["DOWNLOAD_URL"]) as response:
        assert b"content" == await response.read()
    found = await rest.result("disk.attachedObject.get", id=number)
    assert (str(file.id), "forum_message") == (found["OBJECT_ID"], found["ENTITY_TYPE"])


async def test_update_and_delete(rest, world, forum_task, events):
    """One's own comment can be changed and deleted."""
    _, body = await positional(
        rest, "task.commentitem.add", forum_task.id, {"POST_MESSAGE": "One"}
    )
    number = body["result"]
    events.clear()

    await positional(
        rest, "task.commentitem.update", forum_task.id, number, {"POST_MESSAGE": "Two"}
    )
    assert "Two" == world.comments[number].text
    await positional(rest, "task.commentitem.delete", forum_task.id, number)

    assert number not in world.comments
    assert ["ONTASKCOMMENTUPDATE", "ONTASKCOMMENTDELETE"] == [n for n, _ in events]
    _, body = await positional(rest, "task.commentitem.get", forum_task.id, number)
    assert "TASKS_ERROR_EXCEPTION_#512;" in body["error_description"]


async def test_chat_card(rest, world, chat_task):
    """On the new card a comment goes to the chat, and its id is the message's."""
    fields = {"POST_MESSAGE": "Hi", "AUTHOR_ID": 4}
    _, body = await positional(rest, "task.commentitem.add", chat_task.id, fields)
    assert world.messages[body["result"]].chat_id == chat_task.chat_id
    last = reading.conversation(world, chat_task)[-1]
    assert ("chat", 4, "Hi") == (last.source, last.author_id, last.text)

    world.switches.comment_id_on_chat = "zero"
    _, body = await positional(rest, "task.commentitem.add", chat_task.id, fields)
    assert 0 == body["result"]

    _, body = await positional(rest, "task.commentitem.getlist", chat_task.id)
    assert [] == body["result"]
    world.switches.comment_list_on_chat = "error"
    status, _ = await positional(rest, "task.commentitem.getlist", chat_task.id)
    assert 400 == status


async def test_a_comment_gives_a_task_its_chat(rest, world, chat_task):
    """This happens if the workgroup has the new card and the task is older."""
    fields = {"POST_MESSAGE": "Hi"}
    for opens in (False, True):
        world.switches.comment_opens_chat = opens
        group = chat_task.group_id
        old = tasks.add_task(
            world, 1, "Old", responsible_id=4, group_id=group, card="forum"
        )
        _, body = await positional(rest, "task.commentitem.add", old.id, fields)

        assert opens == bool(old.chat_id)
        assert body["result"] in (world.messages if opens else world.comments)
