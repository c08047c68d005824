"""Who gets to the staff pages, and as whom."""

import re

import pytest
from sandbox_staff import OLGA

from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.app import create_app
from bitrix24_sandbox.sample import INTEGRATION_USER

FORMS = [
    "tasks/79/comments",
    "tasks/79/start",
    "tasks/79/change",
    "tasks/79/migrate",
    "tasks/79/messages/chat/3100/edit",
    "tasks/79/messages/chat/3100/delete",
    "tasks/new",
    "contacts/43",
    "contacts/new",
    "companies/1/contacts",
    "faults",
    "acting",
    "language",
    "apps/new",
    "apps/local.1/install",
    "apps/local.1/delete",
    "apps/local.1/frame",
]


@pytest.mark.parametrize("path", FORMS)
async def test_post_without_token_is_refused(world, browser, path):
    """A form that no page of the sandbox handed out changes nothing."""
    form = {"text": "x", "title": "x", "name": "x", "user": "3", "csrf": "guessed"}

    answer = await browser.client.post(f"/staff/{path}", data=form)

    assert 403 == answer.status
    assert "This form did not come from a page of this sandbox" in await answer.text()
    assert [] == world.log


async def test_no_form_is_left_unguarded(browser):
    """The forms that the test above tries are all there are."""
    routes = [
        route
        for route in browser.client.app.router.routes()
        if route.method == "POST" and route.resource.canonical.startswith("/staff/")
    ]

    assert len(FORMS) == len(routes)


async def test_first_visitor_is_staff(browser):
    """A visitor who has not chosen acts as staff, not as the integration user."""
    page = await browser.open("/staff/")

    selected = re.search(r'<option value="(\d+)" selected>', page)
    assert selected
    assert str(INTEGRATION_USER) != selected[1]


async def test_chosen_staff_is_remembered(browser):
    """The chosen user remains the same on the next page."""
    await browser.act_as(OLGA)

    page = await browser.open("/staff/contacts")

    assert f'<option value="{OLGA}" selected>' in page


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/rest/1/x", ""]
)
async def test_choosing_staff_leads_nowhere_else(browser, back):
    """The form that chooses who one is leads only to staff pages."""
    form = {"csrf": await browser.token(), "user": str(OLGA), "back": back}

    answer = await browser.client.post(
        "/staff/acting", data=form, allow_redirects=False
    )

    assert "/staff/" == answer.headers["Location"]


@pytest.mark.parametrize("path", ["/", "/staff"])
async def test_front_door_leads_to_the_staff(browser, path):
    """A visitor who opens the sandbox's address gets the list of tasks."""
    answer = await browser.client.get(path)

    assert "/staff/" == answer.url.path
    assert "you are the staff" in await answer.text()


@pytest.mark.parametrize(
    "path", ["", "tasks/new", "tasks/79", "contacts", "contacts/43", "events", "apps"]
)
async def test_pages_ask_nobody_else(browser, path):
    """A page loads only what the sandbox serves, and its policy says so."""
    answer = await browser.client.get(f"/staff/{path}")
    parts = re.findall(r'(?:src|href|action)="([^"]*)"', await answer.text())

    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert [] == [part for part in parts if not part.startswith(("/staff/", "#", "?"))]
    for part in (part for part in parts if "/static/" in part):
        assert 200 == (await browser.client.get(part)).status


async def test_account_without_staff_says_so(aiohttp_client):
    """An empty account shows a sentence and no error."""
    client = await aiohttp_client(create_app(World()))

    answer = await client.get("/staff/")

    assert 409 == answer.status
    assert "This account has no active staff." in await answer.text()


@pytest.mark.parametrize("path", ["tasks/999999", "contacts/999999", "nowhere"])
async def test_what_is_not_there_is_not_found(browser, path):
    """An address without a page is answered with a page that says so."""
    page = await browser.open(f"/staff/{path}", status=404)

    assert "There is no" in page
