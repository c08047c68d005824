"""Every page is for everybody: by axe, on a phone, by keyboard alone."""

import asyncio
from datetime import UTC, datetime, timedelta

from desk import FULL_SETTINGS, until
from phones import SMALL_FIELDS
from playwright.async_api import expect

from ticket24.domain.commands import OpenTicket, PostReply, Upload
from ticket24.domain.model import TicketRef
from ticket24.sandbox.records import Status
from ticket24.store import keys
from ticket24.store.sessions import RedisSessions

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 320, "height": 640}
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamten"
STRANGER = 999

# Where a form is to be sent as it stands, the path ends with an exclamation mark.
OUTSIDE = ["login", "login!", "login/link", "login/link!", "login/link/old", "nowhere"]
INSIDE = ["", "?q=nowhere", "tickets/new", "tickets/new!", "tickets/1", "logout!"]

# What is focused can be seen: a ring around it, inside the window.
FOCUS = """() => {
  const one = document.activeElement;
  const seen = one.matches("input[type=file]")
    ? one.parentElement.querySelector(".button") : one;
  const style = getComputedStyle(seen);
  const box = seen.getBoundingClientRect();
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
    && box.width > 1 && box.bottom > 0 && box.right > 0
    && box.top < innerHeight && box.left < innerWidth;
}"""


async def test_every_page_is_for_everybody(desk, open_page, axe):
    """No barrier, light or dark; a phone shows all of it, in letters for a phone."""
    account = await desk.connect(
        settings=FULL_SETTINGS, extra='accent = "#f2c500"\n', events=False
    )
    own = await prepared(desk, account)
    token = await desk.stores.links.make(account.id, "zoe@example.com", [1])
    zoe = desk.customer("Zoë")[0].id

    async def look_at(who, paths):
        page = await open_page(viewport=PHONE, reduced_motion="reduce")
        found = []
        for path in paths:
            for language in ("de", "pt", "en"):
                await visit(desk, account, page, who, path, language)
                width = await page.evaluate("document.documentElement.scrollWidth")
                if width > PHONE["width"]:
                    found.append((path, language, width))
            found += [(path, small) for small in await page.evaluate(SMALL_FIELDS)]
            found += [(path, fault) for fault in await barriers(page, axe)]
        return found

    found = await asyncio.gather(
        look_at(None, [*OUTSIDE, f"login/link/{token}"]),
        look_at(STRANGER, ["", "tickets/new"]),
        look_at(zoe, INSIDE),
        look_at(zoe, own),
    )

    assert [[], [], [], []] == found


async def prepared(desk, account):
    """Have tickets of every sort, and Bitrix24 asked long ago; return their paths."""
    contact, _, _ = desk.customer("Zoë")
    now = datetime.now(UTC)
    everything = desk.world.tasks.values()
    hers = [task for task in everything if contact.id in task.contact_ids]
    ref = TicketRef(account.id, hers[0].id)
    upload = Upload("u1", f"{LONG}.pdf", 2_000_000, "application/pdf")
    new = OpenTicket(
        "ab" * 8, account.id, contact.id, contact.full_name, now, desk.groups[0],
        LONG, f"Hello\n{LONG}", (f"{LONG}@example.com",), ("Bugs",), (upload,),
    )  # fmt: skip
    reply = PostReply(
        "cd" * 8, ref, contact.id, contact.full_name, now, LONG, (upload,)
    )
    assert await desk.stores.commands.put(new)
    assert await desk.stores.commands.put(reply)
    long_ago = (now - timedelta(minutes=10)).timestamp()
    await desk.stores.redis.hset(keys.state(account.id), "seen_at", long_ago)
    closed = next(task for task in hers if task.status == Status.COMPLETED)
    filed = next(task for task in hers if task.files)
    tickets = {hers[0].id, closed.id, filed.id}
    return ["logout", f"received/{new.id}", *(f"tickets/{one}" for one in tickets)]


async def visit(desk, account, page, who, path, language):
    cookies = {"ticket24_language": language}
    if who:
        sessions = RedisSessions(desk.stores.redis)
        cookies["ticket24_session"] = await sessions.start(
            account.id, [who], "zoe@example.com", "Zoë Fischer-Groß"
        )
    await page.context.add_cookies(
        [
            {"name": name, "value": value, "url": desk.portal()}
            for name, value in cookies.items()
        ]
    )
    await page.goto(desk.portal(path.removesuffix("!")))
    if path.endswith("!"):
        if "login" in path:
            await page.locator("#email").fill("zoe@example.com")
        await page.locator("main .primary").first.click()
        await page.wait_for_load_state()


async def barriers(page, axe):
    """Return what axe finds, dark on a phone and light on a desk."""
    found = []
    for size, colours in ((PHONE, "dark"), (DESKTOP, "light")):
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=colours)
        found += [(colours, fault) for fault in await axe(page)]
    await page.set_viewport_size(PHONE)
    return found


async def test_a_keyboard_is_enough(portal, open_page):
    """Sign in, open a ticket, reply and sign out, always seeing where one is."""
    page = await open_page(reduced_motion="reduce")
    await page.goto(portal.portal())
    await in_by_keyboard(portal, page)
    await new_by_keyboard(page)

    await to(page, page.get_by_label("Your reply"))
    await page.keyboard.type("It is back.")
    await press(page, "Control+Enter")
    await expect(page.locator(".ours", has_text="It is back.")).to_be_visible()

    await page.goto(portal.portal())
    await to(page, page.locator(".menu summary"))
    await page.keyboard.press("Enter")
    await to(page, page.get_by_role("button", name="Sign out", exact=True))
    await press(page, "Enter")
    await expect(page.locator("h1")).to_have_text("You are signed out")

    (task,) = [t for t in portal.world.tasks.values() if t.title == "No mouse here"]
    assert ["Questions"] == task.tags


async def in_by_keyboard(desk, page):
    """Skip to the content and sign in."""
    _, email, password = desk.customer()
    await to(page, page.get_by_role("link", name="Skip to content"), most=1)
    await press(page, "Enter")
    await to(page, page.get_by_label("E-mail address"), most=1)
    await page.keyboard.type(email)
    await to(page, page.get_by_label("Password"))
    await page.keyboard.type(password)
    await to(page, page.get_by_role("button", name="Sign in"))
    await press(page, "Space")


async def new_by_keyboard(page):
    """Open a ticket, after a form that has faults and a file that is not wanted."""
    choosers = []
    # Playwright takes no built-in function as a listener.
    page.on("filechooser", lambda one: choosers.append(one))  # noqa: PLW0108  See above.
    await to(page, page.get_by_role("link", name="New ticket"))
    await press(page, "Enter")
    await to(page, page.get_by_role("button", name="Send"))
    await press(page, "Enter")
    await expect(page.locator(".errors")).to_be_focused()
    await to(page, page.get_by_role("link", name="Choose a department"), most=1)
    await press(page, "Enter")
    await expect(page.get_by_label("Support", exact=True)).to_be_focused()
    await page.keyboard.press("Space")
    await to(page, page.get_by_label("Message type"))
    await page.keyboard.type("Q")
    await to(page, page.get_by_label("Subject"))
    await page.keyboard.type("No mouse here")
    await to(page, page.get_by_label("Your message"))
    await page.keyboard.type("It ran away.")
    await to(page, page.locator("#files"))
    await page.keyboard.press("Enter")
    await until(lambda: choosers, 30)
    await choosers[0].set_files(
        {"name": "cat.txt", "mimeType": "text/plain", "buffer": b"Meow"}
    )
    await expect(page.locator("input[name=upload]")).to_have_count(1)
    await to(page, page.get_by_role("button", name="Remove “cat.txt”"), back=True)
    await page.keyboard.press("Enter")
    await expect(page.locator(".uploads li")).to_have_count(0)
    await to(page, page.get_by_role("button", name="Send"))
    await press(page, "Space")
    await expect(page.locator("h1")).to_have_text("No mouse here")


async def to(page, place, *, most=25, back=False):
    """Press Tab until the focus is there; whatever has it on the way can be seen."""
    for _ in range(most):
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        here = await page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        assert await page.evaluate(FOCUS), here
        if await place.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{place} is not reached")


async def press(page, key):
    """Press a key that leads to another page, or to another place of this one."""
    async with page.expect_navigation():
        await page.keyboard.press(key)
