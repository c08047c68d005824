"""A served sandbox with the sample company, and a plain client for it."""

from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, web
from companies import company
from sandbox_guest import Guest, Hearer
from sandbox_staff import Browser, Subscriber

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.records import Event
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.app import create_app
from bitrix24_sandbox.apps.oauth_server import oauth_app
from bitrix24_sandbox.sample import LIMITED_WEBHOOK, WEBHOOK


@dataclass
class Rest:
    """Calls the served sandbox over HTTP, as webhook of user 1 unless told."""

    session: ClientSession
    address: str

    @property
    def root(self) -> str:
        return f"{self.address}/rest/{WEBHOOK.user_id}/{WEBHOOK.code}/"

    @property
    def limited_root(self) -> str:
        hook = LIMITED_WEBHOOK
        return f"{self.address}/rest/{hook.user_id}/{hook.code}/"

    async def post(self, method: str, params: Any = None, **options: Any) -> Any:
        """Return the HTTP status and the JSON."""
        async with self.session.post(
            self.root + method, json=params or {}, **options
        ) as response:
            return response.status, await response.json()

    async def result(self, method: str, **params: Any) -> Any:
        """Return the result of a call that must succeed."""
        status, body = await self.post(method, params)
        assert 200 == status, body
        return body["result"]

    async def error(self, method: str, **params: Any) -> tuple[int, str]:
        """Return the HTTP status and code of a call that must fail."""
        status, body = await self.post(method, params)
        return status, body["error"]

    async def batch(self, **commands: str) -> Any:
        return await self.result("batch", cmd=commands)

    async def v3(
        self, method: str, params: Any, **headers: str
    ) -> tuple[ClientResponse, Any]:
        url = f"{self.address}/rest/api/{WEBHOOK.user_id}/{WEBHOOK.code}/{method}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.post(url, json=params, headers=named) as response:
            return response, await response.json()

    async def control(self, verb: str, path: str, body: Any = None) -> Any:
        url = f"{self.address}/sandbox/api/{path}"
        async with self.session.request(verb, url, json=body) as response:
            return await response.json()


@pytest.fixture
def world() -> World:
    world = company()
    world.faults.delay_min = world.faults.delay_max = 0
    world.switches.date_zones = "profile"  # Dates can be compared as they read.
    return world


@pytest.fixture
async def rest(aiohttp_server, world):
    server = await aiohttp_server(create_app(world))
    world.address = str(server.make_url("")).rstrip("/")
    async with ClientSession() as session:
        yield Rest(session, world.address)


@pytest.fixture
async def hearer(aiohttp_server) -> Hearer:
    """An address that keeps the forms that are posted to it."""
    made = Hearer()
    app = web.Application()
    app.router.add_post("/{name}", made.hear)
    server = await aiohttp_server(app)
    made.url = str(server.make_url("")).rstrip("/")
    return made


@pytest.fixture
async def guest(rest, world, hearer, aiohttp_server) -> Guest:
    """An application of the Market that is known and not yet installed."""
    server = await aiohttp_server(oauth_app(world))
    world.oauth_address = str(server.make_url("")).rstrip("/")
    return Guest(rest.session, world, hearer)


@pytest.fixture
def events(world) -> list[tuple[str, Any]]:
    """What happens from now on, as (name, the ids after it)."""
    heard: list[tuple[str, Any]] = []

    def hear(event: Event) -> None:
        heard.append((event.name, event.data.get("FIELDS_AFTER")))

    world.listeners.append(hear)
    return heard


@pytest.fixture
def chat_task(world):
    """A fresh ticket with the chat card, made by the integration user."""
    return _ticket(world, 7)


@pytest.fixture
def forum_task(world):
    """A fresh ticket with the forum card, made by the integration user."""
    return _ticket(world, 12)


def _ticket(world: World, group_id: int):
    return tasks.add_task(
        world,
        1,
        "A new ticket",
        responsible_id=4,
        group_id=group_id,
        contact_ids=(43,),
        tags=["bugs", "high"],
    )


@pytest.fixture
async def browser(world, aiohttp_client) -> Browser:
    return Browser(await aiohttp_client(create_app(world)))


@pytest.fixture
async def subscriber(world, aiohttp_server) -> Subscriber:
    made = Subscriber()
    app = web.Application()
    app.router.add_post("/", made.hear)
    server = await aiohttp_server(app)
    made.url = str(server.make_url("/"))
    world.add_outgoing(made.url, "secret")
    return made
