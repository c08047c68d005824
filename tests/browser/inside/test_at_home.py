"""A company's way with ticket24 in its own Bitrix24, in German, without its cookies.

The account is http://localhost, ticket24 http://127.0.0.1: two sites for browsers. The
staff's browser sends no cookie to the site in a frame, as browsers do ever more often.
"""

import json
import re
import tomllib
from io import BytesIO

import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from desk import CLIENT_ID, PERSON, until
from framed import frame_in, press
from PIL import Image
from playwright.async_api import expect
from watching import SECONDS, T24, watch

from bitrix24_sandbox.apps import applications
from ticket24.cli import settings as settling

ADMIN, HANNAH, TOMAS, OLGA, JOHN = range(1, 6)
SUPPORT, SALES = 7, 12
TAGS = {
    "Nachrichtentyp": ["Fehler", "Entwicklung"],
    "Priorität": ["Hoch", "Niedrig"],
    "Sektor": ["Europa"],
}
SECTIONS = ("message_type", "priority", "sector")
DEPARTMENTS = [
    (SUPPORT, "Kundendienst", TOMAS, HANNAH),
    (SALES, "Verkauf", JOHN, OLGA),
]
FIELDS = ("group_id", "name", "responsible_id", "creator_id")
# A whole Chromium reads preferences; its shell has to be told, and for each page.
BLOCKING = (
    "--test-third-party-cookie-phaseout",
    "--disable-features=site-per-process",
)
BLOCK = {
    "enableThirdPartyCookieRestriction": True,
    "disableThirdPartyCookieMetadata": True,
    "disableThirdPartyCookieHeuristics": True,
}
PROBE = """<!doctype html><script>
fetch("/again").then(() => document.body.append("asked"));
</script><body>"""


@pytest_asyncio.fixture(loop_scope="session")
async def desk(app_desk):
    """A desk whose Bitrix24 speaks German and is another site than ticket24."""
    app_desk.world.address = f"http://localhost:{app_desk.sandbox.port}"
    app_desk.world.switches.language = "de"
    yield app_desk


@pytest_asyncio.fixture(loop_scope="session")
async def staff(browser, desk, faults, tmp_path):
    """A page of staff, in a browser that blocks the cookies of other sites."""
    preferences = tmp_path / "profile" / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(
        json.dumps(
            {"profile": {"cookie_controls_mode": 1, "block_third_party_cookies": True}}
        )
    )
    context = await browser.browser_type.launch_persistent_context(
        preferences.parents[1],
        executable_path=T24["browser"]() or None,
        args=["--no-sandbox", *BLOCKING],
        # The sandbox's own pages speak it; ours in their frames speak the account's.
        locale="en-GB",
        viewport={"width": 1280, "height": 900},
    )
    context.set_default_timeout(SECONDS * 1000)
    context.on("page", lambda page: watch(page, faults))
    page = await context.new_page()
    devtools = await context.new_cdp_session(page)
    await devtools.send("Network.setCookieControls", BLOCK)
    yield page
    await context.close()


async def test_at_home_in_bitrix24(desk, staff, open_page, mailbox, axe, faults):
    """From "Install" to a customer's ticket and its answer, with nothing but clicks."""
    await cookies_are_blocked(staff, desk)
    faults.forgive()  # The probe is a stranger.
    async with desk.worker():
        await installs(desk, staff, axe)
        await sets_up(staff)
        account = await desk.stores.accounts.by_member(desk.world.member_id)
        await settings_say_the_same(desk, account)

        contact, email, _ = desk.customer()
        await act_as(staff, "Tomás Ribeiro")
        await leaves_settings_to_administrators(staff, axe)
        password = await sets_a_password(staff, contact)
        assert password == contact.custom[account.settings.password_field]

        customer = await open_page(locale="de-DE")
        portal = desk.portal(slug=account.slug)
        await signs_in(customer, portal, email, password)
        task = await opens_a_ticket(desk, customer)
        await is_answered(desk, staff, customer, task, mailbox)

        await opens_another(desk, staff, contact)
        await invites(staff, mailbox, await open_page(locale="de-DE"))
        assert [] == await staff.context.cookies(portal)
        await looks_as_the_customer(staff, portal)
        for page in (*staff.context.pages, *customer.context.pages):
            await page.close()


async def test_at_home_without_javascript(desk, open_page, mailbox):
    """The same pages without scripts: a company sets up and lets its people in."""
    applications.add(desk.world, ADMIN, CLIENT_ID)
    async with desk.worker():
        frame = await desk.frame(by=ADMIN)
        await frame.submit("/install/person", **(PERSON | {"phone": "bald"}))
        assert ["phone"] == [field for field, _ in frame.errors]
        assert "bald" == frame.form("/install/person").value("phone")
        await frame.submit("/install/person", phone=PERSON["phone"])
        applications.finish_install(desk.world, ADMIN, CLIENT_ID)
        await frame.submit("/bitrix24/app", press="Zu den Einstellungen")
        assert "Einstellungen" == frame.title

        await sets_up_by_forms(frame)
        account = await desk.stores.accounts.by_member(desk.world.member_id)
        await settings_say_the_same(desk, account)

        contact, email, _ = desk.customer()
        tab = {"placement": "CRM_CONTACT_DETAIL_TAB", "options": {"ID": contact.id}}
        frame = await desk.frame(by=TOMAS, **tab)
        await frame.submit("/password", press="Erzeugen")
        assert "Neu, noch nicht gespeichert." in frame.page
        password = frame.form("/password").value("password")
        await frame.submit("/password", press="Passwort speichern")
        assert "Der Kunde kann sich jetzt damit anmelden." in frame.page
        ticket = {"department": str(SALES), "subject": "Papier", "text": "Viel davon."}
        paper = ("files", "liste.txt", b"A4")
        await frame.submit("/tickets", press="Ticket", files=[paper], **ticket)
        assert "Papier" in frame.page
        await frame.submit("/invitation", press="Einladung senden")
        await until(lambda: mailbox.of_kind("invitation"), SECONDS)

        customer = await open_page(locale="de-DE", java_script_enabled=False)
        await signs_in(customer, desk.portal(slug=account.slug), email, password)
        await customer.get_by_role("link", name="Papier").click()
        await expect(customer.get_by_role("link", name="liste.txt")).to_be_visible()

        await frame.submit("/view")
        assert (303, f"/p/{account.slug}/") == (frame.status, frame.headers["Location"])


async def sets_up_by_forms(frame):
    """Each button is a form's: rows come without anything being saved or lost."""
    save = "/app/settings"
    for _ in range(2):
        await frame.submit(save, "Abteilung hinzufügen")
    fields = {
        f"departments.{row}.{name}": str(value)
        for row, department in enumerate(DEPARTMENTS)
        for name, value in zip(FIELDS, department, strict=True)
    }
    for name, words in zip(SECTIONS, TAGS.values(), strict=True):
        fields[name] = "\r\n".join(words)
    logo = ("logo", "logo.png", a_logo())
    await frame.submit(
        save, "Speichern", [logo], {}, company_name="Müller & Söhne", **fields
    )
    assert "Gespeichert." in frame.page


async def cookies_are_blocked(page, desk):
    """A page of another site gets no cookie of its own in a frame.

    At the top it does: so it is the frame that makes the difference.
    """
    got = []

    async def probe(request):
        got.append((request.path, dict(request.cookies)))
        response = web.Response(text=PROBE, content_type="text/html")
        if request.path == "/probe":
            response.set_cookie("probe", "1", samesite="None", secure=True)
        return response

    app = web.Application()
    for path in ("/probe", "/again"):
        app.router.add_get(path, probe)
    async with TestServer(app) as server:
        address = str(server.make_url("/probe"))
        await page.goto(address)
        await expect(page.get_by_text("asked")).to_be_visible()
        assert [("/probe", {}), ("/again", {"probe": "1"})] == got
        got.clear()

        await page.goto(f"{desk.world.address}/rest/")
        await page.set_content(f'<iframe src="{address}"></iframe>')
        framed = page.frame_locator("iframe").get_by_text("asked")
        await expect(framed).to_be_visible()
        assert [("/probe", {}), ("/again", {})] == got
    await page.context.clear_cookies()


async def installs(desk, page, axe):
    """Everything is ticked, the form has one fault first, then the settings open."""
    await page.goto(f"{desk.world.address}/staff/")
    await act_as(page, "Customer Portal")
    await page.get_by_role("link", name="Applications").click()
    await page.get_by_role("link", name="Install", exact=True).click()
    for box in await page.get_by_role("checkbox").all():
        await box.check()
    await page.get_by_role("button", name="Install").click()

    frame = page.frame_locator("iframe")
    await expect(frame.get_by_text("Schritt 1 von 2")).to_be_visible()
    assert [] == await axe(await frame_in(page))
    await frame.get_by_label("Name").fill(PERSON["name"])
    await frame.get_by_label("Telefon").fill("bald")
    await frame.get_by_label("E-Mail-Adresse").fill(PERSON["email"])
    await press(frame.get_by_role("button", name="Speichern und weiter"))
    wrong = frame.get_by_role("link", name="Geben Sie eine Telefonnummer wie")
    await expect(wrong).to_be_visible()
    assert [] == await axe(await frame_in(page))
    await press(wrong)
    await expect(frame.get_by_label("Telefon")).to_be_focused()
    await expect(frame.get_by_label("Telefon")).to_have_value("bald")
    await frame.get_by_label("Telefon").fill(PERSON["phone"])
    await press(frame.get_by_role("button", name="Speichern und weiter"))

    await page.wait_for_url("**install_finished=Y")
    await expect(
        frame.get_by_role("heading", name="Einstellungen", exact=True)
    ).to_be_visible()
    assert desk.world.applications[CLIENT_ID].installed


async def sets_up(page):
    """Company and logo, departments from lists with search, tags by Enter."""
    frame = page.frame_locator("iframe")
    await expect(frame.get_by_role("tab", name="Haupteinstellungen")).to_be_visible()
    await press(frame.locator(".save").get_by_role("button", name="Speichern"))
    await expect(frame.get_by_text("Noch nicht gespeichert")).to_be_visible()
    await expect(frame.locator(".errors")).to_be_focused()
    await frame.get_by_label("Firmenname").fill("Müller & Söhne")
    await frame.get_by_label("Logo", exact=False).first.set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": a_logo()}
    )
    await expect(frame.get_by_role("img", name="logo.png")).to_be_visible()

    await press(frame.get_by_role("tab", name="Abteilungen"))
    await expect(frame.get_by_text("Noch keine Abteilungen")).to_be_visible()
    heading = frame.get_by_role("heading", name="Gruppeneinstellungen")
    await expect(heading).to_be_visible()
    await adds(frame, "Support", "Kundendienst", "Tomás Ribeiro", "Hannah Vogel")
    await adds(frame, "Sales", "Verkauf", "John Miller", "Olga Petrova")

    await press(frame.get_by_role("tab", name="Schlagwörter"))
    for section, words in TAGS.items():
        field = frame.get_by_role("textbox", name=section)
        for word in words:
            await field.fill(word)
            await field.press("Enter")
    await press(frame.get_by_role("tab", name="Nachrichten"))

    await press(frame.locator(".save").get_by_role("button", name="Speichern"))
    await expect(frame.get_by_text("Gespeichert.")).to_be_visible()


async def adds(frame, group, name, responsible, creator):
    """Add a department; everybody in it is found by a part of the name."""
    await press(frame.get_by_role("button", name="Abteilung hinzufügen"))
    row = frame.locator("[data-row]").last
    await pick(row, "Arbeitsgruppe", group)
    await expect(row.get_by_text("Ticket24 kann hier Tickets lesen")).to_be_visible()
    await row.get_by_label("Name für Kunden").fill(name)
    await pick(row, "Zuständig", responsible)
    await pick(row, "Ersteller", creator)


async def pick(row, label, name):
    box = row.get_by_role("combobox", name=label)
    await press(box)
    await box.fill(name[:5].lower())
    await press(row.get_by_role("option", name=name))


async def settings_say_the_same(desk, account):
    """What was clicked is what the command writes."""
    target = desk.folder / "exported.toml"
    await settling.export(desk.settings, account.slug, target)
    written = tomllib.loads(target.read_text("utf-8"))

    assert "Müller & Söhne" == written["company_name"]
    assert "de" == written["language"]
    assert DEPARTMENTS == [
        tuple(one[name] for name in FIELDS) for one in written["departments"]
    ]
    assert list(TAGS.values()) == [written["tags"][name] for name in SECTIONS]
    with Image.open(desk.folder / written["logo"]) as logo:
        assert (444, 110) == logo.size
    assert PERSON["name"] == account.person.name


async def leaves_settings_to_administrators(page, axe):
    """Somebody else of the staff is told who can open them."""
    heading = page.frame_locator("iframe").get_by_role("heading", level=1)
    await expect(heading).to_have_text("Das kann nur ein Administrator")
    assert [] == await axe(await frame_in(page))


async def sets_a_password(page, contact):
    """On the contact's card, in the tab: made up, saved, and returned."""
    frame = await open_tab(page, contact)
    form = frame.locator("#password-form")
    await press(form.get_by_role("button", name="Erzeugen"))
    await expect(form.get_by_text("Neu, noch nicht gespeichert.")).to_be_visible()
    password = await frame.get_by_label("Passwort", exact=True).input_value()
    await press(form.get_by_role("button", name="Passwort speichern"))
    await expect(form.get_by_text("Der Kunde kann sich jetzt")).to_be_visible()
    return password


async def signs_in(page, portal, email, password):
    """The password of the card lets its customer in, and there is the logo."""
    await page.goto(portal)
    await page.get_by_label("E-Mail").fill(email)
    await page.get_by_role("button", name="Weiter").click()
    await page.get_by_label("Passwort").fill(password)
    await page.get_by_role("button", name="Anmelden").click()
    logo = page.get_by_role("img", name="Müller & Söhne")
    await expect(logo).to_be_visible()
    assert 444 == await logo.evaluate("image => image.naturalWidth")


async def opens_a_ticket(desk, page):
    """It opens in the new department, with tags and a file, and is so in Bitrix24."""
    await page.get_by_role("link", name="Neues Ticket").first.click()
    await page.get_by_label("Kundendienst").check()
    await page.get_by_label("Priorität").select_option("Hoch")
    await page.get_by_label("Nachrichtentyp").select_option("Fehler")
    await page.get_by_label("Sektor").select_option("Europa")
    await page.get_by_label("Betreff").fill("Der Drucker brennt")
    await page.get_by_label("Ihre Nachricht").fill("Hell sogar.")
    log = {"name": "brand.log", "mimeType": "text/plain", "buffer": b"Es ist warm."}
    await page.locator("#files").set_input_files([log])
    await expect(page.locator("[name=upload]")).to_have_count(1)
    await page.get_by_role("button", name="Senden").click()
    await page.wait_for_url(re.compile(r"/tickets/\d+$"))

    task = desk.world.tasks[int(page.url.rpartition("/")[2])]
    assert (SUPPORT, TOMAS, HANNAH) == (
        task.group_id,
        task.responsible_id,
        task.created_by,
    )
    assert ["Europa", "Fehler", "Hoch"] == sorted(task.tags)
    (number,) = task.files
    file = desk.world.files[desk.world.attachments[number].object_id]
    assert ("brand.log", b"Es ist warm.") == (file.name, file.content)
    return task


async def is_answered(desk, page, customer, task, mailbox):
    """Staff go from the tab to the task; their answer is a mail, and on the page."""
    await expect(customer.get_by_text("Tomás Ribeiro").first).to_be_visible()
    frame = page.frame_locator("iframe")
    await press(frame.get_by_role("button", name="Aktualisieren"))
    await expect(frame.get_by_text("Hoch · Tomás Ribeiro")).to_be_visible()
    await press(frame.get_by_role("link", name=task.title))
    await page.get_by_label("as Tomás Ribeiro").fill("Haben Sie Wasser?")
    await page.get_by_role("button", name="Send", exact=True).click()

    answer = customer.locator(".talk .theirs", has_text="Haben Sie Wasser?")
    await expect(answer).to_contain_text("Tomás Ribeiro")
    await until(lambda: mailbox.of_kind("replied"), SECONDS)
    (mail,) = mailbox.of_kind("replied")
    assert "Müller & Söhne" == mail["From"].addresses[0].display_name
    assert "Haben Sie Wasser?" in mail.get_body(("plain",)).get_content()


async def opens_another(desk, page, contact):
    """Staff open a ticket for the customer, in a workgroup that they are not in."""
    frame = await open_tab(page, contact)
    await press(frame.locator("summary", has_text="Neues Ticket"))
    await frame.get_by_label("Verkauf").check()
    await frame.get_by_label("Betreff").fill("Ein neuer Drucker")
    await frame.get_by_label("Ihre Nachricht").fill("Am Telefon bestellt.")
    await press(frame.get_by_role("button", name="Ticket erstellen"))
    await expect(frame.get_by_text("weitere Tickets in Arbeitsgruppen")).to_be_visible()
    await expect(frame.get_by_role("link", name="Der Drucker brennt")).to_be_visible()
    task = next(t for t in desk.world.tasks.values() if t.title == "Ein neuer Drucker")
    await expect(frame.locator("#sent")).to_contain_text(str(task.id))
    assert (SALES, JOHN, OLGA) == (task.group_id, task.responsible_id, task.created_by)


async def invites(page, mailbox, other):
    """The link of the invitation lets its reader in."""
    form = page.frame_locator("iframe").locator("#invitation-form")
    await press(form.get_by_role("button", name="Einladung senden"))
    await expect(form.get_by_text("von Tomás Ribeiro an")).to_be_visible()
    (mail,) = mailbox.of_kind("invitation")
    text = mail.get_body(("plain",)).get_content()
    await other.goto(re.search(r"http\S+/login/link/\S+", text)[0])
    await other.get_by_role("button", name="Anmelden").click()
    await expect(other.get_by_role("link", name="Ein neuer Drucker")).to_be_visible()
    await other.close()


async def looks_as_the_customer(page, portal):
    """A new tab shows the customer's portal, in which nothing can be sent."""
    frame = page.frame_locator("iframe")
    async with page.context.expect_page() as opened:
        await press(frame.get_by_role("button", name="Portal aus Sicht des Kunden"))
    view = await opened.value
    await expect(view.get_by_text("so sieht")).to_be_visible()
    assert view.url.startswith(portal)
    await view.get_by_role("link", name="Der Drucker brennt").click()
    await expect(view.locator("form#reply")).to_have_attribute("inert", "")
    await view.get_by_role("button", name="Ansicht beenden").click()
    await expect(view.get_by_text("Die Ansicht ist beendet")).to_be_visible()
    await press(frame.get_by_role("button", name="Aktualisieren"))
    await expect(frame.get_by_text("Zuletzt angesehen von")).to_be_visible()


async def act_as(page, name):
    """Be somebody else of the staff."""
    chosen = page.get_by_label("Acting as")
    option = chosen.locator("option", has_text=name)
    await chosen.select_option(await option.get_attribute("value"))
    await page.get_by_role("button", name="Switch").click()
    await expect(chosen.locator("option:checked")).to_contain_text(name)


async def open_tab(page, contact):
    """Go to the card of a contact, and there to our tab."""
    await page.get_by_role("link", name="Contacts").first.click()
    await page.locator(f"main a[href='/staff/contacts/{contact.id}']").first.click()
    await page.get_by_role("link", name="Ticket24", exact=True).last.click()
    frame = page.frame_locator("iframe")
    await expect(frame.get_by_role("heading", name="Zugang zum Portal")).to_be_visible()
    return frame


def a_logo():
    content = BytesIO()
    Image.new("RGB", (888, 220), "#0b6e4f").save(content, "PNG")
    return content.getvalue()
