"""Pictures of a ticket in a browser: lost, found again, and kept for one person."""

import io

from desk import until
from PIL import Image
from playwright.async_api import expect

from bitrix24_sandbox.account import files, talk
from ticket24.domain.tickets.model import TicketRef

HOSTILE = "<img src=x onerror=alert(1)>.png"


async def picture(portal, task):
    """Let staff send a picture; return once its customer's page shows it."""
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(content, "PNG")
    file = files.add_file(portal.world, 2, HOSTILE, content.getvalue())
    talk.add_comment(portal.world, portal.staff(task), task.id, "Look", [file.id])
    account = await portal.stores.accounts.by_slug("acme")
    ref = TicketRef(account.id, task.id)

    async def known():
        got = await portal.stores.tickets.get(ref)
        return got and any(message.files for message in got.messages)

    await until(known)


async def test_a_lost_picture_comes_back_and_is_one_persons(
    portal, enter, sign_in, axe, faults
):
    """It is a card until it comes; nobody else gets it out of the browser's memory."""
    contact, _, _ = portal.customer()
    task = next(t for t in portal.tickets("chat") if contact.id in t.contact_ids)
    await picture(portal, task)
    page = await enter(color_scheme="dark")
    portal.world.faults.rest = "502"
    await page.goto(portal.portal(f"tickets/{task.id}"))

    await page.locator("img[data-size]").last.scroll_into_view_if_needed()
    card = page.get_by_role("link", name="onerror=alert(1)>.png")
    await expect(card).to_contain_text("Try again")
    await expect(card).to_contain_text("kB")
    assert [] == await axe(page)
    portal.world.faults.rest = ""
    await card.click()
    await expect(page.locator(".missing")).to_have_count(0)
    shown = page.locator("img[data-size]").last

    async def whole():
        return 40 == await shown.evaluate("picture => picture.naturalWidth")

    await until(whole)
    assert all("503" in fault for fault in faults)
    faults.clear()
    await shown.click()
    box = page.get_by_role("dialog", name="onerror=alert(1)>.png")
    await expect(box).to_be_visible()
    await expect(box.get_by_role("button", name="Close")).to_be_focused()
    assert [] == await axe(page)
    await page.keyboard.press("Escape")
    await expect(box).to_be_hidden()
    await expect(shown.locator("..")).to_be_focused()

    address = await shown.get_attribute("src")
    ask = "address => fetch(address, {cache: 'force-cache'}).then(got => got.status)"
    assert 200 == await page.evaluate(ask, address)
    await page.context.clear_cookies()
    await sign_in(page, "Zoë")
    assert 404 == await page.evaluate(ask, address)
    faults.clear()
