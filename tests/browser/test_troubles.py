"""What people have typed outlives everything that goes wrong."""

import asyncio
import re

import pytest
import pytest_asyncio
from desk import Desk, until
from playwright.async_api import expect
from watching import hold_scripts, stop_clock

from ticket24.embedded import EmbeddedRedis
from ticket24.pace import Pace
from ticket24.store.sign_in.sessions import RedisSessions


@pytest.mark.parametrize("pace", [Pace(ticket_patience_seconds=1.0)])
async def test_bitrix24_may_come_back_later(portal, enter):
    """A page says that the ticket was received, and becomes the ticket by itself."""
    page = await enter("tickets/new")
    await page.get_by_label("Support", exact=True).check()
    await page.get_by_label("Subject").fill("In the dark")
    await page.get_by_label("Your message").fill("Hello?")
    await page.locator("#files").set_input_files(
        {"name": "lamp.txt", "mimeType": "text/plain", "buffer": b"Out"}
    )
    await expect(page.locator("input[name=upload]")).to_have_count(1)
    portal.world.faults.rest = "refuse"

    await page.get_by_role("button", name="Send").dblclick()
    await expect(page.locator("h1")).to_have_text("Received and on its way to our team")
    await expect(page.locator(".sent")).to_contain_text("lamp.txt")
    portal.world.faults.rest = ""

    await page.wait_for_url(re.compile(r"/tickets/\d+$"))
    await expect(page.locator("h1")).to_have_text("In the dark")
    made = [t for t in portal.world.tasks.values() if t.title == "In the dark"]
    assert [page.url] == [portal.portal(f"tickets/{task.id}") for task in made]


async def test_a_ticket_on_its_way_stays_as_it_was_sent(enter, faults):
    """What is typed into its form meanwhile would be in no ticket, and in no draft."""
    page, slow = await enter("tickets/new"), asyncio.Event()

    async def refuse(route):
        if route.request.method != "POST":
            return await route.continue_()
        await slow.wait()
        return await route.fulfill(status=503)

    await page.route("**/tickets/new", refuse)
    words = page.get_by_label("Your message")
    await page.get_by_label("Support", exact=True).check()
    await page.get_by_label("Subject").fill("Slowly")
    await words.fill("Hello?")
    await page.get_by_role("button", name="Send").click()
    await expect(words).not_to_be_editable()
    slow.set()

    await expect(words).to_be_editable()
    await expect(words).to_have_value("Hello?")
    await page.close()
    faults.forgive()


async def test_a_draft_waits_for_its_writer(portal, enter, open_page, sign_in, faults):
    """It survives a closed tab, an ended session and another computer."""
    page = await enter("tickets/new")
    await page.get_by_label("Subject").fill("Half a")
    await page.locator("#files").set_input_files(
        {"name": "half.txt", "mimeType": "text/plain", "buffer": b"Half a file"}
    )
    await expect(page.locator("input[name=upload]")).to_have_count(1)
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    await page.close()

    page = await open_page()
    await sign_in(page)
    await page.goto(portal.portal("tickets/new"))
    assert "Half a" == await page.get_by_label("Subject").input_value()
    await expect(page.locator(".upload-name")).to_have_text("half.txt")

    await page.get_by_label("Support", exact=True).check()
    await page.get_by_label("Subject").fill("Half a thought")
    await page.get_by_label("Your message").fill("Whole.")
    account = await portal.stores.accounts.by_slug("acme")
    sessions = RedisSessions(portal.stores.redis)
    await sessions.end_everywhere(account.id, [portal.customer()[0].id])
    await page.get_by_role("button", name="Send").click()
    await page.wait_for_url(re.compile("/login"))
    _, email, password = portal.customer()
    await page.get_by_label("Email").fill(email)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(re.compile("/tickets/new$"))

    assert "Half a thought" == await page.get_by_label("Subject").input_value()
    assert "Whole." == await page.get_by_label("Your message").input_value()
    await expect(page.locator(".upload-name")).to_have_text("half.txt")
    faults.forgive("401")


async def test_what_is_typed_before_the_scripts_come_is_kept(portal, enter):
    """On a slow line people write in the plain form: draft and file are kept too."""
    page = await enter()
    let_in = await hold_scripts(page)
    await page.get_by_role("link", name="New ticket").first.click()
    await page.get_by_label("Subject").fill("Early")
    await page.locator("#files").set_input_files(
        {"name": "early.txt", "mimeType": "text/plain", "buffer": b"Bird"}
    )

    let_in.set()

    await expect(page.locator(".upload-name")).to_have_text("early.txt")
    await expect(page.locator("input[name=upload]")).to_have_count(1)
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    await page.reload()
    assert "Early" == await page.get_by_label("Subject").input_value()
    await expect(page.locator(".upload-name")).to_have_text("early.txt")


async def test_a_hidden_tab_asks_rarely(enter):
    """Every five seconds where nobody may wait, once a minute while it is not seen."""
    page = await enter()
    refused = {"status": 304, "headers": {"Retry-After": "5"}}
    await page.route("**/status.json?wait=25", lambda route: route.fulfill(**refused))
    await stop_clock(page)
    await page.reload()  # A question of the page before has no answer.
    asked, answered = [], []
    for event, heard in (("request", asked), ("response", answered)):
        page.on(
            event,
            lambda it, heard=heard: (
                heard.append(it) if "status.json" in it.url else None
            ),
        )

    async def after(seconds):
        before = len(asked)
        for _ in range(seconds):
            await page.clock.run_for(1000)
            await until(lambda: len(asked) == len(answered))
        return len(asked) - before

    assert 4 <= await after(30) <= 9
    await page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    # One was to come already, unless the last answer met the page hidden.
    assert 1 >= await after(8)
    assert 0 == await after(48)
    assert 1 == await after(15)


@pytest_asyncio.fixture(loop_scope="session")
async def own_redis(tmp_path):
    with EmbeddedRedis(tmp_path / "own") as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def own_desk(own_redis, mailbox, tmp_path):
    async with Desk(own_redis.url, mailbox, tmp_path) as desk:
        yield desk


async def test_redis_may_come_back_later(
    own_redis, own_desk, open_page, axe, seen, faults
):
    """An open page says so and keeps what was typed; another one is honest."""
    desk = own_desk
    account = await desk.connect(events=False)
    contact, email, _ = desk.customer()
    cookie = await RedisSessions(desk.stores.redis).start(
        account.id, [contact.id], email, contact.full_name
    )
    page = await open_page()
    await page.context.add_cookies(
        [{"name": "ticket24_session", "value": cookie, "url": desk.portal()}]
    )
    task = next(t for t in desk.tickets() if contact.id in t.contact_ids)
    await page.goto(desk.portal(f"tickets/{task.id}"))
    await page.locator("#text").fill("half a thought")

    await asyncio.to_thread(own_redis.kill)
    await page.locator("#text").dispatch_event("input")
    trouble = page.locator("#trouble")
    await seen(page, trouble.get_by_text("The portal is briefly unavailable."))
    await expect(trouble).to_contain_text("keep trying. Your text is still here.")
    await expect(page.locator("#announcer")).to_have_text(await trouble.inner_text())
    said = page.locator("[data-say]")
    await expect(said).to_contain_text("We can’t save your draft right now")
    await page.get_by_role("button", name="Send reply").click()
    card = page.locator("#outgoing > li")
    await expect(card).to_contain_text("We’ll be right back. Try again in a minute.")
    await expect(said).to_contain_text("Not sent. We’ll be right back")
    other = await page.context.new_page()
    answer = await other.goto(desk.portal())
    assert 503 == answer.status
    assert "We’ll be right back" == await other.locator("h1").inner_text()
    assert [] == await axe(other)
    await asyncio.to_thread(own_redis.start)

    async def gone():
        await page.evaluate("document.dispatchEvent(new Event('ticket24:look'))")
        await page.evaluate("dispatchEvent(new Event('online'))")
        return await trouble.is_hidden()

    await until(gone)
    reply = page.locator("#talk .ours.waiting")
    await expect(reply).to_contain_text("half a thought")
    faults.forgive("503")
