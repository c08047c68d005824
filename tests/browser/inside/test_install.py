"""The installer in a frame: with the page around it, and with one that is silent."""

import html
import re

import pytest_asyncio
from desk import CLIENT_ID, until
from framed import frame_in, press
from playwright.async_api import expect

from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.applications import frame_address, frame_fields
from ticket24.staff.parts import STAFF

ADMIN = 1

# A page around the frame that answers as it is told, and writes down what it hears.
HOST = """<!doctype html><html lang="en"><title>Host</title><body>
<iframe name="{name}" title="ticket24" width="900" height="600"></iframe>
<form method="post" target="{name}" action="{action}">{fields}</form>"""
LISTEN = """
globalThis.heard = [];
addEventListener("message", (event) => {
  const parts = event.data.split(":");
  const [callback, sid] = parts.slice(-2);
  heard.push(parts[0]);
  const answer = globalThis.answers?.[parts[0]];
  if (answer) event.source.postMessage(`${callback}:${JSON.stringify(answer)}`, "*");
});
"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(app_desk, open_page):
    """A browser of an administrator, after "Install"."""
    applications.add(app_desk.world, ADMIN, CLIENT_ID)
    page = await open_page()
    await page.context.add_cookies(
        [{"name": "sandbox_staff", "value": str(ADMIN), "url": app_desk.world.address}]
    )
    yield page
    await page.close()


def home(desk):
    return f"{desk.world.address}/staff/apps/{CLIENT_ID}/"


async def hosted(desk, page, answers=None):
    """Open the installer within a page of the account that answers just so."""
    url, query, form = frame_fields(desk.world, ADMIN, CLIENT_ID)
    name = f"{query['DOMAIN']}|{query['PROTOCOL']}|{query['APP_SID']}"
    fields = "".join(
        f'<input type="hidden" name="{field}" value="{html.escape(value)}">'
        for field, value in form.items()
    )
    action = html.escape(frame_address(url, query))
    text = HOST.format(name=name, action=action, fields=fields)
    # Any answer of the account that has no policy of its own.
    await page.goto(f"{desk.world.address}/rest/")
    await page.set_content(text)
    await page.evaluate(LISTEN)
    await page.evaluate("answers => { globalThis.answers = answers; }", answers or {})
    await page.evaluate("document.forms[0].submit()")
    frame = page.frame_locator("iframe")
    await expect(frame.get_by_role("heading", level=1)).to_be_visible()
    return frame


async def fill_in(frame):
    """Return the button to be pressed then; only the account's frames grow."""
    await frame.get_by_label("Name").fill("Ida Installer")
    await frame.get_by_label("Phone").fill("+49 30 1234567")
    await frame.get_by_label("Email").fill("ida@example.com")
    return frame.get_by_role("button", name="Save and continue")


async def test_an_administrator_installs_with_clicks(app_desk, page):
    """After the form the page around us finishes, and shows the settings."""
    await page.goto(home(app_desk))
    await press(await fill_in(page.frame_locator("iframe")))
    await page.wait_for_url(re.compile("install_finished=Y"))

    assert app_desk.world.applications[CLIENT_ID].installed
    settings = page.frame_locator("iframe").get_by_role("heading", name="Settings")
    await expect(settings.first).to_be_visible()
    account = await app_desk.stores.accounts.by_member(app_desk.world.member_id)
    assert "Ida Installer" == account.person.name


async def test_faults_are_focused_and_keep_what_was_typed(app_desk, page, axe):
    """The summary is read out, its links lead to the fields; nothing is lost."""
    await page.goto(home(app_desk))
    frame = page.frame_locator("iframe")
    await frame.get_by_label("Name").fill("")
    await frame.get_by_label("Phone").fill("soon")
    await press(frame.get_by_role("button", name="Save and continue"))

    await expect(frame.get_by_role("alert")).to_be_focused()
    await press(frame.get_by_role("link", name="Enter a name"))
    await expect(frame.get_by_label("Name")).to_be_focused()
    await expect(frame.get_by_label("Phone")).to_have_value("soon")
    assert [] == await axe(await frame_in(page))


async def test_a_page_around_us_that_is_silent_is_not_waited_for(
    app_desk, page, faults
):
    """After five seconds a sentence says what to do, and the settings can be opened."""
    await page.clock.install()
    frame = await hosted(app_desk, page)
    await (await fill_in(frame)).click()
    await until(lambda: asked(page, "getInitData"))
    await page.clock.fast_forward("00:05")

    words = frame.get_by_text("Bitrix24 isn’t responding.")
    await expect(words).to_be_visible()
    assert "setInstallFinish" not in await page.evaluate("heard")
    await frame.get_by_role("button", name="Go to the settings").click()
    await expect(frame.get_by_role("heading", name="Settings").first).to_be_visible()
    await page.close()  # Nothing is said about it any more.
    # Our own clock is a script in every frame, and the preview of mails allows none.
    faults[:] = [
        one for one in faults if "script execution in 'about:blank'" not in one
    ]


async def test_only_an_installation_is_finished(app_desk, page):
    """Outside install mode the page around us is not told that it has ended."""
    frame = await hosted(app_desk, page, {"getInitData": {"INSTALL": False}})
    await (await fill_in(frame)).click()
    await until(lambda: asked(page, "getInitData"))

    await expect(frame.get_by_text("Next, the settings")).to_be_visible()
    await expect(frame.get_by_text("Bitrix24 is finishing")).to_be_hidden()
    assert "setInstallFinish" not in await page.evaluate("heard")


async def test_an_installation_is_finished_once(app_desk, page):
    """In install mode it is, and only then."""
    answers = {"getInitData": {"INSTALL": True}, "setInstallFinish": {}}
    frame = await hosted(app_desk, page, answers)
    await (await fill_in(frame)).click()
    await until(lambda: asked(page, "setInstallFinish"))

    heard = await page.evaluate("heard")
    assert 1 == heard.count("setInstallFinish")
    assert heard.index("getInitData") < heard.index("setInstallFinish")


async def test_the_frame_is_as_high_as_its_page(app_desk, page):
    """Nothing has to be scrolled inside the frame, in neither direction."""
    for width in (1280, 320):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto(home(app_desk))
        frame = await frame_in(page)
        await page.frame_locator("iframe").get_by_label("Name").wait_for()

        async def fits(frame=frame):
            return await frame.evaluate(
                """() => innerHeight >= document.getElementById("main").offsetHeight
                  && document.documentElement.scrollWidth <= innerWidth"""
            )

        await until(fits)


async def test_a_page_left_open_for_hours_goes_on(app_desk, page):
    """The page around us gets a new token, and the visit continues with it."""
    await page.clock.install()
    await page.goto(home(app_desk))
    frame = page.frame_locator("iframe")
    await expect(frame.get_by_label("Name")).to_be_visible()
    await frame_in(page)  # Its scripts have run: the clock is theirs too.
    token = await frame.locator("body").get_attribute("data-token")
    visits = app_desk.web.app[STAFF].stores.visits
    before = await visits.get(token)
    await page.clock.fast_forward("41:00")

    async def renewed():
        return (await visits.get(token)).auth != before.auth

    await until(renewed)


async def asked(page, command):
    return command in await page.evaluate("heard")
