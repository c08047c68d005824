"""What all tests share: a real Redis, a real mail server, the sandbox, a desk."""

import gc
import signal
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from desk import EASY_HASHING, Desk
from hypothesis import HealthCheck, settings
from mailbox_server import Mailbox
from opening import stores_at
from ports import deaf
from sharing import share_desk

from ticket24.embedded import EmbeddedRedis
from ticket24.pace import PACE
from ticket24.store import keys
from ticket24.store.connection import connect

TESTS = Path(__file__).parent

# As in production: a traceback that shows variables takes seconds, and holds up all.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)

# A shell that starts the tests in the background lets them ignore Ctrl-C, and with them
# each process that they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What is imported and collected stays to the end: the tests of each process are looked
# through for garbage only once they run, and without all that.
gc.disable()


def pytest_collection_finish():
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    gc.enable()


def pytest_collection_modifyitems(items):
    """Spread each folder's files over the whole order, after the longest file.

    Files of one folder need the same, such as a browser that works or faults that are
    waited for, so they go well beside those of others. The longest comes first: at the
    end one process would work on it alone. Tests that share a desk run in the loop that
    it lives in.
    """
    places = _places(items)
    items.sort(key=lambda item: places[item.path])
    for item in items:
        if {"desk_of_file", "app_desk_of_file"} & {*item.fixturenames}:
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


def _places(items):
    """Return where in the order each file comes, from 0 to 1."""
    files = dict.fromkeys(item.path for item in items)
    folders = {}
    for path in files:
        folder = path.relative_to(TESTS).parts[0] if path.parent != TESTS else ""
        folders.setdefault(folder, []).append(path)
    return {
        path: (number + 0.5) / len(paths) if path.name != "test_t24.py" else 0.0
        for paths in folders.values()
        for number, path in enumerate(paths)
    }


# The clock of a loaded machine tells nothing about an example; what has to be quick has
# tests of its own.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    with EmbeddedRedis(tmp_path_factory.mktemp("data")) as server:
        # A machine that pauses for a while answers afterwards, and nothing is lost.
        yield f"{server.url}?socket_timeout=60&socket_connect_timeout=60"


@pytest.fixture
def unused_tcp_port(unused_tcp_port_factory):
    """A port for a server of a test; until that listens, nobody is given it."""
    return unused_tcp_port_factory()


@pytest.fixture(scope="session")
def unused_tcp_port_factory():
    with ExitStack() as kept:
        yield lambda: kept.enter_context(deaf())


@pytest.fixture
async def redis(redis_url):
    client = connect(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def accounts_there(redis):
    """Accounts that are connected, as far as scripts look."""
    for account in ("acme", "other"):
        await redis.hset(keys.account(account), "account", "{}")


@pytest.fixture
async def stores(redis, redis_url):
    """Everything in Redis, opened as a process opens it."""
    async with stores_at(redis_url) as stores:
        yield stores


@pytest.fixture
async def mailbox():
    async with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def pace():
    """How long everything waits; files and tests that cannot wait have their own."""
    return replace(PACE, hashing=EASY_HASHING, status_settles_seconds=0.0)


@pytest.fixture
async def desk(redis, redis_url, mailbox, tmp_path, pace):
    async with Desk(redis_url, mailbox, tmp_path, pace=pace) as desk:
        yield desk


@pytest.fixture
async def app_desk(redis, redis_url, mailbox, tmp_path, pace):
    """A desk that the account reaches by installing the application."""
    async with Desk(redis_url, mailbox, tmp_path, app=True, pace=pace) as desk:
        yield desk


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk_of_file(redis_url, tmp_path_factory):
    async with share_desk(redis_url, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app_desk_of_file(redis_url, tmp_path_factory):
    async with share_desk(redis_url, tmp_path_factory.mktemp("desk"), app=True) as desk:
        yield desk


@pytest_asyncio.fixture(loop_scope="module")
async def shared_desk(desk_of_file, pace):
    """A desk as good as new, for a file whose tests share one; see `sharing`."""
    return await desk_of_file.again(pace)


@pytest_asyncio.fixture(loop_scope="module")
async def shared_app_desk(app_desk_of_file, pace):
    """The same, of an account that installs the application."""
    return await app_desk_of_file.again(pace)
