"""Staff see of a customer's tickets what they may read in Bitrix24, and no more."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from urllib.parse import urljoin

import pytest
import pytest_asyncio
from aiohttp import ClientSession, DummyCookieJar
from desk import until

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.rest.catalogue import CLASSIC
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.sign_in.sessions import RedisSessions

SETTINGS = AccountSettings(
    "Acme Support",
    departments=(Department(7, "Support", 3, 2), Department(12, "Sales", 5, 4)),
)
IN_SUPPORT = {56: "App crashes", 73: "Slow loading", 83: "Scanner battery"}
IN_SALES = {65: "Delivery of order 77120"}


@pytest_asyncio.fixture(loop_scope="module")
async def desk(app_desk):
    """An account whose worker has read all tickets."""
    app_desk.account = await app_desk.prepared("read", lambda: read(app_desk))
    app_desk.mehmet = app_desk.customer()[0]
    async with app_desk.worker():
        yield app_desk


async def read(desk):
    """Install, and let a worker read all tickets; return the account."""
    account = await desk.install()
    account = await desk.stores.accounts.update(
        account.id,
        lambda known: known.with_settings(
            replace(SETTINGS, password_field=known.settings.password_field),
            datetime(2026, 1, 1, tzinfo=UTC),
        ),
    )
    rows = keys.rows(account.id, desk.customer()[0].id)
    async with desk.worker():
        await until(lambda: desk.stores.redis.hlen(rows))
        await desk.quiet(account)
    return account


@pytest.fixture
def tab(desk):
    async def tab(by):
        options = {"ID": str(desk.mehmet.id)}
        return await desk.frame(
            by=by, placement="CRM_CONTACT_DETAIL_TAB", options=options
        )

    return tab


@pytest.fixture
def portal(desk):
    """Ask for pages of the portal with a session."""

    def portal(cookie):
        headers = {"Cookie": f"ticket24_session={cookie}"}

        async def visit(path=""):
            async with ClientSession(cookie_jar=DummyCookieJar()) as http:
                url = desk.portal(path, slug=desk.account.slug)
                async with http.get(url, headers=headers) as answer:
                    return answer.status, await answer.text()

        return visit

    return portal


async def looking_on(frame):
    """Return the session that the tab gives its viewer."""
    await frame.submit("/contact-tab/view")
    return SimpleCookie(frame.headers["Set-Cookie"])["ticket24_session"].value


def shown(page):
    words = html.unescape(page)
    return {id_ for id_, title in (IN_SUPPORT | IN_SALES).items() if title in words}


async def news(frame):
    path = html.unescape(re.search(r'data-news="([^"]*)"', frame.page)[1])
    headers = {"Authorization": f"Bearer {frame.token}"}
    async with frame.http.get(urljoin(frame.url, path), headers=headers) as answer:
        return await answer.text()


VIEWERS = [
    (1, IN_SUPPORT | IN_SALES, ""),  # An administrator.
    (2, IN_SUPPORT, "1 more ticket in workgroups you are not in"),
    (5, IN_SALES, "3 more tickets in workgroups you are not in"),
]


async def test_the_tab_and_the_portal_show_what_the_viewer_may_read(tab, portal):
    """Of the others neither shows more than how many there are."""
    for by, theirs, more in VIEWERS:
        frame = await tab(by)
        inside = frame.page
        visit = portal(await looking_on(frame))
        _, page = await visit()
        _, every = await visit("tickets?show=all")
        _, found = await visit("tickets?show=all&q=order+77120")
        _, status = await visit("status.json")
        statuses = {
            number: (await visit(f"tickets/{number}"))[0]
            for number in IN_SUPPORT | IN_SALES
        }

        assert set(theirs) == shown(inside) == shown(every)
        assert set(theirs) & set(IN_SALES) == shown(found)
        assert set(theirs) == {int(n) for n in re.findall(r'"id": (\d+)', status)}
        assert set(theirs) == {n for n, answer in statuses.items() if answer == 200}
        for one in (inside, page):
            assert more in one
            assert bool(more) == ("in workgroups you are not in" in one)


async def test_what_comes_later_is_asked_about(desk, tab):
    """News show a new ticket to whoever may read it, and count it for others."""
    frames = {by: await tab(by) for by in (2, 5)}
    contact = desk.mehmet
    task = tasks.add_task(
        desk.world,
        2,
        "A new one",
        responsible_id=3,
        group_id=7,
        contact_ids=(contact.id,),
    )
    await until(
        lambda: desk.stores.redis.hexists(
            keys.rows(desk.account.id, contact.id), task.id
        )
    )

    assert "A new one" in await news(frames[2])
    told = await news(frames[5])
    assert "A new one" not in told
    assert "4 more tickets in workgroups you are not in" in told


async def test_who_opens_a_ticket_elsewhere_learns_its_number(desk, tab):
    """It is passed on before the viewer's eyes, and then counted with the others.

    Not both at once: until Bitrix24 was asked who may read it, it is on its way.
    """
    frame, before = await tab(5), set(desk.world.tasks)
    await frame.submit(
        "/contact-tab/tickets", department="7", subject="He called", text="It burns."
    )
    (number,) = set(desk.world.tasks) - before
    created = f"Ticket #{number} created"
    assert ("He called" in frame.page, created in frame.page) == (True, False)

    await until(lambda: desk.stores.tickets.get(TicketRef(desk.account.id, number)))
    page = await news(frame)
    assert ("He called" in page, created in page) == (False, True)
    assert "4 more tickets" in page


async def test_a_viewer_without_tasks_sees_none(tab, monkeypatch):
    """Whom Bitrix24 shows no tasks at all, we show none either."""
    method = CLASSIC["tasks.task.list"]

    def run(call):
        if call.by == 3:
            raise Refused("ACCESS_DENIED", "Access denied!", 403)
        return method.run(call)

    monkeypatch.setitem(CLASSIC, method.name, replace(method, run=run))

    assert set() == shown((await tab(3)).page)


async def test_a_look_that_began_before_shows_nothing(desk, portal):
    """Sessions of earlier versions do not say what their viewer may read."""
    sessions, account = RedisSessions(desk.stores.redis), desk.account.id
    cookie = await sessions.start_onlooker(
        account, desk.mehmet.id, "m@example.com", "Mehmet", "Hannah"
    )
    (key,) = await desk.stores.redis.keys("*:session:*")
    await desk.stores.redis.hdel(key, "only")

    status, page = await portal(cookie)()

    assert (200, set()) == (status, shown(page))
