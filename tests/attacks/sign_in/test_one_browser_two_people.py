"""Two people at one browser: nothing that one typed reaches the other."""

import re

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from examples import ticket
from formfilling import NEW, Answer, Visitor, hidden_fields
from plainbrowser import PlainBrowser
from showroom import Showroom

from ticket24.domain.tickets.model import ContactRef, Customer, TicketRef
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.sign_in.links import RedisLinks
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.web.app import create_app

ANNA, BOB = 43, 44
WORDS = "My diagnosis is nobody's business."


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        both = ticket(ref=TicketRef(room.account.id, 51), contact_ids=(ANNA, BOB))
        await room.keep(both)
        yield room


async def page(room, visitor, path, **cookies):
    jar = "; ".join(f"{name}={value}" for name, value in cookies.items())
    url = room.address(path)
    async with visitor.session.get(url, headers={"Cookie": jar}) as response:
        return Answer(response.status, await response.text(), "", response)


@pytest.fixture
async def anna(room):
    return Visitor(room, await room.visitor(ANNA))


@pytest.mark.parametrize("by", ["an ended session", "another's session"])
@pytest.mark.parametrize("form", ["new", "51"])
async def test_the_next_person_reads_nothing(room, anna, form, by):
    """Only the person who typed what was sent too late gets it back."""
    path = "tickets/new" if form == "new" else "tickets/51/replies"
    back = "tickets/new" if form == "new" else "tickets/51"
    _, shown = await anna.get(back)
    sent = hidden_fields(shown) | NEW | {"text": WORDS}
    cookie = re.search("ticket24_session=(.*)", anna.session.headers["Cookie"])[1]
    headers = None
    if by == "an ended session":
        await RedisSessions(room.redis).end(room.account.id, cookie)
    else:
        bob = await room.cookie(BOB, name="Bob")
        origin = room.address("").split("/p/")[0]
        headers = {"Cookie": f"ticket24_session={bob}", "Origin": origin}

    answer = await anna.post(path, sent, headers=headers)
    token = answer.response.cookies["ticket24_kept"].value
    bob = await room.cookie(BOB, name="Bob")
    his = await page(room, anna, back, ticket24_session=bob, ticket24_kept=token)
    again = await room.cookie(ANNA)
    hers = await page(room, anna, back, ticket24_session=again, ticket24_kept=token)

    assert 303 == answer.status
    assert (WORDS not in his.page, "" == his.value("text")) == (True, True)
    assert "ticket24_kept" not in his.response.cookies
    assert WORDS == hers.value("text")
    assert "" == hers.response.cookies["ticket24_kept"].value
    assert [] == [key async for key in room.redis.scan_iter(f"*draft:{BOB}*")]


async def test_a_planted_text_replaces_no_draft(room, anna):
    """What a stranger has left with us cannot become the draft of a customer."""
    bob = await room.cookie(BOB, name="Bob")
    _, shown = await anna.get("tickets/new")
    origin = room.address("").split("/p/")[0]
    headers = {"Cookie": f"ticket24_session={bob}", "Origin": origin}
    sent = hidden_fields(shown) | NEW | {"text": "planted"}
    answer = await anna.post("tickets/new", sent, headers=headers)
    token = answer.response.cookies["ticket24_kept"].value

    his = await page(
        room, anna, "tickets/new", ticket24_session=bob, ticket24_kept=token
    )

    assert "planted" not in his.page


@pytest.mark.parametrize(
    ("asked", "end"), [("bob@example.com", "?q=words"), ("anna@example.com", "")]
)
async def test_the_way_on_is_for_who_asked(room, asked, end):
    """A link leads on where its own reader wanted to go, not somebody before."""
    bob = Customer(ContactRef(room.account.id, BOB), "Bob", ("bob@example.com",))
    await RedisCustomers(room.redis).put_all(room.account.id, [bob])
    async with PlainBrowser() as browser:
        start = room.address("login/link?next=/p/acme/%3Fq%3Dwords")
        asking = await browser.open(start)
        await browser.send(asking, asking.form("/login/link").fill(email=asked))
        token = await RedisLinks(room.redis).make(
            room.account.id, "bob@example.com", [BOB]
        )
        link = await browser.open(room.address(f"login/link/{token}"))
        inside = await browser.send(link, link.forms[-1])

    assert room.address(end) == inside.url


async def test_signing_out_leaves_nothing_behind(room, anna):
    """Browsers may keep none of our pages, and their cookie opens nothing more."""
    settings = room.settings.model_copy(update={"public_url": "https://help.example"})
    cookie = await room.cookie(ANNA)
    async with TestServer(create_app(settings)) as server, ClientSession() as http:
        url = server.make_url("/p/acme/logout")
        headers = {"Cookie": f"__Host-ticket24_session_acme={cookie}"}
        async with http.get(url, headers=headers) as shown:
            token = re.search(r'csrf_token" value="(\w+)"', await shown.text())[1]
        form = {"csrf_token": token}
        async with http.post(url, data=form, headers=headers) as answer:
            await answer.read()

    assert "no-store" in answer.headers["Cache-Control"]
    assert "" == answer.cookies["__Host-ticket24_session_acme"].value
    assert None is await RedisSessions(room.redis).login(room.account.id, cookie)
