"""Pictures of a ticket in a browser: lost, found again, and kept for one person.

And videos.
"""

import base64
import io
import re
import wave
from urllib.parse import urlsplit

from desk import until
from PIL import Image
from playwright.async_api import expect

from bitrix24_sandbox.account import files
from bitrix24_sandbox.account.conversations import talk
from ticket24.domain.tickets.model import TicketRef
from ticket24.portal.static_files import portal_assets

# A black and a white square, as Chromium records them.
VIDEO = base64.b64decode(
    "GkXfo59ChoEBQveBAULygQRC84EIQoKEd2VibUKHgQRChYECGFOAZwEAAAAAAAG6EU2bdLlNu4tT"
    "q4QVSalmU6yBbk27i1OrhBZUrmtTrIGTTbuLU6uEH0O2dVOsgdRNu4xTq4QcU7trU6yCAajsrgAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAVSalmoCrXsYMPQkBE"
    "iYRDRdS8TYCGQ2hyb21lV0GGQ2hyb21lFlSua7yuuteBAXPFh3OilmOd3/qDgQFV7oEBhoVWX1ZQ"
    "OOCdsIEQuoEQU8CBAVWwkFWxgQFVuYECVbqBDVW7gQEfQ7Z1AQAAAAAAAMjngQCgzaGjgQAAABAC"
    "AJ0BKhAAEAAAxwiFhYiZhIgFAgAMDWAA/v77ggB1oaWmo+6BAaWeEAIAnQEqEAAQAASHCIWFiJmE"
    "iBgCAAwNYAD+9qUAoLmhmYEAYACxAQADEDwAGAAwP/QMAAAA/v57IAB1oZimlu6BAaWRsQEAEhDw"
    "ABgAGFgv9AAIAAD7gQCguaGZgQDFALEBAAMQNAAYADA/9AwAAAD+/qU2AHWhmKaW7oEBpZGxAQAS"
    "EQwAGAAYWC/0AAgAAPuBYBxTu2uNu4uzgQC3hveBAfGB1A=="
)
GIF = base64.b64decode("R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")
HOSTILE = "<img src=x onerror=alert(1)>.png"


# A page of three pictures.
PAGE = (
    '<ol id="talk" data-again="Try again">'
    + "".join(
        f'<a href="/{n}"><img src="/{n}" alt="{n}.gif" data-size="1 kB"></a>'
        for n in "abc"
    )
    + '</ol><script type="module" src="/pictures.js"></script>'
)


async def picture(portal, task):
    """Let staff send a picture and videos; return once their customer has them."""
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(content, "PNG")
    sent = {HOSTILE: content.getvalue(), "no.webm": b"<html>", "yes.webm": VIDEO}
    ids = [files.add_file(portal.world, 2, *one).id for one in sent.items()]
    talk.add_comment(portal.world, portal.staff(task), task.id, "Look", ids)
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
    await page.locator(".missing").evaluate("one => one.classList.add('trying')")
    assert [] == await axe(page)
    portal.world.faults.rest = ""
    await card.click()
    await expect(page.locator(".missing")).to_have_count(0)
    shown = page.locator("img[data-size]").last

    async def whole():
        return 40 == await shown.evaluate("picture => picture.naturalWidth")

    await until(whole)
    faults.forgive("503")
    play = "video => video.play().then(() => video.videoWidth, fault => fault.name)"
    assert 16 == await page.get_by_label("yes.webm").evaluate(play)
    assert "NotSupportedError" == await page.get_by_label("no.webm").evaluate(play)
    await expect(page.locator(".unplayable")).to_contain_text("You can download it.")
    await expect(page.locator("video:visible")).to_have_count(1)
    wholes = re.compile(r"/files/[ad]\d+$")
    await page.route(wholes, lambda route: route.fulfill(status=503))
    await shown.click()
    box = page.get_by_role("dialog", name="onerror=alert(1)>.png")
    await expect(box).to_be_visible()
    await expect(box.get_by_role("button", name="Close")).to_be_focused()
    await expect(box.get_by_role("status").last).to_contain_text("in full size")
    assert [] == await axe(page)
    await page.unroute(wholes)
    await box.get_by_role("button", name="Try again").click()
    await expect(box.get_by_text("in full size")).to_be_hidden()
    await expect(box.get_by_role("button", name="Close")).to_be_focused()
    faults.forgive()
    await page.keyboard.press("Escape")
    await expect(box).to_be_hidden()
    await expect(shown.locator("..")).to_be_focused()
    await leaves_by_going_back(page, shown, box)

    address = await shown.get_attribute("src")
    ask = "address => fetch(address, {cache: 'force-cache'}).then(got => got.status)"
    assert 200 == await page.evaluate(ask, address)
    await page.context.clear_cookies()
    await sign_in(page, "Zoë")
    assert 404 == await page.evaluate(ask, address)
    faults.forgive()


async def leaves_by_going_back(page, shown, box):
    """A picture above the page is a page to who uses it: "back" leads out of it."""
    before = page.url
    await shown.click()
    await expect(box).to_be_visible()
    # A wheel turns nothing below it.
    await expect(page.locator("html")).to_have_css("overflow-y", "hidden")
    await page.go_back()
    await expect(box).to_be_hidden()
    await expect(page.locator("html")).not_to_have_css("overflow-y", "hidden")
    assert before == page.url


async def test_a_picture_is_a_card_until_it_comes(open_page, faults):
    """Name and size stand there; what is refused comes after the others, unasked."""
    files = {"/": ("text/html", PAGE.encode())}
    files["/pictures.js"] = "text/javascript", portal_assets().get("pictures.js").body
    asked = {}

    async def answer(route):
        path = urlsplit(route.request.url).path
        if path in files:
            type_, body = files[path]
            await route.fulfill(content_type=type_, body=body)
        else:
            asked[path] = route

    page = await open_page()
    await page.route("**/*", answer)
    await page.clock.install()
    await page.goto("http://pictures.test/", wait_until="commit")
    await until(lambda: len(asked) == 3)
    cards = page.locator(".coming .about")
    await expect(page.locator("a")).to_have_count(3)
    await page.clock.run_for(1_000)
    await expect(cards).to_have_count(3)
    await expect(cards.first).to_have_text("a.gif 1 kB")

    await asked.pop("/a").fulfill(content_type="image/gif", body=GIF)
    await expect(cards).to_have_count(2)
    await asked.pop("/b").fulfill(status=503)
    await expect(page.locator(".missing")).to_contain_text("Try again")
    await until(lambda: "/b" in asked)
    for path in "/b", "/c":
        await asked.pop(path).fulfill(content_type="image/gif", body=GIF)
    await expect(page.locator(".about")).to_have_count(0)
    faults.forgive()


async def test_lost_pictures_are_asked_for_one_after_the_other(open_page, faults):
    """Many were lost because they were many: each waits for the one before it."""
    files = {"/": ("text/html", PAGE.encode())}
    files["/pictures.js"] = "text/javascript", portal_assets().get("pictures.js").body
    asked = []

    async def answer(route):
        path = urlsplit(route.request.url).path
        if path in files:
            type_, body = files[path]
            await route.fulfill(content_type=type_, body=body)
        elif again:
            asked.append(route)
        else:
            await route.fulfill(status=503)

    again = False
    page = await open_page()
    await page.route("**/*", answer)
    await page.clock.install()
    await page.goto("http://pictures.test/")
    await expect(page.locator(".missing")).to_have_count(3)

    again = True
    await page.clock.run_for(8_100)
    for left in (2, 1, 0):
        await until(lambda: asked)
        await page.evaluate("new Promise(requestAnimationFrame)")
        assert 1 == len(asked)
        await asked.pop().fulfill(content_type="image/gif", body=GIF)
        await expect(page.locator(".missing")).to_have_count(left)
    faults.forgive()


HEARD = (
    '<ol id="talk" data-again="Try again" data-unplayable="Download it.">'
    '<video src="/sound" controls preload="auto"></video></ol>'
    '<script type="module" src="/videos.js"></script>'
)


async def test_a_video_that_is_heard_and_not_seen_says_so(open_page):
    """Browsers that do not know how it is packed play its sound to a black screen."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as silence:
        silence.setparams((1, 2, 8_000, 0, "NONE", ""))
        silence.writeframes(bytes(8_000))
    files = {
        "/": ("text/html", HEARD.encode()),
        "/videos.js": ("text/javascript", portal_assets().get("videos.js").body),
        "/sound": ("video/mp4", sound.getvalue()),
    }

    async def answer(route):
        type_, body = files[urlsplit(route.request.url).path]
        await route.fulfill(content_type=type_, body=body)

    page = await open_page()
    await page.route("http://videos.test/**", answer)
    await page.goto("http://videos.test/")

    await expect(page.locator(".unplayable")).to_contain_text("Download it.")
    await expect(page.locator("video")).to_be_visible()
