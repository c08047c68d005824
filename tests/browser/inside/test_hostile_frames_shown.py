"""Hostile names in Bitrix24, on our pages inside it, in a real browser: words alone."""

import html
from itertools import cycle

import pytest
import pytest_asyncio
from desk import CLIENT_ID, Desk, until
from hostility import HOSTILE
from playwright.async_api import expect

from bitrix24_sandbox.account import companies
from bitrix24_sandbox.account.world import PASSWORD_FIELD
from bitrix24_sandbox.apps import applications
from ticket24.domain.settings.model import AccountSettings, Department, Tags
from ticket24.store import keys

# What is on the page, as the browser understood it.
LOOKED_AT = """() => {
  const all = [...document.querySelectorAll("*")];
  const ours = (src) => new URL(src, location).pathname.startsWith("/bitrix24/static/");
  return {
    title: document.title === "owned",
    scripts: [...document.scripts].filter((one) => !one.src || !ours(one.src)).length,
    frames: document.querySelectorAll(
      'iframe:not([name=mail-preview][sandbox=""]), object, embed').length,
    images: document.querySelectorAll('img[src="x"]').length,
    handlers: all.filter((one) =>
      [...one.attributes].some((named) => named.name.startsWith("on"))).length,
    links: [...document.links].filter((one) => !/^https?:$/.test(one.protocol)).length,
    wide: document.documentElement.scrollWidth > innerWidth,
  };
}"""
NOTHING = {
    "title": False,
    "scripts": 0,
    "frames": 0,
    "images": 0,
    "handlers": 0,
    "links": 0,
    "wide": False,
}


@pytest_asyncio.fixture(loop_scope="session")
async def desk(redis, redis_url, mailbox, tmp_path):
    """A desk whose Bitrix24 gives everything a hostile name."""
    async with Desk(redis_url, mailbox, tmp_path, app=True) as desk:
        account = await desk.install()
        words = cycle(HOSTILE.values())
        world = desk.world
        for group in world.workgroups.values():
            group.name = next(words)
        for user in world.users.values():
            user.name, user.last_name = next(words), next(words)
        for contact in world.contacts.values():
            contact.name, contact.last_name = next(words), next(words)
        companies.add_company(world, 1, HOSTILE["script"])
        for task in world.tasks.values():
            task.title = next(words)[:250]
        for field in world.userfields.values():
            field.labels = dict.fromkeys(field.labels, next(words))
        settings = _settings(account.settings)
        desk.account = await desk.stores.accounts.update(
            account.id, lambda now: now.with_settings(settings, now.connected_at)
        )
        yield desk


def _settings(known):
    """Return settings as an operator's file may hold them, beyond every limit."""
    words = list(HOSTILE.values())
    return AccountSettings(
        company_name=words[0] + words[4],
        departments=tuple(
            Department(number, name, 3, 2)
            for number, name in zip((7, 12, 15), words, strict=False)
        ),
        tags=Tags(tuple(words), tuple(words), tuple(words)),
        internal_marks=tuple(words),
        public_marks=tuple(words),
        sender_name=words[3],
        password_field=known.password_field,
    )


@pytest.fixture
def shown(desk, open_page, faults):
    """Open a page of ours as Bitrix24 does, by a form that posts itself."""

    async def shown(placement="DEFAULT", options=None):
        page = await open_page(viewport={"width": 700, "height": 900})
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        url, query, form = applications.frame_fields(
            desk.world, 1, CLIENT_ID, placement, options
        )
        address = html.escape(applications.frame_address(url, query))
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(str(value))}">'
            for name, value in form.items()
        )
        await page.set_content(
            f'<form method="post" action="{address}">{fields}<button>Open</button>'
        )
        await page.get_by_role("button").click()
        await page.locator("#main").wait_for()
        await page.wait_for_load_state()  # Before its styles are there, it is wide.
        return page

    return shown


async def test_the_settings_show_hostile_names_as_words(shown):
    """In lists, chips and titles, after a search and after a save with faults."""
    page = await shown()
    for name in (
        "Main settings",
        "Departments",
        "Tags",
        "Automation",
        "Promises",
        "Rules",
        "Messages",
        "Emails",
    ):
        await page.get_by_role("tab", name=name).click()
        assert NOTHING == await page.evaluate(LOOKED_AT), name
    await page.get_by_role("tab", name="Departments").click()
    for role in ("Workgroup", "Assignee"):
        box = page.get_by_role("combobox", name=role).first
        await box.click()
        await expect(page.get_by_role("option").first).to_be_visible()
        assert NOTHING == await page.evaluate(LOOKED_AT), role
        await box.fill(HOSTILE["script"])
        await page.keyboard.press("Escape")
    await page.get_by_role("tab", name="Rules").click()
    await page.get_by_role("button", name="Add rule").click()
    for role in ("Customer", "Company"):
        box = page.get_by_role("combobox", name=role, exact=True).first
        await box.fill("script")
        await page.get_by_role("option").filter(has_text="script").first.click()
        assert NOTHING == await page.evaluate(LOOKED_AT), role
    await page.get_by_role("tab", name="Tags").click()
    await page.get_by_role("textbox", name="Sector").fill(HOSTILE["template"])
    await page.keyboard.press("Enter")
    await page.locator(".save").get_by_role("button", name="Save").click()
    await page.get_by_text("Not saved yet").wait_for()
    await page.wait_for_load_state()  # Before its styles are there, it is wide.

    assert NOTHING == await page.evaluate(LOOKED_AT)


async def test_the_card_shows_hostile_names_as_words(desk, shown):
    """Names of contact, tickets and viewers are only words, and so is the password."""
    contacts = [c for c in desk.world.contacts.values() if c.emails]
    evils = [evil.replace("\0", "") for evil in HOSTILE.values()][:4]
    chosen = list(zip(contacts, evils, strict=False))
    for contact, evil in chosen:
        contact.custom[PASSWORD_FIELD] = evil
    async with desk.worker():
        await until(lambda: desk.stores.redis.exists(keys.tickets(desk.account.id)))
        await desk.quiet(desk.account)
    for contact, evil in chosen:
        page = await shown("CRM_CONTACT_DETAIL_TAB", {"ID": str(contact.id)})
        assert NOTHING == await page.evaluate(LOOKED_AT), evil
        await page.get_by_role("button", name="Show", exact=True).click()
        await page.get_by_role("button", name="Send invitation").click()
        await page.locator("#invited:not(:empty)").wait_for()
        await page.locator("summary", has_text="New ticket").click()
        await page.get_by_label("Subject").fill(evil[:200])

        assert NOTHING == await page.evaluate(LOOKED_AT), evil
        field = page.get_by_label("Password", exact=True)
        there = "".join((await field.input_value()).split())
        assert there[:40] == "".join(evil.split())[:40]
        await page.close()
