"""REST over HTTP: routers, bodies, envelope, limits, faults."""

import asyncio
import re

import aiohttp
import pytest
from desk import until

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.apps.records import Token
from bitrix24_sandbox.sample import LIMITED_WEBHOOK, WEBHOOK


@pytest.mark.parametrize("suffix", ["", ".json", "/", ".json/"])
@pytest.mark.parametrize("name", ["user.current", "USER.Current"])
async def test_classic_names(rest, name, suffix):
    """A classic method is found in any case, with .json or a slash."""
    async with rest.session.get(rest.root + name + suffix) as response:
        body = await response.json()

    assert ("1", 200) == (body["result"]["ID"], response.status)


async def test_bodies(rest):
    """A form with brackets says the same as JSON, and JSON wins over the query."""
    form = {"filter[ID][]": "51", "select[0]": "ID", "start": "-1"}
    async with rest.session.post(rest.root + "tasks.task.list", data=form) as response:
        by_form = (await response.json())["result"]
    query = rest.root + "tasks.task.list?filter[ID]=52&select[]=ID"
    async with rest.session.post(query, json={"filter": {"ID": [51]}}) as response:
        by_json = (await response.json())["result"]

    assert ["51"] == [task["id"] for task in by_form["tasks"]]
    assert by_form["tasks"] == by_json["tasks"]


async def test_multipart_is_a_form(rest):
    """A multipart body is read as a form."""
    data = aiohttp.FormData({"taskId": "51"})
    data.add_field("select[]", "ID", content_type="text/plain")
    async with rest.session.post(rest.root + "tasks.task.get", data=data) as response:
        body = await response.json()

    assert "51" == body["result"]["task"]["id"]


async def test_broken_json_is_no_parameters(rest):
    """Broken JSON turns a filtered list into a list of everything."""
    async with rest.session.post(
        rest.root + "tasks.task.list",
        data=b'{"filter": {"ID": 51}',
        headers={"Content-Type": "application/json"},
    ) as response:
        body = await response.json()

    assert 34 == body["total"]


async def test_time_block(rest, world):
    """Every answer has a time block in the server's zone, with growing use."""
    world.skew_seconds = -3600
    _, first = await rest.post("profile")
    _, second = await rest.post("profile")

    time = second["time"]
    assert first["time"]["operating"] < time["operating"]
    assert isinstance(time["start"], int)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+03:00", time["date_start"])
    assert world.now().timestamp() == pytest.approx(time["finish"], abs=60)


async def test_unknown_method(rest):
    """A method that does not exist, or only in REST 3.0, is 404."""
    assert (404, "ERROR_METHOD_NOT_FOUND") == await rest.error("no.such")
    assert (404, "ERROR_METHOD_NOT_FOUND") == await rest.error(
        "tasks.task.chat.message.send"
    )


async def test_wrong_code(rest):
    """A webhook nobody made is 401 NO_AUTH_FOUND."""
    url = f"{rest.address}/rest/1/wrong/profile"
    async with rest.session.get(url) as response:
        assert (401, "NO_AUTH_FOUND") == (
            response.status,
            (await response.json())["error"],
        )


@pytest.mark.parametrize(("profile", "status"), [("source", 401), ("docs", 403)])
async def test_revoked_webhook(rest, world, profile, status):
    """A revoked webhook is INVALID_CREDENTIALS, with the status of the profile."""
    world.webhooks[0].revoked = True
    world.switches.auth_errors = profile

    assert (status, "INVALID_CREDENTIALS") == await rest.error("profile")


async def test_dismissed_user(rest, world):
    """The webhook of someone who left is INVALID_CREDENTIALS."""
    world.users[1].active = False

    assert (401, "INVALID_CREDENTIALS") == await rest.error("profile")


async def test_scope(rest):
    """A method outside the webhook's scopes is insufficient_scope."""
    async with rest.session.get(rest.limited_root + "crm.contact.list") as response:
        assert "insufficient_scope" == (await response.json())["error"]
    async with rest.session.get(rest.limited_root + "scope") as response:
        assert LIMITED_WEBHOOK.scopes == (await response.json())["result"]


async def test_tokens(rest, world):
    """An application calls with `auth` in query or body; an old token is 401."""
    world.tokens["fresh"] = Token("fresh", 2, world.timestamp() + 60, ["task"])
    world.tokens["stale"] = Token("stale", 2, world.timestamp() - 1, ["task"])
    url = f"{rest.address}/rest/profile"
    async with rest.session.get(url + "?auth=fresh") as response:
        assert "2" == (await response.json())["result"]["ID"]
    async with rest.session.post(url, json={"auth": "stale"}) as response:
        assert (401, "expired_token") == (
            response.status,
            (await response.json())["error"],
        )


async def test_application_context(rest):
    """Event methods and the application's storage are refused to webhooks."""
    assert (403, "WRONG_AUTH_TYPE") == await rest.error("events")
    assert (403, "ACCESS_DENIED") == await rest.error("disk.storage.getForApp")
    assert WEBHOOK.scopes == (await rest.result("app.info"))["SCOPE"]


async def test_probes(rest):
    """The account tells who calls, what exists and what time it is."""
    profile = await rest.result("profile")
    assert ("1", True) == (profile["ID"], profile["ADMIN"])
    assert await rest.result("user.admin") is True
    assert {"isExisting": True, "isAvailable": True} == await rest.result(
        "method.get", name="Tasks.Task.Add"
    )
    assert {"isExisting": False, "isAvailable": False} == await rest.result(
        "method.get", name="nope"
    )
    assert "tasks.task.list" in await rest.result("methods")
    assert (await rest.result("server.time")).endswith("+03:00")
    assert {"value": "N"} == await rest.result(
        "feature.get", CODE="rest_offline_extended"
    )
    assert (400, "CODE_EMPTY") == await rest.error("feature.get")


async def test_bucket(rest, world):
    """The bucket of an address takes its burst, leaks, and a batch is one call."""
    world.limits.burst, world.limits.per_second = 3, 2
    world.frozen_at = world.now()
    statuses = [(await rest.post("batch", {"cmd": {}}))[0] for _ in range(4)]
    world.frozen_at = None
    world.skew_seconds = 2

    assert [200, 200, 200, 503] == statuses
    assert 200 == (await rest.post("profile"))[0]
    calls = await rest.control("GET", "calls")
    assert (5, 1) == (calls["http"], calls["served_503"])


async def test_operating_time(rest, world):
    """The call that crosses the budget runs; then only its method is 429."""
    world.limits.operating_seconds = 0.03

    statuses = [(await rest.post("profile"))[0] for _ in range(3)]

    assert [200, 200, 429] == statuses
    assert (429, "OPERATION_TIME_LIMIT") == await rest.error("profile")
    assert 200 == (await rest.post("user.current"))[0]
    world.skew_seconds = 601
    assert 200 == (await rest.post("profile"))[0]


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("503", 503, "application/json"),
        ("502", 502, "text/html"),
        ("maintenance", 200, "text/html"),
    ],
)
async def test_rest_faults(rest, fault, status, kind):
    """A fault that is switched on meets every call until it is switched off."""
    await rest.control("POST", "faults", {"rest": fault})
    async with rest.session.post(rest.root + "profile") as response:
        assert (status, kind) == (response.status, response.content_type)

    await rest.control("POST", "faults", {"rest": ""})
    assert 200 == (await rest.post("profile"))[0]


async def test_refused_connection(rest, world):
    """A refusing account breaks the connection."""
    world.faults.rest = "refuse"

    with pytest.raises(aiohttp.ClientError):
        await rest.session.post(rest.root + "profile")


async def test_a_call_that_hangs_is_made_when_the_fault_is_over(rest, world):
    """Others are answered meanwhile."""
    world.faults.rest, world.faults.methods = "hang", ["user.current"]
    hanging = asyncio.create_task(rest.post("user.current"))

    async def asked():
        return (await rest.control("GET", "calls"))["http"]

    await until(asked)

    assert 200 == (await rest.post("profile"))[0]
    assert not hanging.done()
    world.faults.rest = ""
    assert 200 == (await hanging)[0]


async def test_500_after_write(rest, world, chat_task):
    """The nastiest fault answers 500 although the message was written."""
    world.faults.rest = "500_after_write"
    world.faults.methods = ["im.message.add"]

    status, _ = await rest.post(
        "im.message.add", {"DIALOG_ID": f"chat{chat_task.chat_id}", "MESSAGE": "Hi"}
    )

    assert 500 == status
    assert "Hi" == list(world.messages.values())[-1].text
    assert 200 == (await rest.post("profile"))[0]


async def test_cut_after_write(rest, world, chat_task):
    """As nasty: the message was written, and no answer comes at all."""
    world.faults.rest = "cut_after_write"
    world.faults.methods = ["im.message.add"]
    fields = {"DIALOG_ID": f"chat{chat_task.chat_id}", "MESSAGE": "Hi"}

    with pytest.raises(aiohttp.ClientError):
        await rest.post("im.message.add", fields)

    assert "Hi" == list(world.messages.values())[-1].text
    assert 200 == (await rest.post("profile"))[0]


async def test_renamed_account(rest, world):
    """The old address of a renamed account answers 302 to the new one."""
    world.faults.moved_to = "http://new.test"
    async with rest.session.post(
        rest.root + "profile?a=1", allow_redirects=False
    ) as response:
        location = response.headers["Location"]

    assert 302 == response.status
    assert "http://new.test" + rest.root.removeprefix(rest.address) + "profile?a=1" == (
        location
    )


async def test_empty_maps_are_lists(rest, world):
    """PHP prints an empty map as [] and escapes slashes."""
    tasks.add_task(world, 1, "a/b", responsible_id=1, group_id=0)
    async with rest.session.get(
        rest.root + "tasks.task.list?filter[GROUP_ID]=0&select[]=*&select[]=TAGS"
    ) as response:
        text = await response.text()
        task = (await response.json())["result"]["tasks"][0]

    assert "a\\/b" in text
    assert ([], [], []) == (task["group"], task["tags"], task["auditorsData"])
