"""Messages on the wire: forum comments and chat messages."""

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from ticket24.bitrix.conversations import messages
from ticket24.bitrix.conversations.messages import GET_PAGE, SEARCH_PAGE
from ticket24.bitrix.tickets.tasks import read_file, read_task
from ticket24.domain.tickets.model import File, MessageKey, Source, Standing, Written

COMMENT = {
    "POST_MESSAGE_HTML": None,
    "ID": "3157",
    "AUTHOR_ID": "503",
    "AUTHOR_NAME": "Klaus Weber",
    "AUTHOR_EMAIL": "",
    "POST_DATE": "2026-11-21T14:00:00+02:00",
    "POST_MESSAGE": "Photos attached",
    "ATTACHED_OBJECTS": {
        "973": {
            "ATTACHMENT_ID": "973",
            "NAME": "photo.png",
            "SIZE": "1495700",
            "FILE_ID": "4755",
            "DOWNLOAD_URL": "/bitrix/tools/disk/uf.php?attachedId=973",
        }
    },
}
MESSAGE = {
    "id": 84877,
    "chat_id": 58,
    "author_id": 503,
    "date": "2026-11-21T14:00:00+02:00",
    "text": "Hello",
    "unread": False,
    "uuid": "0c42",
    "replaces": [],
    "params": {"FILE_ID": [5255], "LIKE": [547]},
}
KLAUS = {"id": 503, "name": "Klaus Weber", "bot": False, "connector": False}
IMAGE = {"id": 5255, "chatId": 58, "type": "image", "name": "image.png", "size": 2144}
ANSWER = {"chat_id": 58, "messages": [MESSAGE], "users": [KLAUS], "files": [IMAGE]}

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def comment(**fields):
    (one,) = messages.read_forum([COMMENT | fields])
    return one


def page(*rows, after=0, size=SEARCH_PAGE, **parts):
    return messages.read_chat(ANSWER | {"messages": list(rows)} | parts, after, size)


def message(**fields):
    (one,) = page(MESSAGE | fields).written
    return one


def ids(written):
    return [one.key.id for one in written]


def test_a_comment_is_read_whole():
    """Author, words, time and files of a forum comment."""
    key = MessageKey(Source.FORUM, 3157)
    photo = File(973, "photo.png", 1_495_700)

    assert comment() == Written(
        key, 503, "Klaus Weber", "Photos attached", NOON, (photo,)
    )


@pytest.mark.parametrize("nothing", [[], {}, None, False, ""])
def test_a_comment_without_files(nothing):
    """Nothing attached comes as a map, a list or not at all."""
    assert () == comment(ATTACHED_OBJECTS=nothing).files


def test_comments_come_oldest_first():
    """Whatever order Bitrix24 has, and list or map, ids rise."""
    rows = [COMMENT | {"ID": "10"}, COMMENT | {"ID": "9"}]

    assert [9, 10] == ids(messages.read_forum(rows))
    assert [9, 10] == ids(messages.read_forum(dict(enumerate(rows))))


@pytest.mark.parametrize("result", [[], {}, None, False, "", [[]], [{"ID": "0"}]])
def test_no_comments(result):
    """A task without a topic answers with some kind of nothing."""
    assert () == messages.read_forum(result)


@pytest.mark.parametrize("author", ["0", 0, None, ""])
def test_a_comment_without_an_author_is_bitrix24s(author):
    """Nobody wrote it, so nobody has to read it."""
    assert comment(AUTHOR_ID=author).by_system


def test_a_comment_of_nobody_with_an_address_is_a_guests():
    """Somebody by mail who has no number wrote it all the same."""
    guest = comment(AUTHOR_ID="0", AUTHOR_EMAIL="gus@x.example")

    assert (Standing.STRANGER, False) == (guest.standing, guest.by_system)


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_a_comment_without_a_time_is_old(date):
    """What has no time counts as history, never as news."""
    assert 1970 == comment(POST_DATE=date).at.year


def test_a_chat_message_is_read_whole():
    """Author and files of a chat message are found beside it."""
    key = MessageKey(Source.CHAT, 84877)
    image = File(5255, "image.png", 2144)

    assert message() == Written(key, 503, "Klaus Weber", "Hello", NOON, (image,))


def test_both_readers_spell_the_author():
    """The old reader says author_id, the new one authorId, or both."""
    new = {name: value for name, value in MESSAGE.items() if name != "author_id"}
    (one,) = page(new | {"authorId": 503, "isSystem": False}).written

    assert (503, "Klaus Weber", False) == (one.author_id, one.author, one.by_system)


@pytest.mark.parametrize("shape", [list, lambda rows: {str(r["id"]): r for r in rows}])
def test_users_and_files_come_as_lists_or_maps(shape):
    """Older builds answer with maps keyed by id."""
    parts = {"users": shape([KLAUS]), "files": shape([IMAGE])}
    (one,) = page(MESSAGE, **parts).written

    assert ("Klaus Weber", 1) == (one.author, len(one.files))


@pytest.mark.parametrize("nothing", [[], {}, None])
def test_a_message_without_anything_beside_it(nothing):
    """Without users, files and parameters a message is still a message."""
    (one,) = page(MESSAGE | {"params": nothing}, users=nothing, files=nothing).written

    assert ("", (), False) == (one.author, one.files, one.by_system)


def test_numbers_may_be_strings():
    """Ids and sizes are numbers, however PHP has written them."""
    row = MESSAGE | {
        "id": "84877",
        "author_id": "503",
        "params": {"FILE_ID": ["5255"]},
    }
    parts = {"users": [KLAUS | {"id": "503"}]}
    parts["files"] = [IMAGE | {"id": "5255", "size": "2144"}]

    assert (message(),) == page(row, **parts).written


@pytest.mark.parametrize("shape", [5255, "5255", [5255], {"0": "5255"}])
def test_one_file_may_stand_without_a_list(shape):
    """A number alone is a list of one."""
    (file,) = message(params={"FILE_ID": shape}).files

    assert 5255 == file.id


@pytest.mark.parametrize(
    ("escaped", "name"),
    [
        ("Peter O&#039;Neill", "Peter O'Neill"),
        ("A &amp; B &lt;c&gt;", "A & B <c>"),
        ("A &amp;amp; B", "A &amp; B"),
        ("A & B", "A & B"),
        ("&#8203; &nbsp;", ""),
        ("A&#10;B", "A B"),
    ],
)
def test_names_of_people_may_be_escaped_once(escaped, name):
    """Then a guest is called as she is on her contact's card."""
    row = {"responsible": {"name": escaped}, "creator": {"name": escaped}}
    task = read_task("acme", row, NOON)
    (one,) = page(MESSAGE, users=[{"id": 503, "name": escaped}]).written

    names = [comment(AUTHOR_NAME=escaped).author, one.author, task.maker]
    assert [name] * 4 == [*names, task.ticket.responsible]


@pytest.mark.parametrize("nothing", ["", None, "\u200b", " \u3164"])
def test_a_file_without_a_name_is_called_by_its_number(nothing):
    """There is something to click on, and to call the copy by."""
    (one,) = page(MESSAGE, files=[IMAGE | {"name": nothing}]).written
    attached = COMMENT["ATTACHED_OBJECTS"]["973"] | {"NAME": nothing}

    assert ["5255"] == [file.name for file in one.files]
    (file,) = comment(ATTACHED_OBJECTS=[attached]).files
    assert "973" == file.name
    assert "5" == read_file({"ID": "5", "NAME": nothing}).name


@pytest.mark.parametrize(
    "parts",
    [
        {"name": "", "first_name": "Klaus", "last_name": "Weber"},
        {"name": None, "firstName": "Klaus", "lastName": "Weber"},
        {"name": "\u200b", "first_name": "Klaus Weber", "last_name": None},
    ],
)
def test_a_name_may_stand_in_its_parts(parts):
    """An author without a whole name is called by first and last name."""
    (one,) = page(MESSAGE, users=[{"id": 503, **parts}]).written

    assert "Klaus Weber" == one.author


@pytest.mark.parametrize(
    "sign",
    [
        {"author_id": 0},
        {"author_id": "0"},
        {"author_id": None},
        {"isSystem": True},
        {"isSystem": "Y"},
    ],
)
def test_bitrix24_marks_its_own_chat_messages(sign):
    """No author, or the mark of the newer reader: nobody wrote it."""
    assert message(**sign).by_system


@pytest.mark.parametrize("kind", ["bot", "connector"])
def test_bots_are_no_staff(kind):
    """What a bot or a connector says in a chat is not an answer of staff."""
    (one,) = page(MESSAGE, users=[KLAUS | {kind: True}]).written

    assert one.by_system


def test_a_deleted_message_is_not_there():
    """Bitrix24 leaves a phrase in place of a deleted message; we leave nothing."""
    deleted = MESSAGE | {"text": "Message deleted", "params": {"IS_DELETED": "Y"}}
    shown = page(deleted)

    assert () == shown.written
    assert 84877 == shown.last_id


def test_an_edited_message_has_its_new_words():
    """An edit is a mark beside the words as they are now."""
    edited = message(text="Hello again", params={"IS_EDITED": "Y"})

    assert ("Hello again", False) == (edited.text, edited.by_system)


def test_order_repeats_and_the_boundary_do_not_matter():
    """Rows are sorted, counted once, and taken only from after the cursor."""
    rows = [MESSAGE | {"id": n} for n in (12, 10, 11, 12, 9)]
    shown = page(*rows, after=10)

    assert [11, 12] == ids(shown.written)
    assert 12 == shown.last_id


@pytest.mark.parametrize(("rows", "full"), [(0, False), (49, False), (50, True)])
def test_a_full_page_may_have_a_next_one(rows, full):
    """If it has as many rows as were asked for, there may be more."""
    shown = page(*(MESSAGE | {"id": n + 1} for n in range(rows)), size=GET_PAGE)

    assert (full, rows) == (shown.full, shown.last_id)


@pytest.mark.parametrize("result", [[], {}, None, False, {"messages": []}])
def test_no_messages(result):
    """An empty chat is an empty page."""
    shown = messages.read_chat(result, 0, SEARCH_PAGE)

    assert ((), 0, False) == (shown.written, shown.last_id, shown.full)


def query(command):
    return unquote(str(command))


def test_comments_are_asked_for_by_position():
    """The parameters of the old method are in its order."""
    assert "task.commentitem.getlist?TASKID=51&ORDER[ID]=asc" == query(
        messages.forum_call(51)
    )


def test_a_chat_is_asked_for_what_follows_an_id():
    """Old builds are asked for what precedes it, because what follows has gaps."""
    assert (
        "im.dialog.messages.search?CHAT_ID=58&LAST_ID=0&ORDER[ID]=ASC&LIMIT=200"
    ) == query(messages.search_call(58, 0))
    assert ("im.dialog.messages.get?DIALOG_ID=chat58&LAST_ID=84877&LIMIT=50") == query(
        messages.older_call(58, 84877)
    )
