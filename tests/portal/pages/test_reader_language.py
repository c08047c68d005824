"""The reader's language: own choice, else the browser's, else the account's."""

import pytest
from aiohttp import ClientSession, CookieJar
from plainbrowser import PlainBrowser

from ticket24.domain.customers.languages import Tongue
from ticket24.store.customers.languages import RedisLanguages
from ticket24.store.sign_in.links import RedisLinks

EMAIL, PASSWORD = "ada@example.com", "correct horse"
GERMAN, PORTUGUESE = {"Accept-Language": "de-AT, en;q=0.5"}, {"Accept-Language": "pt"}


@pytest.fixture
async def ada(site):
    return await site.customer(7, EMAIL, PASSWORD)


async def tongue(site, number=7):
    return await RedisLanguages(site.redis).tongue(site.account.id, [number])


def spoken(page):
    return page.partition('<html lang="')[2].partition('"')[0]


async def test_pages_speak_the_language_of_the_browser(site, browser, ada):
    """Before the sign-in, after it, and in errors; nobody's page is kept for others."""
    signing_in = await browser.get("login", headers=GERMAN)
    nothing = await browser.get("nothing", headers=PORTUGUESE)
    await site.sign_in(browser, 7)
    home = await browser.get("", headers=GERMAN)

    assert ["de", "pt-BR", "de"] == [
        spoken(answer.page) for answer in (signing_in, nothing, home)
    ]
    for answer in (signing_in, nothing, home):
        assert "no-store" in answer.headers["Cache-Control"]
        varying = ",".join(answer.headers.getall("Vary"))
        assert {"Accept-Language", "Cookie"} <= set(varying.replace(" ", "").split(","))


@pytest.mark.parametrize(("path", "status"), [("/p/nobody/", 404), ("/p/acme", 303)])
async def test_errors_without_a_company_speak_it_too(site, browser, path, status):
    """Where there is no account, the browser alone tells."""
    answer = await browser.get(path, headers=GERMAN)

    assert status == answer.status
    assert status != 404 or "de" == spoken(answer.page)


FORGED = ("xx", "", "de; ticket24_language=pt", "d\xffe", "de" * 3_000, "deutsch.")
FORGED += ("DE", '"de"')


async def test_a_forged_language_is_none(browser):
    """Then the browser's counts, as if there were no cookie."""
    for cookie in FORGED:
        headers = {**PORTUGUESE, "Cookie": f"ticket24_language={cookie}"}
        answer = await browser.get("login", headers=headers)

        assert (200, "pt-BR") == (answer.status, spoken(answer.page)), cookie[:40]


async def test_a_choice_holds_on_every_device(site, browser, ada):
    """It is kept with the customer, whatever other browsers like, also for a link."""
    await site.sign_in(browser, 7)
    await browser.get("")
    chosen = await browser.post("language?back=/p/acme/%3Fshow%3Dall", {"to": "pt"})
    token = await RedisLinks(site.redis).make(site.account.id, EMAIL, [7])
    jar = CookieJar(unsafe=True)
    async with ClientSession(headers=GERMAN, cookie_jar=jar) as phone:
        browser.http, before = phone, browser.http
        await browser.get(f"login/link/{token}")
        await browser.post(f"login/link/{token}")
        home = await browser.get("")
        browser.http = before

    assert (303, "/p/acme/?show=all") == (chosen.status, chosen.headers["Location"])
    assert "pt-BR" == spoken(home.page)
    assert Tongue("pt", "de") == await tongue(site)


async def test_whoever_chooses_while_signing_in_has_chosen(site, ada):
    """The address stays; who comes next to this browser reads it, but chose nothing."""
    await site.customer(8, "bob@example.com", PASSWORD, "Bob")
    async with PlainBrowser() as browser:
        page = await browser.open(f"{site.base}/login?next=/p/acme/%3Fshow%3Dall")
        page.form("/login").fill(email=EMAIL)
        page = await browser.press(page, "Deutsch")
        typed = {(name, value) for name, value, _ in page.form("/login").fields}
        assert {("email", EMAIL), ("next", "/p/acme/?show=all")} <= typed
        home = await browser.send(page, page.form("/login").fill(password=PASSWORD))
        assert "de" == spoken(home.html)
        await browser.send(home, home.form("/logout"))

        page = await browser.open(f"{site.base}/login")
        form = page.form("/login").fill(email="bob@example.com", password=PASSWORD)
        home = await browser.send(page, form)

    assert "de" == spoken(home.html)
    assert [Tongue("de", "de"), Tongue(None, "de")] == [
        await tongue(site, number) for number in (7, 8)
    ]


async def test_a_link_to_a_language_changes_no_mails(site, browser, ada):
    """Anybody may write one: it leads back, and only a form of ours chooses."""
    await site.sign_in(browser, 7)
    await browser.get("language?to=pt&back=/p/acme/")
    forged = await browser.post("language", {"to": "pt", "csrf_token": "0" * 48})

    assert 403 == forged.status
    assert Tongue() == await tongue(site)


async def test_another_language_keeps_what_was_typed(site, ada):
    """A draft comes back in the form, in the other language, without JavaScript."""
    async with PlainBrowser() as browser:
        page = await browser.open(f"{site.base}/login")
        await browser.send(
            page, page.form("/login").fill(email=EMAIL, password=PASSWORD)
        )
        page = await browser.open(f"{site.base}/tickets/new")
        page.form("/tickets/new").fill(subject="Scanner", text="It is\r\nbroken")
        page = await browser.press(page, "Deutsch")

    values = {name: value for name, value, _ in page.form("/tickets/new").fields}
    assert f"{site.base}/tickets/new" == page.url
    assert ("de", "Scanner") == (spoken(page.html), values["subject"])
    assert "It is\nbroken" == values["text"].replace("\r\n", "\n")
    assert [] == await site.redis.keys("*:commands*")


async def test_words_too_long_to_keep_come_back(site, browser, ada):
    """They stand on a page that sends them as the form would have, to nobody else."""
    await site.sign_in(browser, 7)
    await browser.get("tickets/new")
    fields = {"to": "de", "subject": "Scanner", "text": "x" * 70_000}
    answer = await browser.post("language?back=/p/acme/tickets/new", fields)

    assert 413 == answer.status
    assert 'action="/p/acme/tickets/new"' in answer.page
    assert "x" * 70_000 in answer.page


async def test_words_of_an_ended_session_wait(site, browser, ada):
    """Who changes the language after that finds them after signing in again."""
    await site.sign_in(browser, 7)
    page = (await browser.get("tickets/new")).page
    await site.sessions.end_everywhere(site.account.id, [7])
    fields = {"to": "de", "subject": "Scanner", "owner": owner_in(page)}
    answer = await browser.post("language?back=/p/acme/tickets/new", fields)
    assert (303, "/p/acme/tickets/new") == (answer.status, answer.headers["Location"])

    await site.sign_in(browser, 7)
    page = (await browser.get("tickets/new")).page
    assert 'value="Scanner"' in page
    assert "de" == spoken(page)


def owner_in(page):
    return page.partition('name="owner" value="')[2].partition('"')[0]


async def test_staff_who_look_on_see_the_customers_language(site, browser, ada):
    """Until they choose another one, for their own browser alone."""
    languages = RedisLanguages(site.redis)
    await languages.note_read(site.account.id, [7], "pt")
    who = site.account.id, 7, EMAIL, "Ada", "Sam Staff"
    browser.take("ticket24_session", await site.sessions.start_onlooker(*who))
    seen = await browser.get("", headers=GERMAN)
    await browser.get("language?to=de&back=/p/acme/")
    now = await browser.get("")

    assert ["pt-BR", "de"] == [spoken(seen.page), spoken(now.page)]
    assert Tongue(None, "pt") == await tongue(site)
