"""tasks.task.* of the classic REST."""

from datetime import UTC, datetime, timedelta

import pytest

from bitrix24_sandbox.account import files, tasks
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.account.records import Status


async def test_add_and_read_back(rest, world):
    """A new task comes back without UF and tags; get brings them on request."""
    file = files.add_file(world, 1, "a.txt", b"x")
    made = (
        await rest.result(
            "tasks.task.add",
            fields={
                "TITLE": " T" + "x" * 300,
                "DESCRIPTION": "a &amp; b  ",
                "RESPONSIBLE_ID": 3,
                "GROUP_ID": 7,
                "PRIORITY": 9,
                "TAGS": ["bugs", "high"],
                "UF_CRM_TASK": ["C_43"],
                "UF_TASK_WEBDAV_FILES": [f"n{file.id}"],
                "DEADLINE": "2027-01-01T10:00:00",
            },
        )
    )["task"]

    assert not {"tags", "ufCrmTask", "ufTaskWebdavFiles"} & made.keys()
    assert "chatId" in made
    assert 250 == len(made["title"])
    assert ("1", "2", "a & b") == (
        made["priority"],
        made["status"],
        made["description"],
    )
    assert "2027-01-01T09:00:00+02:00" == made["deadline"]
    task = (
        await rest.result(
            "tasks.task.get", taskId=made["id"], select=["ID", "TAGS", "UF_CRM_TASK"]
        )
    )["task"]
    assert ["bugs", "high"] == [tag["title"] for tag in task["tags"].values()]
    assert ["C_43"] == task["ufCrmTask"]
    assert [file.id] == [
        world.attachments[number].object_id for number in task["ufTaskWebdavFiles"]
    ]
    assert "ufMailMessage" in task
    assert "title" not in task
    assert {"favorite", "group", "action"} <= task.keys()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (None, "100"),
        ("x", "100"),
        ({"RESPONSIBLE_ID": 3}, "ERROR_CORE"),
        ({"TITLE": "T"}, "ERROR_CORE"),
        ({"TITLE": "T", "RESPONSIBLE_ID": 99}, "ERROR_CORE"),
        ({"TITLE": "T", "RESPONSIBLE_ID": 3, "STATUS": 99}, "ERROR_CORE"),
    ],
)
async def test_add_errors(rest, fields, code):
    """A task that lacks something is refused with 400."""
    params = {} if fields is None else {"fields": fields}

    assert (400, code) == await rest.error("tasks.task.add", **params)


async def test_get_shows_everything_but_uf(rest, chat_task):
    """Without select all standard fields come, even the chat, but no UF, no tags."""
    task = (await rest.result("tasks.task.get", taskId=chat_task.id))["task"]

    assert chat_task.chat_id == task["chatId"]
    assert not {"tags", "ufCrmTask"} & task.keys()
    assert {"id": "7", "name": "Support"}.items() <= task["group"].items()
    assert "Customer Portal" == task["creator"]["name"]
    assert (True, False) == (task["action"]["start"], task["action"]["pause"])
    assert ("0", None, None) == (task["stageId"], task["closedBy"], task["closedDate"])


async def test_missing_task_is_an_empty_list(rest):
    """A task that is not there, or not readable, is [] and 200."""
    assert [] == await rest.result("tasks.task.get", taskId=9999)
    async with rest.session.get(rest.limited_root + "tasks.task.get?taskId=54") as got:
        assert [] == (await got.json())["result"]


@pytest.mark.parametrize(
    ("value", "code"), [({}, "100"), ({"taskId": "x"}, "100"), ({"taskId": 0}, "0")]
)
async def test_wrong_task_id(rest, value, code):
    """A task id of the wrong type is 100, one that cannot be is 0."""
    assert (400, code) == await rest.error("tasks.task.get", **value)


async def test_parameter_names_are_case_sensitive(rest):
    """TASKID is not taskId."""
    assert (400, "100") == await rest.error("tasks.task.get", TASKID=51)


async def test_list_pages(rest, world):
    """A page has 50 rows; next is absent at the end, all counting with start=-1."""
    for number in range(60):
        tasks.add_task(world, 1, f"T{number}", responsible_id=1)
    _, first = await rest.post("tasks.task.list", {"select": ["ID"]})
    _, last = await rest.post("tasks.task.list", {"start": 50, "select": ["ID"]})
    _, fast = await rest.post("tasks.task.list", {"start": -1, "order": {"ID": "asc"}})

    assert (50, 50, 94) == (
        len(first["result"]["tasks"]),
        first["next"],
        first["total"],
    )
    assert 44 == len(last["result"]["tasks"])
    assert "next" not in last
    assert not {"next", "total"} & fast.keys()
    ids = [int(task["id"]) for task in fast["result"]["tasks"]]
    assert (50, sorted(ids)) == (len(ids), ids)


async def ids(rest, **filters):
    found = await rest.result("tasks.task.list", filter=filters, select=["ID"])
    return {int(task["id"]) for task in found["tasks"]}


async def test_list_filters(rest, world, chat_task):
    """Filters know signs, lists, tags, bindings and sub-filters."""
    expected = {t.id for t in world.tasks.values() if t.group_id == 12}
    assert expected == await ids(rest, GROUP_ID=12)
    assert {51, 52} == await ids(rest, ID=[51, "52", 999])
    assert {51} == await ids(rest, **{"<=ID": 51})
    assert chat_task.id in await ids(rest, TAG=["bugs", "high"], **{"!ID": 51})
    assert chat_task.id not in await ids(rest, TAG=["bugs", "low"])
    bound = {t.id for t in world.tasks.values() if 43 in t.contact_ids}
    assert bound == await ids(rest, UF_CRM_TASK="C_43")
    closed = {t.id for t in world.tasks.values() if t.status == 5}
    assert closed == await ids(rest, REAL_STATUS=5)
    either = {"::LOGIC": "OR", "ID": 51, "TITLE": "%umlauts%"}
    assert {51, 53} == await ids(rest, **{"::SUBFILTER-1": either})
    assert {51} == await ids(rest, STAGE_ID=[0, 71], ID=51)


async def test_unknown_filter_is_ignored(rest, world):
    """A key with a slip in it, or an empty value, lets every task through."""
    assert world.tasks.keys() == await ids(rest, GROUPID=7)
    assert world.tasks.keys() == await ids(rest, ID=[], GROUP_ID="")


async def test_list_selects_and_sorts(rest):
    """Unknown names in select vanish; in order they are refused."""
    found = await rest.result("tasks.task.list", select=["ID", "NOPE", "STATUS"])
    assert {"id", "status", "subStatus", "group"} == found["tasks"][0].keys()
    assert (400, "0") == await rest.error("tasks.task.list", order={"NOPE": "asc"})
    assert (400, "0") == await rest.error("tasks.task.list", select=[1])
    found = await rest.result(
        "tasks.task.list", order={"ACTIVITY_DATE": "desc"}, select=["ACTIVITY_DATE"]
    )
    dates = [task["activityDate"] for task in found["tasks"]]
    assert sorted(dates, reverse=True) == dates


async def test_polling_by_dates(rest, world, chat_task):
    """A comment is found by ACTIVITY_DATE only, an edit by CHANGED_DATE too."""
    world.skew_seconds = 60
    since = world.now().isoformat()
    talk.add_comment(world, 4, chat_task.id, "Hi")

    assert {chat_task.id} == await ids(rest, **{">=ACTIVITY_DATE": since})
    assert set() == await ids(rest, **{">=CHANGED_DATE": since})
    world.switches.list_filters_activity = False
    assert world.tasks.keys() == await ids(rest, **{">=ACTIVITY_DATE": since})


async def test_sub_status(rest, world, chat_task):
    """Overdue is a computed status, the stored one stays."""
    now = datetime.now(UTC)
    tasks.update_task(world, 1, chat_task.id, deadline=now - timedelta(hours=1))

    found = await rest.result("tasks.task.list", filter={"STATUS": -1})

    assert [("2", "-1")] == [(t["status"], t["subStatus"]) for t in found["tasks"]]


async def test_others_lists_are_shorter(rest, world):
    """A list contains what its user may read; losing access removes a row."""
    async with rest.session.get(rest.limited_root + "tasks.task.list") as response:
        before = (await response.json())["total"]
    tasks.move_to_group(world, 1, 51, 12)
    tasks.update_task(world, 1, 51, responsible_id=4, title="Taken over")
    async with rest.session.get(rest.limited_root + "tasks.task.list") as response:
        after = (await response.json())["total"]

    assert before - 1 == after


async def test_update_replaces(rest, world, chat_task):
    """TAGS, UF_CRM_TASK and files are replaced by what is sent."""
    one, two = (files.add_file(world, 1, n, b"x").id for n in ("1.txt", "2.txt"))
    kept = tasks.attach_file(world, 1, chat_task.id, one).id
    dropped = tasks.attach_file(world, 1, chat_task.id, two).id

    answer = await rest.result(
        "tasks.task.update",
        taskId=chat_task.id,
        fields={
            "TAGS": ["low"],
            "UF_CRM_TASK": [],
            "UF_TASK_WEBDAV_FILES": [kept, f"n{two}"],
        },
    )

    assert str(chat_task.id) == answer["task"]["id"]
    assert (["low"], []) == (chat_task.tags, chat_task.crm)
    assert kept == chat_task.files[0]
    assert dropped not in chat_task.files
    assert [one, two] == [world.attachments[n].object_id for n in chat_task.files]


async def test_update_keeps_to_the_table(rest, world, chat_task):
    """STATUS by update follows the transitions, unless switched otherwise."""
    params = {"taskId": chat_task.id, "fields": {"STATUS": 4}}
    assert (400, "0") == await rest.error("tasks.task.update", **params)

    world.switches.update_sets_any_status = True
    assert "4" == (await rest.result("tasks.task.update", **params))["task"]["status"]


async def test_status_methods(rest, chat_task):
    """Status methods answer the whole task, or the code of the table."""
    started = await rest.result("tasks.task.start", taskId=chat_task.id)

    assert "3" == started["task"]["status"]
    assert started["task"]["dateStart"]
    assert (400, "0") == await rest.error("tasks.task.start", taskId=chat_task.id)
    assert (400, 1048582) == await rest.error("tasks.task.renew", taskId=chat_task.id)


async def test_delete(rest, chat_task):
    """A deleted task is gone; deleting it again is 1048582."""
    params = {"taskId": chat_task.id}

    assert {"task": True} == await rest.result("tasks.task.delete", **params)
    assert [] == await rest.result("tasks.task.get", **params)
    assert (400, 1048582) == await rest.error("tasks.task.delete", **params)


async def test_late_chat(rest, world):
    """A fresh task may show its chat only a second later."""
    world.switches.chat_delay_seconds = 500
    fields = {"TITLE": "T", "RESPONSIBLE_ID": 3, "GROUP_ID": 7}
    number = (await rest.result("tasks.task.add", fields=fields))["task"]["id"]
    before = (await rest.result("tasks.task.get", taskId=number))["task"]["chatId"]
    world.skew_seconds = 501
    after = (await rest.result("tasks.task.get", taskId=number))["task"]["chatId"]

    assert (None, world.tasks[int(number)].chat_id) == (before, after)


async def test_dates_use_todays_offset(rest, world):
    """Dates come in the user's zone, with the offset of today even for July."""
    world.users[1].time_zone = "Europe/Berlin"
    world.frozen_at = datetime(2026, 12, 1, tzinfo=UTC)
    world.tasks[51].created_at = datetime(2026, 7, 1, 12, tzinfo=UTC)

    task = (await rest.result("tasks.task.get", taskId=51))["task"]

    assert "2026-07-01T13:00:00+01:00" == task["createdDate"]


async def test_zones_of_dates_are_mixed(rest, world):
    """One recorded account mixes the profile's zone and UTC; the instant is one."""
    world.switches.date_zones = "mixed"
    for minute, shown in ((0, "14:00:00+02:00"), (1, "12:01:00+00:00")):
        world.users[1].time_zone = "Europe/Kyiv"
        world.tasks[51].created_at = datetime(2026, 11, 1, 12, minute, tzinfo=UTC)
        world.frozen_at = world.tasks[51].created_at
        task = (await rest.result("tasks.task.get", taskId=51))["task"]

        assert f"2026-11-01T{shown}" == task["createdDate"]


async def test_rows_and_messages_have_clocks_of_their_own(rest, world, chat_task):
    """What is written now is dated by them, not by the time of the answer."""
    world.switches.rows_ahead_seconds = 3 * 3600
    world.switches.messages_ahead_seconds = -3600
    said = talk.add_comment(world, 1, chat_task.id, "Hello")
    _, answer = await rest.post("tasks.task.get", {"taskId": chat_task.id})
    now = datetime.fromtimestamp(answer["time"]["start"], UTC)
    active_at = datetime.fromisoformat(answer["result"]["task"]["activityDate"])

    assert 3 == round((active_at - now) / timedelta(hours=1))
    assert 2 == round((said.posted_at - now) / timedelta(hours=1))


async def test_another_responsible_sets_a_task_back(rest, world, chat_task):
    """To pending, finished ones too; alone it makes the former an observer."""
    before, other, third = chat_task.responsible_id, 2, 5
    for fields, status, observers in (
        ({"RESPONSIBLE_ID": other}, Status.PENDING, [before]),
        ({"RESPONSIBLE_ID": third, "STATUS": 5}, Status.COMPLETED, [before]),
        ({"RESPONSIBLE_ID": third}, Status.COMPLETED, [before]),
        ({"RESPONSIBLE_ID": before, "TITLE": "T"}, Status.PENDING, [before]),
    ):
        if status is Status.PENDING:
            chat_task.status = Status.COMPLETED
        world.switches.update_sets_any_status = True
        await rest.result("tasks.task.update", taskId=chat_task.id, fields=fields)

        assert (status, observers) == (chat_task.status, chat_task.auditors)


async def test_approving_again_changes_nothing(rest, world, chat_task):
    """A completed task is approved with 200 (recorded in 2025-12)."""
    tasks.complete(world, 1, chat_task.id)
    before = chat_task.changed_at, chat_task.status_changed_at, len(world.log)
    answer = await rest.result("tasks.task.approve", taskId=chat_task.id)

    assert ("5", "1") == (answer["task"]["status"], answer["task"]["closedBy"])
    after = chat_task.changed_at, chat_task.status_changed_at, len(world.log)
    assert before == after


async def test_who_closed_a_task(rest, chat_task):
    """Nobody, then somebody, and after a reopening user 0."""
    params, seen = {"taskId": chat_task.id}, []
    for method in ("get", "complete", "renew"):
        task = (await rest.result(f"tasks.task.{method}", **params))["task"]
        seen.append((task["closedBy"], task["statusChangedBy"]))

    assert [(None, None), ("1", "1"), ("0", "1")] == seen


async def test_older_builds_tell_less(rest, world, chat_task):
    """No word of chats before 2025-12; tags as words on a box of 2022."""
    world.switches.tells_chat_id = False
    world.switches.tags_as_list = True
    listed = await rest.result("tasks.task.list", select=["ID", "CHAT_ID", "TAGS"])
    got = await rest.result("tasks.task.get", taskId=chat_task.id)
    done = await rest.result("tasks.task.complete", taskId=chat_task.id)

    for task in (*listed["tasks"], got["task"], done["task"]):
        assert "chatId" not in task
    tags = {task["id"]: task["tags"] for task in listed["tasks"]}
    assert ["bugs", "high"] == tags[str(chat_task.id)]


async def test_a_task_is_rated(rest, world, chat_task):
    """P and N stay, an empty one clears, and any other is dropped without a word."""

    async def rated(mark):
        answer = await rest.result(
            "tasks.task.update", taskId=chat_task.id, fields={"MARK": mark}
        )
        return answer["task"]["mark"]

    said = [await rated(mark) for mark in ("P", "x", None, "N", "")]
    world.switches.keeps_marks = False

    assert ["P", "P", "P", "N", None] == said
    assert await rated("P") is None
    talk = [one.remark.key for one in world.messages.values() if one.remark]
    assert ["rated_good", "rated_bad", "rated_no_more"] == talk[-3:]


async def test_who_works_on_a_task_does_not_rate_it(rest, world, chat_task):
    """The mark alone needs the right to rate: the assignee has none."""
    world.users[1].admin, chat_task.created_by, chat_task.responsible_id = False, 2, 1
    task = {"taskId": chat_task.id}

    refused = await rest.error("tasks.task.update", **task, fields={"MARK": "N"})
    allowed = (await rest.result("tasks.task.get", **task))["task"]["action"]["rate"]

    assert (400, "0") == refused
    assert not allowed
    assert chat_task.mark is None
