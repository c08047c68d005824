"""Customers by address, password hashes, tries and links in Redis."""

import asyncio
from datetime import UTC, datetime

import pytest
from redis.crc import key_slot

from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.store import keys
from ticket24.store.customers.attempts import RedisAttempts
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.sign_in.links import MOST_STRANGERS, RedisLinks
from ticket24.store.sign_in.logins import RedisLogins
from ticket24.store.sign_in.sessions import RedisSessions

EMAIL = "office@example.com"
HERE, THERE = "203.0.113.9", "198.51.100.1"


@pytest.fixture
async def account(redis):
    await redis.hset(keys.account("acme"), "account", "{}")
    return "acme"


@pytest.fixture
def customers(redis):
    return RedisCustomers(redis)


def customer(number, *emails):
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return Customer(ContactRef("acme", number), f"Customer {number}", emails, at)


async def ids(customers, email=EMAIL):
    found = await customers.with_address("acme", email)
    return [one.ref.contact_id for one in found]


async def test_customers_are_found_by_any_of_their_addresses(account, customers):
    """However it is typed, and however many share it."""
    await customers.put_all(
        account, [customer(44, EMAIL), customer(43, "Office@Example.com", "a@b.c")]
    )

    assert [[43, 44], [43], []] == [
        await ids(customers, email) for email in (" OFFICE@example.COM ", "A@b.c", "")
    ]


async def test_of_very_many_with_one_address_the_oldest_count(account, customers):
    """Trying such an address costs no more than another."""
    await customers.put_all(account, [customer(n, EMAIL) for n in range(300, 100, -1)])

    assert list(range(101, 121)) == await ids(customers)


async def test_the_index_follows_the_customers(account, customers, redis):
    """An address that is gone finds nobody; nothing is left of who is gone."""
    await customers.put_all(
        account, [customer(43, EMAIL, "a@b.c"), customer(44, EMAIL)]
    )
    await customers.put_all(account, [customer(43, "new@b.c")])
    await customers.put_all(account, [customer(44)])

    assert [[], [], [43]] == [
        await ids(customers, email) for email in (EMAIL, "a@b.c", "new@b.c")
    ]
    await customers.remove(ContactRef("acme", 43))
    await customers.remove(ContactRef("acme", 44))
    assert not await redis.exists(keys.addresses("acme"), keys.customers("acme"))


async def test_of_a_company_that_left_nothing_is_kept(customers, redis):
    """Without the account's record neither customer nor hash nor request is kept."""
    await customers.put_all("acme", [customer(43, EMAIL)])
    await RedisLogins(redis).put("acme", 43, None, "hash")
    await RedisLinks(redis).ask("acme", EMAIL)

    assert [] == [key async for key in redis.scan_iter("*")]


@pytest.mark.parametrize(
    ("after", "left"),
    [
        ([EMAIL, "a@b.c"], (43, 44)),
        (["OFFICE@example.com"], (43, 44)),
        (["a@b.c"], (44,)),
        ([], (44,)),
    ],
)
async def test_sessions_end_with_their_address(account, customers, redis, after, left):
    """A contact that loses an address loses what began with it, and only that."""
    sessions = RedisSessions(redis)
    await customers.put_all(
        account, [customer(43, EMAIL, "a@b.c"), customer(44, EMAIL)]
    )
    office = await sessions.start("acme", (43, 44), EMAIL, "")

    await customers.put_all(account, [customer(43, *after)])

    assert left == (await sessions.login("acme", office)).contact_ids


async def test_other_addresses_keep_their_sessions(account, customers, redis):
    """Losing one address does not end what began with another."""
    sessions = RedisSessions(redis)
    await customers.put_all(account, [customer(43, EMAIL, "a@b.c")])
    private = await sessions.start("acme", (43,), "a@b.c", "")

    await customers.put_all(account, [customer(43, "a@b.c")])

    assert (43,) == (await sessions.login("acme", private)).contact_ids


async def test_a_contact_that_is_gone_is_signed_out(account, customers, redis):
    """With the contact go its hash and its sessions."""
    sessions, logins = RedisSessions(redis), RedisLogins(redis)
    await customers.put_all(account, [customer(43, EMAIL)])
    await logins.put("acme", 43, None, "hash")
    cookie = await sessions.start("acme", (43,), EMAIL, "")

    await customers.remove(ContactRef("acme", 43))

    assert (None, {}) == (
        await sessions.login("acme", cookie),
        await logins.hashes("acme", [43]),
    )


async def test_a_replaced_hash_ends_sessions(account, redis):
    """The first hash of a contact ends nothing; another one does."""
    sessions, logins = RedisSessions(redis), RedisLogins(redis)
    cookie = await sessions.start("acme", (43,), EMAIL, "")
    await logins.put("acme", 43, None, "first")
    assert await sessions.login("acme", cookie)

    await logins.put("acme", 43, "first", "")

    assert None is await sessions.login("acme", cookie)
    assert {43: ""} == await logins.hashes("acme", [43, 44])


@pytest.mark.parametrize("before", [None, "", "older"])
async def test_a_late_hash_changes_nothing(account, redis, before):
    """A hash compared with something that is no longer kept comes too late."""
    logins = RedisLogins(redis)
    await logins.put("acme", 43, None, "newer")

    assert not await logins.put("acme", 43, before, "late")
    assert {43: "newer"} == await logins.hashes("acme", [43])


async def test_five_tries_then_a_wait(redis):
    """The sixth try with an e-mail from one address waits up to 15 minutes."""
    attempts = RedisAttempts(redis)
    waits = [await attempts.password("acme", EMAIL, HERE) for _ in range(6)]

    assert [0] * 5 == waits[:5]
    assert 800 < waits[5] <= 900


async def test_nobody_locks_others_out(redis):
    """Other addresses, other e-mails and other companies are not concerned."""
    attempts = RedisAttempts(redis)
    for _ in range(6):
        await attempts.password("acme", EMAIL, HERE)

    assert (0, 0, 0) == (
        await attempts.password("acme", EMAIL, THERE),
        await attempts.password("acme", "a@b.c", HERE),
        await attempts.password("umbrella", EMAIL, HERE),
    )
    assert await attempts.password("acme", EMAIL.upper(), HERE)


async def test_an_address_as_a_whole_has_fifty_tries(redis):
    """However many e-mails are tried."""
    attempts = RedisAttempts(redis)
    waits = [
        await attempts.password("acme", f"{n}@example.com", HERE) for n in range(51)
    ]

    assert [0] * 50 == waits[:50]
    assert waits[50]


async def test_a_right_password_counts_for_nothing(redis):
    """It takes back its own try, and forgives the e-mail's wrong ones."""
    attempts = RedisAttempts(redis)
    for number in range(60):
        assert not await attempts.password("acme", f"{number}@example.com", HERE)
        await attempts.right("acme", f"{number}@example.com", HERE)
    for _ in range(4):
        await attempts.password("acme", EMAIL, HERE)
    await attempts.right("acme", EMAIL, HERE)

    assert [0] * 5 == [await attempts.password("acme", EMAIL, HERE) for _ in range(5)]


async def test_no_e_mail_stands_in_the_counters(redis):
    """Addresses of customers are not spread over keys."""
    attempts = RedisAttempts(redis)
    await attempts.password("acme", EMAIL, HERE)
    await attempts.password("acme", EMAIL, "2001:db8::1", "browser")
    await attempts.look_up("acme", EMAIL, HERE)

    assert [] == [key async for key in redis.scan_iter("*office*")]


async def test_links_are_rationed(redis):
    """Twenty may be asked for from one address."""
    attempts = RedisAttempts(redis)
    waits = [await attempts.link("acme", HERE) for _ in range(21)]
    assert [0] * 20 == waits[:20]
    assert waits[20]


async def test_bitrix24_is_not_asked_too_often(redis):
    """It is asked once a minute about an e-mail, thirty times about all."""
    attempts = RedisAttempts(redis)
    allowed = [
        await attempts.look_up("acme", f"{n}@b.c", f"198.51.{n}.1") for n in range(32)
    ]

    assert 30 == sum(allowed)
    assert not await attempts.look_up("acme", "0@b.c", HERE)


async def test_one_network_leaves_look_ups_to_others(redis):
    """Half of what there is, and half of the rest to the next."""
    attempts = RedisAttempts(redis)

    for network, share in (("2001:db8:1:{}::1", 15), ("2001:db8:2:{}::1", 8)):
        allowed = [
            await attempts.look_up("acme", f"{n}@{network}", network.format(n))
            for n in range(20)
        ]
        assert share == sum(allowed)
    assert await attempts.look_up("acme", "new@example.org", HERE)


async def test_a_link_is_good_once(redis):
    """Asking whether it is good does not use it up; using it does."""
    links = RedisLinks(redis)
    token = await links.make("acme", "Office@Example.com", [44, 43])

    assert await links.whose("acme", token)
    assert not await links.whose("umbrella", token)
    link = await links.use("acme", token)
    assert (EMAIL, (43, 44)) == (link.email, link.contact_ids)
    assert not await links.whose("acme", token)
    assert None is await links.use("acme", token)


@pytest.mark.parametrize("token", ["", "guess", "x" * 10_000, "\udce4\ud800"])
async def test_a_guessed_link_is_no_good(redis, token):
    """No link is valid that was not made, whatever the URL contains."""
    links = RedisLinks(redis)
    await links.make("acme", EMAIL, [43])

    assert (None, None) == (
        await links.whose("acme", token),
        await links.use("acme", token),
    )


async def test_links_end_by_themselves_and_are_not_kept(redis):
    """Redis forgets them after 15 minutes, and knows only their digest."""
    token = await RedisLinks(redis).make("acme", EMAIL, [43])
    (key,) = [key async for key in redis.scan_iter("*")]

    assert 800 < await redis.ttl(key) <= 900
    assert token.encode() not in key + await redis.get(key)


async def test_a_request_is_taken_once(account, customers, redis):
    """One worker has it; put off, it comes back; done, it is gone."""
    links = RedisLinks(redis)
    await customers.put_all(account, [customer(43, EMAIL)])
    await links.ask(account, f" {EMAIL} ")
    assert [account] == await links.accounts(10)

    (request,) = await links.claim(account, 10)
    assert EMAIL == request.email
    assert 800 < request.seconds_left <= 900
    assert [] == await links.claim(account, 10)

    await links.postpone(account, request, 0)
    await asyncio.sleep(0.002)
    assert [request.id] == [one.id for one in await links.claim(account, 10)]

    await links.done(account, request)
    await links.index(account)
    assert not await redis.exists(keys.LINK_ACCOUNTS, keys.link_requests(account))


async def test_requests_are_bounded(account, redis):
    """Asking for very many links fills no memory."""
    links = RedisLinks(redis)
    await asyncio.gather(
        *(links.ask(account, f"{n}@example.com", HERE) for n in range(310))
    )

    assert MOST_STRANGERS == await redis.zcard(keys.link_strangers(account))


def test_all_of_an_account_is_on_one_node():
    """Scripts and transactions work on a cluster."""
    names = [
        keys.account("acme"),
        keys.customers("acme"),
        keys.addresses("acme"),
        keys.passwords("acme"),
        keys.generations("acme"),
        keys.versions("acme"),
        keys.session("acme", "0"),
        keys.signed_in("acme", 43),
        keys.attempts("acme", "passwords:0"),
        keys.link("acme", "0"),
        keys.link_requests("acme"),
        keys.link_invitations("acme"),
        keys.link_strangers("acme"),
        keys.link_turns("acme"),
    ]

    assert 1 == len({key_slot(name.encode()) for name in names})
