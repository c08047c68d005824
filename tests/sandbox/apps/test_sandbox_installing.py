"""How applications come into the account, and what they hear then."""

import json

import pytest

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.errors import Refused


async def test_pages_of_an_application(guest, world, hearer):
    """Until its installer has finished, only administrators can open it."""
    applications.add(world, 1, guest.client_id)

    url, _, _ = applications.frame_fields(world, 1, guest.client_id)
    assert f"{hearer.url}/install" == url
    assert not (await guest.result("app.info"))["INSTALLED"]
    with pytest.raises(Refused, match="not fully installed"):
        applications.frame_fields(world, 2, guest.client_id)

    applications.finish_install(world, 1, guest.client_id)
    assert (
        f"{hearer.url}/main" == applications.frame_fields(world, 2, guest.client_id)[0]
    )
    assert (await guest.result("app.info"))["INSTALLED"]


async def test_frame(guest, world):
    """The browser posts the viewer's tokens, and the account's names in the query."""
    application = guest.install()
    world.switches.language = "pt"
    world.frozen_at = world.now()

    _, query, form = applications.frame_fields(world, 2, guest.client_id)

    assert 32 == len(query.pop("APP_SID"))
    assert {"DOMAIN": world.domain, "PROTOCOL": "0", "LANG": "br"} == query
    _, profile = await guest.call_with(form.pop("AUTH_ID"), "profile")
    assert "2" == profile["result"]["ID"]
    assert 200 == (await guest.refresh(form.pop("REFRESH_ID")))[0]
    assert {
        "AUTH_EXPIRES": "3600",
        "SERVER_ENDPOINT": f"{world.oauth_address}/rest/",
        "APPLICATION_TOKEN": application.application_token,
        "APPLICATION_SCOPE": "task,crm,user,placement",
        "member_id": world.member_id,
        "status": "F",
        "PLACEMENT": "DEFAULT",
        "PLACEMENT_OPTIONS": "",
    } == form


def test_each_frame_is_its_own(guest, world):
    """No two frames share a token or a sid."""
    guest.install()
    frames = [applications.frame_fields(world, 1, guest.client_id) for _ in range(2)]

    for name in ("AUTH_ID", "REFRESH_ID"):
        assert frames[0][2][name] != frames[1][2][name]
    assert frames[0][1]["APP_SID"] != frames[1][1]["APP_SID"]


def test_old_frames(guest, world):
    """Older accounts tell less."""
    guest.install()
    world.switches.old_frames = True

    _, _, form = applications.frame_fields(world, 1, guest.client_id)

    assert {"SERVER_ENDPOINT", "APPLICATION_TOKEN", "APPLICATION_SCOPE"}.isdisjoint(
        form
    )


def test_secure_frame(guest, world):
    """The protocol is 1 for an account with TLS."""
    guest.install()
    world.address = "https://acme.bitrix24.test"

    _, query, _ = applications.frame_fields(world, 1, guest.client_id)

    assert ("acme.bitrix24.test", "1") == (query["DOMAIN"], query["PROTOCOL"])


def test_address_of_a_frame():
    """A handler's own query survives."""
    join = applications.frame_address

    assert "http://a.test/?LANG=de" == join("http://a.test/", {"LANG": "de"})
    assert "http://a.test/?x=1&LANG=de" == join("http://a.test/?x=1", {"LANG": "de"})


async def test_install_event(guest, world, hearer):
    """ONAPPINSTALL goes out when the installer finishes, with a pair that renews."""
    guest.application.event_url = f"{hearer.url}/event"
    world.frozen_at = world.now()
    applications.add(world, 1, guest.client_id)
    await guest.flush()
    assert [] == hearer.heard

    applications.finish_install(world, 1, guest.client_id)
    applications.finish_install(world, 1, guest.client_id)
    await guest.flush()

    [(path, form)] = hearer.heard
    access, refresh = form.pop("auth[access_token]"), form.pop("auth[refresh_token]")
    now = int(world.timestamp())
    assert "event" == path
    assert {
        "event": "ONAPPINSTALL",
        "event_handler_id": "13",
        "data[VERSION]": "1",
        "data[ACTIVE]": "Y",
        "data[INSTALLED]": "Y",
        "data[LANGUAGE_ID]": "en",
        "ts": str(now),
        "auth[expires]": str(now + 3600),
        "auth[expires_in]": "3600",
        "auth[scope]": "task,crm,user,placement",
        "auth[domain]": world.domain,
        "auth[server_endpoint]": f"{world.oauth_address}/rest/",
        "auth[status]": "F",
        "auth[client_endpoint]": f"{world.address}/rest/",
        "auth[member_id]": world.member_id,
        "auth[user_id]": "1",
        "auth[application_token]": guest.application.application_token,
    } == form
    assert 200 == (await guest.call_with(access, "profile"))[0]
    assert 200 == (await guest.refresh(refresh))[0]


async def test_bound_install_event(guest, world, hearer):
    """An application without an address in its card gets it if it has bound it."""
    applications.add(world, 1, guest.client_id)
    handler = f"{hearer.url}/bound"
    await guest.result("event.bind", event="OnAppInstall", handler=handler)
    applications.finish_install(world, 1, guest.client_id)
    await guest.flush()

    assert [("bound", "ONAPPINSTALL")] == [(p, f["event"]) for p, f in hearer.heard]


async def test_script_only(guest, world, hearer):
    """One without pages is installed at once and hears it at its installer's path."""
    made = guest.register(kind="local", script_only=True)
    applications.add(world, 1, made.client_id)
    await guest.flush()

    [(path, form)] = hearer.heard
    assert made.installed
    assert made.client_id.startswith("local.")
    assert ("install", "L") == (path, form["auth[status]"])
    assert "auth[refresh_token]" in form


def test_no_installer(guest, world):
    """One without an installer is installed at once."""
    made = guest.register(install_url="")

    assert applications.add(world, 1, made.client_id).installed


def test_only_administrators(guest, world):
    """Only administrators add, finish and remove, and only what there is."""
    for act in (applications.add, applications.finish_install, applications.remove):
        with pytest.raises(Refused):
            act(world, 1, "unknown")
    with pytest.raises(Refused, match="ACCESS_DENIED"):
        applications.add(world, 2, guest.client_id)
    applications.add(world, 1, guest.client_id)
    with pytest.raises(Refused, match="already"):
        applications.add(world, 1, guest.client_id)
    for act in (applications.finish_install, applications.remove):
        with pytest.raises(Refused, match="ACCESS_DENIED"):
            act(world, 2, guest.client_id)


def test_one_of_each(guest):
    """A client id is known once."""
    with pytest.raises(Refused, match="already"):
        guest.register(client_id=guest.client_id)


async def test_gate(guest, world, hearer):
    """What was bound hears nothing before the installer has finished."""
    applications.add(world, 1, guest.client_id)
    handler = f"{hearer.url}/events"
    await guest.result("event.bind", event="ONTASKADD", handler=handler)
    tasks.add_task(world, 1, "Early", responsible_id=3, group_id=7)
    await guest.flush()
    assert [] == hearer.heard

    applications.finish_install(world, 1, guest.client_id)
    tasks.add_task(world, 1, "Later", responsible_id=3, group_id=7)
    guest.application.paid = False
    tasks.add_task(world, 1, "Unpaid", responsible_id=3, group_id=7)
    await guest.flush()
    assert ["ONTASKADD"] == hearer.names


async def test_unpaid(guest):
    """An application that is not paid for can see it."""
    guest.install()
    guest.application.paid = False

    found = await guest.result("app.info")

    assert ("Y", -1) == (found["PAYMENT_EXPIRED"], found["DAYS"])


@pytest.mark.parametrize(("reading", "status"), [("source", 401), ("docs", 403)])
async def test_plan(guest, rest, world, reading, status):
    """Without a commercial plan neither tokens nor webhooks are accepted."""
    guest.install()
    world.switches.plan, world.switches.auth_errors = "free", reading

    got, body = await guest.call("profile")

    assert status == got
    assert {
        "error": "ACCESS_DENIED",
        "error_description": "REST is available only on commercial plans.",
    } == body
    assert (status, "ACCESS_DENIED") == await rest.error("profile")


async def test_restricted(guest, world):
    """An administrator can keep people away from applications."""
    guest.install()
    world.switches.applications_hidden_from = [2]

    assert (401, "user_access_error") == await guest.error("profile", 2)
    assert 200 == (await guest.call("profile", 3))[0]


async def test_next_version(guest, world):
    """With a new version handlers and places are gone; new tokens have its scopes."""
    guest.install()
    handler = "http://a.test/"
    await guest.result("event.bind", event="ONTASKADD", handler=handler)
    await guest.result("placement.bind", PLACEMENT="LEFT_MENU", HANDLER=handler)
    old = guest.token()

    updated = applications.update(world, 1, guest.client_id, scopes=["task"])

    assert (2, True, [], []) == (
        updated.version,
        updated.installed,
        updated.bindings,
        updated.placements,
    )
    assert ["task"] == await guest.result("scope")
    assert "crm" in (await guest.call_with(old.value, "scope"))[1]["result"]


async def test_cors(guest):
    """A page of any site may call, after it asked."""
    guest.install()
    url = f"{guest.world.address}/rest/profile"
    async with guest.session.options(url) as answer:
        assert (200, "*") == (
            answer.status,
            answer.headers["Access-Control-Allow-Origin"],
        )
        assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


async def test_control(guest, rest, world):
    """The control API plays all of it."""
    known = {"client_id": guest.client_id}

    async def act(do, **order):
        return await rest.control("POST", "applications", {"do": do, **known, **order})

    listed = await rest.control("GET", "applications")
    added = await act("add")
    finished = await act("finish")
    frame = await act("frame", user=2)
    paid = await act("pay", paid=False)
    updated = await act("update", scopes=["task"])
    expired = await rest.control("POST", "tokens", {"expire": True})
    refused = await act("remove", user=2)
    removed = await act("remove", clean=False)
    made = await rest.control(
        "POST",
        "applications",
        {
            "do": "register",
            "title": "Other",
            "kind": "local",
            "handler_url": "http://a.test/",
            "install_url": "",
            "scopes": ["task"],
        },
    )

    assert ["Guest"] == [application["title"] for application in listed]
    assert (True, False) == (added["added"], added["installed"])
    assert {} == finished == removed
    assert {"url", "query", "form"} == frame.keys()
    assert {"paid": False} == paid
    assert (2, ["task"]) == (updated["version"], updated["scopes"])
    assert {"expired": 1} == expired
    assert "ACCESS_DENIED" == refused["error"]
    assert made["client_id"] in world.applications


async def test_saved_world(guest, rest, world):
    """Applications and their tokens are saved with the account."""
    guest.install()
    guest.application.user_options[2] = {"a": 1}

    saved = await rest.control("GET", "world")

    shown = saved["applications"][guest.client_id]
    assert {"2": {"a": 1}} == shown["user_options"]
    assert json.dumps(saved)
