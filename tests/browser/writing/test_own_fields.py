"""The company's own fields in a real browser: shown as they are asked, kept, sent."""

from dataclasses import replace

import pytest_asyncio
from desk import until
from phones import SMALL_FIELDS
from playwright.async_api import expect
from showroom import SETTINGS, Showroom
from tabbing import tabbed

from ticket24.domain.settings.model import FormField, OwnWords
from ticket24.domain.settings.own_fields.model import ShownIf

ANNA = 43
FIELDS = (
    FormField(
        "product",
        "choice",
        OwnWords("Product"),
        OwnWords("As on the box"),
        required=True,
        options=("web", "app"),
    ),
    FormField(
        "version", label=OwnWords("Version"), shown_if=ShownIf("product", ("app",))
    ),
    FormField("order", label=OwnWords("Order number"), departments=(8,), required=True),
    FormField("sizes", "several", OwnWords("Sizes"), options=("S", "M", "L")),
    FormField("since", "date", OwnWords("Since")),
    FormField("amount", "number", OwnWords("Amount")),
    FormField("urgent", "yes_no", OwnWords("Urgent"), required=True),
    FormField("steps", "long_text", OwnWords("Steps")),
    FormField("contract", "file", OwnWords("Contract")),
)

NOTE_PATIENCE = """
const real = AbortSignal.timeout;
AbortSignal.timeout = (ms) => { console.log(ms); return real.call(AbortSignal, ms); };
"""


def is_patient(said):
    """Whether a page has noted patience for that file on a slow line."""
    return said.text[:1].isdigit() and float(said.text) > 30_000 + 200_000 / 10


@pytest_asyncio.fixture(loop_scope="session")
async def room(redis, redis_url):
    async with Showroom(
        redis, redis_url, settings=replace(SETTINGS, fields=FIELDS)
    ) as room:
        yield room


async def entered(room, page, query=""):
    cookie = {"name": "ticket24_session", "value": await room.cookie(ANNA)}
    await page.context.add_cookies([cookie | {"url": room.address()}])
    await page.goto(room.address(f"tickets/new{query}"))
    return page


async def commands(room):
    waiting = await room.commands.waiting(room.account.id, [ANNA])
    return [one.command for one in waiting]


async def test_everybody_can_fill_in_what_a_company_asks(room, open_page, axe, faults):
    """Light, dark, on a small phone, with faults, and without a script."""
    for options in (
        {"color_scheme": "light"},
        {"color_scheme": "dark", "viewport": {"width": 320, "height": 700}},
        {"java_script_enabled": False},
    ):
        page = await entered(room, await open_page(**options), "?department=8")
        scripts = options.get("java_script_enabled", True)
        if scripts:
            stops, wrong = await tabbed(page)
            assert [] == wrong
            assert stops > 12
        await page.get_by_role("button", name="Send", exact=True).click()
        await page.get_by_text("There is a problem").wait_for()
        await page.wait_for_load_state()  # Its scripts have run.
        await page.get_by_role("link", name="Choose an option for “Urgent”").click()
        await expect(page.get_by_role("radio", name="Yes")).to_be_focused()
        assert scripts != await page.get_by_text("Only for Sales.").is_visible()
        if not scripts:
            continue
        assert [] == await axe(page)
        wide = "document.documentElement.scrollWidth - innerWidth"
        assert await page.evaluate(wide) <= 0
        if "viewport" in options:
            assert [] == await page.evaluate(SMALL_FIELDS)
    faults.forgive()  # The browser says that the form was refused.


async def test_fields_come_and_go_with_what_is_chosen(room, open_page):
    """What is hidden is not asked, and comes back with what was typed."""
    page = await entered(room, await open_page())
    version, order = page.get_by_label("Version"), page.get_by_label("Order number")
    await expect(version).to_be_hidden()
    await expect(order).to_be_hidden()
    await page.get_by_label("Product").select_option("app")
    await version.fill("2.0")
    await page.get_by_role("radio", name="Sales").check()
    await expect(order).to_be_visible()
    await page.get_by_label("Product").select_option("web")
    await expect(version).to_be_hidden()
    await page.get_by_label("Product").select_option("app")
    await expect(version).to_have_value("2.0")


async def test_a_draft_keeps_what_was_filled_in(room, open_page):
    """Reopened, discarded and brought back: boxes, dates, and all."""
    page = await entered(room, await open_page())
    await page.get_by_label("Product").select_option("app")
    await page.get_by_label("Version").fill("2.0")
    await page.get_by_role("checkbox", name="S", exact=True).check()
    await page.get_by_role("checkbox", name="L", exact=True).check()
    await page.get_by_role("radio", name="No", exact=True).check()
    await page.get_by_label("Since").fill("2026-12-24")
    await page.get_by_text("Draft saved").wait_for()
    await page.reload()

    async def there():
        await expect(page.get_by_label("Version")).to_have_value("2.0")
        await expect(page.get_by_label("Since")).to_have_value("2026-12-24")
        await expect(page.get_by_role("radio", name="No", exact=True)).to_be_checked()
        for size, on in (("S", True), ("M", False), ("L", True)):
            box = page.get_by_role("checkbox", name=size, exact=True)
            await expect(box).to_be_checked(checked=on)

    await there()
    draft = page.get_by_text("This is your draft")
    await expect(draft).to_be_visible()
    await page.get_by_role("button", name="Discard draft").click()
    await expect(draft).to_be_hidden()
    await expect(page.get_by_label("Since")).to_have_value("")
    await expect(page.get_by_label("Version")).to_be_hidden()
    no = page.get_by_role("radio", name="No", exact=True)
    await expect(no).not_to_be_checked()
    box = page.get_by_role("checkbox", name="S", exact=True)
    await expect(box).not_to_be_checked()
    await page.get_by_role("button", name="Undo").click()
    await there()


async def test_a_file_is_sent_in_its_field(room, open_page, faults):
    """A slow line has time for it; over a fault it is kept, and when all is discarded.

    It is larger than what may outlive a page.
    """
    page = await open_page()
    await page.add_init_script(NOTE_PATIENCE)
    await entered(room, page, "?product=web&urgent=yes&text=Hello")
    file = {"name": "contract.pdf", "mimeType": "application/pdf"}
    await page.get_by_label("Contract").set_input_files(
        file | {"buffer": b"%PDF" + b"x" * 200_000}
    )
    async with page.expect_console_message(is_patient):
        await page.get_by_role("button", name="Send", exact=True).click()
    await page.get_by_text("Choose a department").first.wait_for()
    await page.wait_for_load_state()  # Its scripts have run.
    bound = page.get_by_text("contract.pdf").first
    await expect(bound).to_be_visible()
    await page.get_by_role("button", name="Discard draft").click()
    await expect(bound).to_be_hidden()
    await page.get_by_role("button", name="Undo").click()
    await expect(bound).to_be_visible()
    await page.get_by_role("radio", name="Support").check()
    await page.get_by_label("Subject").fill("Toner")
    await page.get_by_role("button", name="Send", exact=True).click()

    async def there():
        return await commands(room)

    (command,) = await until(there)
    faults.forgive()
    assert ["contract.pdf"] == [one.name for one in command.uploads]
    assert {"product", "urgent", "contract"} == {one.key for one in command.values}
