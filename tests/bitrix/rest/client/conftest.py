"""A Bitrix24 that answers as it is told, and clients for it."""

from collections import deque
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from rest_answers import CODE, FakeTokens

from ticket24.bitrix.rest.access import OAuth, Webhook
from ticket24.bitrix.rest.client import Bitrix


@dataclass
class Seen:
    path: str
    headers: dict
    params: dict


class FakeBitrix24:
    """Answers what is in `answers`, the last one for ever, and keeps the requests."""

    def __init__(self):
        self.answers = deque([{"result": True}])
        self.seen = []

    def will(self, *answers):
        self.answers = deque(answers)

    async def answer(self, request):
        self.seen.append(
            Seen(request.path, dict(request.headers), await request.json())
        )
        many = len(self.answers) > 1
        answer = self.answers.popleft() if many else self.answers[0]
        if callable(answer):
            return await answer(request)
        if isinstance(answer, Exception):
            raise answer
        body, status = answer if isinstance(answer, tuple) else (answer, 200)
        if isinstance(body, str):
            return web.Response(text=body, status=status, content_type="text/html")
        return web.json_response(body, status=status)


class FakeLimiter:
    """Lets everybody through at once and keeps what it was told."""

    def __init__(self):
        self.taken = []
        self.pauses = []
        self.blocks = []

    async def take(self, account, methods, *, urgent):
        self.taken.append((account, set(methods), urgent))

    async def exhausted(self, account, seconds):
        self.pauses.append((account, seconds))

    async def block(self, account, method, seconds):
        self.blocks.append((account, method, seconds))


@pytest.fixture
async def start(aiohttp_server):
    async def start():
        fake = FakeBitrix24()
        app = web.Application()
        app.router.add_post("/{path:.*}", fake.answer)
        server = await aiohttp_server(app)
        fake.address = f"http://127.0.0.1:{server.port}"
        return fake

    return start


@pytest.fixture
async def fake(start):
    return await start()


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def limiter():
    return FakeLimiter()


@pytest.fixture
def webhook(fake):
    return Webhook(f"{fake.address}/rest/1/{CODE}/", allow_loopback=True)


@pytest.fixture
def bitrix(session, webhook, limiter, pace):
    return Bitrix(session, "acme", webhook, limiter, pace=pace)


@pytest.fixture
def tokens():
    return FakeTokens()


@pytest.fixture
def app_bitrix(session, fake, limiter, tokens, pace):
    access = OAuth(f"{fake.address}/rest/", tokens, allow_loopback=True)
    return Bitrix(session, "acme", access, limiter, pace=pace)


@pytest.fixture
def renamed():
    return []


@pytest.fixture
def moving(session, webhook, limiter, renamed):
    async def on_renamed(access):
        renamed.append(access)

    return Bitrix(session, "acme", webhook, limiter, on_renamed=on_renamed)
