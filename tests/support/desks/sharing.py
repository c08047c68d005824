"""One desk for a whole file: each of its tests finds it as if it were new.

Redis, the sandbox and the mailbox are put back before each test, and web is started
anew. Tests that share a desk share its event loop, and so do the fixtures that use it:
`@pytest_asyncio.fixture(loop_scope="module")`.
"""

import pickle
from contextlib import AsyncExitStack, asynccontextmanager

from desk import Desk
from mailbox_server import Mailbox

from bitrix24_sandbox import app as sandbox_app
from bitrix24_sandbox.apps.oauth_server import WORLDS
from bitrix24_sandbox.rest.obstacles import SERVER
from bitrix24_sandbox.rest.server import Server
from ticket24.store import keys
from ticket24.store.connection import connect
from ticket24.store.stores import open_stores


@asynccontextmanager
async def share_desk(redis_url, folder, **options):
    """Open a desk for the tests of a file; each begins with `again()`."""
    redis = connect(redis_url)
    await redis.flushall()
    await redis.aclose()
    async with (
        Mailbox() as mailbox,
        SharedDesk(redis_url, mailbox, folder, **options) as desk,
        AsyncExitStack() as desk.parts,
    ):
        await desk.begin()
        yield desk


class SharedDesk(Desk):
    """A desk that can be as it was before, and prepares each thing once.

    What is prepared on a new desk is remembered with all that it has left behind, and
    is put there the next time. On a desk that a test has changed it is done again.
    """

    async def begin(self):
        """Remember what a new desk is like."""
        self._moments = {}
        self._beginning = await Moment.of(self)

    async def again(self, pace):
        """Be new again, with this pace."""
        # What web does not hear any more would be sent again and again.
        await self.sandbox.app[sandbox_app.SENDER].idle()
        self._listening = self._listening.dup()
        await self._close_web()
        await self._beginning.again()
        await self.stores.redis.delete(keys.PRESENCE)
        self.pace = pace
        self._make_web()
        await self.web.start_server()
        await self.parts.aclose()
        self.stores = await self.parts.enter_async_context(
            open_stores(self.settings, self.pace)
        )
        return self

    async def connect(self, **how):
        return await self.prepared(
            f"connected {how}", lambda: super(SharedDesk, self).connect(**how)
        )

    async def install(self, by=1, **how):
        return await self.prepared(
            f"installed {by} {how}", lambda: super(SharedDesk, self).install(by, **how)
        )

    async def prepared(self, name, make):
        """Return what `make` returns, on a desk as it leaves it."""
        if not await self._beginning.lasts():
            return await make()
        name = f"{name} {self.pace}"
        if name not in self._moments:
            made = await make()
            self._moments[name] = await Moment.of(self), made
            return made
        moment, made = self._moments[name]
        await moment.again()
        return made


class Moment:
    """All that a desk has kept by a moment at which nothing is on its way."""

    @classmethod
    async def of(cls, desk):
        self = cls()
        self._desk = desk
        await desk.sandbox.app[sandbox_app.SENDER].idle()
        self._world = pickle.dumps(_fields(desk.world))
        self._kept = await _dumped(desk.stores.redis)
        self._settings = desk.settings
        return self

    async def lasts(self):
        """Whether everything still is as it was then."""
        desk, fields = self._desk, pickle.loads(self._world)
        if desk.app and [desk.world] != desk.oauth.app[WORLDS]:
            return False
        names = {name for name, *_ in await _dumped(desk.stores.redis)}
        kept = {name for name, *_ in self._kept}
        return names == kept and fields == _fields(desk.world)

    async def again(self):
        """Put everything back."""
        desk, world = self._desk, self._desk.world
        await desk.sandbox.app[sandbox_app.SENDER].idle()
        vars(world).update(pickle.loads(self._world))
        _forget_calls(desk.sandbox.app)
        if desk.app:
            desk.oauth.app[WORLDS][:] = [world]
        present = await _dumped(desk.stores.redis, presence=True)
        await _restore(desk.stores.redis, [*self._kept, *present])
        for name, value in vars(Mailbox(port=desk.mailbox.port)).items():
            setattr(desk.mailbox, name, value)
        desk.settings = self._settings


def _fields(world):
    """Return all of a world but who listens: these are the sandbox's own parts."""
    return {name: one for name, one in vars(world).items() if name != "listeners"}


def _forget_calls(app):
    """Let the sandbox count anew what it was asked and what it sent."""
    server, sender = app[SERVER], app[sandbox_app.SENDER]
    vars(server).update(
        vars(Server(server.world, server.methods, server.v3_methods)),
    )
    sender.sent = sender.failed = sender.dropped = 0
    sender.outcomes.clear()
    sender.paces.clear()


async def _dumped(redis, *, presence=False):
    """Return each key, until when it lasts, and its value.

    Processes are not remembered: the web of that time does not run any more.
    """
    names = [
        name
        async for name in redis.scan_iter(count=1_000)
        if presence == (name == keys.PRESENCE.encode())
    ]
    asked = redis.pipeline(transaction=True)
    for name in names:
        asked.pexpiretime(name)
        asked.dump(name)
    found = await asked.execute()
    rows = zip(names, found[::2], found[1::2], strict=True)
    # What came to its end in between is not there.
    return [row for row in rows if row[-1] is not None]


async def _restore(redis, kept):
    """Let Redis contain what it contained, and nothing else."""
    told = redis.pipeline(transaction=True)
    told.flushall()
    for name, until, value in kept:
        told.restore(name, max(0, until), value, absttl=until > 0)
    await told.execute()
