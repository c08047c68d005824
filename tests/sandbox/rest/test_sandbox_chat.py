"""im.*: the new card over REST."""

import pytest

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.conversations import talk


def dialog(task):
    return f"chat{task.chat_id}"


async def test_find_the_chat(rest, chat_task, forum_task):
    """A chat is found by its task; a task without one gives null."""
    find = {"ENTITY_TYPE": "TASKS_TASK"}

    assert {"ID": chat_task.chat_id} == await rest.result(
        "im.chat.get", **find, ENTITY_ID=str(chat_task.id)
    )
    assert None is await rest.result("im.chat.get", **find, ENTITY_ID=forum_task.id)


async def test_add(rest, world, chat_task, events):
    """A message answers its id as a number, and echoes as a comment."""
    number = await rest.result(
        "im.message.add", DIALOG_ID=dialog(chat_task), MESSAGE=" Hi "
    )

    message = world.messages[number]
    assert (1, "Hi", False) == (message.author_id, message.text, message.system)
    ids = {"ID": 0, "TASK_ID": chat_task.id, "MESSAGE_ID": number}
    assert [("ONTASKCOMMENTADD", ids)] == events


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"DIALOG_ID": "chat58", "MESSAGE": ""}, (400, "MESSAGE_EMPTY")),
        ({"DIALOG_ID": "chat9999", "MESSAGE": "x"}, (403, "ACCESS_ERROR")),
        ({"MESSAGE": "x"}, (400, "DIALOG_ID_EMPTY")),
    ],
)
async def test_add_errors(rest, params, error):
    """A message that cannot be is refused by name."""
    assert error == await rest.error("im.message.add", **params)


async def test_system_message(rest, world, chat_task):
    """SYSTEM=Y is read back as Bitrix24's own."""
    number = await rest.result(
        "im.message.add", DIALOG_ID=dialog(chat_task), MESSAGE="Hi", SYSTEM="Y"
    )

    assert (0, "Hi") == (world.messages[number].author_id, world.messages[number].text)


async def test_get(rest, world, chat_task):
    """Messages come with their authors; system ones have author 0 and no uuid."""
    talk.add_comment(world, 4, chat_task.id, "Hello")

    found = await rest.result("im.dialog.messages.get", DIALOG_ID=dialog(chat_task))

    said, created = found["messages"]
    assert (4, "Hello", []) == (said["author_id"], said["text"], said["params"])
    assert said["uuid"]
    assert (0, None) == (created["author_id"], created["uuid"])
    assert [4] == [user["id"] for user in found["users"]]
    assert chat_task.chat_id == found["chat_id"]
    world.switches.chat_lists_as_maps = True
    found = await rest.result("im.dialog.messages.get", DIALOG_ID=dialog(chat_task))
    assert ["4"] == list(found["users"])


async def read(rest, task, **params):
    found = await rest.result(
        "im.dialog.messages.get", DIALOG_ID=dialog(task), **params
    )
    return [message["id"] for message in found["messages"]]


async def test_cursors(rest, world, chat_task):
    """LAST_ID goes back; FIRST_ID goes on, newest first, and repeats its boundary."""
    said = [talk.add_comment(world, 1, chat_task.id, f"M{n}").id for n in range(60)]

    assert said[:-51:-1] == await read(rest, chat_task, LAST_ID=2147483647, LIMIT=99)
    assert said[9:4:-1] == await read(rest, chat_task, LAST_ID=said[10], LIMIT=5)
    assert [*said[:-3:-1], *said[18::-1]] == (await read(rest, chat_task, FIRST_ID=0))[
        :-1
    ]
    assert [*said[:-3:-1], *said[15:9:-1]] == await read(
        rest, chat_task, FIRST_ID=said[10], LIMIT=5
    )
    world.switches.first_id_adds_newest = 0
    assert 20 == len(await read(rest, chat_task, FIRST_ID=0))
    world.switches.first_id_repeats_boundary = False
    world.switches.first_id_newest_first = False
    assert said[11:16] == await read(rest, chat_task, FIRST_ID=said[10], LIMIT=5)
    world.switches.unknown_cursor_is_empty = True
    assert [] == await read(rest, chat_task, LAST_ID=2147483647)
    assert (400, "FIRST_ID_STRING") == await rest.error(
        "im.dialog.messages.get", DIALOG_ID=dialog(chat_task), FIRST_ID="x"
    )


async def test_unread_trap(rest, world, chat_task):
    """Without a cursor a large backlog hides the newest messages."""
    await rest.result("im.dialog.read", DIALOG_ID=dialog(chat_task))
    said = [talk.add_comment(world, 4, chat_task.id, f"M{n}").id for n in range(30)]

    trapped = await read(rest, chat_task)
    await rest.result("im.dialog.read", DIALOG_ID=dialog(chat_task))
    freed = await read(rest, chat_task)

    assert said[:20] == trapped
    assert said[:9:-1] == freed


async def test_search(rest, world, chat_task):
    """Search reads on in order, both spellings, and says what is the system's."""
    said = [talk.add_comment(world, 4, chat_task.id, f"M{n}").id for n in range(3)]

    found = await rest.result(
        "im.dialog.messages.search",
        CHAT_ID=chat_task.chat_id,
        ORDER={"ID": "ASC"},
        LAST_ID=said[0],
        LIMIT=200,
    )
    everything = await rest.result(
        "im.dialog.messages.search", CHAT_ID=chat_task.chat_id
    )

    assert said[1:] == [message["id"] for message in found["messages"]]
    assert [False] * 3 + [True] == [m["isSystem"] for m in everything["messages"]]
    assert {4} == {m["authorId"] for m in found["messages"]}
    assert "firstName" in found["users"][0]
    assert (400, "CHAT_ID_EMPTY") == await rest.error("im.dialog.messages.search")
    world.switches.has_message_search = False
    assert (404, "ERROR_METHOD_NOT_FOUND") == await rest.error(
        "im.dialog.messages.search", CHAT_ID=chat_task.chat_id
    )


async def test_membership(rest, world):
    """A chat is closed until one is an observer; then its history is open."""
    task = tasks.add_task(world, 2, "T", responsible_id=3, group_id=7)
    talk.add_comment(world, 3, task.id, "Before")
    params = {"DIALOG_ID": dialog(task), "LAST_ID": 2147483647}

    assert (403, "ACCESS_ERROR") == await rest.error("im.dialog.messages.get", **params)
    await rest.result("tasks.task.update", taskId=task.id, fields={"AUDITORS": [1]})
    found = await rest.result("im.dialog.messages.get", **params)

    assert "Before" in [message["text"] for message in found["messages"]]


async def test_chat_may_follow_the_task(rest, world):
    """With a switch every reader of the task can read its chat."""
    task = tasks.add_task(world, 2, "T", responsible_id=3, group_id=7)
    world.switches.chat_needs_membership = False

    assert await read(rest, task)


async def test_hidden_history(rest, world, chat_task):
    """Members that im.chat.user.add brings in see no history unless told."""
    talk.add_comment(world, 4, chat_task.id, "Before")
    await rest.result("im.chat.user.add", CHAT_ID=chat_task.chat_id, USERS=[3])

    assert [1, 3, 4] == await rest.result(
        "im.chat.user.list", CHAT_ID=chat_task.chat_id
    )
    assert [3] == chat_task.auditors
    chat = world.chats[chat_task.chat_id]
    assert world.last_ids["message"] < chat.starts[3]


async def test_edits(rest, world, chat_task, events):
    """One's own message can be changed for a while, and nobody is told."""
    number = await rest.result(
        "im.message.add", DIALOG_ID=dialog(chat_task), MESSAGE="One"
    )
    foreign = talk.add_comment(world, 4, chat_task.id, "Mine").id
    events.clear()

    assert True is await rest.result(
        "im.message.update", MESSAGE_ID=number, MESSAGE="Two"
    )
    found = await rest.result("im.dialog.messages.get", DIALOG_ID=dialog(chat_task))
    edited = next(m for m in found["messages"] if m["id"] == number)
    assert ("Two", {"IS_EDITED": "Y"}) == (edited["text"], edited["params"])
    assert (400, "CANT_EDIT_MESSAGE") == await rest.error(
        "im.message.update", MESSAGE_ID=foreign, MESSAGE="x"
    )
    world.skew_seconds = world.switches.edit_window_seconds + 5
    assert (400, "CANT_EDIT_MESSAGE") == await rest.error(
        "im.message.update", MESSAGE_ID=number, MESSAGE="Three"
    )
    assert True is await rest.result("im.message.delete", MESSAGE_ID=number)
    assert [] == events


async def test_deleted_message(rest, chat_task):
    """A deleted message leaves a phrase and a mark."""
    number = await rest.result(
        "im.message.add", DIALOG_ID=dialog(chat_task), MESSAGE="One"
    )
    await rest.result("im.message.delete", MESSAGE_ID=number)

    found = await rest.result("im.dialog.messages.get", DIALOG_ID=dialog(chat_task))

    last = found["messages"][0]
    assert "This message was deleted." == last["text"]
    assert "Y" == last["params"]["IS_DELETED"]


async def test_deleted_in_the_interface_a_message_may_leave_no_trace(rest, world):
    """Nobody else had read it: the row is gone. Over REST a phrase stays."""
    task = next(t for t in world.tasks.values() if t.chat_id)
    chat = world.chats[task.chat_id]
    gone, read, over_rest = (
        talk.add_comment(world, 1, task.id, f"Oops {n}.") for n in range(3)
    )
    moved = task.activity_at, task.changed_at
    talk.mark_read(world, task.responsible_id, chat.id, read.id)
    chat.read = {user: last for user, last in chat.read.items() if last <= read.id}
    talk.delete_message(world, 1, "chat", read.id)
    chat.read = {1: over_rest.id}
    talk.delete_message(world, 1, "chat", gone.id)
    await rest.result("im.message.delete", MESSAGE_ID=over_rest.id)
    kept = [world.messages[n].deleted for n in (read.id, over_rest.id)]

    assert gone.id not in world.messages
    assert [True, True] == kept
    assert moved == (task.activity_at, task.changed_at)


async def test_what_bitrix24_says_itself_is_no_activity(rest, world):
    """Its messages raise the event of a comment, and move no activity."""
    task = next(t for t in world.tasks.values() if t.chat_id)
    before = task.activity_at
    world.skew_seconds += 60
    tasks.update_task(world, 1, task.id, deadline=world.now())
    names = [event.name for event in world.log]

    assert "ONTASKCOMMENTADD" in names
    assert before == task.activity_at


async def test_a_reply_names_what_it_answers(rest, world, chat_task):
    """A search brings the answered message along, and only of the same chat."""
    first = talk.add_comment(world, 4, chat_task.id, "Hello")
    number = await rest.result(
        "im.message.add", DIALOG_ID=dialog(chat_task), MESSAGE="Hi", REPLY_ID=first.id
    )

    found = await rest.result(
        "im.dialog.messages.search", CHAT_ID=chat_task.chat_id, LIMIT=1
    )
    unknown = {"DIALOG_ID": dialog(chat_task), "MESSAGE": "Hi", "REPLY_ID": 999_999}

    assert [number] == [message["id"] for message in found["messages"]]
    assert {"REPLY_ID": first.id} == found["messages"][0]["params"]
    assert [first.id] == [message["id"] for message in found["additionalMessages"]]
    assert 400 == (await rest.error("im.message.add", **unknown))[0]
