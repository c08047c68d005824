"""A door to sign in at, with a desk behind it."""

import pytest
from doors import HERE, QUICK, connected

from bitrix24_sandbox.account import people
from bitrix24_sandbox.account.world import PASSWORD_FIELD
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.flows.customers.signing_in import SignIn
from ticket24.flows.reach.clients import open_clients
from ticket24.store.sign_in.sessions import RedisSessions


class Door:
    """A connected account, and the way in."""

    def __init__(self, desk, account, clients, sign_in):
        self.desk, self.account = desk, account
        self.clients, self.sign_in = clients, sign_in
        self.sessions = RedisSessions(desk.stores.redis)
        self.world = desk.world

    async def enter(self, email, password, address=HERE):
        """Return the first names of those who are signed in."""
        found = await self.sign_in.by_password(self.account, email, password, address)
        return [one.name.partition(" ")[0] for one in found.customers]

    async def session(self, email, password):
        found = await self.sign_in.by_password(self.account, email, password, HERE)
        ids = [one.ref.contact_id for one in found.customers]
        who = email, found.customers[0].name
        return await self.sessions.start(self.account.id, ids, *who, found.generations)

    async def inside(self, cookie):
        return await self.sessions.login(self.account.id, cookie) is not None

    async def outside(self, cookie):
        return not await self.inside(cookie)

    async def ask(self, email, address=HERE):
        await self.sign_in.ask_for_link(self.account, email, address)

    async def by_link(self, token):
        found = await self.sign_in.by_link(self.account, token)
        return [one.name.partition(" ")[0] for one in found.customers]

    def change(self, name, **fields):
        contact = self.contact(name)
        if "password" in fields:
            fields["custom"] = {PASSWORD_FIELD: fields.pop("password")}
        people.update_contact(self.world, 1, contact.id, **fields)

    def contact(self, name):
        return self.desk.customer(name)[0]

    def asked(self):
        """Return how often Bitrix24 was asked for an address, and forget it."""
        methods = self.desk.sandbox.app[SERVER].stats.methods
        return methods.pop("crm.duplicate.findbycomm", 0)

    async def everything(self):
        """Return all that is in Redis."""
        redis, kept = self.desk.stores.redis, []
        async for key in redis.scan_iter("*"):
            kept += [key, await redis.dump(key) or b""]
            match await redis.type(key):
                case b"string":
                    kept.append(await redis.get(key) or b"")
                case b"hash":
                    kept += [x for xs in (await redis.hgetall(key)).items() for x in xs]
                case b"zset":
                    kept += await redis.zrange(key, 0, -1)
        return b"\n".join(kept)

    async def next_minute(self):
        """Forget whom Bitrix24 was asked about."""
        async for key in self.desk.stores.redis.scan_iter("*attempts:look-up*"):
            await self.desk.stores.redis.delete(key)


@pytest.fixture
async def door(desk):
    account = await connected(desk)
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        sign_in = SignIn(
            desk.stores,
            clients,
            QUICK,
        )
        yield Door(desk, account, clients, sign_in)
        await sign_in.close()
