"""Other hosts of the company's domain plant cookies, and gain nothing."""

import hashlib
import time

import pytest
from aiohttp import ClientSession, DummyCookieJar
from aiohttp.test_utils import TestServer
from showroom import Showroom

from ticket24.store import keys
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.web.app import create_app

ANNA, EVE = 43, 66
NAME, BEFORE = "__Host-ticket24_session_acme", "ticket24_session"


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        yield room


@pytest.fixture
async def open_(room):
    """Open the sign-out page over https, with a Cookie header; return the answer."""
    settings = room.settings.model_copy(update={"public_url": "https://help.example"})
    async with (
        TestServer(create_app(settings)) as server,
        ClientSession(cookie_jar=DummyCookieJar()) as http,
    ):

        async def open_(cookie, path="logout"):
            url = server.make_url(f"/p/acme/{path}")
            headers = {"Cookie": cookie}
            async with http.get(url, headers=headers, allow_redirects=False) as answer:
                answer.page = await answer.text()
                return answer

        yield open_


def who(answer):
    return next((name for name in ("Anna", "Eve") if name in answer.page), None)


@pytest.fixture
async def anna(room):
    return await room.cookie(ANNA, name="Anna")


@pytest.fixture
async def eve(room):
    return await room.cookie(EVE, name="Eve")


async def old(room, cookie):
    """Make a session one that began before cookies were called __Host-."""
    (key,) = [
        key
        async for key in room.redis.scan_iter(keys.session(room.account.id, "*"))
        if key.decode().endswith(digest_of(cookie))
    ]
    await room.redis.hdel(key, "moved")
    return key


def digest_of(cookie):
    return hashlib.sha256(cookie.encode()).hexdigest()


PLANTED = [
    "{before}={eve}",
    "\u2000{name}={eve}",
    "\u00a0{name}={eve}",
    "__host-ticket24_session_acme={eve}",
    "__Host-ticket24_session={eve}",
    "__Host-ticket24_session_other={eve}",
    '$Version=1; x="{name}={eve}"',
    "x={name}={eve}",
]


async def test_nobody_works_in_a_planted_session(open_, anna, eve):
    """Whatever a sibling host can set, before ours or after it, signs nobody in."""
    own = f"{NAME}={anna}"
    for planted in PLANTED:
        alone = planted.format(name=NAME, before=BEFORE, eve=eve)
        before, after = f"{alone}; {own}", f"{own}; {alone}"

        assert [None, "Anna", "Anna"] == [
            who(await open_(cookie)) for cookie in (alone, before, after)
        ], planted


async def test_a_quotation_mark_hides_no_session(open_, anna):
    """Cookies around ours make no parser swallow it."""
    assert "Anna" == who(await open_(f'a="; {NAME}={anna}; b="'))


async def test_two_cookies_of_one_name_are_none(room, anna, eve):
    """Without https neither of two different cookies counts, and a page says so."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        for first, second in ((anna, eve), (eve, anna)):
            headers = {"Cookie": f"{BEFORE}={first}; {BEFORE}={second}"}
            async with http.get(room.address(), headers=headers) as answer:
                page = await answer.text()

            assert room.address("login?next=/p/acme/") == str(answer.url)
            assert "sent two different sign-in cookies" in page
        headers = {"Cookie": f"{BEFORE}={anna}; {BEFORE}={anna}"}
        async with http.get(room.address("logout"), headers=headers) as answer:
            assert "Anna" in await answer.text()


async def test_who_was_signed_in_before_the_update_stays_so(room, open_, anna, eve):
    """An earlier session gets the new name once; then the old one opens nothing."""
    key = await old(room, anna)

    first = await open_(f"{BEFORE}={anna}")
    morsel = first.cookies[NAME]
    at_once = await open_(f"{BEFORE}={anna}", "status.json")
    await room.redis.hset(key, "moved", int(time.time()) - 61)
    late = await open_(f"{BEFORE}={anna}")
    new = await open_(f"{NAME}={morsel.value}")

    assert ("Anna", 200, None, "Anna") == (
        *(who(first), at_once.status),
        *(who(late), who(new)),
    )
    assert (anna, True, True, "Lax", "/", "") == (
        *(morsel.value, morsel["secure"], morsel["httponly"]),
        *(morsel["samesite"], morsel["path"], morsel["domain"]),
    )
    assert ("", "/p/acme/") == (
        first.cookies[BEFORE].value,
        first.cookies[BEFORE]["path"],
    )


async def test_two_old_cookies_are_none(room, open_, anna, eve):
    """Two cookies of an earlier version are one too many, so neither counts."""
    await old(room, anna)
    await old(room, eve)

    assert None is who(await open_(f"{BEFORE}={eve}; {BEFORE}={anna}"))
    assert await RedisSessions(room.redis).login(room.account.id, anna)
