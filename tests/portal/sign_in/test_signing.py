"""Signing in and out."""

import asyncio
import re
from urllib.parse import quote

import pytest

from ticket24.store.customers.attempts import RedisAttempts
from ticket24.store.sign_in.links import RedisLinks

EMAIL, PASSWORD = "ada@example.com", "correct horse"


@pytest.fixture
async def ada(site):
    return await site.customer(7, EMAIL, PASSWORD)


async def sign_in(browser, **fields):
    await browser.get("login")
    return await browser.post(
        "login", {"email": EMAIL, "password": PASSWORD, "next": ""} | fields
    )


async def test_the_right_password_signs_in(site, browser, ada):
    """The right password leads to the tickets, with a session."""
    answer = await sign_in(browser)

    assert (303, "/p/acme/") == (answer.status, answer.headers["Location"])
    login = await site.sessions.login(
        site.account.id, browser.cookie("ticket24_session")
    )
    assert ((7,), EMAIL) == (login.contact_ids, login.email)


@pytest.mark.parametrize(
    "typed",
    ["\ufeffada@example.com", "a\u200bda@example.com\u2060", "\u2068ADA@example.com"],
)
async def test_what_nobody_sees_in_an_address_does_no_harm(site, browser, ada, typed):
    """An address copied with it signs in, and is asked about as it was meant."""
    assert 303 == (await sign_in(browser, email=typed)).status

    await browser.get("login/link")
    page = (await browser.post("login/link", {"email": typed})).page
    assert "ada@example.com" in page.lower()
    assert not {"\ufeff", "\u200b", "\u2060", "\u2068"} & set(page)


@pytest.mark.parametrize(
    "typed",
    [
        *("Ada <ada@example.com>", "mailto:Ada@example.com", "<ada@example.com>."),
        *("ada@example.com (Ada)", "ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ"),  # noqa: RUF001  IME.
    ],
)
async def test_an_address_may_be_pasted_with_what_is_around_it(
    site, browser, ada, typed
):
    """Mail programs copy the name or the scheme along."""
    assert 303 == (await sign_in(browser, email=typed)).status


async def test_no_link_is_promised_to_what_is_no_address(browser, site):
    """What is wrong with it is shown, also what nobody sees."""
    await browser.get("login/link")

    answer = await browser.post("login/link", {"email": "ad\u202ea@example.com"})

    assert 422 == answer.status
    told = "We can’t send to “ad[U+202E]a@example.com”. Check the email address."
    assert told in answer.page


async def test_a_password_is_not_blamed_for_what_is_no_address(browser, site):
    """If nobody can have such an address, the form says so, and shows why."""
    answer = await sign_in(browser, email="ada@exam\u200cple.com")

    assert 422 == answer.status
    told = "We can’t send to “ada@exam[U+200C]ple.com”. Check the email address."
    assert 2 == answer.page.count(told)
    assert "password isn’t right" not in answer.page


async def test_the_session_cookie_is_closed_to_scripts_and_other_portals(
    site, browser, ada
):
    """The cookie is HttpOnly, SameSite=Lax, and of this portal's path alone."""
    morsel = (await sign_in(browser)).cookies["ticket24_session"]

    assert (True, "Lax", "/p/acme/") == (
        morsel["httponly"],
        morsel["samesite"],
        morsel["path"],
    )
    assert "domain" in morsel
    assert "" == morsel["domain"]


async def test_every_sign_in_is_a_new_session(site, browser, ada):
    """The session's name changes with each sign-in, and the one before has ended."""
    before = await site.sign_in(browser, 7)
    browser.token = re.search(
        r'csrf_token" value="(\w+)"', (await browser.get("logout")).page
    )[1]

    await browser.post("login", {"email": EMAIL, "password": PASSWORD})

    assert before != browser.cookie("ticket24_session")
    assert await site.sessions.login(site.account.id, before) is None


async def test_a_wrong_password_says_one_sentence_at_the_form(site, browser, ada):
    """The address is not lost, and the sentence does not say whether it is known."""
    await browser.get("login")
    wrong, unknown = await asyncio.gather(
        browser.post("login", {"email": EMAIL, "password": "wrong"}),
        browser.post("login", {"email": "nobody@example.com", "password": PASSWORD}),
    )

    assert (422, 422) == (wrong.status, unknown.status)
    sentence = "The email address or password isn’t right."
    assert wrong.page.count(sentence) == unknown.page.count(sentence) == 2
    assert '<a href="#email">' in wrong.page
    assert f'value="{EMAIL}"' in wrong.page
    assert "wrong" not in wrong.page.split("<main")[1].replace("password", "")
    assert "<title>Error: Sign in" in wrong.page


async def test_empty_fields_are_named(site, browser):
    """A form with empty fields names them, with links to them."""
    answer = await sign_in(browser, email=" ", password="")

    assert 422 == answer.status
    for name, words in (("email", "email address"), ("password", "password")):
        assert f'<a href="#{name}">Enter your {words}</a>' in answer.page
        assert f'aria-describedby="{name}-error"' in answer.page


async def test_too_many_tries_have_to_wait(site, browser, ada):
    """The page says for how many minutes, and offers a link in the same sentence."""
    attempts = RedisAttempts(site.redis)
    while not await attempts.password(site.account.id, EMAIL, "127.0.0.1"):
        pass

    answer = await sign_in(browser)

    assert 429 == answer.status
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    link = f'<a href="/p/acme/login/link?email={quote(EMAIL)}">get a sign-in link'
    assert re.search(rf"Please wait \d+ minutes?, or {re.escape(link)}", answer.page)
    assert f'value="{EMAIL}"' in answer.page


ASTRAY = (
    "https://evil.example/",
    "//evil.example/p/acme/",
    "/\\evil.example",
    "/p/acme/\\..\\..\\evil",
    "/p/acme/../other/",
    "/p/acme/%2e%2e/other/",
    "/p/acme/%5cevil",
    "/p/other/",
    "/p/acmeX/",
    "javascript:alert(1)",
    "/p/acme/\r\nSet-Cookie: a=b",
    "/p/acme/%0d%0aSet-Cookie:%20a=b",
    "\t//evil.example",
    "http:///p/acme/",
    "/p/acme/" + "a" * 3_000,
)


async def test_nobody_is_led_astray(site, browser):
    """After signing in one goes on in this portal, whatever the address says."""
    await site.sign_in(browser, 7)
    for wanted in ASTRAY:
        answer = await browser.http.get(
            site.server.make_url("/p/acme/login"),
            params={"next": wanted},
            allow_redirects=False,
        )

        assert (303, "/p/acme/") == (answer.status, answer.headers["Location"]), wanted


@pytest.mark.parametrize("path", ["login", "login/link"])
async def test_forms_lead_nobody_astray_either(site, browser, ada, path):
    """Neither the password form nor a link's mail leads to another site."""
    await browser.get(path)
    answer = await browser.post(
        path, {"email": EMAIL, "password": PASSWORD, "next": "//evil.example"}
    )
    if path == "login/link":
        token = await RedisLinks(site.redis).make(site.account.id, EMAIL, [7])
        answer = await browser.post(f"login/link/{token}")

    assert (303, "/p/acme/") == (answer.status, answer.headers["Location"])


async def test_the_portals_address_works_without_its_slash(site, browser):
    """`/p/acme` leads to `/p/acme/`, as people type it."""
    answer = await browser.get("/p/acme")

    assert (303, "/p/acme/") == (answer.status, answer.headers["Location"])


async def test_links_cannot_be_asked_for_without_end(site, browser):
    """An address that asks for very many links is told to wait."""
    attempts = RedisAttempts(site.redis)
    while not await attempts.link(site.account.id, "127.0.0.1"):
        pass
    await browser.get("login/link")

    answer = await browser.post("login/link", {"email": EMAIL})

    assert 429 == answer.status
    assert re.search(r"Please wait \d+ minutes? and try again", answer.page)


async def test_the_way_goes_on_where_it_began(site, browser, ada):
    """A customer who had to sign in first gets the page that was asked for."""
    sent_away = await browser.get("tickets/51?a=b%20c")
    form = await browser.get(sent_away.headers["Location"])
    wanted = re.search(r'name="next" value="([^"]*)"', form.page)[1]
    answer = await sign_in(browser, next=wanted)

    assert 303 == sent_away.status
    assert "/p/acme/tickets/51?a=b%20c" == answer.headers["Location"]


async def test_scripts_are_told_to_sign_in(site, browser):
    """A script without a session gets a 401 and no page."""
    answer = await browser.get("status.json")

    assert (401, '{"error": "sign in"}') == (answer.status, answer.page)


async def test_a_link_is_asked_for_without_telling_who_is_known(site, browser, ada):
    """Known and unknown addresses read the same words."""
    pages = []
    for email in (EMAIL, "nobody@example.com"):
        await browser.get("login/link")
        answer = await browser.post("login/link", {"email": email})
        assert 200 == answer.status
        page = answer.page.replace(quote(quote(email)), "ADDRESS")
        pages.append(page.replace(quote(email), "ADDRESS").replace(email, "ADDRESS"))

    assert pages[0] == pages[1]
    assert "If we have an account for ADDRESS, we’ve sent it a link." in pages[0]


async def test_a_link_without_an_address_is_refused(site, browser):
    """The field says what is missing."""
    await browser.get("login/link")
    answer = await browser.post("login/link", {"email": ""})

    assert 422 == answer.status
    assert '<a href="#email">Enter your email address</a>' in answer.page


async def test_looking_at_a_link_does_not_use_it_up(site, browser, ada):
    """Only the button signs in: programs that open links in mails do no harm."""
    token = await RedisLinks(site.redis).make(site.account.id, EMAIL, [7])
    for _ in range(2):
        looked = await browser.get(f"login/link/{token}")
    assert 200 == looked.status
    assert browser.cookie("ticket24_session") is None

    answer = await browser.post(f"login/link/{token}")

    assert (303, "/p/acme/") == (answer.status, answer.headers["Location"])
    assert 200 == (await browser.get("logout")).status


async def test_a_link_works_once(site, browser, ada):
    """A used link leads to a page that explains it, and offers a new one."""
    token = await RedisLinks(site.redis).make(site.account.id, EMAIL, [7])
    await browser.get(f"login/link/{token}")
    form = browser.token
    await browser.post(f"login/link/{token}")
    browser.http.cookie_jar.clear()
    await browser.get("login/link")

    again = await browser.post(f"login/link/{token}")
    looked = await browser.get(f"login/link/{token}")

    assert form
    for answer in (again, looked):
        assert 410 == answer.status
        assert "This link has been used or has expired" in answer.page
        assert 'action="/p/acme/login/link"' in answer.page
    assert browser.cookie("ticket24_session") is None


async def test_a_link_leads_on_too(site, browser, ada):
    """A link asked for on the way to a ticket leads to that ticket."""
    await browser.get("login/link?next=/p/acme/tickets/51")
    await browser.post("login/link", {"email": EMAIL, "next": "/p/acme/tickets/51"})
    token = await RedisLinks(site.redis).make(site.account.id, EMAIL, [7])
    await browser.get(f"login/link/{token}")
    answer = await browser.post(f"login/link/{token}")

    assert "/p/acme/tickets/51" == answer.headers["Location"]


async def test_signing_out_ends_the_session(site, browser):
    """After signing out the cookie is gone and its session means nothing."""
    cookie = await site.sign_in(browser, 7)

    answer = await browser.post("logout")

    assert 200 == answer.status
    assert "You’ve signed out" in answer.page
    assert browser.cookie("ticket24_session") is None
    assert await site.sessions.login(site.account.id, cookie) is None


@pytest.mark.parametrize("everywhere", [True, False])
async def test_signing_out_everywhere(site, browser, everywhere):
    """Other devices are signed out only if that was asked for."""
    other = await site.sessions.start(site.account.id, [7], EMAIL, "Ada")
    await site.sign_in(browser, 7)

    await browser.post("logout", {"everywhere": "1"} if everywhere else {})

    left = await site.sessions.login(site.account.id, other)
    assert everywhere == (left is None)


async def test_signing_out_twice_does_no_harm(site, browser):
    """The button of a page that is signed out already just says so."""
    await site.sign_in(browser, 7)
    form = browser.token
    await browser.post("logout")
    browser.token = form

    answer = await browser.post("logout")

    assert 200 == answer.status
    assert "You’ve signed out" in answer.page


async def test_to_look_at_the_sign_out_page_ends_nothing(site, browser):
    """GET only asks."""
    cookie = await site.sign_in(browser, 7)
    await browser.get("logout")

    assert await site.sessions.login(site.account.id, cookie) is not None


async def test_accounts_do_not_share_sessions(site, browser):
    """A session of one account is not valid in another."""
    cookie = await site.sessions.start("other-account", [7], EMAIL, "Ada")
    browser.take("ticket24_session", cookie)

    assert 303 == (await browser.get("")).status
