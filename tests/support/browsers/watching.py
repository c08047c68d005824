"""Pages in Chromium, watched: nothing may go wrong in them unnoticed."""

import asyncio
import re
import runpy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

T24 = runpy.run_path(str(Path(__file__).parents[3] / "t24"))
SECONDS = 60
# A page asks each five seconds by itself; now it does five times a second.
HURRY = """
globalThis.hurried ??= setInterval(
  () => document.dispatchEvent(new Event("ticket24:look")), 200
);
"""

LOST = "Failed to load resource"


class Faults(list):
    """What went wrong in the pages of a test."""

    def __init__(self):
        super().__init__()
        self.forgiven = []

    def append(self, fault):
        if not any(words in fault for words in self.forgiven):
            super().append(fault)

    def forgive(self, words=LOST):
        """Let be what a test provoked: also what of it Chromium tells later."""
        self.forgiven.append(words)
        self[:] = [fault for fault in self if words not in fault]


def watch(page, faults):
    """Note errors on the console, violations of CSP, and requests to strangers.

    A refused document (404, 422) is an answer, although Chromium calls it an error. Nor
    is it a page's fault that Chromium asks a site for an icon.
    """
    documents = set()

    def asked(request):
        if request.is_navigation_request():
            documents.add(request.url)
            return
        host = urlsplit(request.url).netloc  # None in data: and blob:.
        if host and host != urlsplit(request.frame.url).netloc:
            faults.append(f"request to another origin: {request.url}")

    def said(message):
        url = message.location["url"]
        refused = message.text.startswith("Failed to load resource: the server")
        icon = urlsplit(url).path == "/favicon.ico"
        expected = icon or (refused and url in documents)
        if message.type == "error" and not expected:
            faults.append(f"console: {message.text}")

    page.on("request", asked)
    page.on("console", said)
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))


async def hold_scripts(page):
    """Let no script of a page arrive until the event that is returned is set."""
    let_in = asyncio.Event()

    async def late(route):
        await let_in.wait()
        await route.continue_()

    await page.route(re.compile(r"\.js$"), late)
    return let_in


async def stop_clock(page):
    """Let time pass in a page by `page.clock.run_for` alone, however slow all is."""
    await page.clock.install()
    await page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
