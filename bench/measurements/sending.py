"""How long a customer waits until the page shows that a reply is being sent.

In a real browser, over a line with a delay, while Bitrix24 is away: so the server takes
its time for an answer. Code that sends replies by a plain POST is measured by the same
means: the moment is that of the first frame in which the words stand in the
conversation, on whichever page that is.
"""

import re
import shutil
from statistics import median

from playwright.async_api import Page, async_playwright

from bench.actors.portal import Portal, portal
from bench.goals import Measured, Outcome
from bench.processes import Failed
from bench.stage import Stage

REPLIES = 25  # Of more than 30 that wait, none is taken.

_LINE_MS = 100  # One way and back.
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ASKED = re.compile(
    rb"GET (?P<path>\S+) .*?Cookie: (?P<name>\w+)=(?P<value>\S+)", re.DOTALL
)

# The name of a window outlives its pages: it holds the words, and when they were sent.
_WATCH = """
const now = () => performance.timeOrigin + performance.now();
addEventListener("click", ({ target }) => {
  if (!target.closest("[data-send]")) return;
  const words = document.getElementById("text").value;
  window.name = JSON.stringify({ words, at: now() });
}, true);
requestAnimationFrame(function look() {
  const { words, at, took } = JSON.parse(window.name || "{}");
  const there = [...document.querySelectorAll(".talk > .ours")];
  if (words && !took && there.some((one) => one.textContent.includes(words))) {
    window.name = JSON.stringify({ words, at, took: now() - at });
  }
  requestAnimationFrame(look);
});
"""
_TOOK = """words => {
  const it = JSON.parse(window.name || "{}");
  return it.words === words && it.took;
}"""


async def measure(stage: Stage) -> Outcome:
    """Send replies one after the other, and look at each frame."""
    async with portal(stage.folder) as ours:
        took = sorted(await _replies(ours))
    return Outcome(
        (
            Measured("sending_shown_p50_ms", median(took)),
            Measured("sending_shown_max_ms", took[-1]),
        ),
        (f"{REPLIES} replies, shown after {took[0]:.0f} to {took[-1]:.0f} ms",),
    )


async def _replies(ours: Portal) -> list[float]:
    asked = _ASKED.search(ours.ticket_page[0])
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if asked is None or path is None:
        raise Failed("there is no Chromium, or no ticket to open in it")
    home = f"http://127.0.0.1:{ours.port}"
    cookie = {name: asked[name].decode() for name in ("name", "value")}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"]
        )
        context = await browser.new_context()
        await context.add_cookies(
            [{"name": cookie["name"], "value": cookie["value"], "url": home}]
        )
        await context.add_init_script(_WATCH)
        page = await context.new_page()
        line = await context.new_cdp_session(page)
        speed = {"offline": False, "latency": _LINE_MS}
        speed |= {"downloadThroughput": -1, "uploadThroughput": -1}
        await line.send("Network.enable")
        await line.send("Network.emulateNetworkConditions", speed)
        await page.goto(home + asked["path"].decode())
        took = [await _reply(page, number) for number in range(REPLIES)]
        await browser.close()
    return took


async def _reply(page: Page, number: int) -> float:
    """Send one reply; return after how many milliseconds it is shown."""
    words = f"This is reply number {number}, and it burns."
    await page.wait_for_load_state()
    await page.locator("#text").fill(words)
    await page.locator("[data-send]").click(no_wait_after=True)
    found = await page.wait_for_function(_TOOK, arg=words, polling=50)
    return float(await found.json_value())
