"""Signing in: the address first, then a password or a link."""

import re

import pytest
from plainbrowser import PlainBrowser

EMAIL, PASSWORD = "ada@example.com", "correct horse"
NEXT = "?next=/p/acme/tickets/85%3Fa%3Db"


@pytest.fixture
async def ada(site):
    return await site.customer(7, EMAIL, PASSWORD)


def seen(page):
    """Return the names of the fields that people see."""
    main = re.sub(r'<div class="unseen".*?</div>', "", page, flags=re.DOTALL)
    return re.findall(r'<input id="(\w+)"', main)


async def test_an_address_is_asked_for_first(site, ada):
    """Then the password; the address and the target are carried along."""
    async with PlainBrowser() as browser:
        first = await browser.open(f"{site.base}/login{NEXT}")
        then = await browser.send(first, first.form("/login").fill(email=EMAIL))
        form = then.form("/login")
        inside = await browser.send(then, form.fill(password=PASSWORD))

    assert (["email"], ["email", "password"]) == (seen(first.html), seen(then.html))
    assert ("email", EMAIL, "text") in form.fields
    assert inside.url.endswith("/p/acme/tickets/85?a=b")


async def test_the_link_goes_to_the_address_that_was_typed(site, ada):
    """One press asks for it, also where the address was corrected meanwhile."""
    async with PlainBrowser() as browser:
        first = await browser.open(f"{site.base}/login{NEXT}")
        then = await browser.send(first, first.form("/login").fill(email="ad@ex.am"))
        form = then.form("/login").fill(email=EMAIL)
        sent = await browser.send(then, form, "Email me a sign-in link")

    assert f"If we have an account for {EMAIL}, we’ve sent it a link." in sent.words


async def test_a_password_manager_fills_both_at_once(site, ada):
    """The first page has a field for the password, which only programs see."""
    async with PlainBrowser() as browser:
        page = await browser.open(f"{site.base}/login")
        form = page.form("/login").fill(email=EMAIL, password=PASSWORD)
        inside = await browser.send(page, form)

    for field in ('autocomplete="username"', 'autocomplete="current-password"'):
        assert field in page.html
    assert f"{site.base}/" == inside.url


async def test_a_password_that_was_filled_in_wrongly_is_asked_for(site, ada):
    """The page says so, and shows the field."""
    async with PlainBrowser() as browser:
        page = await browser.open(f"{site.base}/login")
        form = page.form("/login").fill(email=EMAIL, password="of before")
        then = await browser.send(page, form)

    assert (422, ["email", "password"]) == (then.status, seen(then.html))
    assert "The email address or password isn’t right." in then.words


async def test_what_is_no_address_goes_no_further(site, browser):
    """The first page says so, keeps what was typed, and asks for no password."""
    await browser.get("login")
    for email, words in (
        ("", "Enter your email address"),
        ("ada", "We can’t send to “ada”. Check the email address."),
        ("a@b\u202ec.de", "We can’t send to “a@b[U+202E]c.de”."),
    ):
        sent = {"first": "1", "email": email, "password": ""}
        answer = await browser.post("login", sent)

        assert (422, ["email"]) == (answer.status, seen(answer.page))
        assert words in answer.page
        assert "Enter your password" not in answer.page


async def test_the_first_page_does_not_tell_who_is_known(site, browser, ada):
    """Known and unknown addresses read the same, and no try is counted."""
    pages = []
    for email in (EMAIL, "nob@example.com"):
        await browser.get("login")
        answer = await browser.post("login", {"first": "1", "email": email})
        token = r'name="csrf_token" value="\w+"'
        pages.append(re.sub(token, "", answer.page).replace(email[:3], "WHO"))

    assert pages[0] == pages[1]
    assert [] == await site.redis.keys("*:passwords:*")


async def test_an_older_first_page_is_shown_anew(site, browser):
    """One that is older than its sitting keeps the address, and asks no more."""
    await browser.get("login")
    browser.http.cookie_jar.clear()

    answer = await browser.post("login", {"first": "1", "email": EMAIL})

    assert (403, ["email"]) == (answer.status, seen(answer.page))
    assert f'value="{EMAIL}"' in answer.page


async def test_it_says_which_ticket_one_came_for(site, browser):
    """Its number stands in the address: whether there is such a ticket is not said."""
    for wanted, number in (
        ("/p/acme/tickets/85", "85"),
        ("/p/acme/tickets/85?at=m-3#m-3", "85"),
        ("/p/acme/tickets/85/files/a7", "85"),
        ("/p/acme/tickets/999999999", "999999999"),
        ("/p/acme/tickets/85x", ""),
        ("/p/acme/tickets/1234567890", ""),
        ("/p/acme/tickets/٨٥", ""),
        ("/p/acme/tickets/new", ""),
        ("/p/other/tickets/85", ""),
        ("//evil.example/p/acme/tickets/85", ""),
        ("", ""),
    ):
        for path in ("login", "login/link"):
            url = site.server.make_url(f"/p/acme/{path}").with_query(next=wanted)
            async with browser.http.get(url) as answer:
                page = await answer.text()

            found = re.search(r"to see ticket #(\d+)", page)
            assert number == (found[1] if found else ""), wanted
