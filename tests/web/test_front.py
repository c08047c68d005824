"""What strangers find where nothing of theirs is."""

import asyncio
import re

import pytest

from ticket24.build import build

PATHS = ["/", "/health", "/health/", "/health/live", "/nothing", "/p/", "/bitrix24/x"]


async def test_the_front_page_says_what_this_is_in_every_language(desk):
    """A person at `/` reads what this is and where to go, in three languages.

    It shows no company, loads nothing from elsewhere, and cannot be framed.
    """
    async with desk.http.get(desk.web.make_url("/")) as answer:
        page = await answer.text()

    assert 200 == answer.status
    assert ["en", "de", "pt-BR"] == re.findall(r'<section lang="(.+?)"', page)
    for words in (
        "Customer support starts",
        "geht es zum Kundenservice",
        "começa o atend",
    ):
        assert words in page
    assert "acme" not in page.lower()
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert {200} == {
        (await desk.http.get(desk.web.make_url(source))).status for source in sources
    }


@pytest.mark.parametrize("path", ["/", "/health", "/health/"])
async def test_programs_are_told_what_this_is(desk, path):
    """A program at `/` or `/health` gets JSON that names the service."""
    headers = {"Accept": "application/json"}
    async with desk.http.get(desk.web.make_url(path), headers=headers) as answer:
        told = await answer.json()

    assert 200 == answer.status
    assert told["service"].startswith("ticket24: ")


@pytest.mark.parametrize("path", PATHS)
async def test_strangers_learn_no_version(desk, path):
    """Neither headers nor pages name a version: of ours, of Python, of a library."""
    async with desk.http.get(desk.web.make_url(path)) as answer:
        told = f"{answer.headers}{await answer.text()}"

    assert "ticket24" == answer.headers["Server"]
    assert not re.search(r"aiohttp|Python", told, re.IGNORECASE)
    assert build() not in told


async def test_a_request_that_cannot_be_read_is_told_no_version(desk):
    """What is no HTTP gets its answer without a version, too."""
    url = desk.web.make_url("/")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"NONSENSE\r\n\r\n")
    said = await reader.read()
    writer.close()

    assert said.startswith(b"HTTP/1.0 400 ")
    assert b"Server: ticket24\r\n" in said
