"""Somebody who is no customer: by a form in another site, to the own ticket."""

import re

import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from desk import until

SETTINGS = """
company_name = "Acme Support"
[[departments]]
name = "Support"
group_id = {support}
strangers = ["form"]
[[departments]]
name = "Sales"
group_id = {sales}
strangers = ["form"]
"""
EMAIL = "nora@new.example"
PHONE = {"width": 390, "height": 844}


@pytest_asyncio.fixture(loop_scope="session")
async def shop(desk):
    """A site of somebody else that shows the form in a frame."""
    await desk.connect(settings=SETTINGS)
    desk.world.skew_seconds = 5

    async def show(_):
        frame = f'<iframe title="Contact" src="{desk.portal("contact")}"></iframe>'
        page = f"<!doctype html><title>Shop</title><h1>Shop</h1>{frame}"
        return web.Response(text=page, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    async with TestServer(app, host="127.0.0.1") as server, desk.worker():
        yield str(server.make_url("/")).replace("127.0.0.1", "localhost")


def link_in(mail):
    text = mail.get_body(("plain",)).get_content()
    return re.search(r"http\S+/p/acme/\S+", text)[0]


async def came(desk, kind):
    mails = await until(lambda: desk.mailbox.of_kind(kind))
    return link_in(mails[-1])


async def test_a_stranger_gets_to_the_own_ticket(shop, desk, open_page, axe):
    """By the frame in a shop, the mail, its button, and a link to sign in."""
    page = await open_page(viewport=PHONE, color_scheme="dark", locale="de-DE")
    await page.goto(shop)
    form = page.frame_locator("iframe")
    await form.get_by_role("button", name="Senden").click()
    await form.get_by_text("Geben Sie").first.wait_for()
    await form.get_by_label("E-Mail-Adresse").fill(EMAIL)
    await form.get_by_label("Abteilung").select_option("Support")
    await form.get_by_label("Betreff").fill("Pumpe")
    await form.get_by_label("Ihre Nachricht").fill("Die Pumpe " + "ist" * 60)
    await page.wait_for_timeout(desk.pace.typing_seconds * 1_000)
    await form.get_by_role("button", name="Senden").click()
    await form.get_by_text("Prüfen Sie Ihr Postfach").wait_for()
    assert [] == await page.context.cookies()

    plain = await open_page(viewport=PHONE, java_script_enabled=False)
    await plain.goto(await came(desk, "confirmation"))
    await plain.wait_for_timeout(desk.pace.typing_seconds * 1_000)
    await plain.get_by_role("button", name="Send to Acme Support").click()
    await plain.get_by_role("heading", name="we have your message").wait_for()
    await until(lambda: desk.mailbox.of_kind("created"))
    await plain.get_by_role("link", name="Email me a sign-in link").click()
    await plain.get_by_role("button", name=re.compile("link")).click()
    await plain.goto(await came(desk, "sign_in"))
    await plain.get_by_role("button").first.click()
    await plain.goto(desk.portal())

    await plain.get_by_role("link", name="Pumpe").click()
    await plain.get_by_text("Die Pumpe").wait_for()
    # Nothing is wider than the phone, and nobody is kept out.
    page = await open_page(viewport=PHONE, color_scheme="dark")
    for path in ("contact", "login"):
        await page.goto(desk.portal(path))
        assert [] == await axe(page)
        assert 390 == await page.evaluate("document.documentElement.scrollWidth")


async def test_a_form_in_a_company_s_own_design_is_shown_once_more(
    shop, desk, open_page, axe
):
    """Filled in: its button there sends it."""
    page = await open_page()
    await page.goto(shop)
    await page.evaluate(
        """address => {
          document.body.innerHTML = `<form method="post" action="${address}">
            <input name="email" value="olaf@new.example"><input name="subject"
            value="Hi"><textarea name="text">From our site</textarea></form>`;
          document.forms[0].submit();
        }""",
        desk.portal("contact"),
    )
    await page.get_by_text("please check your message").wait_for()
    assert [] == await axe(page)
    await page.get_by_label("Department").select_option("Sales")
    await page.wait_for_timeout(desk.pace.typing_seconds * 1_000)
    await page.get_by_role("button", name="Send").click()
    await page.get_by_role("heading", name="Check your inbox").wait_for()

    await came(desk, "confirmation")
