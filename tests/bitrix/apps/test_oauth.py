"""The authorization server: its answers, good and odd, and what nobody may see."""

import asyncio
import logging
import time
import traceback
from datetime import UTC, datetime
from math import inf

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from ticket24.bitrix.apps.oauth import AuthServer, DeadGrant, Grant, Identity
from ticket24.bitrix.rest.errors import (
    AccountClosed,
    BitrixBroken,
    BitrixError,
    NotReached,
    Temporary,
    TooManyRequests,
)
from ticket24.pace import Pace

ID, SECRET = "app.66f2a1b0c3d4e5.12345678", "s3cret-of-the-application"
ACCESS, REFRESH = "access-0123456789", "refresh-0123456789"
MEMBER = "a223c6b3710f85df22e9377d6c4f7553"
ENDPOINT = "https://acme.bitrix24.com/rest/"
GRANT = {
    "access_token": "new-access",
    "client_endpoint": ENDPOINT,
    "domain": "oauth.bitrix.info",
    "expires": 1_780_319_382,
    "expires_in": 3600,
    "member_id": MEMBER,
    "refresh_token": "new-refresh",
    "scope": "crm,entity,im,task",
    "server_endpoint": "https://oauth.bitrix.info/rest/",
    "status": "F",
    "user_id": 67,
}
INSTALL = {
    "installed": True,
    "version": 1,
    "status": "L",
    "scope": "crm,task,im",
    "domain": "acme.bitrix24.com",
    "uri": "https://acme.bitrix24.com",
    "client_endpoint": ENDPOINT,
    "member_id": MEMBER,
    "member_type": "bitrix24",
}
INFO = {
    "client_id": ID,
    "scope": "crm,task",
    "expires": "2026-11-21T13:00:00+00:00",
    "install": INSTALL,
    "user_id": 1,
}


class FakeServer:
    """Answers what it is told to and keeps what it was asked."""

    def __init__(self):
        self.seen = []
        self.answer = (GRANT, 200)

    async def handle(self, request):
        self.seen.append((request.method, request.path_qs, dict(await request.post())))
        if callable(self.answer):
            return await self.answer(request)
        body, status = self.answer
        if isinstance(body, str):
            return web.Response(text=body, status=status, content_type="text/html")
        return web.json_response(body, status=status)


@pytest.fixture
def fake():
    return FakeServer()


@pytest.fixture
async def server(fake, aiohttp_server, pace):
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fake.handle)
    address = str((await aiohttp_server(app)).make_url("")).rstrip("/")
    async with aiohttp.ClientSession() as session:
        yield AuthServer(session, f"{address}/", ID, SECRET, pace)


async def test_a_refresh_asks_as_documented(fake, server):
    """One POST brings the new pair; no address names the secret."""
    before = time.time()
    grant = await server.refresh(REFRESH)

    asked = {
        "grant_type": "refresh_token",
        "client_id": ID,
        "client_secret": SECRET,
        "refresh_token": REFRESH,
    }
    assert [("POST", "/oauth/token/", asked)] == fake.seen
    assert 3600 <= grant.expires_at - before < 3660
    assert grant == Grant(
        "new-access", "new-refresh", grant.expires_at, MEMBER, ENDPOINT
    )


async def test_app_info_tells_whose_a_token_is(fake, server):
    """Application, account and user, with the token's own scopes."""
    fake.answer = ({"result": INFO}, 200)

    identity = await server.app_info(ACCESS)

    assert [("POST", "/rest/app.info/", {"auth": ACCESS})] == fake.seen
    assert identity == Identity(
        *(ID, MEMBER, "acme.bitrix24.com", ENDPOINT, 1, ("crm", "task")),
        installed=True,
        expires_at=datetime(2026, 11, 21, 13, tzinfo=UTC).timestamp(),
    )


@pytest.mark.parametrize(
    ("change", "expires_in"),
    [
        ({"expires_in": "120"}, 120),
        ({"expires_in": None, "expires": None}, 3600),
        ({"expires": None}, 3600),
    ],
)
async def test_numbers_may_be_text_or_missing(fake, server, change, expires_in):
    """A remaining lifetime counts more than an instant of another clock."""
    fake.answer = ({**GRANT, **change}, 200)
    began = time.time()

    grant = await server.refresh(REFRESH)

    assert began + expires_in <= grant.expires_at <= time.time() + expires_in


async def test_an_instant_counts_where_there_is_no_lifetime(fake, server):
    """It is the best that is known."""
    fake.answer = ({**GRANT, "expires_in": None, "expires": "4000000000"}, 200)

    assert 4e9 == (await server.refresh(REFRESH)).expires_at


async def test_a_grant_without_a_user_is_a_grant(fake, server):
    """Older answers lack the user, but the caller knows whose token it was."""
    fake.answer = ({k: v for k, v in GRANT.items() if k != "user_id"}, 200)

    assert "new-access" == (await server.refresh(REFRESH)).access_token


async def test_success_does_not_depend_on_the_status(fake, server):
    """A pair is a pair, whatever the status says."""
    fake.answer = (GRANT, 400)

    assert "new-access" == (await server.refresh(REFRESH)).access_token


@pytest.mark.parametrize(
    ("code", "status", "kind", "words"),
    [
        ("invalid_grant", 400, DeadGrant, "open ticket24 in Bitrix24 once"),
        ("invalid_grant", 200, DeadGrant, ""),
        ("INVALID_GRANT", 400, DeadGrant, ""),
        ("authorization_error", 401, DeadGrant, ""),
        ("wrong_client", 200, AccountClosed, "client id and secret do not fit"),
        ("invalid_client", 400, AccountClosed, "not installed"),
        ("NOT_INSTALLED", 401, AccountClosed, "not installed"),
        ("NO_AUTH_FOUND", 401, AccountClosed, "does not know this access"),
        ("PAYMENT_REQUIRED", 401, AccountClosed, "paid or trial time"),
        ("PORTAL_DELETED", 410, AccountClosed, "deleted or closed"),
        ("insufficient_scope", 403, AccountClosed, "permission"),
        ("invalid_request", 400, AccountClosed, "does not let us in"),
        ("ACCESS_DENIED", 403, AccountClosed, "does not let us in"),
        ("SOMETHING_NEW", 418, AccountClosed, "does not let us in"),
        ("CONNECTION_ERROR", 401, BitrixBroken, ""),
        ("INTERNAL_SERVER_ERROR", 500, BitrixBroken, ""),
        ("QUERY_LIMIT_EXCEEDED", 503, TooManyRequests, ""),
    ],
)
async def test_a_refusal_is_named_by_its_code(fake, server, code, status, kind, words):
    """Only a used-up token is dead; what a person can put right closes the account."""
    fake.answer = ({"error": code}, status)

    with pytest.raises(BitrixError) as caught:
        await server.refresh(REFRESH)

    assert (kind, True) == (type(caught.value), words in str(caught.value))


@pytest.mark.parametrize(
    "answer",
    [
        ("<html><h1>502 Bad Gateway</h1></html>", 502),
        ("<html>Maintenance</html>", 200),
        ("", 200),
        ({}, 200),
        ([], 200),
        ({"access_token": ""}, 200),
        ({"access_token": "x"}, 200),
        ({"access_token": "x", "refresh_token": "y", "expires_in": {}}, 200),
        ({**GRANT, "expires_in": "soon"}, 200),
        ({"result": None}, 500),
    ],
)
async def test_half_an_answer_is_temporary(fake, server, answer):
    """Pages, emptiness and grants that lack something: try again later."""
    fake.answer = answer

    for ask in (server.refresh, server.app_info):
        with pytest.raises(Temporary):
            await ask(REFRESH)


@pytest.mark.parametrize(
    "result",
    [
        [],
        "x",
        {"client_id": ID},
        {**INFO, "install": []},
        {**INFO, "install": None},
        {**INFO, "install": {**INSTALL, "installed": []}},
        {**INFO, "user_id": None},
        {**INFO, "user_id": inf},
        {k: v for k, v in INFO.items() if k != "client_id"},
    ],
)
async def test_an_odd_identity_is_no_identity(fake, server, result):
    """Nothing is believed of an answer that lacks something."""
    fake.answer = ({"result": result}, 200)

    with pytest.raises(BitrixBroken):
        await server.app_info(ACCESS)


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        *((True, True), (False, False), (1, True), ("Y", True), ("N", False)),
        *((None, False), ("true", True), ("1", True), (0, False)),
    ],
)
async def test_installed_in_any_spelling(fake, server, installed, expected):
    """Whatever way PHP says yes."""
    install = {**INSTALL, "installed": installed}
    fake.answer = ({"result": {**INFO, "install": install}}, 200)

    assert expected is (await server.app_info(ACCESS)).installed


@pytest.mark.parametrize("status", [302, 307])
async def test_a_redirect_is_not_followed(fake, server, aiohttp_server, status):
    """Our secret goes to the configured server and to no other."""
    stranger = FakeServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stranger.handle)
    elsewhere = str((await aiohttp_server(app)).make_url("/oauth/token/"))

    async def redirect(request):
        location = str(URL(elsewhere).with_query(await request.post()))
        return web.Response(status=status, headers={"Location": location})

    fake.answer = redirect

    with pytest.raises(BitrixBroken):
        await server.refresh(REFRESH)
    assert [] == stranger.seen


async def echo(request):
    """Repeat everything in an error, as a careless front end might."""
    form = await request.post()
    told = f"{dict(form)} {form.get('client_secret')}"
    return web.json_response({"error": told, "error_description": told}, status=400)


async def drop(request):
    request.transport.abort()
    return web.Response()


async def cut(request):
    response = web.StreamResponse(headers={"Content-Length": "100000"})
    await response.prepare(request)
    await response.write(b"{}")
    request.transport.abort()
    return response


@pytest.mark.parametrize("answer", [echo, drop, cut, ("<html>", 502)])
async def test_no_error_and_no_log_shows_a_secret(fake, server, caplog, answer):
    """Whatever a server says, it is never repeated."""
    caplog.set_level(logging.DEBUG)
    fake.answer = answer

    for ask in (server.refresh, server.app_info):
        with pytest.raises(BitrixError) as caught:
            await ask(REFRESH)
        error = caught.value
        shown = "".join(traceback.format_exception(error)) + str(vars(error))
        shown += f"{error!r} {error.__context__!r} {error.__cause__!r}"
        assert (False, False) == (SECRET in shown, REFRESH in shown)

    ours = [record for record in caplog.records if "access" not in record.name]
    assert not [r for r in ours if SECRET in r.getMessage()]


async def test_reprs_show_no_secret(fake, server):
    """Neither the server's repr nor a grant's shows a secret."""
    shown = f"{server!r} {await server.refresh(REFRESH)!r}"

    for secret in (SECRET, "new-access", "new-refresh"):
        assert secret not in shown
    assert MEMBER in shown


async def test_no_server_is_not_reached():
    """If there is no connection, the words name the server and nothing else."""
    async with aiohttp.ClientSession() as session:
        server = AuthServer(session, "http://127.0.0.1:1", ID, SECRET)
        with pytest.raises(NotReached) as caught:
            await server.refresh(REFRESH)

    text = "The authorization server http://127.0.0.1:1 cannot be reached"
    assert text == str(caught.value)


@pytest.mark.parametrize("pace", [Pace(oauth_timeout_seconds=0.1)])
async def test_a_server_that_hangs_is_given_up(fake, server):
    """Before anybody else's turn to renew begins."""

    async def stall(request):
        await asyncio.sleep(600)
        return web.Response()

    fake.answer = stall

    with pytest.raises(BitrixBroken):
        await server.refresh(REFRESH)
