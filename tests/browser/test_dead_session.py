"""An open page says so if its session has ended, or its ticket is gone."""

import asyncio
from functools import partial

import pytest_asyncio
from desk import until
from examples import NOON, ticket
from playwright.async_api import expect
from showroom import Showroom

from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.tickets.model import TicketRef
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.store.tickets.due import ClaimedRef

ANNA = 43
FILE = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"}


@pytest_asyncio.fixture(loop_scope="session")
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        await room.keep(ticket(ref=TicketRef(room.account.id, 51)))
        yield room


async def signed_in(room, page):
    cookie = {"name": "ticket24_session", "value": await room.cookie(ANNA)}
    await page.context.add_cookies([cookie | {"url": room.address()}])


async def answer(status, route):
    """Answer like a proxy whose server is not running."""
    await route.fulfill(status=status)


async def later(page, seen):
    """Let two seconds go by, and look."""
    await page.clock.run_for(2_000)
    return await seen()


async def look(page):
    """Have the page ask now, as it does every five seconds."""
    await page.evaluate("document.dispatchEvent(new Event('ticket24:look'))")


async def test_an_upload_after_the_session_ended(room, open_page, faults):
    """It says to sign in again; after that, elsewhere, trying again is enough."""
    page = await open_page()
    await signed_in(room, page)
    await page.goto(room.address("tickets/new"))
    await RedisSessions(room.redis).end_everywhere(room.account.id, [ANNA])

    await page.locator("#files").set_input_files(FILE)
    trouble = page.locator(".upload-trouble")
    await expect(trouble).to_contain_text("uploaded. You’ve been signed out.")
    await page.get_by_label("Subject").fill("Half a thought")
    state = page.locator("[data-state]")
    await expect(state).to_contain_text("You’ve been signed out.")

    await signed_in(room, page)  # In another tab.
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("input[name=upload]")).to_have_count(1)
    await page.get_by_label("Subject").fill("A thought")
    await expect(state).to_have_text("Draft saved")
    faults.forgive()  # The browser counts each refusal.


async def test_send_waits_for_a_server(room, open_page, faults):
    """Behind a proxy's own refusal the words would be lost: they stay on the page."""
    page = await open_page()
    await signed_in(room, page)
    await page.goto(room.address("tickets/51"))
    state, text = page.locator("#outgoing > li"), page.locator("#text")
    for status, words in (
        (413, "too much"),
        (200, "You’re offline"),
        (429, "Too many"),
    ):
        await page.route("**/replies", partial(answer, status))
        await text.fill(f"Kept from {status}")
        await page.get_by_role("button", name="Send reply").click()

        await expect(state).to_contain_text(words)
        async with page.expect_event("dialog") as asked:
            back = page.get_by_text("Your tickets", exact=True)
            leaving = asyncio.create_task(back.click())
        await (await asked.value).dismiss()
        await leaving
        await state.get_by_role("button", name="Edit").click()
        await expect(text).to_have_value(f"Kept from {status}")
        await page.unroute("**/replies")

    await page.get_by_role("button", name="Send reply").click()
    await expect(page.locator("#talk .ours.waiting")).to_contain_text("Kept from 429")
    await expect(text).to_have_value("")

    words = ("Printer", "It burns")
    account = room.account.id
    command = OpenTicket("c" * 32, account, ANNA, "Anna", NOON, 7, *words, (), (), ())
    await room.commands.put(command)
    await page.clock.install()
    await page.goto(room.address(f"received/{command.id}"))
    trouble = page.locator("[data-trouble]")
    await page.route("**/received/*", partial(answer, 503))
    await until(partial(later, page, trouble.is_visible))
    await expect(trouble).to_contain_text(
        "briefly unavailable. Your message is safe with us"
    )
    await page.set_viewport_size({"width": 320, "height": 640})
    assert (await trouble.bounding_box())["x"] > 0
    await page.unroute("**/received/*")
    await until(partial(later, page, trouble.is_hidden))
    faults.forgive()  # The browser counts each refusal.


async def test_another_tab_sends_the_draft_and_the_ticket_goes(room, open_page):
    """A draft sent elsewhere is no draft here; a ticket that is gone is announced."""
    page = await open_page()
    await signed_in(room, page)
    await page.goto(room.address("tickets/51"))
    await page.locator("#text").fill("Still burning")
    await expect(page.locator("[data-state]")).to_have_text("Draft saved")
    other = await page.context.new_page()
    await other.goto(room.address("tickets/51"))
    await expect(other.get_by_text("This is your draft")).to_be_visible()

    await page.get_by_role("button", name="Send reply").click()
    await expect(page.locator("#talk .ours.waiting")).to_have_count(1)
    await look(other)

    await expect(other.locator(".ours.waiting")).to_have_count(1)
    await expect(other.locator("#text")).to_have_value("")
    await expect(other.get_by_text("This is your draft")).to_have_count(0)

    await page.close()  # It would ask for the ticket that goes.
    await other.locator("#text").fill("And it spreads")
    ref = TicketRef(room.account.id, 51)
    (kept,) = await room.tickets.get_all([ref])
    gone = ClaimedRef(ref, "0")
    await room.tickets.drop(ref, kept.revision, gone, None, before=kept.ticket)
    await look(other)

    said = other.locator("#trouble")
    await expect(said).to_contain_text("This ticket was moved or deleted")
    await other.get_by_role("button", name="Send reply").click()
    card = other.locator("#outgoing > li")
    await expect(card).to_contain_text("Not sent")
    await expect(card).to_contain_text("This ticket was moved or deleted")
    await expect(card).to_contain_text("And it spreads")
