"""A real Chromium on a real web server.

The browser is started once, in the event loop of the session, and so everything
here runs in that loop.
"""

from contextlib import AsyncExitStack
from pathlib import Path

import axe_playwright_python
import pytest
import pytest_asyncio
from desk import FULL_SETTINGS, Desk
from mailbox_server import Mailbox
from playwright.async_api import async_playwright, expect
from watching import HURRY, SECONDS, T24, Faults, watch

from ticket24.pace import PACE
from ticket24.store.connection import connect

HERE = str(Path(__file__).parent)
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
# Everything that WCAG 2.2 asks for up to AA and axe can see. One rule of it does
# not run unless it is named.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "rules": {"target-size": {"enabled": True}},
    "preload": False,  # Else axe itself asks for stylesheets.
    "resultTypes": ["violations"],
}
# A colour that is still changing cannot be judged.
SETTLED = """async () => {
  const sheets = [...document.querySelectorAll("link[rel=stylesheet]")];
  const waiting = sheets.filter((link) => !link.sheet && !link.disabled);
  await Promise.all(waiting.map((link) => new Promise((done) => {
    link.addEventListener("load", done);
    link.addEventListener("error", done);
  })));
  const moving = document.getAnimations().filter(
    (one) => Number.isFinite(one.effect.getComputedTiming().endTime)
  );
  await Promise.allSettled(moving.map((one) => one.finished));
}"""
PROMISES = """
[[promises]]
priority = "High"
answer_hours = 4
[[promises]]
solve_hours = 40
[working_hours]
days = {{ mon = "0-24", tue = "0-24", wed = "0-24", thu = "0-24", fri = "0-24" }}
"""
expect.set_options(timeout=SECONDS * 1000)


def pytest_collection_modifyitems(items):
    """Run each test of this folder in the loop that the browser lives in."""
    for item in items:
        if str(item.path).startswith(HERE):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=T24["browser"]() or None, args=["--no-sandbox"]
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def redis(redis_url):
    client = connect(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def mailbox():
    async with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def pace():
    return PACE


@pytest_asyncio.fixture(loop_scope="session")
async def desk(redis, redis_url, mailbox, tmp_path, pace):
    async with Desk(redis_url, mailbox, tmp_path, pace=pace, sweep_seconds=60) as desk:
        yield desk


@pytest_asyncio.fixture(loop_scope="session")
async def app_desk(redis, redis_url, mailbox, tmp_path):
    """A desk whose account installs the application, or has it installed."""
    async with Desk(redis_url, mailbox, tmp_path, app=True, sweep_seconds=60) as desk:
        yield desk


@pytest.fixture
def faults():
    """What went wrong in the pages of a test; a test may forgive what it provoked."""
    found = Faults()
    yield found
    assert [] == found


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser, faults):
    """Open pages, each as another person's browser; options as playwright has them."""
    async with AsyncExitStack() as stack:

        async def open_page(**options):
            context = await browser.new_context(**options)
            stack.push_async_callback(context.close)
            context.set_default_timeout(SECONDS * 1000)
            page = await context.new_page()
            watch(page, faults)
            return page

        yield open_page


@pytest_asyncio.fixture(loop_scope="session")
async def portal_page(open_page, desk):
    """A page at the portal of a connected account, while a worker works."""
    await desk.connect()
    page = await open_page()
    async with desk.worker():
        await page.goto(desk.portal())
        yield page
        # No answer is on its way any more when the servers end.
        await page.close()


@pytest_asyncio.fixture(loop_scope="session")
async def portal(desk):
    """A desk whose portal asks for all, and promises some, while a worker works."""
    await desk.connect(settings=FULL_SETTINGS + PROMISES)
    async with desk.worker():
        yield desk


@pytest_asyncio.fixture(loop_scope="session")
async def enter(portal, open_page, sign_in):
    """Open the portal in another browser and sign in; its pages end before it does."""

    async def enter(path="", **options):
        page = await open_page(**options)
        await sign_in(page)
        if path:
            await page.goto(portal.portal(path))
        return page

    return enter


@pytest.fixture
def sign_in(desk):
    """Sign in on a page, as one of the sample's customers."""

    async def sign_in(page, name="Mehmet"):
        _, email, password = desk.customer(name)
        await page.goto(desk.portal("login"))
        await page.get_by_label("Email").fill(email)
        # Both at once, as password managers do.
        await page.get_by_label("Password").fill(password)
        await page.keyboard.press("Enter")
        await page.wait_for_url(lambda url: "/login" not in url)

    return sign_in


@pytest.fixture
def seen():
    """Wait for what appears by itself, but make the page ask all the time."""

    async def seen(page, wanted):
        await page.evaluate(HURRY)
        await expect(wanted).to_be_visible()

    return seen


async def settled(page):
    """Wait until a page or a frame looks as it will stay."""
    await page.wait_for_load_state()
    await page.evaluate(SETTLED)


@pytest.fixture
def axe():
    """Return what keeps people out of a page, as `rule: where`."""

    async def axe(page):
        await settled(page)
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(AXE)
        result = await page.evaluate("rules => axe.run(rules)", RULES)
        return [
            f"{violation['id']}: {' '.join(map(str, node['target']))}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]

    return axe
