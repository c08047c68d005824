"""The unchanged official SDK as an installed application, over TLS.

Only the address of its authorization server differs; certificates are checked against
an authority of the test.
"""

import asyncio
import ssl

import pytest
import trustme
from aiohttp.test_utils import TestServer
from b24pysdk import BitrixApp, BitrixToken, Client
from b24pysdk.api.requesters import BitrixOAuthRequester
from b24pysdk.credentials import OAuthEventData, OAuthPlacementData
from b24pysdk.errors import BitrixAPIApplicationNotFound
from b24pysdk.errors.oauth import BitrixOAuthInvalidClient, BitrixOAuthInvalidGrant

from bitrix24_sandbox.app import SENDER, create_app
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.oauth_server import oauth_app
from bitrix24_sandbox.apps.records import Application

ADMIN, STAFF = 1, 4
SCOPES = ["crm", "task", "user", "placement", "basic"]


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def tls(authority, tmp_path, monkeypatch):
    """A server's side of TLS; callers that use `requests` trust it."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
async def account(world, aiohttp_server, tls, monkeypatch) -> TestServer:
    """The account and its authorization server, both over TLS."""
    served = await aiohttp_server(create_app(world), ssl=tls)
    authorizing = await aiohttp_server(oauth_app(world), ssl=tls)
    world.address = str(served.make_url("")).rstrip("/")
    world.oauth_address = str(authorizing.make_url("")).rstrip("/")
    for name, path in (
        ("_OAUTH_TOKEN_URL", "oauth/token/"),
        ("_APP_INFO_URL", "rest/app.info/"),
    ):
        monkeypatch.setattr(BitrixOAuthRequester, name, f"{world.oauth_address}/{path}")
    return served


@pytest.fixture
def application(world, account, subscriber) -> Application:
    made = applications.register(
        world,
        title="ticket24",
        kind="market",
        handler_url="https://app.example.com/app",
        install_url="https://app.example.com/install",
        event_url=subscriber.url,
        scopes=SCOPES,
    )
    world.outgoing.clear()
    return applications.add(world, ADMIN, made.client_id)


@pytest.fixture
def sdk_app(application):
    return BitrixApp(
        client_id=application.client_id, client_secret=application.client_secret
    )


def frame(world, application, by=ADMIN) -> OAuthPlacementData:
    """What the SDK reads from what the account's page posts into the frame."""
    _, query, form = applications.frame_fields(world, by, application.client_id)
    return OAuthPlacementData.from_dict({**query, **form})


@pytest.fixture
def token(world, application, sdk_app):
    return BitrixToken.from_oauth_placement_data(
        oauth_placement_data=frame(world, application), bitrix_app=sdk_app
    )


async def call(function, *args, **options):
    """Run the blocking SDK beside the servers."""
    return await asyncio.to_thread(function, *args, **options)


async def test_sdk_reads_and_verifies_a_frame(world, application, sdk_app):
    """The SDK reads the frame's form and finds it genuine by the server's app.info."""
    data = frame(world, application)

    info = await call(data.get_app_info, sdk_app)

    assert data.validate_against_app_info(info)
    assert application.client_id == info.client_id
    assert f"{world.address}/rest/" == info.install.client_endpoint
    assert ADMIN == info.user_id


async def test_sdk_calls_as_the_viewer(world, application, sdk_app):
    """With a viewer's token the SDK acts with that person's rights."""
    applications.finish_install(world, ADMIN, application.client_id)
    token = BitrixToken.from_oauth_placement_data(
        oauth_placement_data=frame(world, application, STAFF), bitrix_app=sdk_app
    )

    profile = (await call(token.call_method, "profile"))["result"]

    assert (str(STAFF), False) == (profile["ID"], profile["ADMIN"])


async def test_sdk_renews_an_expired_token(world, token):
    """An expired token is renewed by the SDK and the call succeeds."""
    old = token.oauth_token
    applications.expire(world)

    answer = await call(token.call_method, "user.get", {"ID": STAFF})

    assert str(STAFF) == answer["result"][0]["ID"]
    assert old.access_token != token.auth_token
    assert old.refresh_token != token.refresh_token
    assert world.tokens[token.auth_token].user_id == ADMIN


async def test_used_refresh_token_is_no_good(world, token):
    """Renewing a second time with the same refresh token is refused."""
    await call(token.refresh_oauth_token)

    with pytest.raises(BitrixOAuthInvalidGrant):
        await call(token.refresh_oauth_token)


async def test_wrong_secret_is_no_good(token):
    """The SDK gets the same answer to a wrong secret as from the real server."""
    token.bitrix_app.client_secret = "wrong"

    with pytest.raises(BitrixOAuthInvalidClient):
        await call(token.refresh_oauth_token)


async def test_sdk_binds_and_installs(world, account, application, token, subscriber):
    """The SDK binds events and places, and reads ONAPPINSTALL with its tokens."""
    client = Client(token)
    bind = client.event.bind(event="ONTASKADD", handler="https://app.example.com/e")
    place = client.placement.bind(
        placement="CRM_CONTACT_DETAIL_TAB", handler="https://app.example.com/tab"
    )
    assert await call(lambda: bind.result)
    assert await call(lambda: place.result)

    applications.finish_install(world, ADMIN, application.client_id)
    await account.app[SENDER].idle()
    event = OAuthEventData.from_dict(subscriber.events[0])
    info = await call(event.get_app_info, token.bitrix_app)

    assert ["ONAPPINSTALL"] == [event["event"] for event in subscriber.events]
    assert application.application_token == event.auth.application_token
    # The SDK's own comparison of addresses forgets that one may have a port.
    assert world.member_id == event.auth.member_id == info.install.member_id
    assert ADMIN == event.auth.user_id == info.user_id
    assert ["CRM_CONTACT_DETAIL_TAB"] == [
        row.placement for row in application.placements
    ]


async def test_sdk_is_shown_the_door(world, application, token):
    """After the application is deleted its tokens are refused at once."""
    applications.remove(world, ADMIN, application.client_id, clean=True)

    with pytest.raises(BitrixAPIApplicationNotFound):
        await call(token.call_method, "profile")
    with pytest.raises(BitrixOAuthInvalidClient):
        await call(token.refresh_oauth_token)
