"""What is typed into several parts of a ticket's page, with scripts."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest_asyncio
from examples import ticket
from playwright.async_api import expect
from showroom import SETTINGS, Showroom

from ticket24.domain.commands.model import MoveTicket, PostReply, RateTicket
from ticket24.domain.settings.model import Ratings
from ticket24.domain.tickets.model import Status, TicketRef

ANNA = 43
PHONE = {"width": 390, "height": 800}


@pytest_asyncio.fixture(loop_scope="session")
async def room(redis, redis_url):
    asks = replace(SETTINGS, ratings=Ratings(ask=True))
    async with Showroom(redis, redis_url, settings=asks) as room:
        ref, now = TicketRef(room.account.id, 51), datetime.now(UTC)
        await room.keep(ticket(ref=ref, status=Status.COMPLETED, changed_at=now))
        yield room


async def commands(room):
    waiting = await room.commands.waiting(room.account.id, [ANNA])
    return [one.command for one in waiting]


async def test_each_part_is_sent_by_its_own_button_and_keeps_the_others(
    room, open_page, faults
):
    """Offline nothing goes and nothing is lost; a language sends nothing at all."""
    page = await open_page(viewport=PHONE)
    cookie = {"name": "ticket24_session", "value": await room.cookie(ANNA)}
    await page.context.add_cookies([cookie | {"url": room.address()}])
    await page.goto(room.address("tickets/51"))
    reply, words = page.locator("#text"), page.locator("#rating-text")
    added = page.locator("#copy-in")
    await reply.fill("It still burns")
    await words.fill("Quick")
    await page.locator("#facts > summary").click()
    await page.get_by_text("Copy someone in").click()
    await added.fill("eve@example.org")

    await page.context.set_offline(True)
    await page.get_by_role("button", name="Good").click()
    await expect(page.locator("#f-rating [role=alert]")).to_contain_text("offline")
    await page.context.set_offline(False)
    faults.forgive("ERR_INTERNET_DISCONNECTED")
    await page.locator(".menu > summary").click()
    await page.locator(".menu").get_by_text("Deutsch").click()
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await page.wait_for_load_state()  # Its scripts have run.
    assert [] == await commands(room)

    await expect(words).to_have_value("Quick")
    await page.get_by_role("button", name="Gut", exact=True).click()
    await expect(page.locator("#rated")).to_be_visible()
    await page.wait_for_load_state()  # Without a script Enter adds nobody.
    await expect(reply).to_have_value("It still burns")
    await expect(added).to_have_value("eve@example.org")
    await added.press("Enter")
    await expect(page.locator("#followers")).to_contain_text("eve@example.org")
    await expect(reply).to_have_value("It still burns")
    await expect(added).to_have_value("")
    await page.locator("[data-send]").click()
    await expect(page.locator("#talk .ours.waiting")).to_have_count(1)

    rated, said = await commands(room)
    assert isinstance(rated, RateTicket)
    assert ("good", "Quick") == (rated.rating.value, rated.text)
    assert isinstance(said, PostReply)
    assert "It still burns" == said.text


async def test_without_a_script_enter_reopens_and_sends(room, open_page):
    """On the box that reopens; in the address in copy Enter sends nothing."""
    page = await open_page(viewport=PHONE, java_script_enabled=False)
    cookie = {"name": "ticket24_session", "value": await room.cookie(ANNA)}
    await page.context.add_cookies([cookie | {"url": room.address()}])
    await page.goto(room.address("tickets/51"))
    await page.locator("#text").fill("It still burns")
    await page.locator("#facts > summary").click()
    await page.get_by_text("Copy someone in").click()
    added = page.locator("#copy-in")
    await added.fill("eve@example.org")
    await added.press("Enter")
    await added.press_sequentially("dora@example.org")
    box = page.get_by_label("Reopen the ticket")
    await box.check()
    assert [] == await commands(room)
    async with page.expect_navigation():
        await box.press("Enter")

    said, moved = await commands(room)
    assert (PostReply, "It still burns") == (type(said), said.text)
    assert (MoveTicket, "open") == (type(moved), moved.to)
    await expect(added).to_have_value("eve@example.org\ndora@example.org")
    await page.locator(".copy-in button").click()
    for one in ("eve@example.org", "dora@example.org"):
        await expect(page.locator("#followers")).to_contain_text(one)
