"""Addresses of pages as people type them and programs break them."""

import re

from aiohttp import ClientSession

OPTIONS = {"allow_redirects": False}

MEANT = {
    "/p/acme/login/": "/p/acme/login",
    "/p/acme//login": "/p/acme/login",
    "/p/acme/LOGIN": "/p/acme/login",
    "/p/ACME/login": "/p/acme/login",
    "/P/Acme/Login/": "/p/acme/login",
    "/P/ACME/": "/p/acme/",
    "/P/ACME": "/p/acme/",
    "/p/Acme": "/p/acme/",
    "/p/acme//": "/p/acme/",
    "/p/acme/tickets/": "/p/acme/tickets",
    "/p/acme/tickets/51/": "/p/acme/tickets/51",
    "/p/acme/tickets/51.": "/p/acme/tickets/51",
    "/p/acme/Tickets/51),": "/p/acme/tickets/51",
    "/p/acme/tickets/51%3E": "/p/acme/tickets/51",
    "/p/acme/tickets/51%C2%A0": "/p/acme/tickets/51",
    "/p/acme/tickets/51%E2%80%8B": "/p/acme/tickets/51",
    "/p/acme/tickets/51%20": "/p/acme/tickets/51",
    "/p/acme/tickets/New": "/p/acme/tickets/new",
    "/p/acme/tickets/?q=a%2Fb&show=all": "/p/acme/tickets?q=a%2Fb&show=all",
    "/p/acme/Status.JSON/": "/p/acme/status.json",
    "/p/acme/login/link/": "/p/acme/login/link",
    "/p/acme/Login/Link/AbC-x/": "/p/acme/login/link/AbC-x",
    "/p/acme.": "/p/acme/",
    "/P//ACME/": "/p/acme/",
    "/p//acme//login//": "/p/acme/login",
}

NOWHERE = [
    *("/p/acme/nowhere/", "/p/acme/nowhere", "/p/acme/tickets/fifty/"),
    *("/p/", "/P/", "/P//evil.example", "/p/%2F%2Fevil.example/"),
    *("/p/acme/tickets/0123456789/", "/p/nobody/tickets/51", "/P/nobody/nowhere"),
    *("/p/acme/tickets/51/..%2f..%2f/", "/p/evil.example/login/"),
    *("/p/acme/%0d%0aLocation:%20x/", "/p/acme%2fx/login/"),
    "/p/acme/" + "a/" * 3_000,
]


async def test_one_redirect_leads_to_the_page_that_was_meant(browser):
    """A slash, capitals, or the end of a sentence: tokens keep their letters."""
    for typed, meant in MEANT.items():
        answer = await browser.get(typed)

        assert (308, meant) == (answer.status, answer.headers.get("Location")), typed
        assert "no-store" in answer.headers["Cache-Control"]
        assert 308 != (await browser.get(meant)).status


async def test_what_is_no_page_leads_nowhere(browser):
    """Nothing is a redirect that does not end at a page of ours."""
    for typed in NOWHERE:
        answer = await browser.get(typed)

        assert "Location" not in answer.headers, typed
        assert 404 == answer.status, typed


async def test_no_redirect_leads_to_another_site(site):
    """Whatever the path contains, the target begins with our own folder."""
    locations = []
    async with ClientSession() as http:
        for typed in (
            "//evil.example/p/acme/login/",
            "/p//evil.example/",
            "/p/acme/\\x/",
            "/p///evil/",
        ):
            url = f"{site.server.make_url('/')}".rstrip("/") + typed
            async with http.get(url, **OPTIONS) as answer:
                locations.append(answer.headers.get("Location", "/p/"))

    assert all(re.match("/p/[^/]*", one) for one in locations), locations


async def test_what_is_posted_goes_along(site, browser):
    """A form sent to such an address is sent again to the right one, whole."""
    await site.customer(7, "ada@example.com", "correct horse")
    await browser.get("login")
    fields = {"email": "ada@example.com", "password": "correct horse"}

    answer = await browser.post("/p/ACME/Login/", fields)
    assert (308, "/p/acme/login") == (answer.status, answer.headers["Location"])
    answer = await browser.post("/p/acme/login/", fields, allow_redirects=True)

    assert 200 == answer.status
    assert browser.cookie("ticket24_session")


async def test_the_page_of_nobody_else_is_found_by_it(site, browser):
    """A ticket that is not one's own is not found, however it is written."""
    await site.sign_in(browser)

    answer = await browser.get("/p/Acme/tickets/51/", allow_redirects=True)

    assert 404 == answer.status
