"""Styles and scripts: small, cached for ever, and nothing else from the disk."""

import gzip
import re

import pytest

from ticket24.domain.settings.colours import contrast
from ticket24.portal.static_files import portal_assets

MOST_BYTES = 15_000
MOST_BYTES_OF_SCRIPTS = 23_000


async def stylesheet(browser):
    page = (await browser.get("login")).page
    return re.search(r'href="(/p/static/\w+/portal\.css)"', page)[1]


async def test_a_stylesheet_is_kept_for_ever(site, browser):
    """Its address names its content, so browsers need never ask again."""
    answer = await browser.get(await stylesheet(browser))

    assert 200 == answer.status
    assert "text/css" == answer.content_type
    assert "public, max-age=31536000, immutable" == answer.headers["Cache-Control"]
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    assert "Set-Cookie" not in answer.headers


async def test_all_styles_come_at_once(site, browser):
    """The three sheets are one file, the frame's first."""
    page = (await browser.get("login")).page
    css = (await browser.get(await stylesheet(browser))).page

    assert 1 == page.count('rel="stylesheet"')
    assert css.startswith("/* The frame of the portal.")


async def test_of_an_older_page_the_styles_are_todays(site, browser):
    """A page from before an update gets the new file, and does not keep it."""
    answer = await browser.get("/p/static/0123456789abcdef/portal.css")

    assert (200, "no-cache") == (answer.status, answer.headers["Cache-Control"])


async def test_files_travel_compressed(site, browser):
    """A browser that accepts gzip gets gzip; others get the plain file."""
    path = await stylesheet(browser)
    url = site.server.make_url(path)
    sizes = {}
    for accepted in ("gzip, br", "identity"):
        headers = {"Accept-Encoding": accepted}
        async with browser.http.get(url, headers=headers) as answer:
            sizes[accepted] = int(answer.headers["Content-Length"])
            encoding = answer.headers.get("Content-Encoding")
            assert ("gzip" if "gzip" in accepted else None) == encoding
            assert "Accept-Encoding" == answer.headers["Vary"]

    assert sizes["gzip, br"] < sizes["identity"] / 2


@pytest.mark.parametrize(
    "path",
    [
        "/p/static/0123456789abcdef/app.py",
        "/p/static/0123456789abcdef/tickets.css",
        "/p/static/0123456789abcdef/..%2fapp.py",
        "/p/static/0123456789abcdef/..%5capp.py",
        "/p/static/0123456789abcdef/%2e%2e%2f%2e%2e%2fsettings.py",
        "/p/static/0123456789abcdef//etc/passwd",
        "/p/static/0123456789abcdef/portal.css%00.js",
        "/p/static/",
    ],
)
async def test_only_the_files_of_the_portal_are_served(site, browser, path):
    """Names are looked up and never opened, so no path leads elsewhere."""
    assert 404 == (await browser.get(path)).status


def test_files_are_small():
    """Styles, and the scripts of a ticket, take at most 15 and 23 kB on the wire."""
    assets = portal_assets()
    scripts = ["live", "pictures", "busy", "again", "menu", "compose"]
    scripts += [f"compose_{part}" for part in ("kit", "files", "draft", "outgoing")]

    assert len(assets.get("portal.css").packed) <= MOST_BYTES
    packed = [assets.get(f"{name}.js").packed for name in scripts]
    assert sum(map(len, packed)) <= MOST_BYTES_OF_SCRIPTS


def test_a_script_names_what_it_takes_by_content():
    """Browsers keep those parts for ever too, and take the same version of each."""
    assets = portal_assets()

    taken = re.findall(rb'from "\.\./(\w+)/([\w.]+)"', assets.get("compose.js").body)

    assert len(taken) > 2
    assert [(d, n.decode()) for d, n in taken] == [
        (assets.get(name.decode()).digest.encode(), name.decode()) for _, name in taken
    ]


def test_what_is_packed_is_what_is_plain():
    """Both forms of a file have the same content."""
    asset = portal_assets().get("icon.svg")

    assert asset.body == gzip.decompress(asset.packed)
    assert "image/svg+xml" == asset.type


def test_what_is_see_through_is_seen():
    """Drawings in black or white without a background have one below, on any page."""
    css = portal_assets().get("portal.css").body.decode()
    plate = re.search(r"--plate: (#\w{6});", css)[1]

    assert 3 == css.count("var(--plate)")
    assert all(contrast(plate, ink) >= 3 for ink in ("#000000", "#ffffff"))
