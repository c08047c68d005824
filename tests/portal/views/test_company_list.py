"""What people read of the tickets of their company: the list, a page, and news."""

import asyncio
import re

import pytest
from examples import message, ticket
from showroom import Showroom
from town_roles import GARAGE, SHARING, WORKS, employ

from ticket24.domain.customers.company_view import CompanyRole
from ticket24.domain.tickets.model import ContactRef, Customer, TicketRef, Voice
from ticket24.store.customers.companies import RedisCompanies
from ticket24.store.customers.known import RedisCustomers

ANNA, BEN, DORA = 43, 44, 46


@pytest.fixture
async def room(redis, redis_url):
    """Anna and Ben, of two companies that Dora manages, with a ticket each."""
    async with Showroom(redis, redis_url, settings=SHARING) as room:
        await RedisCustomers(redis).put_all(
            room.account.id,
            [
                Customer(ContactRef(room.account.id, id_), name, (f"{id_}@x.org",))
                for id_, name in ((ANNA, "Anna <b>"), (BEN, "Ben"))
            ],
        )
        await employ(
            room,
            _43=((WORKS,),),
            _44=((GARAGE,), "colleague"),
            _46=((WORKS, GARAGE), "manager"),
        )
        for number, contact in ((51, ANNA), (52, BEN)):
            await keep(room, number, contact)
        yield room


async def keep(room, number, contact, *more):
    said = (message(1, "Hello", voice=Voice.STAFF), *more)
    ref = TicketRef(room.account.id, number)
    await room.keep(
        ticket(ref=ref, subject=f"T{number}", contact_ids=(contact,), messages=said)
    )


async def got(room, visitor, path="", **options):
    async with visitor.get(room.address(path), **options) as answer:
        return answer.status, await answer.text()


async def test_the_list_says_whose_each_ticket_is(room):
    """Person and company, by whom it can be narrowed; the own list is without."""
    dora = await room.visitor(DORA)

    _, whole = await got(room, dora, "?show=company")
    _, bens = await got(room, dora, f"?show=company&from={BEN}&state=all")
    _, own = await got(room, dora)
    _, hers = await got(room, await room.visitor(ANNA), "?show=company")

    assert "Anna &lt;b&gt; · Water Works" in whole
    assert "Garage, Water Works" in whole
    assert ["T51", "T52"] == sorted(re.findall(r"/tickets/\d+\">(T\d+)<", whole))
    assert ["T52"] == re.findall(r"/tickets/\d+\">(T\d+)<", bens)
    assert "?show=company" in own
    assert "T5" not in own
    # Whoever has no company to see does not learn that others have.
    assert "show=company" not in hers
    assert ["T51"] == re.findall(r"/tickets/\d+\">(T\d+)<", hers)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("anna", ["T51"]),
        ("Anna T51", ["T51"]),
        ("water works", ["T51"]),
        ("ben garage t52", ["T52"]),
        ("anna T52", []),
        ("ben nonsense", []),
    ],
)
async def test_a_search_finds_whose_a_ticket_is(room, words, found):
    """By name and company as the list shows them, beside words in the ticket."""
    dora = await room.visitor(DORA)

    _, page = await got(room, dora, f"?show=company&state=all&q={words}")

    shown = sorted(re.findall(r"/tickets/\d+\">(T\d+)<", page))
    assert found == shown


async def test_what_was_read_is_the_readers_own(room):
    """Neither a manager's reading nor the owner's counts for the other."""
    anna, dora = await room.visitor(ANNA), await room.visitor(DORA)

    async def unread(visitor, query=""):
        async with visitor.get(room.address(f"status.json{query}")) as answer:
            rows = (await answer.json())["tickets"]
            return {row["id"]: row["unread"] for row in rows}

    await got(room, dora, "tickets/51")
    assert {51: 0, 52: 1} == await unread(dora, "?show=company")
    assert {51: 1} == await unread(anna)
    await got(room, anna, "tickets/51")
    assert {51: 0} == await unread(anna)


async def test_a_page_that_waits_hears_of_the_company(room):
    """A colleague's news, and the end of what may be seen, are answered at once."""
    dora = await room.visitor(DORA)
    store, account = RedisCompanies(room.redis), room.account.id

    async def tag():
        async with dora.get(room.address("status.json?show=company")) as answer:
            return answer.headers["ETag"]

    async def waits(etag):
        address = room.address("status.json?show=company&wait=20")
        async with dora.get(address, headers={"If-None-Match": etag}) as answer:
            rows = (await answer.json())["tickets"] if answer.status == 200 else None
            return answer.status, rows and sorted(row["id"] for row in rows)

    async def while_waiting(change):
        waiting = asyncio.create_task(waits(await tag()))
        await asyncio.sleep(0.3)
        await change
        async with asyncio.timeout(18):
            return await waiting

    more = message(2, "More", voice=Voice.STAFF)
    assert (200, [51, 52]) == await while_waiting(keep(room, 51, ANNA, more))
    hidden = store.make_private(account, 51, [ANNA], private=True)
    assert (200, [52]) == await while_waiting(hidden)
    assert 404 == (await got(room, dora, "tickets/51"))[0]
    gone = employ(room, _43=((WORKS,),), _44=((GARAGE,),), _46=((), "manager"))
    assert (200, []) == await while_waiting(gone)


async def test_a_page_of_a_large_company_hears_soon(room):
    """Of hundreds of others it is told by its next question, moments later."""
    crowd = range(1_000, 1_220)
    people = {f"_{one}": ((WORKS,),) for one in crowd}
    await employ(room, _46=((WORKS,), "manager"), **people)
    dora = await room.visitor(DORA)
    address = room.address("status.json?show=company")
    async with dora.get(address) as answer:
        known = {"If-None-Match": answer.headers["ETag"]}

    async def asked():
        async with dora.get(f"{address}&wait=20", headers=known) as answer:
            rows = (await answer.json())["tickets"] if answer.status == 200 else []
            return answer.status, [row["id"] for row in rows]

    async with asyncio.timeout(19):  # In place of twenty seconds.
        waiting = asyncio.create_task(asked())
        await asyncio.sleep(0.05)
        await keep(room, 99, crowd[-1])
        answers = [await waiting, await asked()]

    assert (200, [99]) == answers[-1]


async def test_an_owner_keeps_a_ticket_private_and_shows_it_again(room):
    """One button, on the ticket's own page; staff who look on cannot press it."""
    anna, dora = await room.visitor(ANNA), await room.visitor(DORA)

    async def press(value):
        _, page = await got(room, anna, "tickets/51")
        token = re.search(r'csrf_token" value="(\w+)"', page)[1]
        fields = {"csrf_token": token, "private": value}
        async with anna.post(room.address("tickets/51/private"), data=fields) as answer:
            return await answer.text()

    assert "Keep private" in (await got(room, anna, "tickets/51"))[1]
    assert "Only you" in await press("1")
    assert 404 == (await got(room, dora, "tickets/51"))[0]
    assert "Keep private" in await press("0")
    status, page = await got(room, dora, "tickets/51")
    assert 200 == status
    assert "f-private" not in page


async def test_doubt_is_said(room):
    """While nobody can tell who belongs, the own tickets are there and a sentence."""
    long_ago = 1_000.0
    await employ(room, long_ago, _43=((WORKS,),), _46=((WORKS,), "manager"))
    store = RedisCompanies(room.redis)
    await store.choose(room.account.id, DORA, CompanyRole.MANAGER)

    _, page = await got(room, await room.visitor(DORA), "?show=company")

    assert 'id="unsure"' in page
    assert "T51" not in page
