"""The company's look: name, logo and accent, and the customer's language."""

import asyncio
import re
from dataclasses import replace

import pytest

from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.accounts.logos import Logo, RedisLogos

DARK = Logo("image/png", b"\x89PNG-for-dark-pages", "fedcba9876543210")
LOGO = Logo("image/png", b"\x89PNG-a-logo", "0123456789abcdef")


@pytest.fixture
def pace():
    """Forget companies at once."""
    return Pace(account_seconds=0.0)


async def with_settings(site, **settings):
    account = replace(site.account, settings=replace(site.account.settings, **settings))
    await site.accounts.update(account.id, lambda _: account)


async def test_without_a_logo_the_name_is_shown(site, browser):
    """The company's name is at the top and in the title."""
    page = (await browser.get("login")).page

    assert '<span dir="auto">Acme Support</span>' in page
    assert "<title>Sign in · Acme Support</title>" in page
    assert "<img" not in page


async def test_a_name_is_only_a_name(site, browser):
    """A company's name cannot bring markup along."""
    await with_settings(site, company_name='<script>"&')

    page = (await browser.get("login")).page

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


async def test_a_logo_takes_the_place_of_the_name(site, browser):
    """The logo is shown, says the name to who cannot see it, and is cached."""
    await RedisLogos(site.redis).put(site.account.id, LOGO)

    page = (await browser.get("login")).page
    path = re.search(r'<img src="([^"]+)" alt="Acme Support">', page)[1]
    answer = await browser.http.get(site.server.make_url(path))

    assert LOGO.content == await answer.read()
    assert "image/png" == answer.content_type
    assert "immutable" in answer.headers["Cache-Control"]
    assert "nosniff" == answer.headers["X-Content-Type-Options"]


async def test_dark_pages_have_a_logo_of_their_own(site, browser):
    """A browser chooses by itself, and a dark logo alone changes nothing."""
    await RedisLogos(site.redis, keys.dark_logo).put(site.account.id, DARK)
    alone = (await browser.get("login")).page
    await RedisLogos(site.redis).put(site.account.id, LOGO)

    page = (await browser.get("login")).page
    dark, light = re.search(
        r'<picture><source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)">'
        r'<img src="([^"]+)" alt="Acme Support"></picture>',
        page,
    ).groups()
    answers = [await browser.http.get(site.server.make_url(at)) for at in (dark, light)]

    assert "<img" not in alone
    assert [DARK.content, LOGO.content] == [await one.read() for one in answers]
    assert all("immutable" in one.headers["Cache-Control"] for one in answers)


async def test_an_old_address_shows_the_new_logo(site, browser):
    """An address of an earlier logo gives today's, and is not kept."""
    await RedisLogos(site.redis).put(site.account.id, LOGO)

    answer = await browser.get("logo/ffff")

    assert (200, "no-cache") == (answer.status, answer.headers["Cache-Control"])


@pytest.mark.parametrize("path", ["logo/ffff", "theme/ffff.css"])
async def test_what_a_company_has_not_is_not_there(site, browser, path):
    """Without a logo or an accent their addresses lead nowhere."""
    assert 404 == (await browser.get(path)).status


async def test_an_accent_is_a_sheet_of_its_own(site, browser):
    """The accent's colours are custom properties, for light and for dark."""
    await with_settings(site, accent="#FFCC00")

    page = (await browser.get("login")).page
    path = re.search(r'href="(/p/acme/theme/\w+\.css)"', page)[1]
    answer = await browser.get(path)

    assert "text/css" == answer.content_type
    assert "immutable" in answer.headers["Cache-Control"]
    assert 2 == answer.page.count("--button:#ffcc00;")
    assert "--button-text:#000000;" in answer.page
    assert "prefers-color-scheme:dark" in answer.page


async def test_the_tab_has_the_sign_of_the_company(site, browser):
    """Its first letter in its colours, whatever the name brings along."""
    await with_settings(site, accent="#ffcc00", company_name="<b>élan & Co")

    page = (await browser.get("login")).page
    path = re.search(r'rel="icon" href="(/p/acme/sign/\w+\.svg)"', page)[1]
    answer = await browser.get(path)

    assert "image/svg+xml" == answer.content_type
    assert "immutable" in answer.headers["Cache-Control"]
    assert ">B</text>" in answer.page
    assert 'fill="#ffcc00"' in answer.page
    assert 'fill="#000000"' in answer.page


async def test_a_name_without_letters_has_our_sign(site, browser):
    """Its portal goes on."""
    await with_settings(site, company_name="★ ☆")

    assert re.search(r'rel="icon" href="/p/static/', (await browser.get("login")).page)
    assert 404 == (await browser.get("/p/acme/sign/0.svg")).status


async def test_another_accent_has_another_address(site, browser):
    """A changed accent is seen at once, whatever browsers have cached."""
    paths = []
    for accent in ("#ffcc00", "#00ccff"):
        await with_settings(site, accent=accent)
        page = (await browser.get("login")).page
        paths.append(re.search(r"/p/acme/theme/\w+\.css", page)[0])

    assert paths[0] != paths[1]


@pytest.mark.parametrize("pace", [Pace(account_seconds=0.2)])
async def test_changes_are_seen_within_seconds(site, browser):
    """What the company changes is on its pages shortly after."""
    await browser.get("login")
    await with_settings(site, company_name="Acme Care")
    await asyncio.sleep(0.25)

    assert "Acme Care" in (await browser.get("login")).page


@pytest.mark.parametrize(
    ("language", "lang", "words"),
    [("en", "en", "Sign in"), ("de", "de", "Anmelden"), ("pt", "pt-BR", "Entrar")],
)
async def test_pages_speak_the_language_of_the_account(
    site, browser, language, lang, words
):
    """The account's language is that of its pages."""
    await with_settings(site, language=language)

    page = (await browser.get("login")).page

    assert f'<html lang="{lang}">' in page
    assert f"<h1>{words}</h1>" in page


async def test_customers_choose_their_language(site, browser):
    """The choice is kept for a year and leads back to where it was made."""
    answer = await browser.get("language?to=de&back=/p/acme/login?next=x")
    page = (await browser.get("login")).page

    assert (303, "/p/acme/login?next=x") == (
        answer.status,
        answer.headers["Location"],
    )
    assert str(365 * 24 * 3600) == answer.cookies["ticket24_language"]["max-age"]
    assert "<h1>Anmelden</h1>" in page


@pytest.mark.parametrize("query", ["to=xx", "", "to=de&back=//evil.example"])
async def test_a_strange_choice_leads_home(site, browser, query):
    """Unknown languages change nothing, and nobody is led to another site."""
    answer = await browser.get(f"language?{query}")

    assert (303, "/p/acme/") == (answer.status, answer.headers["Location"])
    assert ("de" in query) == ("ticket24_language" in answer.cookies)
