"""The authorization server: pairs of tokens, and whose they are."""

import asyncio

import pytest
from aiohttp import ClientError
from desk import until

from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.oauth_server import WORLDS, oauth_app


@pytest.fixture
def pair(guest):
    """A pair of tokens of user 1 of an installed application."""
    guest.install()
    return applications.issue(guest.world, guest.client_id, 1)


async def test_refresh(guest, world, pair):
    """A refresh token buys a pair, with numbers as numbers and the server as domain."""
    world.frozen_at = world.now()
    status, body = await guest.refresh(pair[1].value)

    now = int(world.timestamp())
    new = {name: body.pop(name) for name in ("access_token", "refresh_token")}
    assert 200 == status
    assert {
        "client_endpoint": f"{world.address}/rest/",
        "domain": world.oauth_address.removeprefix("http://"),
        "expires": now + 3600,
        "expires_in": 3600,
        "member_id": world.member_id,
        "scope": "app",
        "server_endpoint": f"{world.oauth_address}/rest/",
        "status": "F",
        "user_id": 1,
    } == body
    assert {pair[0].value, pair[1].value}.isdisjoint(new.values())
    _, profile = await guest.call_with(new["access_token"], "profile")
    assert "1" == profile["result"]["ID"]
    assert 70 == len(new["access_token"])
    assert 1 == world.oauth_calls["refresh_token"]


async def test_refresh_by_form(guest, world, pair):
    """The parameters may also come as a form."""
    given = {
        "grant_type": "refresh_token",
        "client_id": guest.client_id,
        "client_secret": guest.application.client_secret,
        "refresh_token": pair[1].value,
    }
    url = f"{world.oauth_address}/oauth/token/"
    async with guest.session.post(url, data=given) as answer:
        assert "access_token" in await answer.json()


async def test_used_token(guest, world, pair):
    """A used refresh token is dead at once, or after a grace."""
    await guest.refresh(pair[1].value)
    status, body = await guest.refresh(pair[1].value)
    world.switches.refresh_grace_seconds = 60
    again, _ = await guest.refresh(pair[1].value)
    world.skew_seconds = 61
    late, _ = await guest.refresh(pair[1].value)

    assert (400, "invalid_grant") == (status, body["error"])
    assert [200, 400] == [again, late]


async def test_refresh_token_ages(guest, world, pair):
    """A refresh token works for half a year, by the account's own clock."""
    world.skew_seconds = 181 * 86_400

    status, body = await guest.refresh(pair[1].value)

    assert (400, "invalid_grant") == (status, body["error"])


@pytest.mark.parametrize(
    ("switch", "status"), [("invalid_client", 400), ("wrong_client", 200)]
)
async def test_wrong_secret(guest, world, pair, switch, status):
    """A wrong secret is an error, by one reading with HTTP 200."""
    world.switches.stranger_refusal = switch

    assert (status, {"error": switch}) == await guest.refresh(
        pair[1].value, client_secret="other"
    )
    assert (status, {"error": switch}) == await guest.refresh(
        pair[1].value, client_id="local.unknown"
    )


async def test_missing_parameter(guest, pair):
    """What is missing is named."""
    status, body = await guest.refresh("")
    other, _ = await guest.ask("oauth/token/", grant_type="password")

    assert 400 == status == other
    assert {
        "error": "invalid_request",
        "error_description": 'No "refresh_token" parameter found',
    } == body


@pytest.mark.parametrize(
    ("code", "status"),
    [("invalid_client", 400), ("NOT_INSTALLED", 401), ("invalid_grant", 400)],
)
async def test_removed_application(guest, world, pair, code, status):
    """A removed application gets no tokens; how that is said is not settled."""
    world.switches.uninstalled_refusal = code
    applications.remove(world, 1, guest.client_id)

    assert (status, {"error": code}) == await guest.refresh(pair[1].value)


async def test_unpaid_application(guest, pair):
    """When the paid time is over, tokens are renewed no more."""
    guest.application.paid = False

    status, body = await guest.refresh(pair[1].value)

    assert (401, "PAYMENT_REQUIRED") == (status, body["error"])


async def test_dismissed_user(guest, world, pair):
    """Whether the tokens of someone who left are renewed is not settled."""
    applications.dismiss(world, 1, 2)
    token, refresh = applications.issue(world, guest.client_id, 2)

    status, body = await guest.refresh(refresh.value)
    world.switches.dismissed_may_renew = False
    later, _ = await guest.refresh(body["refresh_token"])

    assert [200, 400] == [status, later]
    status, body = await guest.call_with(token.value, "profile")
    assert (401, "authorization_error") == (status, body["error"])


async def test_app_info(guest, world, pair):
    """The server says whose an access token is and where it is valid."""
    status, body = await guest.ask("rest/app.info/", auth=pair[0].value)

    found = body["result"]
    expires = found.pop("expires")
    assert 200 == status
    assert {
        "client_id": guest.client_id,
        "scope": "app",
        "install": {
            "installed": True,
            "version": 1,
            "status": "F",
            "scope": "app",
            "domain": world.domain,
            "uri": world.address,
            "client_endpoint": f"{world.address}/rest/",
            "member_id": world.member_id,
            "member_type": "bitrix24",
        },
        "user_id": 1,
    } == found
    assert "+00:00" == expires[-6:]


@pytest.mark.parametrize("path", ["rest/app.info", "rest/app.info.json"])
async def test_app_info_addresses(guest, pair, path):
    """The slash at the end may be left out."""
    status, _ = await guest.ask(path, auth=pair[0].value)

    assert 200 == status


async def test_app_info_of_no_token(guest, world, pair):
    """Unknown, expired and removed are told apart as far as the facts go."""
    _, unknown = await guest.ask("rest/app.info/", auth="made-up")
    applications.expire(world)
    status, expired = await guest.ask("rest/app.info/", auth=pair[0].value)
    applications.remove(world, 1, guest.client_id)
    _, removed = await guest.ask("rest/app.info/", auth=pair[0].value)

    assert "NO_AUTH_FOUND" == unknown["error"] == removed["error"]
    assert (401, "expired_token") == (status, expired["error"])


async def test_away(guest, world, pair):
    """The server can be away, with HTML."""
    world.faults.oauth = "503"
    async with guest.session.get(f"{world.oauth_address}/oauth/token/") as answer:
        assert (503, "text/html") == (answer.status, answer.content_type)
    assert world.faults.active

    world.faults.oauth = "refuse"
    with pytest.raises(ClientError):
        await guest.ask("rest/app.info/", auth=pair[0].value)


async def test_away_without_saying_so(guest, world, pair):
    """A page with a good status; or no answer, though what was asked for is done."""
    world.faults.oauth = "maintenance"
    async with guest.session.get(f"{world.oauth_address}/oauth/token/") as answer:
        assert (200, "text/html") == (answer.status, answer.content_type)

    world.faults.oauth = "hang"
    asking = asyncio.create_task(guest.refresh(pair[1].value))
    await until(lambda: pair[1].used_at)
    assert not asking.done()
    world.faults.oauth = ""
    status, body = await asking

    assert (200, True) == (status, "access_token" in body)


async def test_authorization_code(guest, world, pair):
    """A user lets the application in: its code works once, for half a minute."""
    url = f"{world.address}/oauth/authorize/"
    query = {"client_id": guest.client_id, "state": "abc", "user": "2"}
    codes = []
    for _ in range(2):
        async with guest.session.get(
            url, params=query, allow_redirects=False
        ) as answer:
            location = answer.headers["Location"]
        assert f"{guest.hearer.url}/main?code=" in location
        assert f"&member_id={world.member_id}&scope=task%2Ccrm" in location
        codes.append(location.partition("code=")[2].partition("&")[0])

    def given(code):
        return {
            "grant_type": "authorization_code",
            "client_id": guest.client_id,
            "client_secret": guest.application.client_secret,
            "code": code,
        }

    _, body = await guest.ask("oauth/token/", **given(codes[0]))
    again, _ = await guest.ask("oauth/token/", **given(codes[0]))
    world.skew_seconds = 31
    late, _ = await guest.ask("oauth/token/", **given(codes[1]))

    assert 2 == body["user_id"]
    assert [400, 400] == [again, late]


async def test_nobody_is_let_in_elsewhere(guest, world):
    """An application that is not installed is refused on the account's own page."""
    url = f"{world.address}/oauth/authorize/?client_id={guest.client_id}"
    async with guest.session.get(url, allow_redirects=False) as answer:
        assert (401, "text/html") == (answer.status, answer.content_type)


async def test_one_server_for_many_accounts(guest, world, pair, aiohttp_server):
    """One server knows the tokens of several accounts with the same application."""
    other = World(users=world.users, member_id="f" * 32)
    app = oauth_app(world)
    server = await aiohttp_server(app)
    other.oauth_address = world.oauth_address = str(server.make_url("")).rstrip("/")
    app[WORLDS].append(other)
    applications.register(
        other,
        title="Guest",
        kind="market",
        handler_url="http://a.test/",
        install_url="",
        scopes=["task"],
        client_id=guest.client_id,
        client_secret=guest.application.client_secret,
    )
    applications.add(other, 1, guest.client_id)
    token, refresh = applications.issue(other, guest.client_id, 1)

    _, info = await guest.ask("rest/app.info/", auth=token.value)
    _, body = await guest.refresh(refresh.value)

    assert "f" * 32 == info["result"]["install"]["member_id"] == body["member_id"]
