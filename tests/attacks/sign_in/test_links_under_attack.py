"""Strangers ask for sign-in links by the thousand; customers get theirs."""

from dataclasses import replace

import pytest
import pytest_asyncio
from desk import until

from bitrix24_sandbox.account import people
from ticket24.flows.customers.inviting import invite
from ticket24.flows.customers.signing_in import SignIn
from ticket24.flows.reach.clients import open_clients
from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.customers.attempts import RedisAttempts
from ticket24.store.sign_in.links import RedisLinks

HONEST = "203.0.113.9"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def door(desk):
    links = RedisLinks(desk.stores.redis, most_strangers=60)
    account = await desk.connect()
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        sign_in = SignIn(replace(desk.stores, links=links), clients)

        class Door:
            async def ask(self, email, address=HONEST):
                await sign_in.ask_for_link(account, email, address)

            async def flood(self, count):
                """Ask for so many strangers, from 62 networks of one provider."""
                for n in range(count):
                    address = f"2001:db8:{n % 62:x}:{n:x}::1"
                    await links.ask(account.id, f"stranger-{n}@example.net", address)

            def add(self, name):
                """Have a contact that we have not heard of yet."""
                desk.world.outgoing.clear()
                email = f"{name.lower()}@example.org"
                people.add_contact(desk.world, 1, name, emails=[email], password="x")
                return email

            def recipients(self, kind="sign_in"):
                return {m["X-Envelope-To"] for m in desk.mailbox.of_kind(kind)}

        door = Door()
        door.desk, door.account = desk, account
        yield door
        await sign_in.close()


async def test_a_known_customer_gets_a_link_at_once(door):
    """Strangers from 62 networks fill only what is the strangers'."""
    _, email, _ = door.desk.customer("Jörg")
    await door.flood(80)

    await door.ask(email)

    async with door.desk.worker():
        await until(lambda: email in door.recipients())


async def test_who_was_added_to_the_crm_a_moment_ago_gets_a_link(door):
    """Strangers take turns by the networks they come from: one is not behind all."""
    await door.flood(80)
    email = door.add("Nadia")

    await door.ask(email)

    async with door.desk.worker():
        await until(lambda: email in door.recipients())


@pytest.mark.parametrize("pace", [Pace(stranger_seconds=1.0)])
async def test_who_comes_when_all_turns_are_taken_gets_the_next(door):
    """Even after a flood has begun, a newcomer waits for one turn and not for all."""
    await door.flood(80)
    email = door.add("Nadia")
    attempts = door.desk.stores.attempts
    async with door.desk.worker():
        await until(lambda: spent(attempts, door.account.id))

        await door.ask(email)

        await until(lambda: email in door.recipients())
    assert 40 < await door.desk.stores.redis.zcard(keys.link_strangers(door.account.id))


async def spent(attempts, account):
    """Whether no turn is left; otherwise take one."""
    return not await attempts.stranger(account)


async def test_nobody_uses_up_another_ones_links(door):
    """Asking in a newcomer's name does not use up the newcomer's own request."""
    email = door.add("Nadia")
    for n in range(20):
        await door.desk.stores.links.ask(door.account.id, email, f"2001:db8::{n:x}")
    await door.flood(80)

    await door.ask(email)

    async with door.desk.worker():
        await until(lambda: email in door.recipients())


async def test_invitations_have_a_lane_of_their_own(door):
    """Staff can invite whatever strangers do."""
    await door.flood(80)
    contact, email, _ = door.desk.customer("Jörg")
    stores = door.desk.stores
    known = await stores.customers.get_all(door.account.id, [contact.id])

    await invite(
        door.account,
        known[contact.id],
        email,
        "Klaus",
        stores,
    )

    async with door.desk.worker():
        await until(lambda: email in door.recipients("invitation"))


async def test_one_account_under_attack_holds_up_no_other(door):
    """Strangers of one account and a Bitrix24 that hangs: the others' links leave."""
    desk = door.desk
    other = await desk.connect(slug="other", events=False, token="another-token-0002")
    await door.flood(80)
    desk.world.faults.slow_seconds = 2
    contact, email, _ = desk.customer("Jörg")
    await desk.stores.logins.put(other.id, contact.id, None, "")

    async with desk.worker():
        await until(lambda: desk.stores.redis.exists(keys.link_turns(door.account.id)))
        await desk.stores.links.ask(other.id, email, HONEST)
        await until(lambda: email in door.recipients())
        desk.world.faults.slow_seconds = 0


async def test_the_strangers_of_an_account_cost_ten_look_ups_a_minute(door):
    """However many they are: Bitrix24 is for the customers."""
    attempts = RedisAttempts(door.desk.stores.redis)

    assert 10 == [await attempts.stranger(door.account.id) for _ in range(30)].count(
        True
    )
    assert await attempts.look_up_known(door.account.id, "ada@example.com")
    (key,) = [
        key async for key in door.desk.stores.redis.scan_iter("*turns-of-strangers*")
    ]
    await door.desk.stores.redis.decrby(key, 6_000)
    assert await attempts.stranger(door.account.id)
    assert not await attempts.stranger(door.account.id)
