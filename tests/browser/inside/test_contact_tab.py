"""The tab on a contact's card in a real browser, inside the card of the sandbox."""

import asyncio

import pytest
import pytest_asyncio
from desk import Desk, until
from framed import frame_in, press
from phones import SMALL_FIELDS
from playwright.async_api import expect
from tabbing import tabbed

from bitrix24_sandbox.account import companies, people, tasks
from ticket24.domain.settings.model import AccountSettings, Department, Tags
from ticket24.store.tickets.lists import RedisLists

STAFF = 3
SETTINGS = AccountSettings(
    company_name="Acme Support",
    departments=(Department(7, "Support", 3, 2), Department(12, "Sales", 5, 4)),
    tags=Tags(("Bugs", "Questions"), ("High", "Low"), ("Europe",)),
)
# Keeps each state of what is said of an invitation.
NOTED = """() => {
    globalThis.noted = [];
    const words = () => document.getElementById("invited")?.textContent.trim() ?? "";
    const note = () => { if (noted.at(-1) !== words()) noted.push(words()); };
    new MutationObserver(note).observe(document.body, {childList: true, subtree: true});
}"""
LONG = "Maximiliane-Friederike von Hohenzollern-Sigmaringen-Wittgenstein-Berleburg"


@pytest_asyncio.fixture(loop_scope="session")
async def desk(redis, redis_url, mailbox, tmp_path):
    """A desk whose account was set up before, reached by the application."""
    async with Desk(redis_url, mailbox, tmp_path, app=True) as desk:
        account = await desk.install()
        field = account.settings.password_field
        desk.account = await desk.stores.accounts.update(
            account.id,
            lambda now: now.with_settings(
                AccountSettings(
                    SETTINGS.company_name,
                    departments=SETTINGS.departments,
                    tags=SETTINGS.tags,
                    password_field=field,
                ),
                now.connected_at,
            ),
        )
        yield desk


@pytest.fixture
def mehmet(desk):
    return desk.customer()[0]


@pytest.fixture
def card(desk, open_page):
    """Open a card, and its tab: the page, and the frame in it."""

    async def card(record, kind="contacts", **options):
        page = await open_page(**options)
        cookie = {"name": "sandbox_staff", "value": str(STAFF)}
        await page.context.add_cookies([cookie | {"url": desk.world.address}])
        await page.goto(f"{desk.world.address}/staff/{kind}/{record.id}")
        await page.get_by_role("link", name="Ticket24", exact=True).click()
        return page, await frame_in(page)

    return card


def button(frame, name):
    return frame.get_by_role("button", name=name, exact=True)


async def test_staff_open_a_ticket_by_keyboard(desk, card, mehmet):
    """The form opens below its button, takes a file, and the number comes by itself."""
    page, frame = await card(mehmet)
    opener = frame.locator("summary", has_text="New ticket")
    await opener.focus()
    await page.keyboard.press("Enter")
    await frame.get_by_label("Support").focus()
    await page.keyboard.press("Space")
    await frame.get_by_label("Subject").fill("Printer is on fire")
    await frame.get_by_label("Your message").fill("He called: it burns.")
    plan = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"The plan"}
    await frame.locator("#files").set_input_files([plan])
    await expect(frame.locator("[name=upload]")).to_have_count(1)
    async with desk.worker():
        await button(frame, "Create ticket").press("Enter")
        await frame.get_by_text("created.").wait_for()

        line = frame.get_by_role("link", name="Printer is on fire")
        await line.wait_for()
    task = next(t for t in desk.world.tasks.values() if t.title == "Printer is on fire")
    where = f"/company/personal/user/{STAFF}/tasks/task/view/{task.id}/"
    assert f"{desk.world.address}{where}" == await line.get_attribute("href")
    assert 1 == len(task.files)


async def test_a_password_leaves_the_rest_of_the_page_alone(
    desk, card, mehmet, open_page
):
    """Generated, shown, copied and saved while a ticket is half written."""
    page, frame = await card(mehmet)
    field = frame.get_by_label("Password", exact=True)
    veil = "input => getComputedStyle(input).webkitTextSecurity"
    assert "disc" == await field.evaluate(veil)
    await press(button(frame, "Show"))
    assert "none" == await field.evaluate(veil)

    await press(frame.locator("summary", has_text="New ticket"))
    await frame.get_by_label("Subject").fill("Half written")
    await press(button(frame, "Generate"))
    await frame.locator(".outcome", has_text="not saved yet").wait_for()
    await expect(frame.locator("#said")).to_have_text("New, not saved yet.")
    password = await field.input_value()
    assert "none" == await field.evaluate(veil)
    await press(button(frame, "Copy"))
    await button(frame, "Copied").wait_for()
    await frame.get_by_label("Your message").focus()
    await page.keyboard.press("Control+V")
    await expect(frame.get_by_label("Your message")).to_have_value(password)
    await field.focus()
    await page.keyboard.press("Enter")
    await frame.locator(".outcome", has_text="Saved.").wait_for()

    assert "Half written" == await frame.get_by_label("Subject").input_value()
    kept = desk.world.contacts[mehmet.id].custom
    assert password == kept[desk.account.settings.password_field]
    customer = await open_page()
    await customer.goto(desk.portal("login", desk.account.slug))
    await customer.get_by_label("Email").fill(mehmet.emails[0].value)
    await customer.get_by_label("Password").fill(password)
    await customer.keyboard.press("Enter")
    await customer.get_by_role("heading", name="Your tickets").wait_for()
    await customer.close()


async def test_who_goes_on_elsewhere_is_not_called_back(card, mehmet):
    """While a form is sent people write in another one; its own fields wait."""
    page, frame = await card(mehmet)
    slow = asyncio.Event()

    async def wait(route):
        await slow.wait()
        await route.continue_()

    await page.route("**/contact-tab/password", wait)
    field = frame.get_by_label("Password", exact=True)
    await press(frame.locator("summary", has_text="New ticket"))
    await press(button(frame, "Generate"))
    await expect(field).not_to_be_editable()
    await frame.get_by_label("Subject").focus()
    await page.keyboard.type("Half")
    slow.set()
    await expect(frame.locator("#said")).to_have_text("New, not saved yet.")

    await page.keyboard.type(" written")
    await expect(frame.get_by_label("Subject")).to_have_value("Half written")
    await expect(field).to_be_editable()


async def test_what_is_wrong_is_said_at_the_password(card, mehmet, faults):
    """The field is named to those who cannot see, and keeps what was typed."""
    _, frame = await card(mehmet)
    await frame.get_by_label("Password", exact=True).fill("short")
    await press(button(frame, "Save password"))
    field = frame.get_by_label("Password", exact=True)

    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("short")
    await frame.get_by_text("Enter at least 8 characters").wait_for()
    faults.forgive()  # Chromium calls a refused form an error.


async def test_an_invitation_is_followed_until_it_is_sent(desk, card, mehmet, mailbox):
    """The person who pressed the button sees that the mail has left."""
    _, frame = await card(mehmet)
    async with desk.worker():
        await press(button(frame, "Send invitation"))
        said = frame.locator("#invited", has_text=f"Sent to {mehmet.emails[0].value}")
        await said.wait_for()
        await expect(frame.locator("#said")).to_contain_text("Sent to")

    assert 1 == len(mailbox.of_kind("invitation"))


async def test_an_answer_that_was_overtaken_is_left_out(desk, card, mehmet):
    """What was sent is not said to be on its way again."""
    page, frame = await card(mehmet)
    held, released = asyncio.Event(), asyncio.Event()

    async def hold_first(route):
        answer = await route.fetch()
        if not held.is_set():
            held.set()
            await released.wait()
        await route.fulfill(response=answer)

    await page.route("**/contact-tab/news*", hold_first)
    await frame.evaluate(NOTED)
    await press(button(frame, "Send invitation"))
    await held.wait()
    async with desk.worker():
        await press(button(frame, "Generate"))  # Asks anew, as each button does.
        await frame.locator("#invited", has_text="Sent to").wait_for()
    async with page.expect_response("**/contact-tab/news*") as late:
        released.set()
    await (await late.value).finished()
    field = frame.get_by_label("Password", exact=True)
    before = await field.input_value()
    await press(button(frame, "Generate"))
    await expect(field).not_to_have_value(before)

    said = await frame.evaluate("noted")
    sent = next(at for at, words in enumerate(said) if "Sent to" in words)
    assert all("Sent to" in words for words in said[sent:])


async def test_the_portal_opens_in_a_window_of_its_own(desk, card, mehmet):
    """It looks as to the customer, with a way out; the tab notes who looked."""
    page, frame = await card(mehmet)
    async with page.context.expect_page() as opened:
        await press(button(frame, "View the portal as this customer"))
    portal = await opened.value
    await portal.get_by_role("heading", name="Your tickets").wait_for()
    banner = portal.get_by_text("you’re viewing the portal as")
    await expect(banner).to_contain_text(mehmet.full_name)
    await portal.goto(desk.portal("tickets/new", desk.account.slug))
    await expect(portal.locator("form#new-ticket")).to_have_attribute("inert", "")
    await portal.get_by_role("button", name="Stop viewing").click()
    await portal.get_by_text("You’ve stopped viewing the portal").wait_for()

    name = desk.world.users[STAFF].full_name
    await frame.get_by_text(f"Last viewed by {name}").wait_for()
    await portal.close()


async def test_the_tab_is_for_everybody(desk, card, axe):
    """Nothing is in anybody's way, nothing is wider than a phone, in every state."""
    contact = people.add_contact(
        desk.world, 1, LONG, LONG, emails=["a@example.com", f"{'b' * 60}@example.com"]
    )
    for number in range(16):
        task = tasks.add_task(
            desk.world,
            1,
            f"Ticket {number} {LONG if number % 5 == 0 else ''}",
            responsible_id=3,
            group_id=(7, 12)[number % 2],
            contact_ids=(contact.id,),
        )
        if number % 3 == 0:
            tasks.act(desk.world, 1, task.id, "complete")
    async with desk.worker():
        await until(lambda: seen_all(desk, contact))
    nobody = people.add_contact(desk.world, 1, "Without", "Anything")
    company = companies.add_company(desk.world, 1, LONG)
    for one in (contact, nobody):
        companies.link(desk.world, 1, one.id, company.id)
    phone = {"viewport": {"width": 360, "height": 800}}
    wide = "document.documentElement.scrollWidth - innerWidth"

    async def barriers(page, frame):
        found = []
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            found += [(scheme, fault) for fault in await axe(frame)]
        return found

    page, frame = await card(company, "companies", **phone)
    await press(frame.locator(".closed > summary"))
    assert [] == await barriers(page, frame)
    assert 0 == await frame.evaluate(wide)
    await page.close()
    for one in (contact, nobody):
        page, frame = await card(one, **phone)
        await press(frame.locator("summary", has_text="New ticket"))
        for closed in await frame.locator(".closed > summary").all():
            await press(closed)
        assert [] == await barriers(page, frame)
        stops, wrong = await tabbed(frame)
        assert [] == wrong
        assert stops > 15
        await press(button(frame, "Create ticket"))
        await frame.get_by_text("There is a problem").wait_for()
        await frame.wait_for_load_state()  # Before its styles are there, it is wide.
        assert 0 == await frame.evaluate(wide)
        assert [] == await frame.evaluate(SMALL_FIELDS)
        assert [] == await barriers(page, frame)
        await page.close()


async def seen_all(desk, contact):
    groups = desk.account.settings.group_ids
    lists = RedisLists(desk.stores.redis)
    listed = await lists.listing(desk.account.id, [contact.id], groups)
    return len(listed.rows) == 16
