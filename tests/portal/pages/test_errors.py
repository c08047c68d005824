"""What customers read when something is wrong."""

import asyncio
import io

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from ticket24.embedded import EmbeddedRedis
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.web.app import create_app


async def test_an_unknown_portal(site, browser):
    """A mistyped name of a portal gets a plain page that says so, and leads on."""
    answer = await browser.get("/p/nobody/login")

    assert 404 == answer.status
    assert "Page not found" in answer.page
    assert 'href="/"' in answer.page
    assert "Acme" not in answer.page


async def test_an_unknown_page_looks_like_the_portal(site, browser):
    """A mistyped page has the company's frame and leads back."""
    answer = await browser.get("no/such/page")

    assert 404 == answer.status
    assert "Acme Support" in answer.page
    assert 'href="/p/acme/"' in answer.page


async def test_strange_names_of_portals(site, browser):
    """Anything else in place of the portal's name is simply not there."""
    for slug in ("%00", "a" * 2_000, "..%2f", "%F0%9F%92%A9", "*"):
        assert 404 == (await browser.get(f"/p/{slug}/login")).status
    for path in ("/p", "/p/", "/p//", "/p//login"):
        assert 404 == (await browser.get(path, allow_redirects=True)).status


async def test_without_redis_we_are_back_soon(tmp_path, portal_settings):
    """While Redis is away every page says so, with a 503 and when to try again."""
    with EmbeddedRedis(tmp_path) as own:
        ours = {"redis_url": SecretStr(own.url)}
        server = TestServer(create_app(portal_settings.model_copy(update=ours)))
        await server.start_server()
    async with server, ClientSession() as http:
        for path in ("login", "", "tickets/51", "logo/ab"):
            async with http.get(server.make_url(f"/p/acme/{path}")) as answer:
                assert 503 == answer.status
                assert "30" == answer.headers["Retry-After"]
                assert "We’ll be right back" in await answer.text()
        async with http.get(server.make_url("/p/acme/status.json")) as answer:
            assert (503, {"error": "service unavailable"}) == (
                answer.status,
                await answer.json(),
            )


async def test_a_bug_is_admitted(site, browser, monkeypatch):
    """What we did not foresee is a page as well, without the details."""

    async def broken(*_):
        raise KeyError("secret detail")

    monkeypatch.setattr(RedisSessions, "login", broken)
    browser.take("ticket24_session", "x")

    answer = await browser.get("login?email=%22%3E%3Cb%3E&next=x")

    assert 500 == answer.status
    assert 'href="/p/acme/login?email=%22%3E%3Cb%3E&amp;next=x"' in answer.page
    assert "Something went wrong on our end" in answer.page
    assert "secret detail" not in answer.page


async def test_too_much_at_once(site, browser):
    """A form beyond all measure is refused in words for people."""
    body = io.BytesIO(b"email=" + b"a" * 3_000_000)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    url = f"{site.base}/login"
    async with browser.http.post(url, data=body, headers=headers) as answer:
        assert 413 == answer.status
        assert "That’s too much at once" in await answer.text()


async def test_a_long_text_is_no_error_of_the_frame(site, browser):
    """What is too long for a field comes to its view, which can explain it."""
    await browser.get("login/link")

    answer = await browser.post("login/link", {"email": "ä" * 100_000 + "@x"})

    assert 422 == answer.status


async def test_wrong_methods(site, browser):
    """A method that a page does not know is refused."""
    url = f"{site.base}/login"
    async with browser.http.delete(url) as answer:
        assert 405 == answer.status


async def test_pages_are_small(site, browser):
    """Sign-in and error pages stay far below 30 kB."""
    pages = await asyncio.gather(browser.get("login"), browser.get("nothing"))

    assert all(len(answer.page.encode()) < 6_000 for answer in pages)
