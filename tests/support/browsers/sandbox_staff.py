"""The staff of the sample company at a browser."""

import re
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestClient

from bitrix24_sandbox.account.conversations import reading
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.app import SENDER

HANNAH, TOMAS, OLGA = 2, 3, 4
TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
CHAT_TITLE = "Import stops at row 512"
FORUM_TITLE = "Training for new employees"
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


@dataclass
class Subscriber:
    """Someone to whom the account sends its events."""

    url: str = ""
    status: int = 200
    events: list[dict[str, str]] = field(default_factory=list)

    async def hear(self, request: web.Request) -> web.Response:
        self.events.append({k: str(v) for k, v in (await request.post()).items()})
        return web.Response(status=self.status)


class Browser:
    """A person's browser: opens pages and sends their forms."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    async def open(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path)
        text = await answer.text()
        assert status == answer.status, text
        return text

    async def token(self) -> str:
        found = TOKEN.search(await self.open("/staff/"))
        assert found
        return found[1]

    async def send(
        self, path: str, fields: dict[str, str], status: int = 200
    ) -> tuple[str, str]:
        """Send a form; return where it leads and what is there."""
        form = {"csrf": await self.token(), **fields}
        answer = await self.client.post(path, data=form)
        text = await answer.text()
        assert status == answer.status, text
        return answer.url.path, text

    async def act_as(self, user_id: int) -> None:
        await self.send("/staff/acting", {"user": str(user_id), "back": "/staff/"})

    async def events_out(self) -> None:
        assert self.client.app
        await self.client.app[SENDER].idle()


def titled(world: World, title: str) -> int:
    """Return the number of the task with a title."""
    return next(task.id for task in world.tasks.values() if task.title == title)


def last_said(world: World, task_id: int) -> reading.Entry:
    """Return the last entry of a task's conversation."""
    return reading.conversation(world, world.tasks[task_id])[-1]
