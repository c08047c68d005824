"""What people send is seen at once, is never lost, and arrives once."""

import asyncio
import re

import pytest_asyncio
from desk import until
from examples import ticket
from playwright.async_api import expect
from showroom import Showroom
from watching import stop_clock

from ticket24.domain.tickets.model import TicketRef
from ticket24.store.sign_in.sessions import RedisSessions

ANNA, BERT = 43, 44

# Notes what stands in a place, and when, from the press of a button on.
WATCH = """([place, button]) => {
  const line = document.querySelector(place);
  globalThis.seen = [];
  const note = () => seen.push([performance.now() - begun, line.textContent.trim()]);
  let begun = Infinity;
  document.querySelector(button).addEventListener(
    "click", () => { begun = performance.now(); }, true);
  new MutationObserver(note).observe(
    line, { childList: true, characterData: true, subtree: true });
}"""

# Counts in each frame how often words stand in the page.
COUNT = """words => {
  globalThis.counts = [];
  const look = () => {
    const all = [...document.querySelectorAll(".ours")];
    counts.push(all.filter((one) => one.textContent.includes(words)).length);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""

# Enter, as it confirms letters that somebody composes, in Chromium and in Safari.
CONFIRM = """field => {
  const enter = { key: "Enter", ctrlKey: true, bubbles: true };
  for (const composing of [{ isComposing: true }, { keyCode: 229 }]) {
    field.dispatchEvent(new KeyboardEvent("keydown", { ...enter, ...composing }));
  }
}"""
FULL = "() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }"


@pytest_asyncio.fixture(loop_scope="session")
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        await room.keep(ticket(ref=TicketRef(room.account.id, 51)))
        yield room


async def signed_in(room, page, who=ANNA):
    cookie = {"name": "ticket24_session", "value": await room.cookie(who)}
    await page.context.add_cookies([cookie | {"url": room.address()}])


@pytest_asyncio.fixture(loop_scope="session")
async def page(room, open_page):
    page = await open_page()
    await signed_in(room, page)
    await page.goto(room.address("tickets/51"))
    return page


async def sent(room):
    waiting = await room.commands.waiting(room.account.id, [ANNA])
    return [one.command.text for one in waiting]


def outgoing(page):
    return page.locator("#outgoing > li")


async def send(page, words):
    await page.locator("#text").fill(words)
    await page.get_by_role("button", name="Send reply").click()


async def test_a_reply_is_shown_before_it_is_taken(room, page):
    """It is seen as being sent, no answer needed, and can be followed by the next."""
    slow = asyncio.Event()

    async def wait(route):
        await slow.wait()
        await route.continue_()

    await page.route("**/replies", wait)
    await page.evaluate(WATCH, ["#outgoing", "[data-send]"])
    await send(page, "It burns")
    await expect(outgoing(page)).to_contain_text("Sending")
    seen = await page.evaluate("seen")
    assert "It burns" in seen[0][1]
    assert "text" == await page.evaluate("document.activeElement.id || 'text'")
    await expect(page.locator("#text")).to_have_value("")

    await page.locator("#text").fill("Brightly")
    await page.locator("#text").evaluate(CONFIRM)
    await page.locator("#text").press("Control+Enter")
    await expect(outgoing(page)).to_have_count(2)
    assert [] == await sent(room)
    slow.set()

    await expect(page.locator("#talk .ours.waiting")).to_have_count(2)
    await expect(outgoing(page)).to_have_count(0)
    assert ["It burns", "Brightly"] == await sent(room)


async def test_a_reply_is_never_seen_twice_nor_lost_from_sight(room, page, faults):
    """The page may bring it before the answer to its sending does, or the other way."""
    slow = asyncio.Event()

    async def wait(route):
        answer = await route.fetch()
        await slow.wait()
        await (route.abort() if lost else route.fulfill(response=answer))

    await page.route("**/replies", wait)
    for words in "It burns", "Brightly":
        lost = words == "Brightly"
        slow.clear()
        await page.evaluate(COUNT, words)
        await send(page, words)
        shown = page.locator("#talk .ours.waiting", has_text=words)
        await expect(shown).to_be_visible()
        slow.set()
        await expect(page.locator("[data-say]")).to_contain_text("Received")
        assert [0, 1] == await page.evaluate("[...new Set(counts)].sort()")
        await page.reload()
        await expect(page.locator(".ours", has_text=words)).to_have_count(1)
    await page.unroute("**/replies")

    # Without it the page is asked for, and another one comes in between. After a reload
    # no question waits for a change.
    await page.route("**/status.json*", lambda route: route.abort())
    await page.reload()
    await page.evaluate(COUNT, "At once")
    await send(page, "At once")
    await expect(page.locator("[data-say]")).to_contain_text("Received")
    await page.evaluate("document.getElementById('talk').append(new Comment())")
    await expect(outgoing(page)).to_have_count(1)
    await page.unroute("**/status.json*")
    await page.evaluate("document.dispatchEvent(new Event('ticket24:look'))")
    await expect(outgoing(page)).to_have_count(0)
    assert [0, 1] == await page.evaluate("[...new Set(counts)].sort()")
    assert ["It burns", "Brightly", "At once"] == await sent(room)
    faults.forgive()


async def test_without_a_line_a_reply_waits_for_it(room, page, faults):
    """It survives a reload, goes out by itself when the line is back, and only once."""
    await page.context.set_offline(True)
    await send(page, "It burns")
    await expect(outgoing(page)).to_contain_text("Not sent")
    await expect(outgoing(page)).to_contain_text("You’re offline.")
    said = page.locator("#reply [data-say]")
    await expect(said).to_contain_text("Not sent. You’re offline")
    await page.locator("#text").fill("And then")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.route("**/replies", lambda route: route.abort())
    await page.context.set_offline(False)
    await page.reload()
    await expect(outgoing(page)).to_contain_text("It burns")
    await expect(page.locator("#text")).to_have_value("And then")
    await page.unroute("**/replies")
    await page.evaluate("dispatchEvent(new Event('online'))")

    await expect(page.locator("#talk .ours.waiting")).to_contain_text("It burns")
    await expect(outgoing(page)).to_have_count(0)
    await page.reload()
    await expect(page.locator("#text")).to_have_value("And then")
    assert ["It burns"] == await sent(room)
    faults.forgive()


async def test_a_lost_answer_is_asked_for_again(room, page, faults):
    """Whatever answers in our server's place is no answer; the reply is there once."""
    strangers = [
        {"status": 200, "content_type": "text/html", "body": "<h1>Welcome</h1>"},
        {"status": 200, "content_type": "application/json", "body": '{"taken":"m-1"}'},
        {"status": 302, "headers": {"Location": room.address("login")}},
        {"status": 503, "body": "down", "headers": {"Retry-After": "1"}},
        {"status": 429, "body": "calm down"},
    ]
    answers = list(strangers)

    async def lose(route):
        if not (stranger := answers and answers[0]):
            return await route.continue_()
        await route.fetch(max_redirects=0)
        return await route.fulfill(**stranger)

    async def hotel(route):
        await route.fulfill(**strangers[0])

    await page.route("**/status.json*", hotel)
    async with page.expect_response(
        lambda answer: (
            "/status.json" in answer.url
            and answer.headers.get("content-type", "").startswith("text/html")
        )
    ):
        await page.evaluate("document.dispatchEvent(new Event('ticket24:look'))")
    await page.route("**/replies", lose)
    await page.evaluate(FULL)  # A tab that keeps nothing: the page does.
    await send(page, "It burns")
    # It also goes by itself, and is there when nobody is in its place any more.
    for _ in strangers[1:]:
        await expect(outgoing(page)).to_contain_text("Not sent")
        answers.pop(0)
        await outgoing(page).get_by_role("button", name="Try again").click()
    await expect(outgoing(page)).to_contain_text("Not sent")
    answers.clear()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await page.unroute("**/status.json*")
    await page.evaluate("document.dispatchEvent(new Event('ticket24:look'))")

    await expect(page.locator("#talk .ours.waiting")).to_have_count(1)
    await expect(outgoing(page)).to_have_count(0)
    assert ["It burns"] == await sent(room)
    faults.forgive()


async def test_a_session_that_ended_takes_no_words_along(room, page, faults):
    """A reply waits for its writer's next session; nobody else sends or reads it."""
    sessions = RedisSessions(room.redis)
    await sessions.end_everywhere(room.account.id, [ANNA])
    await send(page, "My secret")
    card = outgoing(page)
    await expect(card.get_by_role("link", name="Sign in again")).to_be_visible()
    assert "/tickets/51" in page.url

    other = await page.context.new_page()
    await signed_in(room, page)
    await other.close()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator("#talk .ours.waiting")).to_contain_text("My secret")
    assert ["My secret"] == await sent(room)

    await sessions.end_everywhere(room.account.id, [ANNA])
    await send(page, "My other secret")
    await expect(card).to_contain_text("Not sent")
    await room.keep(
        ticket(ref=TicketRef(room.account.id, 52), contact_ids=(BERT,), messages=())
    )
    page.on("dialog", lambda dialog: dialog.accept())
    await signed_in(room, page, BERT)
    await page.goto(room.address("tickets/52"))
    await expect(page.locator("#reply")).to_be_visible()
    assert "secret" not in await page.content()
    assert "secret" not in await page.evaluate("JSON.stringify(sessionStorage)")
    assert ["My secret"] == await sent(room)
    faults.forgive()


async def test_while_files_are_sent_the_line_says_so(room, page):
    """Percent and nothing else stand there; a file that is taken back stops it."""
    slow = asyncio.Event()
    await stop_clock(page)  # Else the draft may be kept before the button is pressed.

    async def wait(route):
        await slow.wait()
        await route.continue_()

    await page.route("**/uploads", wait)
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"}
    await page.locator("#files").set_input_files(file)
    await page.locator("#text").fill("See the file")
    await page.evaluate(WATCH, ["[data-state]", "[data-send]"])
    async with page.expect_response("**/drafts/51"):
        await page.get_by_role("button", name="Send reply").click()
        await page.clock.run_for(2_000)
    slow.set()
    await expect(page.locator("#talk .ours.waiting .files")).to_contain_text("a.txt")
    wrong = [
        words
        for at, words in await page.evaluate("seen")
        if at > 0 and words and not words.startswith("Waiting for your files")
    ]
    assert [] == wrong
    assert ["See the file"] == await sent(room)

    slow.clear()
    endless = {**file, "name": "ü" * 9_996 + ".png"}
    await page.locator("#files").set_input_files(endless)
    await expect(page.locator(".upload-name")).to_have_text("ü" * 95 + ".png")
    await page.locator(".upload-drop").click()
    await page.locator("#files").set_input_files(file)
    await page.locator("#text").fill("Without it")
    await page.get_by_role("button", name="Send reply").click()
    await expect(page.locator("[data-state]")).to_contain_text("Waiting for your files")
    await page.get_by_role("button", name="Remove “a.txt”").click()
    await expect(page.locator("[data-send]")).not_to_have_attribute(
        "aria-disabled", "true"
    )
    await expect(page.locator("#text")).to_have_value("Without it")
    slow.set()


async def test_a_file_outlives_a_page_that_was_not_kept(room, page, faults):
    """The tab has it as it has the words, and a draft's file keeps its size."""
    page.on("dialog", lambda dialog: dialog.accept())
    await page.route("**/drafts/51", lambda route: route.abort())
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"}
    await page.locator("#files").set_input_files(file)
    await expect(page.locator("#reply input[name=upload]")).to_have_count(1)
    await page.locator("#text").fill("See the file")
    await page.reload()
    row = page.locator(".uploads li")
    await expect(page.locator("#text")).to_have_value("See the file")
    await expect(row).to_contain_text("a.txt")
    await expect(row.locator(".upload-size")).to_have_text("1 kB")

    await page.unroute("**/drafts/51")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    await page.reload()
    await expect(row).to_have_count(1)
    await page.get_by_role("button", name="Discard draft").click()
    await expect(row).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(row.locator(".upload-size")).to_have_text("1 kB")
    await page.get_by_role("button", name="Send reply").click()
    await expect(page.locator("#talk .ours.waiting .files")).to_contain_text("a.txt")
    assert ["See the file"] == await sent(room)
    faults.forgive("ERR_FAILED")


async def test_what_is_refused_can_be_written_anew(room, page, faults):
    """Our server's words stand beside the reply, and it goes back into the field."""
    await send(page, "Hello?")
    await expect(page.locator("#talk .ours.waiting")).to_have_count(1)
    await send(page, "Hello?")
    card = outgoing(page)
    await expect(card).to_contain_text("You sent exactly this a few minutes ago")
    await card.get_by_role("button", name="No, don’t send it again").click()
    await expect(card).to_have_count(0)

    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"}
    await page.locator("#files").set_input_files(file)
    await expect(page.locator("#reply input[name=upload]")).to_have_count(1)
    await room.redis.delete(*await room.redis.keys("*:upload:*"))
    await send(page, "With a file")
    await expect(card).to_contain_text("no longer available. Please add them again")
    await expect(card.locator(".files li")).to_have_count(0)
    await card.get_by_role("button", name="Edit").click()

    await page.route("**/replies", lambda route: route.fulfill(status=413))
    await send(page, "Far too much")
    await expect(card).to_contain_text("That’s too much at once")
    await card.get_by_role("button", name="Edit").click()
    await expect(page.locator("#text")).to_have_value("Far too much")
    await expect(page.locator("#text")).to_be_focused()

    await page.get_by_role("button", name="Discard draft").click()
    await expect(page.locator("#text")).to_have_value("")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("#text")).to_have_value("Far too much")
    assert ["Hello?"] == await sent(room)
    faults.forgive()


async def test_no_button_acts_twice_or_leads_nowhere(room, page, faults):
    """Others than replies say so too; a new ticket stays, and is one in the end."""
    asked = []
    slow = asyncio.Event()

    async def wait(route):
        asked.append(route.request.url)
        await slow.wait()
        await route.fulfill(status=204)

    await page.route("**/complete", wait)
    button = page.get_by_role("button", name="Mark as solved")
    await page.context.set_offline(True)
    await button.click()
    await expect(page.get_by_role("alert")).to_contain_text("You’re offline")
    await page.context.set_offline(False)
    press = "it => (it.click(), it.click(), it.getAttribute('aria-disabled'))"
    assert "true" == await button.evaluate(press)
    await until(lambda: asked)
    assert 1 == len(asked)
    slow.set()
    await page.goto(room.address("tickets/new"))
    await page.get_by_label("Support", exact=True).check()
    await page.get_by_label("Subject").fill("Printer")
    await page.get_by_label("Your message").fill("It burns")
    lost = re.compile(r"/tickets/new$")

    tries = []

    async def lose(route):
        if route.request.method != "POST":
            return await route.continue_()
        tries.append(route.request.url)
        await route.fetch(max_redirects=0)
        return await route.abort()

    await page.route(lost, lose)
    await page.get_by_role("button", name="Send").click()
    state = page.locator("[data-state]")
    kept = "Not sent. You’re offline. Your ticket is saved here and will be sent"
    await expect(state).to_contain_text(kept)
    await page.evaluate("dispatchEvent(new Event('online'))")
    await until(lambda: len(tries) >= 2)
    await expect(state).to_contain_text(kept)

    # Whoever changes it while it waits sends it again.
    async with page.expect_response("**/drafts/new"):
        await page.get_by_label("Subject").fill("Print")
        await page.get_by_label("Subject").fill("Printer")
        await page.unroute(lost)
        await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page).to_have_url(room.address("tickets/new"))
    await page.route(lost, lose)
    await page.get_by_role("button", name="Send").dblclick()
    await expect(state).to_contain_text(kept)
    await page.unroute(lost)
    await page.evaluate("dispatchEvent(new Event('online'))")

    await page.wait_for_url("**/received/*")
    assert ["It burns"] == await sent(room)
    faults.forgive()
