"""event.*: an application's handlers, and the tokens in what they hear."""

import pytest

from bitrix24_sandbox.account import tasks


@pytest.fixture
async def bound(guest, hearer):
    """An installed application that gets events of new tasks."""
    guest.install()
    await guest.result("event.bind", event="ONTASKADD", handler=f"{hearer.url}/e")
    return guest


def add_task(world, by):
    return tasks.add_task(world, by, "New", responsible_id=3, group_id=7)


async def test_bind_and_get(guest, hearer):
    """Names come back in capitals, numbers as text and as numbers."""
    guest.install()
    handler = f"{hearer.url}/e?key=1"

    assert await guest.result("event.bind", event="onTaskAdd", handler=handler)
    assert await guest.result(
        "event.bind", EVENT="ONTASKADD", HANDLER=handler, AUTH_TYPE="2"
    )

    assert [
        {"event": "ONTASKADD", "handler": handler, "auth_type": "0", "offline": 0},
        {"event": "ONTASKADD", "handler": handler, "auth_type": "2", "offline": 0},
    ] == await guest.result("event.get")


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"event": "ONNOTHING"}, 400, "ERROR_EVENT_NOT_FOUND"),
        ({"event": "ONTASKADD"}, 400, "ERROR_CORE"),
        ({"handler": "http://localhost/"}, 400, "ERROR_WRONG_HANDLER_URL"),
        ({"handler": "http://intranet/"}, 400, "ERROR_WRONG_HANDLER_URL"),
        ({"handler": "http://[x"}, 400, "ERROR_WRONG_HANDLER_URL"),
        ({"handler": "ftp://a.test/"}, 400, "ERROR_UNSUPPORTED_PROTOCOL"),
        ({"event_type": "sometimes"}, 400, "ERROR_ARGUMENT"),
        ({"event_type": "offline"}, 403, "WRONG_LICENSE"),
        ({"auth_connector": "ours"}, 403, "WRONG_LICENSE"),
    ],
)
async def test_bind_refused(bound, hearer, params, status, code):
    """What cannot be bound is refused with the code of its reason."""
    known = {"event": "ONTASKADD", "handler": f"{hearer.url}/e"} | params

    assert (status, code) == await bound.error("event.bind", **known)


async def test_bound_twice(bound, hearer):
    """The same handler again is an error with these words."""
    _, body = await bound.call(
        "event.bind", event="ONTASKADD", handler=f"{hearer.url}/e"
    )

    text = "Unable to set event handler: Handler already binded"
    assert text == body["error_description"]


@pytest.mark.parametrize("name", ["EVENT", "HANDLER"])
async def test_missing_argument(bound, name):
    """What is missing is named."""
    known = {"EVENT": "ONTASKADD", "HANDLER": "http://a.test/"}
    del known[name]

    status, body = await bound.call("event.bind", **known)

    assert 400 == status
    assert {
        "error": "ERROR_ARGUMENT",
        "error_description": f"Argument '{name}' is null or empty",
        "argument": name,
    } == body


async def test_scope_of_an_event(guest):
    """Without its scope an event does not exist."""
    guest.application.scopes = ["task"]
    guest.install()
    known = {"event": "ONCRMCONTACTADD", "handler": "http://a.test/"}

    assert (400, "ERROR_EVENT_NOT_FOUND") == await guest.error("event.bind", **known)
    names = await guest.result("events")
    assert {"ONTASKADD", "ONAPPINSTALL"} < set(names)
    assert "ONCRMCONTACTADD" not in names
    assert "ONCRMCONTACTADD" in await guest.result("events", FULL=True)
    assert "ONAPPINSTALL" not in await guest.result("events", SCOPE="task")
    assert [] == await guest.result("events", SCOPE="crm")


async def test_ordinary_user(bound, hearer):
    """A user who is no administrator binds, sees and unbinds only for oneself."""
    handler = f"{hearer.url}/e"
    known = {"event": "ONTASKADD", "handler": handler}
    foreign = await bound.error("event.bind", 2, **known, auth_type=3)
    offline = await bound.error("event.bind", 2, **known, event_type="offline")
    await bound.result("event.bind", 2, **known)

    assert (403, "ACCESS_DENIED") == foreign == offline
    [row] = await bound.result("event.get", 2)
    assert "2" == row["auth_type"]
    assert {"count": 1} == await bound.result("event.unbind", 2, **known)
    assert 1 == len(await bound.result("event.get"))


async def test_unbind(bound, hearer):
    """A fixed user narrows what is unbound, even as 0; finding nothing is no error."""
    known = {"event": "ONTASKADD", "handler": f"{hearer.url}/e"}
    for user in (2, 3):
        await bound.result("event.bind", **known, auth_type=user)

    counts = [
        (await bound.result("event.unbind", **known, **narrow))["count"]
        for narrow in ({"auth_type": 0}, {"auth_type": 0}, {"auth_type": 2}, {}, {})
    ]

    assert [1, 0, 1, 1, 0] == counts


async def test_tokens_of_whoever_acted(bound, world, hearer):
    """An event has the tokens of who caused it, without one that renews."""
    task = add_task(world, 2)
    await bound.flush()

    [(_, form)] = hearer.heard
    assert str(task.id) == form["data[FIELDS_AFTER][ID]"]
    assert ("2", "3600") == (form["auth[user_id]"], form["auth[expires_in]"])
    assert bound.application.application_token == form["auth[application_token]"]
    assert "auth[refresh_token]" not in form
    _, body = await bound.call_with(form["auth[access_token]"], "profile")
    assert "2" == body["result"]["ID"]
    assert {} == {v: t for v, t in world.refresh_tokens.items() if t.user_id == 2}


async def test_tokens_of_a_fixed_user(guest, world, hearer):
    """A binding with a user gets that user's tokens, whoever acted."""
    guest.install()
    known = {"event": "ONTASKADD", "handler": f"{hearer.url}/e"}
    await guest.result("event.bind", **known, auth_type=3)
    add_task(world, 2)
    await guest.flush()

    assert "3" == hearer.heard[0][1]["auth[user_id]"]


@pytest.mark.parametrize("scoped", [False, True])
async def test_nobody_acted(bound, world, hearer, scoped):
    """When a rule acted there are five keys, by one reading seven."""
    world.switches.nobody_has_scope = scoped
    world.raise_event("ONTASKADD", {"FIELDS_AFTER": {"ID": 51}}, 0)
    await bound.flush()

    names = {"domain", "client_endpoint", "server_endpoint", "member_id"}
    names |= {"application_token"} | ({"scope", "status"} if scoped else set())
    [(_, form)] = hearer.heard
    assert {f"auth[{name}]" for name in names} == {k for k in form if "auth[" in k}


async def test_renewing_events(bound, world, hearer):
    """In one reading every event has a token that renews."""
    world.switches.events_renew = True
    add_task(world, 2)
    await bound.flush()

    assert 200 == (await bound.refresh(hearer.heard[0][1]["auth[refresh_token]"]))[0]


async def test_webhooks_hear_no_tokens(bound, world, hearer):
    """An outgoing webhook at the same address hears the event on its own, bare."""
    hook = world.add_outgoing(f"{hearer.url}/hook", "hook-token")
    add_task(world, 2)
    await bound.flush()

    forms = dict(hearer.heard)
    assert {"e", "hook"} == forms.keys()
    assert "auth[access_token]" not in forms["hook"]
    assert "hook-token" == forms["hook"]["auth[application_token]"]
    assert str(hook.id) == forms["hook"]["event_handler_id"]


async def test_events_of_applications_are_theirs(bound, world, hearer):
    """Only the application itself, and no webhook, is told of its installation."""
    world.add_outgoing(f"{hearer.url}/hook", "hook-token")
    other = bound.register(event_url=f"{hearer.url}/other")
    await bound.result("event.bind", event="ONAPPINSTALL", handler=f"{hearer.url}/e")
    world.applications[other.client_id].install_url = ""
    bound.application, mine = other, bound.application
    bound.install()
    await bound.flush()

    assert ["other"] == [path for path, _ in hearer.heard]
    assert mine.installed


async def test_event_test(bound, hearer):
    """ONAPPTEST brings back what was asked, to who has bound it."""
    assert 1 == await bound.result("event.test", a="b")
    await bound.result("event.bind", event="ONAPPTEST", handler=f"{hearer.url}/t")
    assert 1 == await bound.result("event.test", a="b")
    await bound.flush()

    [(path, form)] = hearer.heard
    assert ("t", "b") == (path, form["data[QUERY][a]"])
    assert "auth[refresh_token]" in form


async def test_loop_guard(guest, world, hearer):
    """Tokens that came with an event cause six more, and then nobody hears."""
    guest.install()
    handler = f"{hearer.url}/e"
    await guest.result("event.bind", event="ONTASKUPDATE", handler=handler)
    task = add_task(world, 1)
    tasks.update_task(world, 1, task.id, title="0")
    await guest.flush()
    token = hearer.heard[0][1]["auth[access_token]"]
    for number in range(1, 9):
        fields = {"TITLE": str(number)}
        await guest.call_with(token, "tasks.task.update", taskId=task.id, fields=fields)
    await guest.flush()

    assert "8" == task.title
    assert 1 + 6 == len(hearer.heard)


async def test_loop_guard_is_passed_on(guest, world, hearer):
    """A chain of events, each caused with the token of the one before, ends."""
    guest.install()
    handler = f"{hearer.url}/e"
    await guest.result("event.bind", event="ONTASKUPDATE", handler=handler)
    task = add_task(world, 1)
    tasks.update_task(world, 1, task.id, title="0")
    for number in range(1, 20):
        await guest.flush()
        token = hearer.heard[-1][1]["auth[access_token]"]
        fields = {"TITLE": str(number)}
        await guest.call_with(token, "tasks.task.update", taskId=task.id, fields=fields)

    assert 1 + 6 == len(hearer.heard)


async def test_own_changes_echo(guest, world, hearer):
    """An application is told of its own changes."""
    guest.install()
    handler = f"{hearer.url}/e"
    await guest.result("event.bind", event="ONTASKUPDATE", handler=handler)
    task = add_task(world, 1)
    await guest.result("tasks.task.update", taskId=task.id, fields={"TITLE": "Our own"})
    await guest.flush()

    assert ["ONTASKUPDATE"] == hearer.names
