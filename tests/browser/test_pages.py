"""Every page is for everybody: by axe, on a phone."""

import asyncio
from datetime import UTC, datetime, timedelta

from desk import FULL_SETTINGS
from phones import BROKEN_TABS, SMALL_FIELDS, TWICE_AS_LARGE, WORDS_ON_WORDS
from playwright.async_api import expect
from tabbing import tabbed

from bitrix24_sandbox.account.records import Status
from ticket24.domain.commands.model import OpenTicket, PostReply, Upload
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.sign_in.sessions import RedisSessions

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 320, "height": 640}
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamten"
STRANGER = 999
ONLOOKER = -1

# If a form has to be sent as it is, the path ends with an exclamation mark; with two,
# the form was open for too long.
OUTSIDE = [
    "login",
    "login!",
    "login?email=x@y.eu!",
    "login/link",
    "login/link!",
    "login/link/old",
    "nowhere",
]
LISTS = ["", "?show=all", "?q=nowhere"]
INSIDE = [*LISTS, "tickets/new", "tickets/new!", "tickets/1", "logout!"]


async def test_every_page_is_for_everybody(desk, open_page, axe):
    """No barrier, light or dark; a phone shows all, and Tab stops where it is seen."""
    crowd(desk)
    account = await desk.connect(
        settings=f"{FULL_SETTINGS}about.en = '{LONG}'\nopening_hours.de = '{LONG}'\n",
        extra='accent = "#f2c500"\n',
        events=False,
    )
    own = await prepared(desk, account)
    token = await desk.stores.links.make(account.id, "zoe@example.com", [1])
    zoe = desk.customer("Zoë")[0].id

    async def look_at(who, paths):
        page = await open_page(viewport=PHONE, reduced_motion="reduce")
        return await troubles(desk, account, page, axe, who, paths)

    found = await asyncio.gather(
        look_at(None, [*OUTSIDE, f"login/link/{token}"]),
        look_at(STRANGER, ["", "tickets/new"]),
        look_at(zoe, INSIDE),
        look_at(zoe, own),
    )

    assert [[], [], [], []] == found


async def test_pages_that_few_see_are_for_everybody(desk, open_page, axe):
    """An onlooker, a form that was open too long and no portal are no barriers."""
    crowd(desk)
    account = await desk.connect(settings=FULL_SETTINGS, events=False)
    own = await prepared(desk, account)
    zoe = desk.customer("Zoë")[0].id

    for who, paths in (
        (None, ["../nosuch/"]),
        (zoe, ["logout!!"]),
        (ONLOOKER, ["", own[-1]]),
    ):
        page = await open_page(viewport=PHONE, reduced_motion="reduce")
        found = await troubles(desk, account, page, axe, who, paths, ("de",))
        assert [] == found


async def test_what_has_the_focus_stays_on_the_page(desk, open_page):
    """The way to the reply is seen as long as it has the focus."""
    account = await desk.connect(settings=FULL_SETTINGS, events=False)
    path = (await prepared(desk, account))[-1]
    page = await open_page(viewport={"width": 320, "height": 400})
    await visit(desk, account, page, desk.customer("Zoë")[0].id, path, "en")
    reply = page.locator(".to-reply a")
    await expect(reply).to_be_visible()
    await reply.focus()

    await page.locator("#answer").scroll_into_view_if_needed()
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await expect(page.locator(".to-reply.idle")).to_have_count(1)

    await expect(reply).to_be_visible()
    await expect(reply).to_be_focused()


def crowd(desk):
    """Let each line of a ticket in the list be as full as lines are."""
    for user in desk.world.users.values():
        user.last_name = "Wolfeschlegelsteinhausen"
    for task in desk.world.tasks.values():
        task.tags[:] = ["High", "Europe"]


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


async def troubles(desk, account, page, axe, who, paths, languages=("pt", "de")):
    """Return what is wrong with pages: on a phone, with large letters, for axe.

    English words are the shortest.
    """
    found = []
    for path in paths:
        for language in languages:
            await visit(desk, account, page, who, path, language)
            width = await page.evaluate("document.documentElement.scrollWidth")
            if width > PHONE["width"]:
                found.append((path, language, width))
            for faults in (WORDS_ON_WORDS, BROKEN_TABS):
                seen = await page.evaluate(faults)
                found += [(path, language, words) for words in seen]
        await page.set_viewport_size(TWICE_AS_LARGE)
        width = await page.evaluate("document.documentElement.scrollWidth")
        if width > TWICE_AS_LARGE["width"]:
            found.append((path, "twice as large", width))
        found += [(path, small) for small in await page.evaluate(SMALL_FIELDS)]
        found += [(path, fault) for fault in await barriers(page, axe)]
    return found


async def visit(desk, account, page, who, path, language):
    cookies = {"ticket24_language": language}
    sessions = RedisSessions(desk.stores.redis)
    if who == ONLOOKER:
        contact = desk.customer("Zoë")[0]
        cookies["ticket24_session"] = await sessions.start_onlooker(
            account.id, contact.id, "zoe@example.com", contact.full_name, LONG
        )
    elif who:
        cookies["ticket24_session"] = await sessions.start(
            account.id, [who], "zoe@example.com", "Zoë Fischer-Groß"
        )
    await page.context.add_cookies(
        [
            {"name": name, "value": value, "url": desk.portal()}
            for name, value in cookies.items()
        ]
    )
    await page.goto(desk.portal(path.rstrip("!")))
    if path.endswith("!!"):
        await page.locator("main [name=csrf_token]").evaluate("one => one.value = 'x'")
    if path.endswith("!"):
        if "login" in path:
            await page.locator("#email").fill("zoe@example.com")
        async with page.expect_navigation():
            await page.locator("main .primary").first.click()


async def barriers(page, axe):
    """Return what axe finds, dark on a phone and light on a desk."""
    found = []
    for size, colours in ((PHONE, "dark"), (DESKTOP, "light")):
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=colours)
        found += [(colours, fault) for fault in await axe(page)]
        _, faults = await tabbed(page)
        found += [(size["width"], fault) for fault in faults]
    await page.set_viewport_size(PHONE)
    return found
