"""Sign-in links and who meets them: as whom, and where one goes on."""

import pytest
from aiohttp import DummyCookieJar
from plainbrowser import PlainBrowser

from ticket24.store.sign_in.links import RedisLinks

ADA, BOB = "ada@example.com", "bob@example.com"
MASKED = "a•••@example.com"


@pytest.fixture
async def ada(site):
    return await site.customer(7, ADA)


@pytest.fixture
async def bob(site):
    return await site.customer(8, BOB, name="Bob")


@pytest.fixture
def link(site, ada):
    """Make a link of Ada's, as her mail has it."""

    async def link(*contacts, email=ADA):
        return await RedisLinks(site.redis).make(
            site.account.id, email, contacts or [7]
        )

    return link


async def dead(site):
    await site.redis.delete(*await site.redis.keys("*:link:*"))


async def test_a_link_says_as_whom_it_signs_in(site, link):
    """The address is masked: somebody may look over a shoulder, or forward the mail."""
    async with PlainBrowser() as browser:
        page = await browser.open(f"{site.base}/login/link/{await link()}")

    assert f"You’ll be signed in as {MASKED}." in page.words
    assert ADA not in page.html


async def test_a_link_says_which_ticket_its_reader_came_for(site, link):
    """Only where its own reader asked for it on the way to a ticket."""
    async with PlainBrowser() as browser:
        for email, told in ((ADA, True), (BOB, False)):
            start = f"{site.base}/login/link?next=/p/acme/tickets/85"
            asking = await browser.open(start)
            await browser.send(asking, asking.form("/login/link").fill(email=email))
            page = await browser.open(f"{site.base}/login/link/{await link()}")

            assert told == ("you see ticket #85." in page.words)


async def test_a_link_leads_to_its_ticket_wherever_it_is_opened(site, link):
    """Asked for at a desk, pressed on a phone, met again when it is long used up."""
    way = f"{site.base}/login/link/{await link()}?ticket=85"
    async with PlainBrowser() as phone:
        page = await phone.open(way)
        assert "you see ticket #85." in page.words
        signed_in = await phone.send(page, page.forms[-1])
        met_again = await phone.open(way)
    async with PlainBrowser() as other:
        used = await other.open(way)

    assert [f"{site.base}/tickets/85"] * 2 == [signed_in.url, met_again.url]
    assert "This link has been used or has expired" in used.words
    fields = used.form("/login/link").fields
    assert ("next", "/p/acme/tickets/85", "hidden") in fields


@pytest.mark.parametrize("said", ["", "x", "0", "8/../9", "85x", "%D9%A8", "1" * 99])
async def test_what_is_no_ticket_leads_to_the_list(site, browser, link, said):
    """Anybody can write a link's address anew."""
    await site.sign_in(browser, 7)

    answer = await browser.get(f"login/link/{await link()}?ticket={said}")

    assert (303, "/p/acme/") == (answer.status, answer.headers["Location"])


@pytest.mark.parametrize("alive", [True, False])
async def test_who_is_signed_in_already_just_goes_on(site, browser, link, alive):
    """A link of one's own leads on, used up, expired or unused, and uses nothing up."""
    await browser.get("login/link")
    await browser.post("login/link", {"email": ADA, "next": "/p/acme/tickets/85"})
    token = await link()
    if not alive:
        await dead(site)
    session = await site.sign_in(browser, 7)

    answer = await browser.get(f"login/link/{token}")

    assert (303, "/p/acme/tickets/85") == (answer.status, answer.headers["Location"])
    assert session == browser.cookie("ticket24_session")
    found = await RedisLinks(site.redis).whose(site.account.id, token)
    assert alive == bool(found)


async def test_a_dead_link_that_is_sent_once_more_leads_on_too(site, browser, link):
    """The page of the button was open in another tab, and the session is her own."""
    token = await link()
    await site.sign_in(browser, 7)
    await dead(site)

    answer = await browser.post(f"login/link/{token}")

    assert (303, "/p/acme/") == (answer.status, answer.headers["Location"])


async def test_somebody_elses_link_says_so(site, browser, link, bob):
    """Nobody is switched unasked: both people are named, and one may stay."""
    token = await link()
    session = await site.sign_in(browser, 8)

    page = (await browser.get(f"login/link/{token}")).page
    assert "You’re signed in as ada@example.com." in page  # The session's address.
    assert f"This link is for {MASKED}." in page
    assert 'href="/p/acme/">Stay signed in' in page
    assert session == browser.cookie("ticket24_session")

    answer = await browser.post(f"login/link/{token}")
    login = await site.sessions.login(
        site.account.id, browser.cookie("ticket24_session")
    )
    assert (303, (7,)) == (answer.status, login.contact_ids)


async def test_somebody_elses_dead_link_leads_nowhere(site, browser, link, bob):
    """It says who is signed in, and neither whose link it was nor anything else."""
    token = await link()
    await site.sign_in(browser, 8)
    await dead(site)

    for answer in (
        await browser.get(f"login/link/{token}"),
        await browser.post(f"login/link/{token}"),
    ):
        assert 410 == answer.status
        assert "This link has been used or has expired" in answer.page
        assert "You’re signed in as" in answer.page
        assert "•" not in answer.page


async def test_a_link_to_more_than_one_is_signed_in_as_does_not_just_go_on(
    site, browser, link
):
    """An address of two contacts, met by one of them: both of their tickets wait."""
    await site.sign_in(browser, 7)

    answer = await browser.get(f"login/link/{await link(7, 8)}")

    assert 200 == answer.status
    assert "Sign in" in answer.page


async def test_a_forged_mark_of_a_link_gives_nothing(site, browser, link):
    """Its end can be made up by anybody, and opens no door."""
    token = await link()
    other = token[:-8] + ("x" if token[-8] != "x" else "y") + token[-7:]
    await browser.get("login/link")
    for forged in (other, token[:-16], "x" * 16, "_" * 59):
        assert 410 == (await browser.post(f"login/link/{forged}")).status

    assert None is browser.cookie("ticket24_session")


@pytest.mark.parametrize("path", ["login", "login/link", "login/link/{}"])
async def test_who_keeps_no_cookies_learns_so(site, link, path):
    """The second time: the first may have been a page that was open for too long."""
    async with PlainBrowser(jar=DummyCookieJar()) as browser:
        page = await browser.open(f"{site.base}/{path.format(await link())}")
        told = []
        for _ in range(3):
            form = page.form(path) if "{}" not in path else page.forms[-1]
            if "{}" not in path:
                form.fill(email=ADA)
            page = await browser.send(page, form)
            assert 403 == page.status
            told.append(
                ("open for too long" in page.words, "keeps no cookies" in page.words)
            )

    assert [(True, False), (False, True), (False, True)] == told
