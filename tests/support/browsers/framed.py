"""An application of somebody else, with the official SDK, in a frame of the sandbox."""

import json
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

from bitrix24_sandbox.app import create_app
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.sample import sample_world

SDK = Path(__file__).parents[2] / "vendor" / "b24jssdk-2.2.0.umd.min.js"
ADMIN, STAFF = 1, 4
SCOPES = ["crm", "task", "user", "placement", "basic"]
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<title>Application</title>
<script src="/sdk.js"></script><script src="/start.js" defer></script>
<body data-path="{path}"><h2>An application</h2><div id="room"></div></body></html>"""
PROFILE = (
    "b24.actions.v2.call.make({method: 'profile'}).then((r) => r.getData().result)"
)
# What the page around it answers to messages that no SDK would send.
START = """
globalThis.heard = [];
addEventListener("message", (event) => heard.push(event.data));
globalThis.started = B24Js.initializeB24Frame();
globalThis.say = (message) => parent.postMessage(message, "*");
"""
STRANGER = (
    """<!doctype html><title>Stranger</title><script src="/stranger.js"></script>"""
)
INTRUDE = """
const sid = new URL(location.href).searchParams.get("sid");
top.postMessage(`setTitle:{"title":"Stolen"}:x1:${sid}`, "*");
top.postMessage(`getInitData:x2:${sid}`, "*");
"""


async def frame_in(page):
    """Return the first frame of a page once all of it is loaded, including styles."""
    handle = await page.locator("iframe").first.element_handle()
    frame = await handle.content_frame()
    await frame.locator("#main").wait_for()
    await frame.wait_for_load_state()
    return frame


async def press(button):
    """Press a button in a frame that stands still: it is as high as what is in it.

    Until then the page around it moves the button away under the mouse.
    """
    await button.wait_for()
    await button.evaluate("""async () => {
        const main = document.querySelector("#main");
        const differs = () => innerHeight - main.getBoundingClientRect().height;
        while (Math.abs(differs()) > 8) await new Promise((go) => setTimeout(go, 20));
    }""")
    await button.click()


class Framed:
    """A served account, a served application in it, and a browser to look at them."""

    def __init__(self, page):
        self.page = page
        self.world = sample_world()
        self.posts = []
        self.stack = AsyncExitStack()

    async def __aenter__(self):
        self.app = await self._serve(self._application())
        served = await self._serve(create_app(self.world))
        self.world.address = self.account = str(served.make_url("")).rstrip("/")
        self.handler = str(self.app.make_url("")).rstrip("/")
        self.application = applications.register(
            self.world,
            title="Helper",
            kind="market",
            handler_url=f"{self.handler}/app",
            install_url=f"{self.handler}/install",
            scopes=SCOPES,
        )
        await self.act_as(ADMIN)
        return self

    async def __aexit__(self, *error):
        await self.page.close()
        await self.stack.aclose()

    async def _serve(self, app):
        server = TestServer(app)
        await server.start_server()
        self.stack.push_async_callback(server.close)
        return server

    def _application(self):
        scripts = {
            "/sdk.js": SDK.read_text(),
            "/start.js": START,
            "/stranger.js": INTRUDE,
        }
        app = web.Application()

        async def opened(request):
            form = {**request.query, **await request.post()}
            self.posts.append((request.path, request.headers.get("Origin"), form))
            text = PAGE.format(path=request.path)
            return web.Response(text=text, content_type="text/html")

        async def script(request):
            text = scripts[request.path]
            return web.Response(text=text, content_type="text/javascript")

        async def stranger(_request):
            return web.Response(text=STRANGER, content_type="text/html")

        for path in ("/install", "/app", "/tab"):
            app.router.add_post(path, opened)
        for path in scripts:
            app.router.add_get(path, script)
        app.router.add_get("/stranger", stranger)
        return app

    @property
    def home(self):
        return f"{self.account}/staff/apps/{self.application.client_id}/"

    def install(self):
        applications.add(self.world, ADMIN, self.application.client_id)
        applications.finish_install(self.world, ADMIN, self.application.client_id)

    async def act_as(self, user_id):
        cookie = {"name": "sandbox_staff", "value": str(user_id), "url": self.account}
        await self.page.context.add_cookies([cookie])

    async def open(self, address=""):
        """Open a page with a frame; return the frame once its SDK has started."""
        await self.page.goto(address or self.home)
        return await self.frame()

    async def frame(self, within="main"):
        element = self.page.locator(f"{within} .app-frame iframe")
        handle = await element.element_handle()
        frame = await handle.content_frame()
        await frame.locator("body[data-path]").wait_for()
        await frame.wait_for_load_state()  # Its scripts have run.
        await frame.evaluate("started.then((b24) => { globalThis.b24 = b24; })")
        return frame

    async def tell(self, frame, message):
        """Post a message unchanged, and return what has been received since."""
        return await frame.evaluate(
            """async (message) => {
                heard.length = 0;
                say(message);
                const last = `getInterface:last:${window.name.split("|")[2]}`;
                const done = () => heard.some((text) => text.startsWith("last:"));
                say(last);
                while (!done()) await new Promise((go) => setTimeout(go, 10));
                return heard.filter((text) => !text.startsWith("last:"));
            }""",
            message,
        )


def answer(text):
    """Read `callback:JSON`."""
    callback, _, rest = text.partition(":")
    return callback, json.loads(rest) if rest else None
