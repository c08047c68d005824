"""A way in that was made before something changed leads nowhere after it."""

import re

import pytest
import pytest_asyncio
from desk import until

from bitrix24_sandbox.account import people
from bitrix24_sandbox.account.world import PASSWORD_FIELD
from ticket24.flows.customers.inviting import invite
from ticket24.flows.customers.signing_in import SignIn
from ticket24.flows.reach.clients import open_clients
from ticket24.store import keys
from ticket24.store.sign_in.sessions import RedisSessions

LINK = re.compile(r"http://\S+/p/acme/login/link/(\S+)")
MAILS = ("sign_in", "invitation")


@pytest.fixture
def desk(shared_desk):
    return shared_desk


class House:
    """An account whose customer Jörg gets a link or an invitation."""

    def __init__(self, desk, account, sign_in):
        self.desk, self.account, self.sign_in = desk, account, sign_in
        self.contact, self.email, _ = desk.customer("Jörg")

    async def ask(self, kind):
        stores = self.desk.stores
        if kind == "sign_in":
            await self.sign_in.ask_for_link(self.account, self.email, "203.0.113.9")
            return
        known = await stores.customers.get_all(self.account.id, [self.contact.id])
        await invite(
            self.account,
            known[self.contact.id],
            self.email,
            "Klaus",
            stores,
        )

    async def token(self, kind):
        mails = await until(lambda: self.desk.mailbox.of_kind(kind))
        text = mails[-1].get_body(("plain",)).get_content()
        return LINK.search(text)[1]

    async def is_good(self, token):
        return None is not await self.sign_in.whose_link(self.account, token)

    async def dead(self, token):
        return not await self.is_good(token)

    def change(self, **fields):
        if "password" in fields:
            fields["custom"] = {PASSWORD_FIELD: fields.pop("password")}
        people.update_contact(self.desk.world, 1, self.contact.id, **fields)

    async def everywhere(self):
        sessions = RedisSessions(self.desk.stores.redis)
        await sessions.end_everywhere(self.account.id, [self.contact.id])


@pytest_asyncio.fixture(loop_scope="module")
async def house(desk):
    account = await desk.connect()
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        sign_in = SignIn(desk.stores, clients)
        yield House(desk, account, sign_in)
        await sign_in.close()


@pytest.mark.parametrize("kind", MAILS)
async def test_a_changed_password_ends_what_was_sent(house, kind):
    """Though nobody has ever signed in with the one before."""
    async with house.desk.worker():
        await house.ask(kind)
        token = await house.token(kind)
        house.change(last_name="Meyer")
        await house.desk.quiet(house.account)
        assert await house.is_good(token)

        house.change(password="changed")

        await until(lambda: house.dead(token))
    assert not (await house.sign_in.by_link(house.account, token)).customers


async def test_a_password_that_could_not_be_read_ends_it_too(house):
    """If Bitrix24 is away the mail is sent, and its link ends at the first doubt."""
    house.desk.world.faults.rest = "502"
    async with house.desk.worker():
        await house.ask("invitation")
        token = await house.token("invitation")
        house.desk.world.faults.rest = ""
        house.change(password="changed")

        await until(lambda: house.dead(token))


async def test_an_address_that_moved_ends_what_was_sent(house):
    """The new owner of an address is not signed in as the previous one."""
    async with house.desk.worker():
        await house.ask("sign_in")
        token = await house.token("sign_in")

        house.change(emails=["joerg@elsewhere.example"])
        people.add_contact(house.desk.world, 1, "Eve", emails=[house.email])

        await until(lambda: house.dead(token))
    assert not (await house.sign_in.by_link(house.account, token)).customers


@pytest.mark.parametrize("kind", MAILS)
async def test_everywhere_means_links_as_well(house, kind):
    """Those that were sent, and those that still wait."""
    async with house.desk.worker():
        await house.ask(kind)
        token = await house.token(kind)
        await house.everywhere()
        assert await house.dead(token)
    async for key in house.desk.stores.redis.scan_iter("*attempts*"):
        await house.desk.stores.redis.delete(key)
    house.desk.mailbox.mails.clear()
    await house.ask(kind)
    await house.everywhere()

    async with house.desk.worker():
        account = house.account.id
        lanes = keys.link_requests(account), keys.link_invitations(account)
        await until(lambda: gone(house.desk.stores.redis, *lanes))
    assert [] == house.desk.mailbox.mails


async def gone(redis, *names):
    return not await redis.exists(*names)
