"""What browsers are told about the portal's answers."""

import re

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from ticket24.web.app import create_app

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "media-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.mark.parametrize(
    "path", ["login", "login/link", "", "tickets/51", "status.json", "nothing-here"]
)
async def test_every_answer_has_them(site, browser, path):
    """Pages, redirects, errors and JSON carry the same strict headers."""
    answer = await browser.get(path)

    headers = answer.headers
    assert set(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "private, no-store"


async def test_of_an_unknown_portal_too(site, browser):
    """The page that says that there is nothing is as strict."""
    answer = await browser.get("/p/nobody/login")

    assert 404 == answer.status
    assert "DENY" == answer.headers["X-Frame-Options"]


async def test_an_address_with_a_token_is_told_to_nobody(site, browser):
    """The page of a sign-in link sends no referrer at all."""
    answer = await browser.get("login/link/some-token")

    assert "no-referrer" == answer.headers["Referrer-Policy"]


async def test_nothing_is_written_into_the_page_itself(site, browser):
    """Pages have no scripts, styles or handlers within."""
    page = (await browser.get("login")).page

    assert "<style" not in page
    assert "style=" not in page
    assert "<script>" not in page
    assert re.search(r"<[^>]*\son\w+=", page) is None


@pytest.mark.parametrize("public_url", ["https://help.example.com", None])
async def test_https_is_promised_only_where_it_is_spoken(
    site, portal_settings, public_url
):
    """Behind https, cookies are Secure and browsers stay with https."""
    https = public_url is not None
    if https:
        portal_settings = portal_settings.model_copy(update={"public_url": public_url})
    async with TestServer(create_app(portal_settings)) as server, ClientSession() as h:
        answer = await h.get(server.make_url("/p/acme/login"))

    assert https == ("Strict-Transport-Security" in answer.headers)
    name = "__Host-ticket24_visit_acme" if https else "ticket24_visit"
    visit = answer.cookies[name]
    assert https == bool(visit["secure"])
    assert (True, "Lax", "/" if https else "/p/acme/") == (
        visit["httponly"],
        visit["samesite"],
        visit["path"],
    )


async def test_other_paths_meet_no_portal(site, browser):
    """Bitrix24's events and the operators' pages pass no middleware of the portal."""
    events = await browser.post("/bitrix24/events", {"event": "X"})
    live = await browser.get("/health/live")

    assert "Content-Security-Policy" not in events.headers
    assert "Content-Security-Policy" not in live.headers
    assert (400, 200) == (events.status, live.status)
