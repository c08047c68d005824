"""The sandbox answers in the shapes in which a real Bitrix24 was recorded."""

from urllib.parse import parse_qsl

import pytest
from aiohttp import FormData
from recorded import body, differences, raw

from bitrix24_sandbox.account import files, people, tasks
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.apps import applications, grants
from bitrix24_sandbox.apps.records import Binding
from bitrix24_sandbox.outgoing import subscribers

# What differs on purpose, for each recording.
_TIME_OF_A_BOX = {".time.operating is our own", ".time.operating_reset_at is our own"}
_BEFORE_RESET = {".time.operating_reset_at is our own"}
DELIBERATE = {
    # The methods that act answer a longer object on accounts that know no chats.
    "rest-tasks/07-approve-2025-12": {
        ".result.task.chatId is our own",
        ".result.task.sprintId is our own",
        ".result.task.backlogId is our own",
        *(
            f".result.task.{name} is missing"
            for name in (
                *("declineReason", "statusComplete", "deadlineOrig", "isRegular"),
                *("responsibleName", "responsibleLastName", "responsibleSecondName"),
                *("responsibleLogin", "responsibleWorkPosition", "responsiblePhoto"),
                *("createdByName", "createdByLastName", "createdBySecondName"),
                *("createdByLogin", "createdByWorkPosition", "createdByPhoto"),
                *("deadlineCounted", "durationPlanSeconds", "durationTypeAll"),
                *("scenarioName", "tags", "files", "dependsOn", "ufCrmTask"),
                *("ufTaskWebdavFiles", "ufMailMessage"),
            )
        ),
    },
    # Selected by names that nobody here asks for.
    "rest-tasks/14-list-docs": {
        f".result.tasks.[].{name} is missing"
        for name in (
            *("lengthDeadline", "taskRequireResult", "taskHasOpenResult"),
            *("taskHasResult", "timeElapsed", "timerIsRunningForCurrentUser"),
            *("parsedDescription", "counter"),
        )
    },
    # A recording of before there were chats.
    "rest-tasks/05-complete-2025-10": {".result.task.chatId is our own"},
    # Asked without the e-mail's scope.
    "rest-chat/01-messages-get-unread-backlog-2025-10": {
        ".result.users.[].email is our own",
        ".result.users.[].website is our own",
    },
    # Of a user who has phones.
    "rest-chat/07-messages-search-docs": {".result.users.[].phones is dict, ours bool"},
    # Fields of that account's own, and of its kind.
    "rest-crm/02-contact-get-docs": {
        *_TIME_OF_A_BOX,
        ".result.PARENT_ID_1224 is missing",
        ".result.UF_CRM_1720697698689 is missing",
        ".result.UF_CRM_TICKET24_PASSWORD is our own",
        ".result.PHONE is missing",
    },
    "rest-crm/03-contact-list-docs": _TIME_OF_A_BOX,
    "rest-crm/05-userfield-list-docs": {
        *_BEFORE_RESET,
        ".result.[].SETTINGS.SHOW_MAP is missing",
        ".result.[].SETTINGS.SIZE is our own",
        ".result.[].SETTINGS.ROWS is our own",
        ".result.[].SETTINGS.DEFAULT_VALUE is our own",
    },
    "rest-system/05-app-info-docs": _BEFORE_RESET,
    "rest-system/06-scope-docs": _BEFORE_RESET,
    # A user who has a mobile number and no position.
    "rest-users/02-user-get-2026-02": {
        ".result.[].PERSONAL_MOBILE is missing",
        ".result.[].WORK_POSITION is our own",
    },
    "rest-users/01-user-current-2026-03": {
        ".result.WORK_POSITION is our own",
        ".result.PERSONAL_PHOTO is missing",
    },
    "rest-users/06-profile-docs": {
        *_BEFORE_RESET,
        ".result.TIME_ZONE_OFFSET is our own",
    },
}

LISTED = [
    *("ID", "TITLE", "DESCRIPTION", "DEADLINE", "CREATED_DATE", "RESPONSIBLE_ID"),
    *("PRIORITY", "MARK", "STATUS", "AUDITORS", "ACCOMPLICES", "TAGS"),
]


def prepare(world, chat_task, forum_task):
    """Make everything that the calls ask for; return the calls by recording."""
    for task in (chat_task, forum_task):
        talk.add_comment(world, 4, task.id, "Said")
    done = tasks.add_task(world, 1, "Done", responsible_id=4, group_id=12)
    tasks.complete(world, 1, done.id)
    tasks.update_task(world, 1, chat_task.id, auditors=[3])
    file = files.add_file(world, 1, "a.txt", b"content")
    hung = tasks.attach_file(world, 1, forum_task.id, file.id)
    world.contacts[43].company_id = 12
    comment = world.by_task[forum_task.id][-1]
    chat, email = f"chat{chat_task.chat_id}", world.contacts[43].emails[0].value
    ours, forum = {"taskId": chat_task.id}, {"taskId": forum_task.id}
    say = {"POST_MESSAGE": "More"}
    new = {"fields": {"TITLE": "New", "RESPONSIBLE_ID": 1, "GROUP_ID": 7}}
    some = ["ID", "TITLE", "DESCRIPTION", "CREATED_BY", "RESPONSIBLE_ID", "DEADLINE"]
    content = {"data": {"NAME": "b.txt"}, "fileContent": ["b.txt", "Yg=="]}
    return {
        "rest-tasks/01-get-2025-12": ("tasks.task.get", ours),
        "rest-tasks/02-get-2026-02-new-card": ("tasks.task.get", ours),
        "rest-tasks/03-add-2026-02-new-card": ("tasks.task.add", new),
        "rest-tasks/05-complete-2025-10": ("tasks.task.complete", forum),
        "rest-tasks/06-renew-2025-12": ("tasks.task.renew", forum),
        "rest-tasks/07-approve-2025-12": ("tasks.task.approve", {"taskId": done.id}),
        "rest-tasks/09-files-attach-2026-02": (
            "tasks.task.files.attach",
            forum | {"fileId": file.id},
        ),
        "rest-tasks/13-get-docs": (
            "tasks.task.get",
            forum | {"select": [*some, "UF_CRM_TASK"]},
        ),
        "rest-tasks/14-list-docs": (
            "tasks.task.list",
            {"select": LISTED, "filter": {"ID": chat_task.id}},
        ),
        "rest-comments/03-getlist-2025-10": (
            "task.commentitem.getlist",
            {"task": forum_task.id},
        ),
        "rest-comments/05-get-2025-10": (
            "task.commentitem.get",
            {"task": forum_task.id, "id": comment},
        ),
        "rest-comments/07-add-old-card-2": (
            "task.commentitem.add",
            {"task": forum_task.id, "fields": say},
        ),
        "rest-comments/06-add-old-card": (
            "task.commentitem.add",
            {"task": chat_task.id, "fields": say},
        ),
        "rest-comments/09-update": (
            "task.commentitem.update",
            {"task": forum_task.id, "id": comment, "fields": say},
        ),
        "rest-comments/10-delete": (
            "task.commentitem.delete",
            {"task": forum_task.id, "id": comment},
        ),
        "rest-chat/01-messages-get-unread-backlog-2025-10": (
            "im.dialog.messages.get",
            {"DIALOG_ID": chat},
        ),
        "rest-chat/06-messages-get-first-id-docs": (
            "im.dialog.messages.get",
            {"DIALOG_ID": chat, "FIRST_ID": 0},
        ),
        "rest-chat/07-messages-search-docs": (
            "im.dialog.messages.search",
            {"CHAT_ID": chat_task.chat_id},
        ),
        "rest-chat/02-message-add": (
            "im.message.add",
            {"DIALOG_ID": chat, "MESSAGE": "Hi"},
        ),
        "rest-chat/05-disk-folder-get": (
            "im.disk.folder.get",
            {"CHAT_ID": chat_task.chat_id},
        ),
        "rest-crm/02-contact-get-docs": ("crm.contact.get", {"id": 43}),
        "rest-crm/03-contact-list-docs": (
            "crm.contact.list",
            {
                "select": [
                    *("ID", "NAME", "LAST_NAME", "EXPORT", "ASSIGNED_BY_ID"),
                    *("DATE_CREATE", "EMAIL"),
                ]
            },
        ),
        "rest-crm/05-userfield-list-docs": (
            "crm.contact.userfield.list",
            {"filter": {"LANG": "en"}},
        ),
        "rest-crm/07-findbycomm-docs": (
            "crm.duplicate.findbycomm",
            {"type": "EMAIL", "values": [email], "entity_type": "CONTACT"},
        ),
        "rest-files/03-disk-file-get-2026-03": ("disk.file.get", {"id": file.id}),
        "rest-files/06-attached-object-docs": (
            "disk.attachedObject.get",
            {"id": hung.id},
        ),
        "rest-files/07-folder-uploadfile-docs": (
            "disk.folder.uploadFile",
            {"id": file.folder_id, **content},
        ),
        "rest-system/01-server-time-2025-12": ("server.time", {}),
        "rest-system/03-sonet-group-get-docs": ("sonet_group.get", {"IS_ADMIN": "Y"}),
        "rest-system/06-scope-docs": ("scope", {}),
        "rest-users/01-user-current-2026-03": ("user.current", {}),
        "rest-users/02-user-get-2026-02": ("user.get", {"ID": 4}),
        "rest-users/03-user-search-empty-2025-12": (
            "user.search",
            {"FIND": "nobody at all"},
        ),
        "rest-users/06-profile-docs": ("profile", {}),
    }


async def test_answers_have_the_recorded_keys_and_types(
    rest, world, chat_task, forum_task
):
    """Each call that was recorded, and what differs on purpose, by name."""
    calls = prepare(world, chat_task, forum_task)
    found = {}
    for recording, (method, params) in calls.items():
        status, answer = await rest.post(method, params)
        assert 200 == status, (recording, answer)
        found[recording] = set(differences(body(recording), answer))

    assert {name: DELIBERATE.get(name, set()) for name in calls} == found


async def test_an_application_is_described_as_recorded(guest):
    """To itself, with its licence."""
    guest.install()
    _, answer = await guest.call("app.info")

    assert DELIBERATE["rest-system/05-app-info-docs"] == set(
        differences(body("rest-system/05-app-info-docs"), answer)
    )


async def test_a_renewal_is_as_recorded(guest):
    """So is its scope, which is a word and not a list."""
    application = guest.install()
    _, pair = applications.issue(guest.world, application.client_id, 1)
    _, answer = await guest.refresh(pair.value)
    recorded = body("oauth/02-refresh-2024-10")

    assert set() == set(differences(recorded, answer))
    assert recorded["scope"] == answer["scope"]


async def test_an_upload_is_answered_as_recorded(rest, world):
    """The answer has no time, and has numbers that are text elsewhere."""
    folder = files.storage(world, "user", "1").root_id
    place = await rest.result("disk.folder.uploadFile", id=folder)
    form = FormData()
    form.add_field("file", b"content", filename="a.txt")
    async with rest.session.post(place["uploadUrl"], data=form) as response:
        answer = await response.json()

    for name in ("01-upload-answer-token-2025-10", "02-upload-answer-webhook-2024-10"):
        assert set() == set(differences(body(f"rest-files/{name}"), answer))


def keys(form):
    return [key for key, _ in parse_qsl(form, keep_blank_values=True)]


@pytest.mark.parametrize(
    ("name", "card"),
    [
        ("01-ontaskcommentadd-new-card-webhook", "chat"),
        ("02-ontaskcommentadd-old-card-webhook", "forum"),
    ],
)
def test_events_to_webhooks_are_as_recorded(world, chat_task, forum_task, name, card):
    """Keys and their order are the same, and so is every word but numbers."""
    recorded = raw(f"events/{name}.form").decode().strip()
    heard = []
    world.add_outgoing("https://hook.example.com", "token")
    world.listeners.append(heard.append)
    task = chat_task if card == "chat" else forum_task
    talk.add_comment(world, 4, task.id, "Said")
    (letter,) = subscribers.letters(world, heard[-1])

    ours = letter.body.decode()
    assert keys(recorded) == keys(ours)
    assert [v for _, v in parse_qsl(recorded) if v in {"N", "undefined", "0"}] == [
        v for _, v in parse_qsl(ours) if v in {"N", "undefined", "0"}
    ]


async def test_an_event_to_an_application_is_as_recorded(world, guest):
    """It has the tokens of the user who acted."""
    application = guest.install()
    url = f"{guest.hearer.url}/events"
    application.bindings.append(Binding(196, "ONCRMCONTACTADD", url))
    heard = []
    world.listeners.append(heard.append)
    people.add_contact(world, 1, "Ann")
    (letter,) = subscribers.letters(world, heard[-1])
    recorded = raw("events/05-oncrmcontactadd-app-2025.form").decode().strip()

    assert sorted(keys(recorded)) == sorted(keys(letter.body.decode()))


@pytest.mark.parametrize(
    ("name", "old"), [("06-call-card-new-keys", False), ("01-default-any-2024", True)]
)
async def test_pages_are_opened_as_recorded(world, guest, name, old):
    """The post has all keys of today; an old one lacks those that came later."""
    guest.install()
    world.switches.old_frames = old
    _, query, form = applications.frame_fields(world, 1, guest.client_id)
    there, below = raw(f"frames/{name}.form").decode().split("\n")[:2]

    assert (keys(there), keys(below)) == (list(query), list(form))


async def test_a_code_that_is_too_old_is_refused_as_recorded(guest, world):
    """It is refused as an expired token, not as an invalid grant."""
    application = guest.install()
    code = grants.issue_code(world, application.client_id, 1)
    code.expires_at = 0
    given = {
        "grant_type": "authorization_code",
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "code": code.value,
    }
    status, answer = await guest.ask("oauth/token/", **given)

    assert (400, body("oauth/03-code-expired-2024-10")) == (status, answer)


async def test_refusals_are_as_recorded(rest, forum_task):
    """One code is a number."""
    status, answer = await rest.post("tasks.task.disapprove", {"taskId": forum_task.id})

    assert 400 == status
    assert 1048582 == answer["error"]
    recorded = body("errors/01-disapprove-1048582-int")
    assert set() == set(differences(recorded, answer))
