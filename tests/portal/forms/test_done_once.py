"""A deed whose answer was lost may be repeated, by the same sitting, for a minute."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from plainbrowser import PlainBrowser

from ticket24.store.sign_in.links import RedisLinks

EMAIL, PASSWORD = "ada@example.com", "correct horse"


@pytest.fixture
async def ada(site):
    return await site.customer(7, EMAIL, PASSWORD)


@asynccontextmanager
async def slow_line(site, seconds=0.5):
    """Pass everything on, answers late, as a slow line does."""

    async def pass_on(request):
        headers = {
            name: value
            for name, value in request.headers.items()
            if name in {"Cookie", "Content-Type", "Accept"}
        }
        async with http.request(
            request.method,
            site.server.make_url(str(request.rel_url)),
            headers=headers,
            data=await request.read(),
            allow_redirects=False,
        ) as answer:
            body = await answer.read()
            if request.method == "POST":
                await asyncio.sleep(seconds)
            late = web.Response(status=answer.status, body=body)
            for name in ("Content-Type", "Set-Cookie", "Location"):
                for value in answer.headers.getall(name, ()):
                    late.headers.add(name, value)
            return late

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", pass_on)
    async with ClientSession() as http, TestServer(app) as server:
        yield lambda path: str(server.make_url(f"/p/acme/{path}"))


async def double_click(browser, page, form):
    """Send a form twice; the browser gives the first answer up."""
    first = asyncio.create_task(browser.send(page, form))
    await asyncio.sleep(0.15)
    first.cancel()
    return await browser.send(page, form)


async def test_a_double_click_on_a_link_signs_in(site, ada):
    """On a slow line the second click is answered as the first would have been."""
    token = await RedisLinks(site.redis).make(site.account.id, EMAIL, [7])
    async with slow_line(site) as line, PlainBrowser() as browser:
        page = await browser.open(line(f"login/link/{token}"))

        shown = await double_click(browser, page, page.forms[0])

        assert (200, line("")) == (shown.status, shown.url)
        assert "Your tickets" in shown.words


async def test_a_link_opened_again_by_its_owner(site, ada):
    """Within the minute and after it, it leads to the tickets."""
    token = await RedisLinks(site.redis).make(site.account.id, EMAIL, [7])
    async with PlainBrowser() as browser:
        page = await browser.open(f"{site.base}/login/link/{token}")
        await browser.send(page, page.forms[0])
        shown = await browser.open(f"{site.base}/login/link/{token}")
        await site.redis.delete(*await site.redis.keys("*:link:*"))
        late = await browser.open(f"{site.base}/login/link/{token}")

        assert [f"{site.base}/"] * 2 == [shown.url, late.url]


async def test_a_repeated_link_lets_no_other_browser_in(site, ada):
    """The link does not sign in anybody who reads it later, or beside its owner."""
    token = await RedisLinks(site.redis).make(site.account.id, EMAIL, [7])
    async with PlainBrowser() as owner, PlainBrowser() as thief:
        page = await owner.open(f"{site.base}/login/link/{token}")
        theirs = await thief.open(f"{site.base}/login/link/{token}")
        await owner.send(page, page.forms[0])

        assert 410 == (await thief.send(theirs, theirs.forms[0])).status
        assert 410 == (await thief.open(f"{site.base}/login/link/{token}")).status
        assert 200 == (await owner.send(page, page.forms[0])).status


async def test_a_link_is_used_up_when_its_visit_signs_out(site, ada):
    """The next person at the same browser cannot go back into the session."""
    token = await RedisLinks(site.redis).make(site.account.id, EMAIL, [7])
    async with PlainBrowser() as browser:
        page = await browser.open(f"{site.base}/login/link/{token}")
        tickets = await browser.send(page, page.forms[0])
        await browser.send(tickets, tickets.form("/logout"), "Sign out")

        assert 410 == (await browser.open(f"{site.base}/login/link/{token}")).status
        again = await browser.send(page, page.forms[0])
        assert (403, True) == (again.status, "Your tickets" not in again.words)


async def test_a_link_is_used_up_after_a_minute(site, ada):
    """The sitting that used a link may repeat it for a minute, and no longer."""
    links = RedisLinks(site.redis)
    token = await links.make(site.account.id, EMAIL, [7])
    assert await links.use(site.account.id, token, "sitting")

    assert await links.use(site.account.id, token, "sitting")
    (key,) = await site.redis.keys("*:link:*")
    assert 0 < await site.redis.ttl(key) <= 60


async def test_a_double_click_of_somebody_signed_in(site, browser, ada):
    """A link that replaces another session may be clicked twice too."""
    await site.sign_in(browser, 8)
    token = await RedisLinks(site.redis).make(site.account.id, EMAIL, [7])
    old = browser.cookie("ticket24_session")
    await browser.get(f"login/link/{token}")
    form = browser.token
    await browser.post(f"login/link/{token}")
    browser.take("ticket24_session", old)  # The answer was lost, and its cookies.
    browser.token = form

    answer = await browser.post(f"login/link/{token}")

    assert (303, "/p/acme/") == (answer.status, answer.headers["Location"])
    login = await site.sessions.login(
        site.account.id, browser.cookie("ticket24_session")
    )
    assert (7,) == login.contact_ids


async def test_a_double_click_on_sign_in(site, ada):
    """The form with a password may be sent twice as well."""
    async with slow_line(site, 0.2) as line, PlainBrowser() as browser:
        page = await browser.open(line("login"))
        form = page.form("/login").fill(email=EMAIL, password=PASSWORD)

        shown = await double_click(browser, page, form)

        assert (200, line("")) == (shown.status, shown.url)


async def test_a_double_click_asks_for_one_link(site, browser, ada):
    """A customer who sends the form for a link twice gets one mail."""
    await browser.get("login/link")
    form = browser.token
    for _ in range(2):
        browser.token = form
        answer = await browser.post("login/link", {"email": EMAIL})
        assert "we’ve sent it a link" in answer.page

    assert 1 == len(await RedisLinks(site.redis).claim(site.account.id, 9))


async def test_signing_out_everywhere_twice_says_the_same(site, browser):
    """The second click reads what the first one did."""
    await site.sign_in(browser, 7)
    form, cookie = browser.token, browser.cookie("ticket24_session")
    first = await browser.post("logout", {"everywhere": "1"})
    browser.token = form
    browser.take("ticket24_session", cookie)

    again = await browser.post("logout", {"everywhere": "1"})

    for answer in (first, again):
        assert "On this and all other devices." in answer.page
