"""The lanes in which requests for links wait."""

import asyncio
from datetime import UTC, datetime

import pytest

from ticket24.domain.customers.invitations import Invitation
from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.store import keys
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.sign_in.invitations import RedisInvitations
from ticket24.store.sign_in.links import Lane, RedisLinks
from ticket24.store.sign_in.sessions import RedisSessions

EMAIL = "office@example.com"
MOST = 60


@pytest.fixture
async def links(redis):
    await redis.hset(keys.account("acme"), "account", "{}")
    people = [
        Customer(ContactRef("acme", 43), "Anna", ("Office@Example.com", "a@b.c")),
        Customer(ContactRef("acme", 44), "Bert", (EMAIL,)),
    ]
    await RedisCustomers(redis).put_all("acme", people)
    return RedisLinks(redis, most_strangers=MOST)


async def flood(links, networks, *, each=1, name="flood"):
    """Have strangers ask; each network asks so often."""
    for number, network in enumerate(networks):
        for n in range(each):
            await links.ask("acme", f"{name}-{number}-{n}@example.net", network)


async def strangers(redis):
    rows = await redis.zrange(keys.link_strangers("acme"), 0, -1)
    return [row.decode().split(" ")[1] for row in rows]


async def served(links, count):
    """Return whose turn it is, this many times."""
    found = []
    for _ in range(count):
        request = await links.claim_stranger("acme")
        await links.done("acme", request)
        found.append(request.email)
    return found


async def test_strangers_take_no_place_of_customers(links, redis):
    """However many strangers ask, whom we know is served first, and none is lost."""
    await flood(links, [f"2001:db8:{n:x}::1" for n in range(MOST + 20)])
    assert not await links.ask("acme", "one-more@example.net", "2001:db8::2")
    assert await links.ask("acme", " OFFICE@example.com ", "203.0.113.9")
    invitation = Invitation("a@b.c", "Klaus", datetime.now(UTC))
    assert await RedisInvitations(redis).ask("acme", 43, invitation)

    known, invited = await links.claim("acme", 10)

    assert ("OFFICE@example.com", 0, Lane.KNOWN, "43=0:0,44=0:0") == (
        known.email,
        known.contact_id,
        known.lane,
        known.noted,
    )
    assert ("a@b.c", 43, Lane.INVITED, "43=0:0") == (
        invited.email,
        invited.contact_id,
        invited.lane,
        invited.noted,
    )
    assert MOST == len(await strangers(redis))


async def test_the_greediest_network_loses_its_oldest(links, redis):
    """A whole /32 full of addresses crowds out nobody but itself."""
    await links.ask("acme", "new@example.org", "198.51.100.1")
    await flood(links, [f"2001:db8:{n:x}:{n}::1" for n in range(130)])
    await flood(links, ["192.0.2.7"], each=10, name="office")

    waiting = await strangers(redis)
    assert MOST == len(waiting)
    assert "new@example.org" in waiting
    assert 10 == sum(email.startswith("office") for email in waiting)
    assert "flood-0-0@example.net" not in waiting
    assert "flood-129-0@example.net" in waiting


async def test_every_network_gets_its_turn(links):
    """One who asks once is served before one who asks for the hundredth time."""
    await flood(links, [f"2001:db8:{n:x}::1" for n in range(40)])
    await flood(links, ["192.0.2.7", "192.0.2.8"], each=9, name="neighbours")
    await links.ask("acme", "new@example.org", "198.51.100.1")
    await links.ask("acme", "next@example.org", "192.0.2.9")

    first = await served(links, 3)
    more = await served(links, 9)

    assert {"flood", "neighbours", "new@example.org"} == {
        email.partition("-0")[0].partition("-1")[0] for email in first
    }
    assert "next@example.org" in more


async def test_who_had_a_turn_waits_for_the_others(links):
    """To come back again and again does not help."""
    for n in range(5):
        await links.ask("acme", f"again-{n}@example.net", "2001:db8::1")
        await served(links, 1)
    await flood(links, ["2001:db8::1"], name="again")
    await links.ask("acme", "new@example.org", "198.51.100.1")

    assert ["new@example.org"] == await served(links, 1)


async def test_three_links_go_to_an_address_whoever_asks(links):
    """Whether it was known from the start or found in the CRM meanwhile."""
    await links.ask("acme", "late@example.org", "198.51.100.1")
    for n in range(5):
        await links.ask("acme", EMAIL, f"198.51.100.{n}")
        await asyncio.sleep(0.002)
    request = await links.claim_stranger("acme")
    await links.promote("acme", request)
    await links.promote("acme", request)

    waiting = [one.email for one in await links.claim("acme", 100)]

    assert [EMAIL] * 3 + ["late@example.org"] == waiting
    assert None is await links.claim_stranger("acme")


async def test_asking_costs_the_same_whoever_asks(links, redis):
    """Known, unknown, or one too many: the same commands go to Redis."""
    heard = set()
    await links.ask("acme", EMAIL, "198.51.100.1")
    for email in [EMAIL] * 4 + ["nobody@example.org"] * 4:
        async with redis.monitor() as monitor:
            await links.ask("acme", email, "198.51.100.1")
            await redis.exists("the end")
            commands = []
            async for command in monitor.listen():
                if "the end" in command["command"]:
                    break
                if command["client_type"] != "lua":
                    commands.append(command["command"].split()[0])
        heard.add(tuple(one for one in commands if one not in {"PING", "CLIENT"}))

    assert {("EVALSHA", "EVALSHA")} == heard


async def test_requests_of_the_version_before_are_served(links, redis):
    """Those that wait while an installation is updated are not lost."""
    until = int((datetime.now(UTC).timestamp() + 800) * 1_000)
    old = {f"{until} {EMAIL}": 0, f"{until} a@b.c 43": 0}
    await redis.zadd(keys.link_requests("acme"), old)

    found = {one.email: one.contact_id for one in await links.claim("acme", 10)}

    assert {EMAIL: 0, "a@b.c": 43} == found


async def test_links_of_the_version_before_are_good(links, redis):
    """They note no generations, and live for 15 minutes, or as an invitation a week."""
    token = await links.make("acme", EMAIL, [43])
    (key,) = [key async for key in redis.scan_iter("*:link:*")]
    await redis.set(key, '{"email": "office@example.com", "contacts": [43, 44]}')

    assert (43, 44) == (await links.use("acme", token)).contact_ids


async def ended(redis):
    await RedisSessions(redis).end_everywhere("acme", [43])


async def moved(redis):
    people = [Customer(ContactRef("acme", 43), "Anna", ("a@b.c",))]
    await RedisCustomers(redis).put_all("acme", people)


async def gone(redis):
    await RedisCustomers(redis).remove(ContactRef("acme", 43))


async def moved_and_back(redis):
    await moved(redis)
    people = [Customer(ContactRef("acme", 43), "Anna", (EMAIL, "a@b.c"))]
    await RedisCustomers(redis).put_all("acme", people)


@pytest.mark.parametrize("change", [ended, moved, gone, moved_and_back])
async def test_what_ends_sessions_ends_links(links, redis, change):
    """An earlier link is no longer valid for that contact, but still for the other."""
    both = await links.make("acme", EMAIL, [43, 44])
    alone = await links.make("acme", EMAIL, [43])

    await change(redis)

    assert None is await links.whose("acme", alone)
    assert await links.whose("acme", both)
    assert None is await links.use("acme", alone)
    assert (44,) == (await links.use("acme", both)).contact_ids


@pytest.mark.parametrize("change", [ended, moved, gone, moved_and_back])
async def test_what_ends_sessions_ends_requests(links, redis, change):
    """No link is made of a request that waited since before."""
    await links.ask("acme", EMAIL, "198.51.100.1")
    invitation = Invitation(EMAIL, "Klaus", datetime.now(UTC))
    await RedisInvitations(redis).ask("acme", 43, invitation)
    asked, invited = await links.claim("acme", 10)

    await change(redis)

    assert "" == await links.make("acme", EMAIL, [43], noted=invited.noted)
    token = await links.make("acme", EMAIL, [43, 44], noted=asked.noted)
    assert (44,) == (await links.use("acme", token)).contact_ids


async def test_a_new_link_is_good_after_a_change(links, redis):
    """A customer who signed out everywhere asks anew."""
    await ended(redis)
    token = await links.make("acme", EMAIL, [43])

    assert (43,) == (await links.use("acme", token)).contact_ids
