"""What the browser tests rely on: they see what is wrong with a page."""

import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from desk import until

GOOD = """<!doctype html><html lang="en"><title>Good</title>
<h1>Tickets</h1><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="A point">
<p style="color: #333; background: #fff">Words <a href="/">and a link</a></p></html>"""
BAD = """<!doctype html><html><title>Bad</title>
<h1>Tickets</h1><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">
<p style="color: #bbb; background: #fff">Words</p><input>
<style>button { display: block; width: 9px; height: 9px; padding: 0 }</style>
<button id="one">1</button><button id="two">2</button></html>"""
ODD = """<!doctype html><html lang="en"><title>Odd</title><h1>Odd</h1>
<script>document.title = "inline"</script><script src="/odd.js"></script>
<link rel="stylesheet" href="http://localhost:9/far.css"></html>"""
POLICY = "default-src 'none'; script-src 'self'"


@pytest_asyncio.fixture(loop_scope="session")
async def site():
    """Return the address of pages that are good, bad, odd or not there."""

    async def show(request):
        body, type_ = {
            "good": (GOOD, "text/html"),
            "bad": (BAD, "text/html"),
            "odd": (ODD, "text/html"),
            "odd.js": ("console.warn('fine'); nonsense()", "text/javascript"),
        }[request.match_info["name"]]
        odd = request.path.startswith("/odd")
        headers = {"Content-Security-Policy": POLICY} if odd else {}
        return web.Response(text=body, content_type=type_, headers=headers)

    app = web.Application()
    app.router.add_get("/{name:good|bad|odd|odd.js}", show)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def test_axe_sees_what_keeps_people_out(open_page, site, axe):
    """Contrast, a missing name, language or label, and targets that are too small."""
    page = await open_page()
    await page.goto(f"{site}bad")

    assert [
        "color-contrast: p",
        "html-has-lang: html",
        "image-alt: img",
        "label: input",
        "target-size: #one",
        "target-size: #two",
    ] == sorted(await axe(page))

    await page.goto(f"{site}good")
    assert [] == await axe(page)


async def test_a_page_that_breaks_its_rules_is_noticed(open_page, site, faults):
    """Inline scripts, other origins and errors of scripts are faults."""
    page = await open_page()
    await page.goto(f"{site}odd")
    await until(lambda: len(faults) == 4)
    noticed = "\n".join(faults)
    faults.forgive("")

    assert "console: Executing inline script violates" in noticed
    assert "console: Loading the stylesheet 'http://localhost:9/far.css'" in noticed
    assert "request to another origin: http://localhost:9/far.css" in noticed
    assert "script: nonsense is not defined" in noticed
    assert "Odd" == await page.title()


async def test_an_answer_that_refuses_is_no_fault(open_page, site):
    """A page may well say 404."""
    page = await open_page()
    answer = await page.goto(f"{site}missing")

    assert 404 == answer.status


async def test_axe_works_under_a_strict_policy(open_page, site, axe, faults):
    """Looking at a page breaks none of its rules."""
    page = await open_page()
    await page.goto(f"{site}odd")
    await until(lambda: len(faults) == 4)
    faults.clear()

    assert [] == await axe(page)
    assert [] == faults
