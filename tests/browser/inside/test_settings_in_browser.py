"""The settings inside Bitrix24 in a real browser: keyboard, chips, lists, rows."""

import asyncio
import html
from dataclasses import replace
from io import BytesIO

import pytest
import pytest_asyncio
from desk import CLIENT_ID, Desk, until
from phones import BROKEN_TABS, SMALL_FIELDS, TWICE_AS_LARGE
from PIL import Image
from playwright.async_api import expect
from tabbing import tabbed
from watching import hold_scripts

from bitrix24_sandbox.account import companies
from bitrix24_sandbox.apps import applications
from ticket24.domain.settings.house_rules.model import Conditions, Deeds, HouseRule
from ticket24.domain.settings.model import (
    AccountSettings,
    Automation,
    Department,
    FormField,
    OwnWords,
    State,
    Tags,
)
from ticket24.domain.settings.own_fields.model import ShownIf
from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours

KEPT = AccountSettings(
    company_name="Acme",
    accent="#0b6e4f",
    departments=(Department(7, "Support", 3, 2), Department(12, "Sales", 5, 4)),
    tags=Tags(("Bugs", "Questions"), ("High", "Medium", "Low"), ()),
    fields=(
        FormField("product", "choice", OwnWords("Product"), options=("web", "app")),
    ),
)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(redis, redis_url, mailbox, tmp_path):
    """A desk whose account was set up before, reached by the application."""
    async with Desk(redis_url, mailbox, tmp_path, app=True) as desk:
        desk.account = await desk.install()
        await keep(desk, KEPT)
        yield desk


@pytest.fixture
def open_settings(desk, open_page):
    """Open the settings as Bitrix24 does, by a form that posts itself.

    On a page that is handed in, nobody waits for scripts.
    """

    async def open_settings(page=None, **options):
        held, page = page is not None, page or await open_page(**options)
        url, query, form = applications.frame_fields(
            desk.world, 1, CLIENT_ID, "DEFAULT", None
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
        await page.get_by_role("heading", name="Settings", exact=True).wait_for()
        if not held:
            await page.wait_for_load_state()  # Its scripts have run.
        return page

    return open_settings


async def keep(desk, settings):
    await desk.stores.accounts.update(
        desk.account.id, lambda now: now.with_settings(settings, now.connected_at)
    )


async def saved(desk):
    return (await desk.stores.accounts.get(desk.account.id)).settings


async def save(page, told="Saved."):
    await page.locator(".save").get_by_role("button", name="Save").click()
    await page.get_by_text(told).wait_for()
    await page.wait_for_load_state()  # Its scripts have run: one tab is open.


async def save_in_vain(page):
    await save(page, "Not saved yet")


def words(page, name):
    """Return the field in which chips are typed."""
    return page.get_by_role("textbox", name=name)


def tab(page, name):
    return page.get_by_role("tab", name=name)


async def test_everybody_can_use_every_tab(open_settings, axe):
    """Nothing on the page keeps anybody out: light, dark, small and with lists open."""
    for options in (
        {"color_scheme": "light"},
        {"color_scheme": "dark", "viewport": {"width": 320, "height": 700}},
    ):
        page = await open_settings(**options)
        for name in (
            "Main settings",
            "Departments",
            "Tags",
            "Fields",
            "Automation",
            "Promises",
            "Rules",
            "Messages",
            "Emails",
        ):
            await tab(page, name).click()
            stops, wrong = await tabbed(page)
            assert [] == wrong
            assert stops > 8
            wide = "document.documentElement.scrollWidth - innerWidth"
            assert await page.evaluate(wide) <= 0
        if "viewport" in options:
            assert [] == await page.evaluate(SMALL_FIELDS)
            assert [] == await page.evaluate(BROKEN_TABS)
            await tab(page, "Main settings").click()
            for small in (TWICE_AS_LARGE, TWICE_AS_LARGE | {"width": 160}):
                await page.set_viewport_size(small)
                assert await page.evaluate(wide) <= 0
            await page.set_viewport_size(options["viewport"])
        await tab(page, "Departments").click()
        await page.get_by_role("combobox", name="Assignee").first.click()
        # All at once: axe takes most of a second, however little of a page is seen.
        await page.evaluate(
            "for (const one of document.querySelectorAll('[data-panel]'))"
            " one.hidden = false;"
            "for (const one of"
            " document.querySelectorAll('.states, .own-field details'))"
            " one.open = true"
        )
        assert [] == await axe(page)


async def test_automation_is_kept_for_tags_of_any_words(desk, open_settings):
    """Whatever a tag is called, its person, deadline and flag are saved with it."""
    odd, urgent = 'Kunde "A" & %22', "Höchste, sofort.1"
    await keep(desk, replace(KEPT, tags=Tags((odd,), (urgent,), ())))
    page = await open_settings()
    await tab(page, "Automation").click()
    await page.get_by_role("combobox", name=odd).click()
    await page.get_by_role("option", name="Tomás").click()
    await page.get_by_label("days", exact=True).fill("2")
    await page.get_by_label("Important", exact=True).check()
    await page.get_by_role("radio", name="Working days").check()
    await page.get_by_label("The first reply starts the work").check()
    await tab(page, "Promises").click()
    hours = page.locator("#hours")
    await hours.get_by_label("Monday").fill("9-12, 13-17")
    regions = hours.get_by_role("combobox", name="Public holidays")
    await regions.fill("sao p")
    await page.get_by_role("option", name="Brazil: São Paulo", exact=True).click()
    await expect(regions).to_have_value("Brazil: São Paulo")
    await hours.get_by_label("Other days off").fill("24.12.2026 Heiligabend")
    await tab(page, "Rules").click()
    await page.get_by_role("button", name="Add rule").click()
    rule = page.locator("#rules [data-row]")
    await rule.get_by_label("Name", exact=True).fill("Urgent first")
    await rule.get_by_label(urgent).first.check()
    await rule.get_by_role("combobox", name="Assign to").click()
    await rule.get_by_role("option", name="Tomás").click()
    await save(page)
    await expect(rule).to_contain_text(f"{urgent}: assign it to Tomás Ribeiro.")

    settings = await saved(desk)
    (kept,) = settings.rules
    assert ("Urgent first", 3) == (kept.name, kept.then.responsible)
    assert Conditions(priority=(urgent,)) == kept.if_
    assert settings.automation == Automation(
        {odd: 3}, {urgent: 2, "count": "working"}, (urgent,), answer_starts=True
    )
    assert settings.working_hours == WorkingHours(
        WeekHours(mon="09:00-12:00, 13:00-17:00"), ("2026-12-24 Heiligabend",), "BR-SP"
    )


async def test_customers_of_a_rule_are_found_by_their_names(desk, open_settings, axe):
    """Whoever knows a name or an address needs no number; what is gone is marked."""
    firm = companies.add_company(desk.world, 1, "Works <b>")
    rule = HouseRule("opened", "Ana", if_=Conditions(customer=(999,)))
    rule = replace(rule, key="ana", then=Deeds(important=True))
    await keep(desk, replace(KEPT, rules=(rule,)))
    page = await open_settings()
    await tab(page, "Rules").click()
    row = page.locator("#rules [data-row]")
    await row.get_by_text("Edit rule").click()
    customer = row.get_by_role("combobox", name="Customer", exact=True).first
    await expect(customer).to_have_value("No. 999, not found")
    await customer.fill("souza")
    option = page.get_by_role("option", name="Ana Souza ana.souza@example.com")
    await option.wait_for()
    assert [] == await axe(page)
    await option.click()
    await expect(customer).to_have_value("Ana Souza")
    company = row.get_by_role("combobox", name="Company", exact=True).first
    await company.fill("works")
    await page.get_by_role("option", name="Works <b>").wait_for()
    await page.keyboard.press("Enter")
    # Whoever fills in the last field of a list gets another one, and so on.
    others = row.get_by_role("combobox", name="Another customer", exact=True)
    for place, (typed, name) in enumerate((("mehmet", "Mehmet"), ("dubois", "Paul"))):
        await others.nth(place).fill(typed)
        await page.get_by_role("option", name=name).click()
    await expect(others).to_have_count(3)
    await save(page)

    (kept,) = (await saved(desk)).rules
    assert (44, 3) == (kept.if_.customer[0], len({*kept.if_.customer}))
    assert (firm.id,) == kept.if_.company
    await expect(row).to_contain_text("if the customer is Ana Souza or ")


async def test_nothing_keeps_people_out_of_a_page_with_faults(open_settings, axe):
    """The error summary, its links and the marked tabs can be used by everybody."""
    page = await open_settings()
    await page.get_by_label("Company name").fill("")
    await tab(page, "Tags").click()
    await words(page, "Sector").fill("High")
    await page.keyboard.press("Enter")
    await save_in_vain(page)

    assert [] == await axe(page)
    await expect(page.locator(".errors")).to_be_focused()
    await expect(tab(page, "Main settings (has errors)")).to_be_visible()

    await page.get_by_role("link", name="appears twice").click()

    await expect(words(page, "Sector")).to_be_focused()
    await expect(tab(page, "Tags")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("place", [".settings-head", ".save"])
async def test_both_buttons_save(open_settings, desk, place):
    """The one above the form as well as the one below it."""
    page = await open_settings()
    await page.get_by_role("textbox", name="Company name").fill("Acme Help")

    await page.locator(place).get_by_role("button", name="Save").click()
    await page.get_by_text("Saved.").wait_for()

    assert "Acme Help" == (await saved(desk)).company_name


async def test_tabs_are_reached_by_arrow_keys(open_settings):
    """Tabs behave as tabs do everywhere."""
    page = await open_settings()
    await tab(page, "Main settings").focus()

    await page.keyboard.press("ArrowRight")
    await expect(tab(page, "Departments")).to_be_focused()
    await page.keyboard.press("End")

    mine = page.get_by_role("heading", name="Send me a test email")
    await expect(mine).to_be_visible()
    await expect(page.get_by_label("Company name")).to_be_hidden()


async def test_chips_are_typed_ordered_and_removed_by_keyboard(open_settings, desk):
    """Type and Enter; arrows to go and to move; Delete to remove; all is saved."""
    page = await open_settings()
    await tab(page, "Tags").click()
    await words(page, "Sector").fill("Europe, USA")
    await page.keyboard.press("Enter")
    await words(page, "Priority").focus()
    await page.keyboard.type("Urgent")
    await page.keyboard.press("Enter")

    await page.keyboard.press("Backspace")  # To the last chip, which is Urgent.
    for _ in range(3):
        await page.keyboard.press("Shift+ArrowLeft")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Delete")
    await save(page)

    tags = (await saved(desk)).tags
    assert ("Urgent", "Medium", "Low") == tags.priority
    assert ("Europe", "USA") == tags.sector


async def test_chips_are_moved_and_removed_by_mouse(open_settings, desk):
    """A click on a chip shows where it can go; dragging works too."""
    page = await open_settings()
    await tab(page, "Tags").click()
    await page.get_by_role("button", name="Low", exact=True).click()
    await page.get_by_role("button", name="Move “Low” forward").click()
    await page.get_by_role("button", name="Remove “High”").click()
    await page.locator(".chip", has_text="Questions").drag_to(
        page.locator(".chip", has_text="Bugs"), target_position={"x": 4, "y": 10}
    )
    await save(page)

    tags = (await saved(desk)).tags
    assert ("Low", "Medium") == tags.priority
    assert ("Questions", "Bugs") == tags.message_type


async def test_a_tag_that_is_there_already_is_told_at_once(open_settings):
    """What is refused stays in the field."""
    page = await open_settings()
    await tab(page, "Tags").click()
    field = words(page, "Message type")
    await field.fill("bugs")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("“bugs” is already in the list")).to_be_visible()
    await expect(field).to_have_value("bugs")


async def test_people_and_workgroups_are_found_by_typing(open_settings, desk):
    """The lists are searched in Bitrix24, by keyboard alone, and say what they are."""
    page = await open_settings()
    await tab(page, "Departments").click()
    field = page.get_by_role("combobox", name="Assignee").first
    await field.fill("hann")
    option = page.get_by_role("option", name="Hannah Vogel")
    await option.wait_for()

    await expect(field).to_have_attribute("aria-expanded", "true")
    await expect(option).to_have_id(await field.get_attribute("aria-activedescendant"))
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("Hannah Vogel")
    await expect(field).to_have_attribute("aria-expanded", "false")

    creator = page.get_by_role("combobox", name="Creator").first
    await creator.fill("")
    await page.keyboard.press("Tab")
    await creator.fill("nobody at all")
    await page.keyboard.press("Escape")
    await expect(creator).to_have_value("")
    await save(page)

    department = (await saved(desk)).departments[0]
    assert (2, 0) == (department.responsible_id, department.creator_id)


async def test_a_department_is_added_and_its_rights_are_said_at_once(
    open_settings, desk
):
    """What is chosen is checked right away; the row is saved where it was moved to."""
    page = await open_settings()
    await tab(page, "Departments").click()
    await page.get_by_role("button", name="Add department").click()
    row = page.locator("#departments [data-row]").last
    await expect(row.get_by_role("combobox", name="Workgroup")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await row.get_by_role("option", name=desk.world.workgroups[15].name).click()
    await expect(
        row.get_by_text("Ticket24 can read and create tickets here")
    ).to_be_visible()
    await row.get_by_text("Information for customers").click()
    await row.get_by_role("textbox", name="Opening hours").first.fill("9-17")
    await row.get_by_text("Status in your words").click()
    for place, (of, words) in enumerate((("Done", "Ready"), ("New", "Received"))):
        state = row.locator(".state-row").nth(place)  # There is always one more.
        await state.get_by_label("Status or stage").select_option(label=of)
        await state.get_by_label("English").fill(words)
    state = row.locator(".state-row").first
    await state.get_by_label("Colour", exact=True).fill("#ffd000")
    badge = state.locator("[data-page=light] b")
    await expect(badge).to_have_text("Ready")
    await expect(badge).to_have_css("color", "rgb(135, 110, 0)")
    await row.get_by_role("button", name="Move up").click()
    await page.locator("[data-row]").first.get_by_role("button", name="Remove").click()
    await expect(page.locator("#departments [data-undo]")).to_contain_text(
        "disappear from the portal"
    )
    await save(page)

    departments = (await saved(desk)).departments
    assert [15, 12] == [one.group_id for one in departments]
    assert OwnWords(en="9-17") == departments[0].opening_hours
    assert (
        State(stage=154, words=OwnWords("Ready"), colour="#ffd000"),
        State("new", words=OwnWords("Received")),
    ) == departments[0].states


async def test_a_removed_department_comes_back(open_settings, desk):
    """Undo puts a department where it stood, with all that was typed into it."""
    page = await open_settings()
    await tab(page, "Departments").click()
    name = page.get_by_label("Name shown to customers").first
    await name.fill("Help")
    await page.get_by_role("button", name="Remove Help").click()
    await page.get_by_role("button", name="Undo").click()
    await save(page)

    assert ["Help", "Sales"] == [one.name for one in (await saved(desk)).departments]


async def test_a_field_is_added_that_hangs_on_another(open_settings, desk):
    """It is called as it is typed, and shows options where there are some."""
    page = await open_settings()
    await tab(page, "Fields").click()
    await page.get_by_role("button", name="Add field").click()
    row = page.locator("#fields [data-row]").nth(1)
    await row.get_by_label("Name: English").fill("Version")
    assert "Version" == await row.locator("[data-title]").inner_text()
    await expect(row.get_by_label("Options", exact=True)).to_be_hidden()
    await row.get_by_label("What customers enter").select_option(
        "Any number of options"
    )
    await row.get_by_label("Options", exact=True).fill("1.0\n2.0")
    await row.get_by_label("Only if this field").select_option("product")
    await row.get_by_label("is one of").fill("app")
    await row.get_by_role("button", name="Move up").click()
    await save_in_vain(page)
    await page.get_by_role("button", name="Move down").first.click()
    await save(page)

    version = FormField(
        "version",
        "several",
        OwnWords("Version"),
        shown_if=ShownIf("product", ("app",)),
        options=("1.0", "2.0"),
    )
    assert (*KEPT.fields, version) == (await saved(desk)).fields


async def test_the_logo_is_shown_before_it_is_saved(open_settings, desk):
    """A preview has the real size; a file that is not a picture is refused at once."""
    content = BytesIO()
    Image.new("RGB", (888, 220), "#0b6e4f").save(content, "PNG")
    page = await open_settings()
    logo = page.get_by_label("Logo", exact=False).first

    await logo.set_input_files(
        {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    await expect(page.get_by_text("can’t read this file as an image")).to_be_visible()
    await logo.set_input_files(
        {"name": "ours.png", "mimeType": "image/png", "buffer": content.getvalue()}
    )
    preview = page.get_by_role("img", name="ours.png")
    await expect(preview).to_be_visible()
    assert [444, 110] == await preview.evaluate("one => [one.width, one.height]")
    await page.get_by_label("Company name").fill("")
    await save_in_vain(page)
    await expect(page.get_by_role("img", name="Your logo")).to_be_visible()
    await page.get_by_label("Company name").fill("Acme")
    await save(page)

    assert (await saved(desk)).logo.endswith(".png")
    natural = "document.querySelector('.logo-frame img').naturalWidth"
    assert await until(lambda: page.evaluate(natural)) == 444


async def test_the_accent_is_shown_as_it_is_chosen(open_settings):
    """The picture follows the colour, and its words say what was made of it.

    An answer that comes late changes nothing any more.
    """
    page = await open_settings()
    await page.get_by_label("Accent colour").fill("#fc0")

    await expect(page.get_by_text("too light for links")).to_be_visible()
    button = page.locator("[data-look=light] rect[data-fill=button]").last
    await expect(button).to_have_attribute("fill", "#ffcc00")

    held = asyncio.Event()

    async def late(route):
        await held.wait()
        await route.continue_()

    await page.route("**/app/accent?colour=%23004488*", late)
    async with page.expect_request("**/app/accent?colour=%23004488*") as asked:
        await page.get_by_label("Accent colour").fill("#004488")
    await page.get_by_role("button", name="Use the default colour").click()
    await expect(page.get_by_text("This is the default colour")).to_be_visible()
    held.set()
    await (await (await asked.value).response()).finished()
    await page.evaluate("new Promise((read) => setTimeout(read, 100))")
    await expect(page.get_by_text("This is the default colour")).to_be_visible()


async def test_what_is_chosen_before_the_scripts_come_counts(open_settings, open_page):
    """On a slow line people act in the plain page: nothing of it goes unnoticed."""
    page = await open_page()
    let_in = await hold_scripts(page)
    await open_settings(page)
    await page.locator("#accent").fill("#fc0")
    logo = {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"}
    await page.locator("#logo").set_input_files(logo)
    await page.locator("[name='departments.0.name']").fill("Help")

    let_in.set()

    await expect(page.locator("[data-state]")).to_have_text("Unsaved changes")
    await expect(page.get_by_text("can’t read this file as an image")).to_be_visible()
    await expect(page.get_by_text("too light for links")).to_be_visible()
    await expect(page.locator("[data-title]").first).to_have_text("Help")


async def test_unsaved_changes_are_told_and_kept(open_settings):
    """Leaving with unsaved changes asks first; leaving without any does not."""
    page = await open_settings()
    state = page.locator("[data-state]")
    await expect(state).to_have_text("All changes saved")
    await page.get_by_label("Company name").fill("Acme Help")
    await expect(state).to_have_text("Unsaved changes")

    asked = []

    async def stay(dialog):
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    await page.evaluate("location.href = '/p/helpdesk/'")
    await until(lambda: asked)

    assert ["beforeunload"] == asked
    await expect(page.get_by_label("Company name")).to_have_value("Acme Help")


async def test_two_people_at_once(open_settings, desk, axe):
    """The second to save sees what the first changed, and decides."""
    page = await open_settings()
    await keep(desk, replace(KEPT, company_name="Theirs", sender_name="Their team"))
    await page.get_by_label("Company name").fill("Mine")
    await page.locator(".save").get_by_role("button", name="Save").click()
    await page.get_by_text("Someone else has saved changes").wait_for()

    assert [] == await axe(page)
    await page.get_by_role("button", name="Save my version").click()
    await page.get_by_text("Saved.").wait_for()

    now = await saved(desk)
    assert ("Mine", "Their team") == (now.company_name, now.sender_name)


async def test_the_portals_address_is_copied(open_settings, desk):
    """One click copies the address that customers need."""
    page = await open_settings()
    await page.get_by_role("button", name="Copy", exact=True).click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    await page.get_by_label("Company name").focus()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.press("ControlOrMeta+v")

    expected = f"{desk.settings.public_url}/p/{desk.account.slug}/"
    await expect(page.get_by_label("Company name")).to_have_value(expected)


async def test_nothing_typed_is_lost_without_a_connection(open_settings, desk, faults):
    """Saving is tried only where it can work; until then everything stays."""
    page = await open_settings()
    await page.get_by_label("Company name").fill("Acme Help")
    button = page.locator(".save").get_by_role("button", name="Save")

    await page.context.set_offline(True)
    await button.click()
    await expect(page.locator("[data-state]")).to_contain_text("can’t reach the server")
    await page.context.set_offline(False)
    await save(page)
    faults.forgive()

    assert "Acme Help" == (await saved(desk)).company_name


async def test_nothing_typed_is_lost_on_a_page_that_was_open_too_long(
    open_settings, desk, redis, faults
):
    """A visit that is over is told before the form is sent."""
    page = await open_settings()
    await page.get_by_label("Company name").fill("Acme Help")
    async for key in redis.scan_iter("*visit*"):
        await redis.delete(key)

    await page.locator(".save").get_by_role("button", name="Save").click()

    await expect(page.locator("[data-state]")).to_contain_text("open for too long")
    await expect(page.get_by_label("Company name")).to_have_value("Acme Help")
    assert "Acme" == (await saved(desk)).company_name
    faults.forgive()


async def test_a_mail_is_seen_before_it_is_saved(desk, open_settings):
    """The frame shows the words of the form and its accent; the form stays as it is."""
    page = await open_settings()
    await tab(page, "Emails").click()
    signature = page.locator("#signature-en")
    await signature.fill("Yours, <b>\nnot saved")

    await page.get_by_role("button", name="Show", exact=True).click()

    mail = page.frame_locator("iframe[name=mail-preview]")
    await expect(mail.get_by_text("Yours, <b>")).to_be_visible()
    button = mail.get_by_role("link", name="Reply in the portal").last
    await expect(button).to_be_visible()
    assert "rgb(11, 110, 79)" == await button.evaluate(
        "link => getComputedStyle(link.closest('td')).backgroundColor"
    )
    assert "Yours, <b>\nnot saved" == await signature.input_value()
    assert "" == (await saved(desk)).signature.en
