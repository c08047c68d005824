"""Pages that stay true while they are open."""

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from desk import until
from examples import NOON, message, ticket
from playwright.async_api import expect
from showroom import Showroom

from ticket24.domain.tickets.model import Move, Status, TicketRef
from ticket24.portal.parts import PORTAL
from ticket24.store.sign_in.sessions import RedisSessions

ANNA = 43


@pytest_asyncio.fixture(loop_scope="session")
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        yield room


@pytest_asyncio.fixture(loop_scope="session")
async def visit(room, open_page):
    """Return what opens a page on which Anna is signed in."""

    async def visit(path="", **options):
        page = await open_page(**options)
        cookie = {"name": "ticket24_session", "value": await room.cookie(ANNA)}
        await page.context.add_cookies([cookie | {"url": room.address()}])
        await page.goto(room.address(path))
        return page

    return visit


def printer(room, number=51, **fields):
    return ticket(ref=TicketRef(room.account.id, number), **fields)


async def look(page):
    """Have the page ask now, as it does every five seconds."""
    await page.evaluate("document.dispatchEvent(new Event('ticket24:look'))")


async def test_a_reply_arrives_and_disturbs_nothing(room, visit):
    """What was typed stays, and so do focus and scrolling; the reply is announced."""
    spoiler = "[spoiler=More]hidden[/spoiler]"
    before = printer(room, messages=tuple(message(n, spoiler) for n in range(1, 9)))
    await room.keep(before)
    page = await visit("tickets/51", reduced_motion="reduce")
    await page.locator("#m-chat-1 details summary").click()
    await page.locator("#text").fill("half a thought")
    place = (await page.locator("#text").bounding_box())["y"]

    news = message(9, "It is fixed.", author="Hannah")
    messages = (*before.messages, news)
    await room.keep(replace(before, messages=messages, status=Status.IN_REVIEW))
    await look(page)
    await page.locator("#m-chat-9").wait_for()

    assert "half a thought" == await page.locator("#text").input_value()
    assert "text" == await page.evaluate("document.activeElement.id")
    now = (await page.locator("#text").bounding_box())["y"]
    assert pytest.approx(place, abs=1) == now
    assert await page.locator("#m-chat-1 details").get_attribute("open") is not None
    assert "New reply from Hannah" == await page.locator("#announcer").inner_text()
    assert "In review" == await page.locator("#facts dd").nth(1).inner_text()
    mark = page.locator("#fresh + li")
    assert "m-chat-9" == await mark.get_attribute("id")


async def test_a_long_ticket_unfolds_in_place(room, visit):
    """It opens at what is new; what people unfold, or links lead to, comes to stay."""
    talk = [message(number, f"Words {number}.") for number in range(1, 321)]
    await room.keep(printer(room, messages=tuple(talk[:300])))
    phone = {"width": 390, "height": 844}
    page = await visit("tickets/51", viewport=phone, reduced_motion="reduce")
    reply = page.locator(".to-reply a")
    await expect(page.locator("#fresh")).to_be_in_viewport()  # All of it is new.

    await page.goto("about:blank")  # Else it may read them before they are new.
    await room.keep(printer(room, messages=tuple(talk[:318])))
    await page.goto(room.address("tickets/51"))
    await expect(page.locator("#m-chat-301")).to_be_in_viewport()
    await expect(reply).to_be_visible()
    await page.locator("#answer").scroll_into_view_if_needed()
    await expect(reply).to_be_hidden()

    await expect(page.locator("#facts dd").first).to_be_hidden()
    await page.locator("#facts > summary").click()

    fold = page.locator("#fold-0 a")
    await expect(fold).to_have_text("300 earlier messages")
    await fold.focus()
    place = (await page.locator("#m-chat-301").bounding_box())["y"]
    await page.keyboard.press("Enter")
    await expect(page.locator("#m-chat-300")).to_be_focused()
    now = (await page.locator("#m-chat-301").bounding_box())["y"]
    assert pytest.approx(place, abs=1) == now
    await expect(fold).to_have_text("235 earlier messages")

    await page.evaluate("document.body.dataset.same = location.hash = '#m-chat-100'")
    await expect(page.locator("#m-chat-100:target")).to_be_in_viewport()
    fading = "message => message.getAnimations().length"  # Also without motion.
    assert 1 == await page.locator("#m-chat-100").evaluate(fading)
    await expect(page.locator("#talk .fold a")).to_have_text(
        ["35 earlier messages", "72 more messages"]
    )
    await room.keep(printer(room, messages=tuple(talk)))
    await look(page)
    await page.locator("#m-chat-320").wait_for()
    shown = await page.locator("#talk > [id^=m-chat]").count()
    assert (320 - 35 - 72, 2) == (shown, await page.locator("#talk .fold").count())
    await expect(page.locator("#facts dd").first).to_be_visible()
    assert "#m-chat-100" == await page.locator("body").get_attribute("data-same")


async def see(page, seen):
    """Let the page be seen, or hidden behind another one."""
    await page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { value: hidden, writable: true })
            document.dispatchEvent(new Event("visibilitychange"))
        }""",
        not seen,
    )


async def test_a_page_that_is_seen_waits_for_changes(room, visit):
    """What staff wrote is there at once; a hidden page takes no place, until seen."""
    listening = room.server.app[PORTAL].listening
    before = printer(room)
    await room.keep(before)
    page = await visit("tickets/51")
    await until(lambda: len(listening) == 1)

    async with page.expect_response("**/status.json?wait=25") as changed:
        await room.keep(replace(before, messages=(message(1), message(2))))
    assert 200 == (await changed.value).status
    await page.locator("#m-chat-2").wait_for()
    await until(lambda: len(listening) == 1)

    await see(page, seen=False)
    await until(lambda: len(listening) == 0)
    await room.keep(replace(before, messages=(message(1), message(2), message(3))))
    await see(page, seen=True)
    await page.locator("#m-chat-3").wait_for()
    await until(lambda: len(listening) == 1)


async def refused(route):
    """Answer as something on the way does that knows no waiting."""
    await route.fulfill(status=501)


async def older(route):
    """Answer as versions do that know no waiting."""
    await route.continue_(url=route.request.url.partition("?")[0])


@pytest.mark.parametrize("answer", [refused, older])
async def test_where_nobody_may_wait_pages_ask(room, visit, faults, answer):
    """Old versions, proxies and crowds: the page asks as ever, not without a pause."""
    before = printer(room)
    await room.keep(before)
    page = await visit("tickets/51")
    asked, under_way = [], set()

    def asks(request):
        under_way.add(request)
        if "wait=" in request.url:
            asked.append(request)

    def has_its_answer(request):
        under_way.discard(request)

    page.on("request", asks)
    page.on("requestfinished", has_its_answer)
    page.on("requestfailed", has_its_answer)

    async def a_second_passes():
        # Not while an answer is on its way: it would seem to have been waited for.
        await page.clock.run_for(1000)
        await page.wait_for_timeout(10)
        await until(lambda: not under_way)

    await page.clock.install()
    await page.route("**/status.json?wait=25", answer)
    await page.reload()
    for _ in range(12):
        await a_second_passes()
    # Its clock goes on by itself too, as long as the machine takes.
    passed = await page.evaluate("performance.now() / 1000")
    assert len(asked) <= 2 + passed / 4
    while not asked:
        await a_second_passes()
    await room.keep(replace(before, messages=(message(1), message(2))))
    for _ in range(12):
        await a_second_passes()

    await page.locator("#m-chat-2").wait_for()
    assert await page.locator("#trouble").is_hidden()
    faults.forgive()


async def test_the_list_follows(room, visit):
    """Rows, counts and title change, and are told; the search that was begun stays."""
    await room.keep(printer(room, 51, messages=()))
    await room.keep(printer(room, 52, messages=()))
    listening = room.server.app[PORTAL].listening
    page = await visit()
    await page.locator("#q").fill("coff")
    # All three are found by one look: none is taken until they are there.
    await until(lambda: len(listening) == 1)
    await see(page, seen=False)
    await until(lambda: len(listening) == 0)

    await room.keep(printer(room, 53, messages=()))
    await room.keep(printer(room, 51, status=Status.COMPLETED, messages=()))
    await room.keep(printer(room, 52, messages=(message(1),)))
    await see(page, seen=True)
    await page.locator("#t-53").wait_for()
    await page.locator("#t-52.unread").wait_for()

    assert 0 == await page.locator("#t-51").count()
    assert "1" == await page.locator("#n-closed").inner_text()
    assert "coff" == await page.locator("#q").input_value()
    assert (await page.title()).startswith("(1) Your tickets · 1 waiting for you")
    said = await page.locator("#announcer").inner_text()
    assert "New reply: Printer is on fire Printer is on fire: Solved" == said


async def test_all_that_came_at_once_is_announced(room, visit):
    """Two people answer, and the ticket is solved: each is heard."""
    before = printer(room, messages=())
    await room.keep(before)
    page = await visit("tickets/51")

    answers = message(1, author="Hannah"), message(2, author="Tomás")
    await room.keep(replace(before, status=Status.COMPLETED, messages=answers))
    await look(page)
    await page.locator("#m-chat-2").wait_for()

    said = await page.locator("#announcer").inner_text()
    assert "New reply from Hannah New reply from Tomás Solved" in " ".join(said.split())


async def test_old_words_that_are_fetched_are_no_news(room, visit):
    """They come into the page of an archived ticket, and nobody hears of replies."""
    whole = printer(room, status=Status.COMPLETED, messages=(message(1, "Done."),))
    await room.keep(replace(whole, archived=True))
    page = await visit("tickets/51")
    await expect(page.get_by_text("This is an old ticket.")).to_be_visible()
    await room.keep(whole)
    await look(page)
    await page.locator("#m-chat-1").wait_for()

    await expect(page.locator("#archived")).to_have_count(0)
    assert "" == await page.locator("#announcer").inner_text()


async def test_a_turn_that_changes_is_announced(room, visit):
    """Badge, sentence and title follow, a line says why, and readers hear it."""
    before = printer(room)
    await room.keep(before)
    page = await visit("tickets/51")
    assert (await page.title()).startswith("Waiting for you: ")

    moved = Move(before.status, Status.COMPLETED, NOON, message(1).key)
    await room.keep(replace(before, status=Status.COMPLETED, moves=(moved,)))
    await look(page)
    await page.locator("#talk .moved.solved").wait_for()

    assert "Solved" == await page.locator(".state .status").inner_text()
    assert (await page.title()).startswith("Solved: ")
    assert "Solved" == await page.locator("#announcer").inner_text()


async def test_times_are_those_of_the_reader(room, visit):
    """Titles and deadlines are in the zone in which the browser is."""
    await room.keep(printer(room, deadline=NOON))

    page = await visit("tickets/51", locale="en-GB", timezone_id="Asia/Tokyo")

    deadline = page.locator("time[data-whole]")
    assert "21 November 2026 at 21:00" == await deadline.inner_text()
    said = page.locator("#m-chat-1 time")
    assert "21 November 2026 at 21:00" == await said.get_attribute("title")
    words = await said.inner_text()
    await page.clock.set_fixed_time(NOON - timedelta(days=1))  # A slow clock.
    await page.evaluate("document.dispatchEvent(new Event('ticket24:shown'))")
    assert words == await said.inner_text()


async def test_an_ended_session_takes_nothing_away(room, visit, faults):
    """A customer signed out elsewhere keeps the page and is offered to sign in."""
    await room.keep(printer(room))
    page = await visit("tickets/51")
    await page.locator("#text").fill("half a thought")

    sessions = RedisSessions(room.redis)
    await sessions.end_everywhere(room.account.id, [ANNA])
    await look(page)
    link = page.locator("#trouble a")
    await link.wait_for()

    assert "half a thought" == await page.locator("#text").input_value()
    assert "/p/acme/login" == await link.get_attribute("href")
    assert "_blank" == await link.get_attribute("target")
    faults.forgive("401")


async def test_a_lost_connection_is_told_and_mends_itself(room, visit, faults):
    """After two failures the page says so, until it hears again."""
    await room.keep(printer(room))
    page = await visit("tickets/51")
    trouble = page.locator("#trouble")

    # Also a question that waits, once the page has heard.
    await page.route("**/status.json*", lambda route: route.abort())
    for _ in range(3):
        await look(page)
        await page.wait_for_timeout(50)
    await trouble.get_by_text("You’re offline").wait_for()
    await page.unroute("**/status.json*")
    await look(page)
    await trouble.wait_for(state="hidden")

    faults.forgive("ERR_FAILED")


async def test_lists_and_tickets_are_for_everybody(room, visit, axe):
    """No barrier that axe can see, and nothing to scroll sideways at 320 pixels."""
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamten"
    for number, status in enumerate(Status, 51):
        await room.keep(
            printer(
                room,
                number,
                subject=f"{long} {long}",
                status=status,
                responsible=long,
                tags=("high", "bugs", "usa"),
                deadline=NOON,
                messages=(message(1, f"{long}\n[code]{long}{long}[/code]"),),
            )
        )
    for path, colours in (
        ("?show=all&priority=High", "light"),
        ("?q=nowhere", "dark"),
        ("tickets/53", "dark"),
    ):
        viewport = {"width": 320, "height": 800}
        page = await visit(path, viewport=viewport, color_scheme=colours)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert (path, 320) == (path, width)
        assert [] == await axe(page)


async def test_a_page_that_is_back_online_says_so_at_once(room, visit, faults):
    """Its first question does not wait for a change: that may take 25 seconds."""
    listening = room.server.app[PORTAL].listening
    await room.keep(printer(room))
    page = await visit("tickets/51")
    trouble = page.locator("#trouble")
    await until(lambda: len(listening) == 1)
    lost = []

    async def lose(route):
        lost.append(route)
        await route.abort()

    await page.route("**/status.json*", lose)
    for number in range(1, 4):
        await look(page)
        await until(lambda number=number: len(lost) >= number)
    await trouble.get_by_text("You’re offline").wait_for()

    await page.unroute("**/status.json*")
    async with page.expect_request("**/status.json*") as asked:
        await page.evaluate("dispatchEvent(new Event('online'))")
    assert "wait=" not in (await asked.value).url
    await trouble.wait_for(state="hidden")

    faults.forgive("ERR_FAILED")
