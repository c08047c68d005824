"""Recorded rows of a real Bitrix24: tasks, what is said in them, files, contacts."""

from datetime import UTC, datetime

import pytest
from recorded import result

from ticket24.bitrix.conversations import messages
from ticket24.bitrix.people import contacts, userfields
from ticket24.bitrix.rest.decode import whole
from ticket24.bitrix.tickets import tasks
from ticket24.domain.tickets.model import File, MessageKey, Source, Status

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
FORUM, CHAT = Source.FORUM, Source.CHAT


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


# Id, title, status, responsible; created, changed, active, closed, deadline; tags.
TASKS = {
    "01-get-2025-12": (
        (9028, "Another task title", Status.NEW, "Ann Example"),
        ("2025-12-10T14:12:38", "2025-12-10T14:12:52", "2025-12-10T14:12:38"),
        (None, "2025-12-11T17:12:00"),
    ),
    "02-get-2026-02-new-card": (
        (9640, "Другой заголовок задачи", Status.NEW, "Ann Example"),
        ("2026-02-15T20:43:32", "2026-02-15T20:43:46", "2026-02-15T20:43:46"),
        (None, "2026-02-16T20:43:00"),
    ),
    "03-add-2026-02-new-card": (
        (9590, "New task", Status.NEW, "Ann Example"),
        ("2026-02-07T10:27:06", "2026-02-07T10:27:06", "2026-02-07T10:27:06"),
        (None, "2026-02-08T10:27:00"),
    ),
    "05-complete-2025-10": (
        (8402, "Another task title", Status.COMPLETED, "Ben Example"),
        ("2025-10-15T09:49:30", "2025-10-15T09:50:30", "2025-10-15T09:50:31"),
        ("2025-10-15T09:50:30", "2025-10-16T09:49:00"),
    ),
    "06-renew-2025-12": (
        (9028, "Another task title", Status.NEW, "Ben Example"),
        ("2025-12-10T14:12:38", "2025-12-10T14:13:39", "2025-12-10T14:13:39"),
        (None, "2025-12-11T17:12:00"),
    ),
    "07-approve-2025-12": (
        (9028, "Another task title", Status.COMPLETED, "Ben Example"),
        ("2025-12-10T14:12:38", "2025-12-10T14:13:26", "2025-12-10T14:13:27"),
        ("2025-12-10T14:13:26", "2025-12-11T17:12:00"),
    ),
    "11-add-box-2022": (
        (456, "Example", Status.NEW, "Ann Example"),
        ("2022-06-08T17:54:00", "2022-06-08T17:54:00", "2022-06-08T17:54:00"),
        (None, "2022-05-08T21:00:00"),
    ),
}


def task(name):
    (row,) = tasks.rows(result(f"rest-tasks/{name}"))
    return tasks.read_task("acme", row, NOW)


@pytest.mark.parametrize("name", TASKS)
def test_a_recorded_task_is_read(name):
    """Number, title, people, and the same instants in every zone."""
    names, moved, due = TASKS[name]
    ticket = task(name).ticket

    assert names == (
        ticket.ref.task_id,
        ticket.subject,
        ticket.status,
        ticket.responsible,
    )
    assert tuple(map(at, moved)) == (
        ticket.created_at,
        ticket.changed_at,
        ticket.active_at,
    )
    assert tuple(map(at, due)) == (ticket.closed_at, ticket.deadline)
    assert (0, ()) == (ticket.group_id, ticket.contact_ids)


def test_recorded_tasks_tell_where_they_are_talked_about():
    """Those from before 2025-12 do not: there is no mention of a chat."""
    told = {name: task(name) for name in TASKS}

    assert {"05-complete-2025-10", "07-approve-2025-12", "11-add-box-2022"} == {
        name for name, row in told.items() if not row.chat_told
    }
    assert {"05-complete-2025-10": (5446, 2), "06-renew-2025-12": (5820, 3)} == {
        name: (row.forum_topic, row.ticket.service_comments)
        for name, row in told.items()
        if row.forum_topic and name[:2] != "07"
    }


def test_recorded_tags_are_words_in_every_shape():
    """A list of words, a map of rows, an empty list, nothing at all."""
    (row,) = tasks.rows(result("rest-tasks/14-list-docs"))

    assert ("tag22-2",) == task("11-add-box-2022").ticket.tags
    assert ("arpar",) == tasks.read_task("acme", row, NOW).ticket.tags
    assert () == task("07-approve-2025-12").ticket.tags
    assert () == task("01-get-2025-12").ticket.tags


def test_a_recorded_task_names_customers_and_files():
    """One of five bindings is a contact; observers come as text."""
    row = task("13-get-docs")
    (listed,) = tasks.rows(result("rest-tasks/14-list-docs"))

    assert ((627,), (1065, 1077)) == (row.ticket.contact_ids, row.file_ids)
    assert "Maria" == row.ticket.responsible
    assert (13, 103) == tasks.read_task("acme", listed, NOW).auditors
    assert {"attachmentId": 14620} == result("rest-tasks/09-files-attach-2026-02")


def test_a_recorded_history_is_of_the_same_instants():
    """Old card: these actions left a comment, and the others none."""
    entries = result("rest-tasks/10-history-2025-12")["list"]
    said = [
        entries[number - 1]["field"]
        for number, entry in enumerate(entries)
        if entry["field"] == "COMMENT"
    ]

    assert ["RESPONSIBLE_ID", "STATUS", "STATUS"] == said[:3]


COMMENTS = {
    "01-getlist-2024-07": [
        (1494, "2024-07-06T19:52:07", "Задача изменена, не расходимся"),
        (1496, "2024-07-06T19:52:08", "Задача изменена, расходимся"),
    ],
    "02-getlist-2024-10": [
        (5944, "2024-10-09T06:19:53", "The task has been changed, do not split up"),
        (5946, "2024-10-09T06:19:54", "The task has been changed, let's split up"),
    ],
    "03-getlist-2025-10": [
        (20158, "2025-10-31T05:18:04", "Задача изменена, не расходимся"),
        (20160, "2025-10-31T05:18:07", "Задача изменена, расходимся"),
    ],
    "05-get-2025-10": [
        (19524, "2025-10-15T09:52:31", "The task has been changed, let's split up"),
    ],
}


@pytest.mark.parametrize("name", COMMENTS)
def test_recorded_comments_are_read(name):
    """They come oldest first, with author, time and text; without files no key."""
    found = result(f"rest-comments/{name}")
    rows = found if isinstance(found, list) else [found]
    written = messages.read_forum(rows)

    assert [
        (MessageKey(FORUM, id_), 1, "Ann Example", text, at(when), (), False)
        for id_, when, text in COMMENTS[name]
    ] == [
        (one.key, one.author_id, one.author, one.text, one.at, one.files, one.by_system)
        for one in written
    ]


def test_recorded_ids_of_what_was_said_are_numbers():
    """What was added, a comment or a message, is known by its number."""
    assert [20554, 20950, 77508] == [
        whole(result(name))
        for name in (
            "rest-comments/06-add-old-card",
            "rest-comments/07-add-old-card-2",
            "rest-chat/02-message-add",
        )
    ]
    for name in ("rest-comments/09-update", "rest-comments/10-delete"):
        assert result(name) is True
    assert 19524 == result("rest-comments/11-result-from-comment")["commentId"]


def test_a_recorded_backlog_is_read_without_what_is_deleted():
    """Texts, instants and authors; REST's own messages have no uuid."""
    page = messages.read_chat(
        result("rest-chat/01-messages-get-unread-backlog-2025-10"), 0, 50
    )

    assert [
        (4286, "2024-07-13T16:06:51", "Текст сообщения"),
        (4366, "2024-07-13T16:40:58", "Message text"),
        (4446, "2024-07-13T20:21:27", "Текст сообщения"),
    ] == [
        (one.key.id, one.at.isoformat().removesuffix("+00:00"), one.text)
        for one in page.written
    ]
    assert {(1, "Ann Example", False)} == {
        (one.author_id, one.author, one.by_system) for one in page.written
    }


def test_a_recorded_window_repeats_its_boundary():
    """Newest first, Bitrix24's own among people's; files of other messages are not."""
    found = result("rest-chat/06-messages-get-first-id-docs")
    page = messages.read_chat(found, 84869, 50)

    assert [(84875, "Hello, Anna! We will discuss the project here.")] == [
        (one.key.id, one.text) for one in page.written[:1]
    ]
    assert [84875, 84877] == [one.key.id for one in page.written]
    assert [()] * 2 == [one.files for one in page.written]
    (said, *_) = messages.read_chat(found, 0, 50).written
    assert (84869, True) == (said.key.id, said.by_system)


def test_a_recorded_search_has_both_spellings():
    """It also says which messages are Bitrix24's own."""
    page = messages.read_chat(result("rest-chat/07-messages-search-docs"), 0, 200)
    (one,) = page.written

    assert (MessageKey(CHAT, 33653), 1, "Alex", "test message") == (
        one.key,
        one.author_id,
        one.author,
        one.text,
    )
    assert (at("2026-02-13T13:28:00"), False) == (one.at, one.by_system)


def test_recorded_files_are_named_and_sized():
    """Their ids are numbers or text; those of attachments are their own."""
    attached = tasks.read_file(result("rest-files/06-attached-object-docs"))
    uploaded = {
        name: tasks.read_file(result(f"rest-files/{name}"))
        for name in (
            "01-upload-answer-token-2025-10",
            "02-upload-answer-webhook-2024-10",
            "03-disk-file-get-2026-03",
            "07-folder-uploadfile-docs",
        )
    }

    assert File(495, "Picture.png", 52486) == attached
    assert [
        File(44964, "Picture1.jpg", 805191),
        File(12598, "Picture2.jpg", 2114025),
        File(52902, "Picture1.jpg", 805189),
        File(9011, "test.png", 1679),
    ] == list(uploaded.values())
    assert 47668 == whole(result("rest-chat/05-disk-folder-get")["ID"])
    storage = result("rest-files/05-storage-getforapp-2026-02")
    assert 464 == whole(storage["ROOT_OBJECT_ID"])


def test_recorded_contacts_are_customers():
    """Name, addresses, and when they were changed."""
    (john,) = contacts.read_customers("acme", [result("rest-crm/02-contact-get-docs")])
    listed = contacts.read_customers("acme", result("rest-crm/03-contact-list-docs"))

    assert (43, "John Smith") == (john.ref.contact_id, john.name)
    assert {"someone@example.org"} == set(john.emails)
    assert at("2024-08-15T08:38:21") == john.modified_at
    assert [(75, "Carla Client"), (74, "Dan Client")] == [
        (one.ref.contact_id, one.name) for one in listed[:2]
    ]
    assert {275, 2297} == contacts.read_sharers(result("rest-crm/07-findbycomm-docs"))


def test_recorded_fields_of_contacts():
    """They have names, kinds and labels; an added one is known by its number."""
    fields = userfields.read(result("rest-crm/05-userfield-list-docs"))

    assert (474, "UF_CRM_1724412832", "address", True) == (
        fields[0].id,
        fields[0].name,
        fields[0].kind,
        fields[0].multiple,
    )
    assert ("Custom field (Address)",) == fields[0].labels
    assert 399 == whole(result("rest-crm/06-userfield-add-docs"))
