"""An account with another address, and staff who left."""

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.apps import applications


async def test_rename(guest, rest, world, hearer):
    """The old address leads on, everything names the new one, the member id stays."""
    guest.install()
    await guest.result("event.bind", event="ONTASKADD", handler=f"{hearer.url}/e")
    old, member_id = world.address, world.member_id
    new = old.replace("127.0.0.1", "localhost")
    token, refresh = applications.issue(world, guest.client_id, 1)

    assert {"address": new, "former": [old]} == await rest.control(
        "POST", "rename", {"address": new + "/"}
    )

    url = f"{old}/rest/profile?auth={token.value}"
    async with guest.session.get(url, allow_redirects=False) as answer:
        location = answer.headers["Location"]
        assert (302, url.replace(old, new)) == (answer.status, location)
    assert "1" == (await guest.call_with(token.value, "profile"))[1]["result"]["ID"]
    _, pair = await guest.refresh(refresh.value)
    _, info = await guest.ask("rest/app.info/", auth=token.value)
    host = new.removeprefix("http://")
    assert (f"{new}/rest/", member_id) == (pair["client_endpoint"], pair["member_id"])
    assert host == info["result"]["install"]["domain"]
    assert host == applications.frame_fields(world, 1, guest.client_id)[1]["DOMAIN"]

    tasks.add_task(world, 1, "New", responsible_id=3, group_id=7)
    await guest.flush()
    [(_, form)] = hearer.heard
    assert (host, member_id) == (form["auth[domain]"], form["auth[member_id]"])


async def test_back_again(guest, world):
    """An account can take its old address again."""
    old = world.address
    new = old.replace("127.0.0.1", "localhost")
    guest.install()

    for address in (new, new, old):
        applications.rename(world, address)

    assert [new] == world.former_addresses
    assert "1" == (await guest.result("profile"))["ID"]


async def test_dismissed(guest, rest, world):
    """A user who left gets in neither with tokens nor by a webhook."""
    guest.install()
    token = guest.token(3)
    await rest.control("POST", "dismiss", {"who": 3})

    status, body = await guest.call_with(token.value, "profile")
    assert (401, "authorization_error") == (status, body["error"])
    url = f"{rest.limited_root}profile"
    async with rest.session.post(url) as answer:
        assert "INVALID_CREDENTIALS" == (await answer.json())["error"]
    assert "error" in await rest.control("POST", "dismiss", {"who": 99})
    assert "error" in await rest.control("POST", "dismiss", {"who": 2, "user": 4})
    assert world.users[2].active
