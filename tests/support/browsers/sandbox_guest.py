"""An application in the sandbox, as its own server sees the account."""

from typing import Any
from urllib.parse import parse_qsl

from aiohttp import ClientSession, web

from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.records import Application, Token

SCOPES = ["task", "crm", "user", "placement"]


class Hearer:
    """Keeps what was posted: the last part of the path, and the form."""

    url = ""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str]]] = []

    async def hear(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl(await request.text(), keep_blank_values=True))
        self.heard.append((request.match_info["name"], form))
        return web.Response()

    @property
    def names(self) -> list[str]:
        return [form["event"] for _, form in self.heard]


class Guest:
    """A Market application with pages of its own, unless `application` is another."""

    def __init__(self, session: ClientSession, world: World, hearer: Hearer) -> None:
        self.session = session
        self.world = world
        self.hearer = hearer
        self.application = self.register()

    def register(self, **fields: Any) -> Application:
        return applications.register(
            self.world,
            **{
                "title": "Guest",
                "kind": "market",
                "handler_url": f"{self.hearer.url}/main",
                "install_url": f"{self.hearer.url}/install",
                "scopes": SCOPES,
            }
            | fields,
        )

    @property
    def client_id(self) -> str:
        return self.application.client_id

    def install(self) -> Application:
        applications.add(self.world, 1, self.client_id)
        if not self.application.installed:
            applications.finish_install(self.world, 1, self.client_id)
        return self.application

    def token(self, by: int = 1) -> Token:
        return applications.issue(self.world, self.client_id, by)[0]

    async def call(self, method: str, by: int = 1, /, **params: Any) -> Any:
        """Call a method with a fresh token of a user; the HTTP status and the JSON."""
        return await self.call_with(self.token(by).value, method, **params)

    async def call_with(self, auth: str, method: str, /, **params: Any) -> Any:
        url = f"{self.world.address}/rest/{method}"
        params["auth"] = auth
        async with self.session.post(url, json=params, allow_redirects=False) as answer:
            return answer.status, await answer.json()

    async def result(self, method: str, by: int = 1, /, **params: Any) -> Any:
        status, body = await self.call(method, by, **params)
        assert 200 == status, body
        return body["result"]

    async def error(self, method: str, by: int = 1, /, **params: Any) -> Any:
        status, body = await self.call(method, by, **params)
        return status, body["error"]

    async def ask(self, path: str, **query: str) -> Any:
        """Ask the authorization server; the HTTP status and the JSON."""
        url = f"{self.world.oauth_address}/{path}"
        async with self.session.get(url, params=query) as answer:
            return answer.status, await answer.json(content_type=None)

    async def refresh(self, value: str, **other: str) -> Any:
        given = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self.application.client_secret,
            "refresh_token": value,
        }
        return await self.ask("oauth/token/", **(given | other))

    async def flush(self) -> None:
        url = f"{self.world.address}/sandbox/api/flush"
        async with self.session.post(url) as answer:
            assert answer.ok
