"""The control API."""

import json

import pytest

from bitrix24_sandbox.account.world import load


async def test_guests_come_and_go_and_applications_write(rest, world, chat_task):
    """People who are not of the staff can be played, and what they leave behind."""

    async def act(do, **order):
        return (await rest.control("POST", "act", {"do": do, **order}))["id"]

    fields = {"name": "Gus", "email": "gus@x.example", "kind": "email"}
    guest = await act("add_user", fields=fields)
    number = await act(
        "say", user=guest, task=chat_task.id, params={"ATTACH": [{"MESSAGE": "Hi"}]}
    )
    await act("remove_user", who=guest)

    said = world.messages[number]
    assert (guest, [{"MESSAGE": "Hi"}]) == (said.author_id, said.params["ATTACH"])
    assert guest not in world.users


async def test_act(rest, world, forum_task):
    """Staff can be played from another process."""
    made = await rest.control(
        "POST",
        "act",
        {
            "do": "comment",
            "task": forum_task.id,
            "user": 4,
            "text": "Hi",
            "files": [{"name": "a.txt", "text": "x"}],
        },
    )
    await rest.control("POST", "act", {"do": "complete", "task": forum_task.id})
    shown = await rest.control("GET", f"tasks/{forum_task.id}")

    assert 5 == shown["task"]["status"]
    assert ("Hi", ["a.txt"], made["id"]) == (
        shown["conversation"][1]["text"],
        shown["conversation"][1]["files"],
        shown["conversation"][1]["id"],
    )


async def test_act_on_everything(rest, world):
    """Tasks and contacts can be made, changed and removed."""
    contact = await rest.control(
        "POST",
        "act",
        {"do": "add_contact", "fields": {"name": "N", "emails": ["n@example.com"]}},
    )
    fields = {"title": "T", "group_id": 7, "deadline": "2027-01-01T00:00:00+00:00"}
    task = await rest.control(
        "POST",
        "act",
        {"do": "add_task", "user": 2, "contacts": [contact["id"]], "fields": fields},
    )
    number = task["id"]
    for order in (
        {"do": "update", "fields": {"title": "U"}},
        {"do": "attach", "name": "a.txt"},
        {"do": "move_stage", "stage": 72},
        {"do": "unbind_contact", "contact": contact["id"]},
        {"do": "bind_contact", "contact": 43},
        {"do": "ping"},
        {"do": "remind"},
        {"do": "move_group", "group": 12},
        {"do": "delete_task"},
        {"do": "restore_task"},
    ):
        assert "error" not in await rest.control(
            "POST", "act", {"task": number, "user": 2, **order}
        )
    await rest.control(
        "POST", "act", {"do": "delete_contact", "contact": contact["id"]}
    )

    made = world.tasks[number]
    assert ("U", ["C_43"], 12, 1) == (
        made.title,
        made.crm,
        made.group_id,
        len(made.files),
    )
    assert contact["id"] not in world.contacts


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"do": "start", "task": 51}, "0"),
        ({"do": "nope"}, "KeyError"),
        ({"do": "comment", "task": 51, "user": 99, "text": "x"}, "1048582"),
        ({"do": "update", "task": 51, "fields": {"nope": 1}}, "TypeError"),
    ],
)
async def test_act_refused(rest, order, error):
    """What cannot be done is answered with its reason."""
    assert error == (await rest.control("POST", "act", order))["error"]


async def test_bulk(rest, world):
    """Many acts run at once, with their number in the text."""
    numbers = [task.id for task in world.tasks.values() if task.contact_ids][:20]
    orders = [
        {"do": "update", "task": n, "fields": {"title": "Load {n}"}} for n in numbers
    ]

    done = await rest.control("POST", "bulk", {"acts": orders, "times": 5})

    assert {"acts": 100} == done
    assert "Load 80" == world.tasks[numbers[0]].title
    log = await rest.control("GET", "events")
    assert 100 == len([event for event in log if event["name"] == "ONTASKUPDATE"])
    later = await rest.control("GET", f"events?since={log[-1]['number']}")
    assert [] == later


async def test_switches_and_limits(rest, world):
    """Switches and limits are set by name; a wrong one changes nothing."""
    await rest.control("POST", "switches", {"language": "pt", "has_v3": False})
    wrong = await rest.control("POST", "switches", {"language": "xx"})
    unknown = await rest.control("POST", "limits", {"nope": 1})

    assert ("pt", False) == (world.switches.language, world.switches.has_v3)
    assert "ValidationError" == wrong["error"]
    assert "KeyError" == unknown["error"]
    assert 50 == (await rest.control("GET", "limits"))["burst"]


async def test_calls_are_counted_and_reset(rest):
    """Requests, commands and methods are counted until they are reset."""
    await rest.batch(a="profile", b="no.such")
    before = await rest.control("GET", "calls")
    await rest.control("DELETE", "calls")
    after = await rest.control("GET", "calls")

    assert (1, 2, {"profile": 1}) == (
        before["http"],
        before["batch_commands"],
        before["methods"],
    )
    assert (0, 0) == (after["http"], after["batch_commands"])


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["world", "faults"])
async def test_page_of_another_site_cannot_read(rest, site, path):
    """What a page of another site asks for is refused."""
    url = f"{rest.address}/sandbox/api/{path}"
    headers = {"Sec-Fetch-Site": site}
    async with rest.session.get(url, headers=headers) as response:
        assert 403 == response.status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_page_of_another_site_cannot_act(rest, world, headers, status):
    """What a page of another site can make a browser send changes nothing."""
    url = f"{rest.address}/sandbox/api/faults"
    async with rest.session.post(
        url, data='{"event_drop": 1}', headers=headers
    ) as response:
        assert status == response.status

    assert 0 == world.faults.event_drop


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_page_of_the_sandbox_can_act(rest, world, site):
    """A page of the sandbox and a typed address get through."""
    url = f"{rest.address}/sandbox/api/faults"
    headers = {"Sec-Fetch-Site": site}
    async with rest.session.post(
        url, json={"event_drop": 1}, headers=headers
    ) as response:
        assert 200 == response.status

    assert 1 == world.faults.event_drop


async def test_clock(rest):
    """The account's clock can be skewed."""
    await rest.control("POST", "clock", {"skew_seconds": 0})
    straight = await rest.result("server.time")
    await rest.control("POST", "clock", {"skew_seconds": 86_400})
    skewed = await rest.result("server.time")

    assert straight[:10] < skewed[:10]


async def test_world_can_be_saved(rest, world, tmp_path):
    """What is shown as the world is a data file."""
    path = tmp_path / "account.json"
    path.write_text(json.dumps(await rest.control("GET", "world")))

    assert world.tasks == load(path).tasks
