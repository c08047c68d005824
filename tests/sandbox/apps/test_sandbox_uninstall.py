"""How applications leave the account."""

import pytest

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.errors import Refused


@pytest.fixture
async def leaving(guest, hearer):
    """An installed application that hears when it is removed."""
    guest.install()
    for event in ("ONAPPUNINSTALL", "ONTASKADD"):
        await guest.result("event.bind", event=event, handler=f"{hearer.url}/e")
    await guest.result(
        "placement.bind", PLACEMENT="LEFT_MENU", HANDLER="http://a.test/"
    )
    await guest.result("app.option.set", options={"slug": "acme"})
    await guest.result("user.option.set", options={"tab": "open"})
    return guest


@pytest.mark.parametrize("clean", [False, True])
async def test_uninstall_event(leaving, world, hearer, clean):
    """The last event has five keys and no token, and says whether data shall go."""
    world.frozen_at = world.now()
    applications.remove(world, 1, leaving.client_id, clean=clean)
    await leaving.flush()

    [(_, form)] = hearer.heard
    assert {
        "event": "ONAPPUNINSTALL",
        "data[LANGUAGE_ID]": "en",
        "data[CLEAN]": str(int(clean)),
        "ts": str(int(world.timestamp())),
        "auth[domain]": world.domain,
        "auth[client_endpoint]": f"{world.address}/rest/",
        "auth[server_endpoint]": f"{world.oauth_address}/rest/",
        "auth[member_id]": world.member_id,
        "auth[application_token]": leaving.application.application_token,
    } == form


async def test_unbound(guest, world, hearer):
    """An application that has not bound it gets nothing."""
    guest.install()
    applications.remove(world, 1, guest.client_id)
    await guest.flush()

    assert [] == hearer.heard


async def test_everything_ends(leaving, world, hearer):
    """Tokens are dead at once, and handlers and places are gone."""
    token, refresh = applications.issue(world, leaving.client_id, 1)
    applications.remove(world, 1, leaving.client_id, clean=True)
    tasks.add_task(world, 1, "After", responsible_id=3, group_id=7)
    await leaving.flush()

    status, body = await leaving.call_with(token.value, "profile")
    assert (401, "APPLICATION_NOT_FOUND") == (status, body["error"])
    assert 400 == (await leaving.refresh(refresh.value))[0]
    assert ["ONAPPUNINSTALL"] == hearer.names
    assert [] == applications.placements_for(world, "LEFT_MENU")
    with pytest.raises(Refused):
        applications.frame_fields(world, 1, leaving.client_id)


@pytest.mark.parametrize("clean", [False, True])
async def test_second_installation(leaving, world, clean):
    """A Market application comes back with its options, if they were left."""
    token = leaving.token()
    applications.remove(world, 1, leaving.client_id, clean=clean)
    leaving.install()

    kept = [] if clean else {"slug": "acme"}
    assert kept == await leaving.result("app.option.get")
    assert [] == await leaving.result("event.get")
    assert [] == await leaving.result("placement.get")
    status, _ = await leaving.call_with(token.value, "profile")
    assert 401 == status


@pytest.mark.parametrize("stays", [False, True])
def test_application_token_of_the_market(guest, world, stays):
    """Whether the next installation has the same application token is not settled."""
    world.switches.market_token_stays = stays
    first = guest.install().application_token
    applications.remove(world, 1, guest.client_id)

    assert stays == (first == guest.install().application_token)


def test_local_application_is_forgotten(guest, world):
    """A local one always leaves with its data, and comes back as another."""
    made = guest.register(kind="local", install_url="")
    applications.add(world, 1, made.client_id)
    first = made.application_token
    applications.remove(world, 1, made.client_id, clean=False)

    again = guest.register(kind="local", install_url="", client_id=made.client_id)
    applications.add(world, 1, again.client_id)

    assert first != again.application_token
    assert guest.register(kind="local").client_id != made.client_id
