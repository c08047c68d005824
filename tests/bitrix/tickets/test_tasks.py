"""Tasks on the wire: commands, rows, and the shapes that PHP writes."""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote

import pytest

from ticket24.bitrix.rest.decode import (
    chunks,
    flag,
    items,
    mapping,
    moment,
    whole,
    words,
)
from ticket24.bitrix.tickets import tasks
from ticket24.domain.tickets.model import File, Status, TicketRef

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

ROW = {
    "id": "8017",
    "title": "Printer is on fire",
    "description": "[B]It burns.[/B]",
    "status": "3",
    "subStatus": "-1",
    "groupId": "12",
    "group": {"id": "12", "name": "Support"},
    "responsibleId": "547",
    "responsible": {"id": "547", "name": "Klaus Weber", "workPosition": ""},
    "auditors": ["13", "14"],
    "createdDate": "2026-11-20T09:00:00+02:00",
    "changedDate": "2026-11-21T09:00:00+02:00",
    "activityDate": "2026-11-21T10:00:00+02:00",
    "closedDate": None,
    "deadline": "2026-11-24T19:00:00+02:00",
    "tags": {"4": {"id": 4, "title": "bugs"}, "9": {"id": 9, "title": "high"}},
    "ufCrmTask": ["C_7", "CO_3", "C_8"],
    "ufTaskWebdavFiles": ["495", 496],
    "chatId": 58,
    "forumTopicId": "771",
    "serviceCommentsCount": "5",
    "action": {},
}


def read(**fields):
    return tasks.read_task("acme", ROW | fields, NOON)


def ticket(**fields):
    return read(**fields).ticket


def without(*names):
    row = {name: value for name, value in ROW.items() if name not in names}
    return tasks.read_task("acme", row, NOON)


def utc(day, hour):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_a_row_becomes_a_ticket():
    """Everything a look wants to know of a task is read, times as UTC."""
    seen = ticket()

    assert TicketRef("acme", 8017) == seen.ref
    assert ("Printer is on fire", "[B]It burns.[/B]", "Klaus Weber") == (
        seen.subject,
        seen.description,
        seen.responsible,
    )
    assert (Status.IN_PROGRESS, 12, (7, 8), ("bugs", "high")) == (
        seen.status,
        seen.group_id,
        seen.contact_ids,
        seen.tags,
    )
    assert (utc(20, 7), utc(21, 7), utc(21, 8), NOON) == (
        seen.created_at,
        seen.changed_at,
        seen.active_at,
        seen.looked_at,
    )
    assert (None, utc(24, 17)) == (seen.closed_at, seen.deadline)
    assert (58, 5, ()) == (seen.chat_id, seen.service_comments, seen.messages)


def test_a_row_tells_where_messages_are():
    """Chat, forum topic and observers are read, strings or not."""
    assert (771, True, (13, 14)) == (
        read().forum_topic,
        read().chat_told,
        read().auditors,
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("1", Status.NEW),
        ("2", Status.NEW),
        ("3", Status.IN_PROGRESS),
        ("4", Status.IN_REVIEW),
        ("5", Status.COMPLETED),
        (5, Status.COMPLETED),
        ("6", Status.DEFERRED),
        ("7", Status.DECLINED),
        ("99", Status.NEW),
        ("", Status.NEW),
    ],
)
def test_statuses_have_our_names(code, status):
    """Bitrix24's codes become what customers see, strings and numbers alike."""
    assert status is ticket(status=code).status


@pytest.mark.parametrize("nothing", [None, False, "", [], {}, "0"])
def test_nothing_has_many_shapes(nothing):
    """Null, false, empty and [] all mean that there is nothing."""
    seen = read(
        tags=nothing,
        ufCrmTask=nothing,
        auditors=nothing,
        group=nothing,
        chatId=nothing,
        forumTopicId=nothing,
        closedDate=nothing,
        deadline=nothing,
        responsible=nothing,
    )

    assert ((), (), ()) == (seen.ticket.tags, seen.ticket.contact_ids, seen.auditors)
    assert (0, 0, "") == (
        seen.ticket.chat_id,
        seen.forum_topic,
        seen.ticket.responsible,
    )
    assert (None, None) == (seen.ticket.closed_at, seen.ticket.deadline)


def test_a_row_of_nothing_but_its_id_is_read():
    """Columns that a portal leaves out break nothing."""
    seen = tasks.read_task("acme", {"id": 8017}, NOON)

    assert (NOON, NOON, NOON) == (
        seen.ticket.created_at,
        seen.ticket.changed_at,
        seen.ticket.active_at,
    )
    assert (None, 0, False) == (
        seen.ticket.service_comments,
        seen.ticket.chat_id,
        seen.chat_told,
    )


def test_a_missing_chat_is_not_no_chat():
    """Only a row that names the column says that there is no chat."""
    assert not without("chatId").chat_told
    assert read(chatId=None).chat_told


@pytest.mark.parametrize(
    ("count", "expected"), [(None, None), ("", None), ("0", 0), ("5", 5), (5, 5)]
)
def test_no_count_is_not_a_count_of_zero(count, expected):
    """A portal that does not count its remarks is told apart."""
    assert expected == ticket(serviceCommentsCount=count).service_comments


def test_only_contacts_are_customers():
    """Other bindings of a task, and broken ones, are left out."""
    bound = ["L_1", "C_7", "D_2", "CO_9", "C_", "C_x", "C_0", "C_-4", None, "T80_1"]

    assert (7,) == ticket(ufCrmTask=bound).contact_ids
    assert (7, 8) == ticket(ufCrmTask={"0": "C_7", "2": "C_8"}).contact_ids


def test_titles_are_plain_text():
    """Some versions escape titles, others do not."""
    assert 'A & B <"c">' == ticket(title="A &amp; B &lt;&quot;c&quot;&gt;").subject
    assert "&lt;b&gt; &amp;" == ticket(title="&amp;lt;b&amp;gt; &amp;amp;").subject
    assert "A & B" == ticket(title="A & B").subject


@pytest.mark.parametrize(
    "tags", [["bugs", "high"], [{"title": "bugs"}, {"title": "high"}]]
)
def test_tags_may_be_a_list(tags):
    """Tags come as a map, as maps in a list, or as words."""
    assert ("bugs", "high") == ticket(tags=tags).tags


@pytest.mark.parametrize(
    "deadline",
    ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00", "0000-00-00", "soon", 5],
)
def test_impossible_times_break_nothing(deadline):
    """A time beyond our calendar counts as none, and the ticket is seen."""
    assert ticket(deadline=deadline).deadline is None


@pytest.mark.parametrize(
    ("result", "ids"),
    [
        ({"tasks": [ROW, {"id": "9"}]}, ["8017", "9"]),
        ({"tasks": {"0": ROW}}, ["8017"]),
        ({"tasks": []}, []),
        ({"task": ROW}, ["8017"]),
        ({"task": []}, []),
        ({"task": None}, []),
        ([], []),
        (None, []),
    ],
)
def test_rows_of_a_list_and_of_a_get(result, ids):
    """A missing or forbidden task is an empty answer, not an error."""
    assert ids == [row["id"] for row in tasks.rows(result)]


def query(command):
    return unquote(str(command))


def test_tasks_are_asked_for_by_id_whatever_their_group():
    """A task that moved elsewhere still shows, with everything a look needs."""
    text = query(tasks.read_call([51, 52]))

    assert text.startswith("tasks.task.list?filter[ID][0]=51&filter[ID][1]=52&")
    assert "GROUP_ID]" not in text
    for column in ("CHAT_ID", "TAGS", "UF_CRM_TASK", "SERVICE_COMMENTS_COUNT"):
        assert f"]={column}&" in text
    assert text.endswith("&order[ID]=asc&start=-1")


def test_one_task_is_asked_for_with_the_same_columns():
    """A confirmation sees what the list would have shown."""
    columns = [part for part in query(tasks.get_call(51)).split("&") if "sel" in part]

    assert query(tasks.get_call(51)).startswith("tasks.task.get?taskId=51&")
    assert columns == [
        part for part in query(tasks.read_call([51])).split("&") if "select" in part
    ]


def test_an_observer_is_added_to_the_others():
    """The list of observers is replaced by what we send: nobody is lost."""
    text = query(tasks.observe_call(read(), 1))

    assert (
        "tasks.task.update?taskId=8017&fields[AUDITORS][0]=13"
        "&fields[AUDITORS][1]=14&fields[AUDITORS][2]=1"
    ) == text


def test_what_moved_is_asked_by_both_columns():
    """A resync names groups, time and column, and pages by rising id."""
    since = datetime(2026, 11, 21, 14, tzinfo=timezone(timedelta(hours=2)))
    text = query(tasks.moved_call({12, 7}, since, "ACTIVITY_DATE", after=99))

    assert "filter[GROUP_ID][0]=7&filter[GROUP_ID][1]=12" in text
    assert "filter[>=ACTIVITY_DATE]=2026-11-21T14:00:00+02:00" in text
    assert "filter[>ID]=99" in text
    assert text.endswith("&order[ID]=asc&start=-1")


def test_without_a_time_all_tasks_are_asked_for():
    """A first import asks for every task of the groups."""
    assert "_DATE]" not in query(tasks.moved_call({7}, None, "CHANGED_DATE"))


def test_a_moved_row_tells_when_it_moved():
    """Either column shows it; a task that never moved has its date of creation."""
    moved = tasks.read_moved(ROW)
    created = tasks.read_moved({"createdDate": ROW["createdDate"]})

    assert (8017, 12, True, utc(21, 7), utc(21, 8)) == (
        moved.task_id,
        moved.group_id,
        moved.bound,
        moved.changed_at,
        moved.active_at,
    )
    assert (utc(20, 7), utc(20, 7)) == (created.changed_at, created.active_at)
    assert 1970 == tasks.read_moved({"id": "1"}).changed_at.year
    assert not tasks.read_moved(ROW | {"ufCrmTask": False}).bound


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("5", 5),
        (5, 5),
        (5.0, 5),
        (True, 1),
        ("", 0),
        (None, 0),
        ([], 0),
        ("x", 0),
        (float("inf"), 0),
        (float("nan"), 0),
        pytest.param("9" * 5_000, 0, id="long"),
    ],
)
def test_numbers_of_any_shape(value, number):
    """Anything that is not a whole number is 0, never an error."""
    assert number == whole(value)


@pytest.mark.parametrize("yes", [True, 1, "1", "Y", "y", "true"])
@pytest.mark.parametrize("no", [False, 0, "0", "N", "", None, [], {}, "no"])
def test_yes_of_any_spelling(yes, no):
    """PHP spells a yes in many ways; everything else is a no."""
    assert flag(yes)
    assert not flag(no)


def test_maps_lists_and_words_of_any_shape():
    """What should be a map, a list or a string is one, or is empty."""
    assert ({"a": 1}, {}, {}) == (mapping({"a": 1}), mapping([]), mapping(None))
    assert ([1], [1], [], []) == (items([1]), items({"7": 1}), items(None), items("x"))
    assert ("x", "", "", "") == (words("x"), words(None), words(5), words({}))
    assert [[1, 2], [3]] == list(chunks([1, 2, 3], 2))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T14:00:00+02:00", NOON),
        ("2026-11-21T12:00:00Z", NOON),
        ("2026-11-21T12:00:00", NOON),
        ("", None),
        (None, None),
        (False, None),
        ([], None),
    ],
)
def test_times_are_utc(text, expected):
    """Offsets are reckoned in; a time without one counts as UTC."""
    assert expected == moment(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["495", 496], (495, 496)),
        ({"1": "495"}, (495,)),
        (["495", "495", "n12", None, "-3"], (495,)),
        (False, ()),
        (None, ()),
    ],
)
def test_the_files_of_a_task_are_attachment_ids(value, expected):
    """A list or a map of numbers, or a word for nothing."""
    assert expected == read(ufTaskWebdavFiles=value).file_ids


def test_an_attached_file_has_a_name_and_a_size():
    """Numbers come as strings; any other answer is not a file."""
    answer = {"ID": "495", "OBJECT_ID": "9011", "NAME": "photo.jpg", "SIZE": "1679"}

    assert File(495, "photo.jpg", 1679) == tasks.read_file(answer)
    assert tasks.read_file([]) is None
    assert tasks.read_file(None) is None
