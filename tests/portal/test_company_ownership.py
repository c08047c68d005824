"""Every route of the portal, asked by people of the same company and of others."""

import json
import re
import time

import pytest
from aiohttp import ClientSession, DummyCookieJar
from examples import message, ticket
from showroom import Showroom
from town import ANNA, HERS, HIS, NOWHERE, OWNED, Town, named, plain
from town_roles import FIELD, GARAGE, SHARING, WORKS, employ

from ticket24.domain.commands.model import PostReply
from ticket24.domain.customers.company_view import CompanyRole
from ticket24.domain.messages.signatures import signature
from ticket24.domain.settings.model import Department
from ticket24.domain.settings.sharing import CompanyView
from ticket24.domain.tickets.model import TicketRef, Voice
from ticket24.portal.parts import PORTAL
from ticket24.store.customers.companies import RedisCompanies

# Ben is Anna's colleague, Dora their manager, and Carl sees his own tickets alone.
# Fred was of the company until a moment ago. Gina manages another one.
CARL, DORA, FRED, GINA = 45, 46, 47, 48

# What a ticket's owner alone may do, whatever others are.
PERSONAL = ("rating", "private", "mute", "received/")


@pytest.fixture
async def firm(redis, redis_url):
    """Two accounts whose customers work for companies of the same numbers."""
    async with (
        Showroom(redis, redis_url, settings=SHARING) as acme,
        Showroom(redis, redis_url, slug="other", settings=SHARING) as other,
        ClientSession(cookie_jar=DummyCookieJar()) as http,
    ):
        town = Town(acme, other, http)
        await town.furnish()
        await employ(
            acme,
            _43=((WORKS,), "own"),
            _44=((WORKS,), "colleague"),
            _45=((WORKS,), "own"),
            _46=((GARAGE, WORKS, 9), "manager"),
            _48=((GARAGE, 10), "manager"),
        )
        await employ(acme, _47=((), "manager"))
        await employ(other, _43=((WORKS,), "manager"), _46=((WORKS,), "manager"))
        for name, number in (("carl", CARL), ("dora", DORA), ("gina", GINA)):
            setattr(town, name, await acme.cookie(number, name=name.title()))
        town.fred = await acme.cookie(FRED, name="Fred")
        yield town


def paths(number):
    """Yield those that are not for owners alone."""
    for method, path in named(number):
        if not any(one in path for one in PERSONAL):
            yield method, path


async def answers(town, who, slug="acme", number=HERS):
    """Return the status of each path, with what was sent and drafts taken back."""
    cookie, found = getattr(town, who), {}
    for method, path in paths(number):
        answer = await town.send(method, path, cookie, slug)
        found[method, path] = answer.status
        if answer.status == 403 and answer.content_type == "text/html":
            assert "You can only read this ticket" in answer.page
        assert "Not for customers" not in answer.page
    return found


async def test_a_colleague_reads_and_changes_nothing(firm):
    """Pages and files are there; every form of the ticket is refused."""
    before = await firm.written()

    statuses = await answers(firm, "ben")

    assert {("GET", 200), ("GET", 503), ("POST", 403)} == {
        (method, status) for (method, _), status in statuses.items()
    }
    assert before == await firm.written()


async def test_a_manager_may_do_all_that_the_owner_may(firm):
    """Every path answers the manager as it does the owner; the words are his."""
    statuses = await answers(firm, "dora")

    assert statuses == await answers(firm, "anna")
    commands = await firm.acme.commands.waiting(firm.acme.account.id, [DORA])
    replies = [one.command for one in commands if isinstance(one.command, PostReply)]
    assert [(DORA, "Dora", "Not mine")] == [
        (one.contact_id, one.name, one.text) for one in replies
    ]


async def test_what_is_personal_stays_so(firm):
    """Neither colleague nor manager rates, hides, or sees what is on its way."""
    refused = {"received/": 404, "mute": 303}  # The latter mutes nothing.
    before = await firm.written()
    for who in ("ben", "dora"):
        for method, path in named(HERS):
            if any(one in path for one in PERSONAL):
                answer = await firm.send(method, path, getattr(firm, who))
                wanted = next((n for one, n in refused.items() if one in path), 403)
                assert wanted == answer.status, path
    assert before == await firm.written()


OUTSIDE = (
    ("carl", "acme", HERS),  # Of the company, with the role own.
    ("fred", "acme", HERS),  # A former colleague.
    ("gina", "acme", HERS),  # Of another company.
    ("anna", "acme", HIS),  # The other way round: a role is one person's.
    ("ben", "acme", NOWHERE),
    ("olga", "other", HIS),  # Of another account, where numbers are the same.
)


async def test_others_find_nothing(firm):
    """What they may not see is 404, in the words of what does not exist."""
    before = await firm.written()
    for who, slug, number in OUTSIDE:
        cookie = getattr(firm, who)
        for method, path in paths(number):
            answer = await firm.send(method, path, cookie, slug)
            assert 404 == answer.status, (who, path)
            if method == "GET":
                nothing = path.replace(str(number), "999999")
                other = await firm.send(method, nothing, cookie, slug)
                assert plain(other.page) == plain(answer.page), (who, path)
        for path in ("?show=company", "status.json?show=company", "?q=secret"):
            page = (await firm.ask("GET", path, cookie, slug)).page
            assert number == NOWHERE or f"/{number}" not in page
    assert before == await firm.written()


async def test_lists_of_the_company_hold_what_is_shown(firm):
    """A manager's hold all but the own; nothing of them is in the others."""
    for who, numbers in (("ben", [HERS]), ("dora", [HERS, HIS, 54]), ("carl", [])):
        cookie = getattr(firm, who)
        path = "status.json?show=company"
        listed = json.loads((await firm.ask("GET", path, cookie)).page)["tickets"]
        assert numbers == sorted(row["id"] for row in listed), who
        plain_ = json.loads((await firm.ask("GET", "status.json", cookie)).page)
        mine = {row["id"] for row in plain_["tickets"]}
        assert not mine & set(numbers)


async def closed(firm):
    """Return who of colleague and manager is shown Anna's ticket."""
    return {
        who
        for who in ("ben", "dora")
        for path in (f"tickets/{HERS}", f"tickets/{HERS}/files/a5")
        if (await firm.ask("GET", path, getattr(firm, who))).status != 404
    } | {
        who
        for who in ("ben", "dora")
        for path in ("status.json?show=company", "?show=company", "?show=company&q=of")
        if "Secret of 43" in (await firm.ask("GET", path, getattr(firm, who))).page
    }


async def test_what_closes_a_ticket_closes_every_way_to_it(firm):
    """A private ticket, a department apart, a company that let somebody go, doubt."""
    room, companies = firm.acme, RedisCompanies(firm.acme.redis)
    assert {"ben", "dora"} == await closed(firm)

    await companies.make_private(room.account.id, HERS, [ANNA], private=True)
    assert set() == await closed(firm)
    await companies.make_private(room.account.id, HERS, [ANNA], private=False)

    await companies.choose(room.account.id, DORA, CompanyRole.OWN)
    assert {"ben"} == await closed(firm)
    await companies.choose(room.account.id, DORA, None)

    # Anna has left: of her company are the others alone.
    await employ(room, _44=((WORKS,), "colleague"), _46=((WORKS,), "manager"))
    assert set() == await closed(firm)

    # Bitrix24 has not answered for minutes.
    old = {"_43": ((WORKS,),), "_44": ((WORKS,), "colleague")}
    await employ(room, time.time() - 301, **old, _46=((WORKS,), "manager"))
    assert set() == await closed(firm)


async def test_a_ticket_that_comes_as_private_is_not_shown_for_a_moment(
    redis, redis_url
):
    """Though it comes while a manager asks for it: it is private before it is there."""
    async with Showroom(redis, redis_url, settings=SHARING) as room:
        await employ(room, _43=((WORKS,),), _46=((WORKS,), "manager"))
        account, store = room.account.id, RedisCompanies(redis)
        hers = ticket(ref=TicketRef(account, HERS), contact_ids=(ANNA,))
        pages = room.server.app[PORTAL].stores.pages
        read, asked = pages.ticket, []

        async def ticket_that_comes(*about, **more):
            asked.append(about)
            if ANNA in about[1]:
                await store.make_private(account, HERS, [ANNA], private=True)
                await room.keep(hers)
            return await read(*about, **more)

        pages.ticket = ticket_that_comes
        dora = await room.visitor(DORA)
        async with dora.get(room.address(f"tickets/{HERS}")) as answer:
            assert (404, 2) == (answer.status, len(asked))


async def test_nothing_tells_that_there_is_a_private_ticket(redis, redis_url):
    """Lists, counts, filters, searches, news and links are as if it did not exist."""
    async with Showroom(redis, redis_url, settings=SHARING) as room:
        await employ(room, _43=((WORKS,),), _44=((WORKS,),), _46=((WORKS,), "manager"))
        account, store = room.account.id, RedisCompanies(redis)
        await room.keep(ticket(ref=TicketRef(account, HIS), contact_ids=(44,)))
        dora = await room.visitor(DORA)
        mark = "0123456789abcdef"

        async def seen():
            found = []
            for path in (
                *("?show=company", "?show=company&state=all", "?show=company&page=2"),
                *(f"?show=company&from={ANNA}", "?show=company&q=zebra&state=all"),
                *("?show=company&q=%2351", "?show=company&priority=High&sort=created"),
                "status.json?show=company&since=2026-01-01T00:00:00Z",
                *("status.json?show=company", f"go/{mark}", f"tickets/{HERS}"),
                *(f"tickets/{HERS}/files/a5/small", f"tickets/{HERS}/files/a5"),
                f"tickets/{HERS}/status.json",
            ):
                async with dora.get(room.address(path), allow_redirects=False) as one:
                    page = re.sub(r'data-etag="[^"]*"', "", plain(await one.text()))
                    found.append((path, one.status, page))
            return found

        before = await seen()
        await store.make_private(account, HERS, [ANNA], private=True)
        hers = ticket(
            ref=TicketRef(account, HERS),
            subject="Zebra",
            description=f"Zebra {signature('http://x', 'acme', mark, 'en')}",
            contact_ids=(ANNA,),
            messages=(message(9, "zebra", voice=Voice.STAFF),),
        )
        await room.keep(hers)
        hidden = await seen()
        await store.make_private(account, HERS, [ANNA], private=False)
        shown = await seen()

    assert before == hidden
    assert any("Zebra" in page for _, _, page in shown)


async def test_a_department_may_be_kept_apart(redis, redis_url):
    """Of such a department nobody sees tickets of others, in no way."""
    view = CompanyView(default="manager", field=FIELD)
    settings = SHARING.__class__(
        departments=(Department(7, "Support", own_only=True), Department(8, "Sales")),
        company_view=view,
    )
    async with Showroom(redis, redis_url, settings=settings) as room:
        await employ(room, _43=((WORKS,),), _46=((WORKS,),))
        for number, group in ((HERS, 7), (HIS, 8)):
            ref = TicketRef(room.account.id, number)
            await room.keep(ticket(ref=ref, contact_ids=(ANNA,), group_id=group))
        dora = await room.visitor(DORA)

        statuses = []
        for number in (HERS, HIS):
            async with dora.get(room.address(f"tickets/{number}")) as answer:
                statuses.append(answer.status)
        async with dora.get(room.address("status.json?show=company")) as answer:
            listed = await answer.json()

    assert [404, 200] == statuses
    assert [HIS] == [row["id"] for row in listed["tickets"]]


def test_every_owned_route_is_asked():
    """The paths of this file and those for owners alone are all that there are."""
    shared = {path for _, path in paths(HERS)}
    whole = {path for _, path in named(HERS)}

    assert len(OWNED) <= len(whole)
    assert all(any(one in path for one in PERSONAL) for path in whole - shared)
