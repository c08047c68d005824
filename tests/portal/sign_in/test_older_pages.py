"""Pages that are older than the session, and what their forms and links keep."""

import pytest
from plainbrowser import PlainBrowser

EMAIL, PASSWORD = "ada@example.com", "correct horse"
TARGET = "/p/acme/?show=all"


@pytest.fixture
async def ada(site):
    return await site.customer(7, EMAIL, PASSWORD)


async def test_two_sign_in_pages_in_two_tabs(site, ada):
    """Both sign in, the second one too, and each goes on to its own target."""
    async with PlainBrowser() as browser:
        one = await browser.open(f"{site.base}/login")
        other = await browser.open(f"{site.base}/login?next=/p/acme/%3Fshow%3Dall")
        for page, end in ((one, "/p/acme/"), (other, TARGET)):
            form = page.form("/login").fill(email=EMAIL, password=PASSWORD)

            shown = await browser.send(page, form)

            assert (200, True) == (shown.status, shown.url.endswith(end))


async def test_a_link_is_asked_for_in_a_tab_that_is_older(site, ada):
    """A customer who has signed in elsewhere may still ask for a link here."""
    async with PlainBrowser() as browser:
        older = await browser.open(f"{site.base}/login/link")
        page = await browser.open(f"{site.base}/login")
        await browser.send(
            page, page.form("/login").fill(email=EMAIL, password=PASSWORD)
        )

        shown = await browser.send(older, older.form("/link").fill(email=EMAIL))

        assert "we’ve sent it a link" in shown.words


@pytest.mark.parametrize("path", ["login", "login/link"])
async def test_a_page_without_its_sitting_keeps_what_was_typed(site, browser, path):
    """A form that cannot be believed is shown anew, with target and address."""
    await browser.get(path)
    browser.http.cookie_jar.clear()

    answer = await browser.post(path, {"email": EMAIL, "next": TARGET, "password": "x"})

    assert 403 == answer.status
    assert "This page was open for too long" in answer.page
    assert f'name="next" value="{TARGET}"' in answer.page
    assert f'value="{EMAIL}"' in answer.page


async def test_other_sites_fill_in_nothing(site, browser):
    """A form of another site is refused, and what it says is not shown."""
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = await browser.post("login", {"email": EMAIL}, headers=headers)

    assert 403 == answer.status
    assert EMAIL not in answer.page


async def test_a_page_of_before_leads_on_who_is_signed_in(site, browser, ada):
    """If there is a session, nothing is left to do but to go on."""
    await site.sign_in(browser, 7)
    browser.token = "0" * 48

    answer = await browser.post(
        "login", {"next": TARGET}, headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert (303, TARGET) == (answer.status, answer.headers["Location"])


@pytest.mark.parametrize(
    ("path", "links"),
    [
        ("login", ["Email me a sign-in link", "Deutsch"]),
        ("login/link", ["Try again", "Sign in with your password", "Deutsch"]),
    ],
)
async def test_every_link_keeps_target_and_address(site, ada, path, links):
    """After an error, or after a mail was sent, each link leads to a filled form."""
    async with PlainBrowser() as browser:
        page = await browser.open(f"{site.base}/{path}?next=/p/acme/%3Fshow%3Dall")
        form = page.form(f"/{path}").fill(email="ada@ex.example")
        if path == "login":
            form.fill(password="wrong")
        shown = await browser.send(page, form)

        for words in links:
            if words in shown.outside:
                there = await browser.press(shown, words)
            elif shown.forms and words in shown.forms[0].actions:
                sent = await browser.send(shown, shown.forms[0], words)
                there = await browser.open(sent.link("Try again"))
            else:
                there = await browser.open(shown.link(words))
            typed = {(name, value) for name, value, _ in there.forms[0].fields}
            assert {("next", TARGET), ("email", "ada@ex.example")} <= typed, words
