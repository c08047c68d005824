"""Forms and scripts of our own pages inside Bitrix24, and what browsers are told."""

import re

import pytest_asyncio
from aiohttp import FormData, hdrs
from desk import CLIENT_ID
from framing import host_of

from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.applications import frame_fields
from ticket24.domain.accounts.visits import Visit
from ticket24.staff.parts import STAFF as STAFF_KEY

ADMIN, STAFF = 1, 3
AT_CONTACT = {"placement": "CRM_CONTACT_DETAIL_TAB", "options": {"ID": "43"}}
SAVE = "/bitrix24/app/settings"
PERSON = "/bitrix24/install/person"
RENEW = "/bitrix24/renew"
TAB = "/bitrix24/contact-tab"
AGAIN = "Please open this page again"


@pytest_asyncio.fixture(loop_scope="module")
async def account(app_desk):
    return await app_desk.install()


@pytest_asyncio.fixture(loop_scope="module")
async def settings(app_desk, account):
    return await app_desk.frame()


@pytest_asyncio.fixture(loop_scope="module")
async def tab(app_desk, account):
    return await app_desk.frame(by=STAFF, **AT_CONTACT)


async def person(desk, account):
    return (await desk.stores.accounts.get(account.id)).person.name


async def test_a_form_needs_a_visit(app_desk, account, settings):
    """No token, half a token and a made-up one change nothing."""
    for token in ("", "x", f"{account.id}.{'x' * 43}", settings.token + "x"):
        await settings.post(PERSON, {"csrf_token": token, "name": "Eve"})

        assert (401, AGAIN) == (settings.status, settings.title)
    assert "Ida Installer" == await person(app_desk, account)


async def test_a_visit_of_the_contact_tab_changes_no_settings(app_desk, account):
    """Not even an administrator's: each page has its own visit."""
    frame = await app_desk.frame(by=ADMIN, **AT_CONTACT)
    fields = {"csrf_token": frame.token, "name": "Eve"}
    for path in (PERSON, SAVE, "/bitrix24/app"):
        await frame.post(path, fields)
        assert (401, AGAIN) == (frame.status, frame.title)

    assert "Ida Installer" == await person(app_desk, account)


async def test_a_visit_of_the_settings_is_none_of_a_contact(settings):
    """The token of the settings opens no contact's tab."""
    fields = {"csrf_token": settings.token}
    for path in (f"{TAB}/tickets", f"{TAB}/password", TAB):
        await settings.post(path, fields)
        assert (401, AGAIN) == (settings.status, settings.title)


async def test_who_is_no_administrator_changes_no_settings(app_desk, account, tab):
    """Even with a visit to the settings' place: rights are asked at each form."""
    visits = app_desk.web.app[STAFF_KEY].stores.visits
    visit = await visits.open(
        Visit(
            account.id,
            STAFF,
            "Bo",
            admin=False,
            language="en",
            origin="https://x.example",
        )
    )
    await tab.post(PERSON, {"csrf_token": visit.token, "name": "Eve"})

    assert (403, "Only an administrator can do this") == (tab.status, tab.title)
    assert "Ida Installer" == await person(app_desk, account)


async def test_a_visit_is_of_one_account(app_desk, account, settings):
    """A token with another account's name in front is not a token."""
    other = await app_desk.neighbour()
    theirs = await app_desk.install(world=other)
    secret = settings.token.partition(".")[2]
    await settings.post(PERSON, {"csrf_token": f"{theirs.id}.{secret}", "name": "Eve"})

    assert 401 == settings.status
    assert "Ida Installer" == await person(app_desk, theirs)


async def test_a_page_of_ours_opens_another_one(settings):
    """The visit continues without a new post of Bitrix24."""
    token = settings.token
    await settings.post("/bitrix24/app", {"csrf_token": token})

    assert (200, token) == (settings.status, settings.token)


async def test_of_a_multipart_form_the_token_comes_first(app_desk, account, settings):
    """Files are not read for somebody who has no visit."""
    late, early = (
        FormData(default_to_multipart=True),
        FormData(default_to_multipart=True),
    )
    late.add_field("name", "Eve")
    late.add_field("csrf_token", settings.token)
    early.add_field("csrf_token", settings.token)
    early.add_field("name", "Eve")
    for name, value in (("phone", "+49 30 1234567"), ("email", "eve@example.com")):
        early.add_field(name, value)

    await settings.post(PERSON, late)
    assert (401, "Ida Installer") == (settings.status, await person(app_desk, account))
    await settings.post(PERSON, early)
    assert (200, "Eve") == (settings.status, await person(app_desk, account))


async def test_a_script_is_told_in_json(app_desk, settings):
    """What is wrong is one word with a status."""
    status, body = await settings.ask(RENEW, method="POST", token="x.y")

    assert (401, {"error": "reopen"}) == (status, body)


async def test_a_page_that_is_open_for_hours_goes_on(app_desk, account, settings):
    """A new token of the same user, confirmed by the authorization server, is taken."""
    token, _ = applications.issue(app_desk.world, CLIENT_ID, ADMIN)
    status, body = await settings.ask(
        RENEW, method="POST", data={"AUTH_ID": token.value, "AUTH_EXPIRES": "1800"}
    )

    assert (200, {"seconds": 1800}) == (status, body)
    visit = await app_desk.web.app[STAFF_KEY].stores.visits.get(settings.token)
    assert token.value == visit.auth


async def test_nobody_elses_token_renews_a_visit(app_desk, account, settings):
    """Another user's, another account's, another application's or none."""
    world, other = app_desk.world, await app_desk.neighbour()
    applications.add(other, ADMIN, CLIENT_ID)
    app_desk.register(world, client_id="app.another.1", client_secret="x" * 50)
    applications.add(world, ADMIN, "app.another.1")
    wrong = [
        applications.issue(world, CLIENT_ID, STAFF)[0].value,
        applications.issue(other, CLIENT_ID, ADMIN)[0].value,
        applications.issue(world, "app.another.1", ADMIN)[0].value,
        "f" * 70,
    ]
    visits = app_desk.web.app[STAFF_KEY].stores.visits
    before = await visits.get(settings.token)
    answers = [
        (await settings.ask(RENEW, method="POST", data={"AUTH_ID": token}))[0]
        for token in wrong
    ]
    status, body = await settings.ask(RENEW, method="POST", data={"AUTH_ID": "a b"})

    assert [403, 403, 403, 401] == answers
    assert (400, {"error": "reopen"}) == (status, body)
    assert before == await visits.get(settings.token)


async def test_forms_of_an_account_that_is_gone_end(app_desk, account, settings):
    """After it was uninstalled a page that is still open is refused."""
    await app_desk.stores.accounts.uninstall(account, keep_seconds=0)
    await settings.post(PERSON, {"csrf_token": settings.token, "name": "Eve"})

    assert (401, AGAIN) == (settings.status, settings.title)


async def test_only_the_account_may_frame_a_page(app_desk, account, settings, tab):
    """`frame-ancestors` names exactly the account's address, and nothing forbids it."""
    home = app_desk.world.home
    refused = await app_desk.frame(by=STAFF)
    again = await app_desk.frame()
    await again.post(PERSON, {"csrf_token": again.token, "name": ""})
    ended = await app_desk.frame()
    await ended.post(PERSON, {"csrf_token": f"{account.id}.x"})

    for frame in (settings, tab, refused, again, ended):
        policy = frame.headers["Content-Security-Policy"]
        assert [f"frame-ancestors {home}"] == [
            part.strip() for part in policy.split(";") if "ancestors" in part
        ]
        assert "X-Frame-Options" not in frame.headers


async def test_what_nobody_verified_is_framed_by_whom_it_names(app_desk, account):
    """A page that says only that something is wrong can be read where it was opened."""
    frame = await app_desk.frame(
        "/bitrix24/app", DOMAIN="evil.example:8443", AUTH_ID=""
    )

    policy = frame.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors http://evil.example:8443")
    assert "" == frame.token
    assert [] == frame.forms


async def test_a_page_without_an_address_is_framed_by_nobody(app_desk):
    """A door opened without saying where shows its page only outside of frames."""
    url = f"{app_desk.settings.public_url}/bitrix24/app"
    async with app_desk.http.get(url) as answer:
        policy = answer.headers["Content-Security-Policy"]

    assert policy.endswith("frame-ancestors 'none'")


async def test_every_answer_keeps_its_secrets(app_desk, settings, tab):
    """Nothing is cached, referred, sniffed or remembered by a cookie."""
    status, _ = await tab.ask(f"{TAB}/nothing")
    assert 404 == status
    for frame in (settings, tab):
        headers = frame.headers
        assert "no-store" == headers[hdrs.CACHE_CONTROL]
        assert "no-referrer" == headers["Referrer-Policy"]
        assert "nosniff" == headers["X-Content-Type-Options"]
        assert hdrs.SET_COOKIE not in headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy


async def test_stylesheets_and_scripts_are_kept_by_browsers(app_desk, settings):
    """Their addresses name their content; other names are nothing."""
    base = settings.url.partition("/bitrix24/")[0]
    found = re.findall(r'"(/bitrix24/static/[^"]+)"', settings.page)
    for path in found:
        async with app_desk.http.get(f"{base}{path}") as answer:
            assert 200 == answer.status
            assert "immutable" in answer.headers[hdrs.CACHE_CONTROL]
    async with app_desk.http.get(
        f"{base}/bitrix24/static/{'0' * 16}/..%2Fapp.py"
    ) as answer:
        assert 404 == answer.status
    assert found


async def test_events_come_in_beside_the_pages(app_desk, account):
    """The address of events needs no visit, and shows no page."""
    url = f"{app_desk.settings.public_url}/bitrix24/events"
    async with app_desk.http.post(url, data={"event": ""}) as answer:
        assert 400 == answer.status
        assert "This is not an event" in await answer.text()


async def test_a_header_is_what_was_verified(app_desk, account):
    """However DOMAIN is spelled, the page names the host that Bitrix24 confirmed."""
    url, query, form = frame_fields(app_desk.world, ADMIN, CLIENT_ID)
    app_desk.world.address = app_desk.world.address.replace("127.0.0.1", "localhost")
    host = host_of(app_desk.world.address).upper()
    frame = await app_desk.open_frame(url, query, form, DOMAIN=host)

    assert 200 == frame.status
    assert frame.headers["Content-Security-Policy"].endswith(
        f"frame-ancestors {app_desk.world.address}"
    )
