"""The settings inside Bitrix24, with a browser that knows no JavaScript."""

import re
from dataclasses import fields, replace
from io import BytesIO

from desk import until
from PIL import Image
from settings_page import KEPT, SAVE, keep, logo_of, picture, saved, seen

from ticket24.domain.settings.form import SECTIONS
from ticket24.domain.settings.model import AccountSettings
from ticket24.staff.settings import page_words as words


async def test_everything_that_is_saved_is_what_the_export_shows(
    app_desk, account, frame
):
    """Every field of the form arrives in the settings, and no other one changes."""
    await frame.submit(
        SAVE,
        "Save",
        company_name="Acme Help",
        language="de",
        accent="0B6E4F",
        message_type="Bugs\r\nDevelopment",
        priority="",
        sector="Europe",
        shown_messages="marked",
        internal_marks="//",
        public_marks="#an",
        created_mails=None,
        reply_mails=None,
        status_mails="on",
        completed_mails=None,
        followers=None,
        subtask_tickets="on",
        mail_opens_tickets="on",
        sender_name="Team Acme",
        time_zone="America/Sao_Paulo",
        fields={
            "departments.0.name": "",
            "departments.0.creator_id": "",
            "departments.1.group_id": "15",
            "departments.1.responsible_id": "2",
            "departments.1.about.de": "Verträge;\r\nRechnungen",
            "departments.1.opening_hours.pt": "9h às 17h",
            "greeting.de": "Moin {name},",
            "signature.de": "Ihr\r\nAcme-Team",
        },
    )

    assert 200 == frame.status, seen(frame.page)
    assert {
        "company_name": "Acme Help",
        "language": "de",
        "logo": "",
        "accent": "#0b6e4f",
        "password_field": "UF_CRM_TICKET24_PASSWORD",
        "departments": [
            {
                "group_id": 7,
                "name": app_desk.world.workgroups[7].name,
                "responsible_id": 3,
                "creator_id": 0,
            },
            {
                "group_id": 15,
                "name": "Sales",
                "responsible_id": 2,
                "creator_id": 4,
                "about": {"en": "", "de": "Verträge; Rechnungen", "pt": ""},
                "opening_hours": {"en": "", "de": "", "pt": "9h às 17h"},
            },
        ],
        "tags": {
            "message_type": ["Bugs", "Development"],
            "priority": [],
            "sector": ["Europe"],
        },
        "created_mails": False,
        "reply_mails": False,
        "status_mails": True,
        "completed_mails": False,
        "followers": False,
        "sender_name": "Team Acme",
        "time_zone": "America/Sao_Paulo",
        "greeting": {"en": "", "de": "Moin {name},", "pt": ""},
        "signature": {"en": "", "de": "Ihr\nAcme-Team", "pt": ""},
        "shown_messages": "marked",
        "internal_marks": ["//"],
        "public_marks": ["#an"],
        "subtask_tickets": True,
        "mail_opens_tickets": True,
    } == await saved(app_desk, account)
    assert "Saved." in seen(frame.page)


def test_every_setting_has_words_for_the_page():
    """Each has a name there, for those who saved at once, and a panel that exists."""
    settings = {one.name for one in fields(AccountSettings)} - {"tags"}
    panels = {panel for _, panel, _ in words.PANELS}

    assert {*settings, *SECTIONS} == {*words.ITEMS}
    assert panels == {item.panel for item in words.ITEMS.values()}


async def test_saving_what_was_not_touched_changes_nothing(app_desk, account, frame):
    """A page that is saved unchanged keeps every setting."""
    before = await saved(app_desk, account)

    await frame.submit(SAVE, "Save")

    assert (200, before) == (frame.status, await saved(app_desk, account))


async def test_the_portal_shows_it_within_seconds(app_desk, account, frame):
    """Customers see new settings without a restart."""
    address = app_desk.portal("login", slug=account.slug)
    async with app_desk.http.get(address) as answer:
        assert "Acme Help" not in await answer.text()

    await frame.submit(SAVE, "Save", company_name="Acme Help", accent="#0b6e4f")

    async def shown():
        async with app_desk.http.get(address) as answer:
            page = await answer.text()
            return "Acme Help" in page and "/theme/" in page

    await until(shown)


async def test_tickets_come_and_go_with_their_department(app_desk, mailbox):
    """Tickets of new workgroups are imported, others leave; no mail is sent."""
    account = await app_desk.install()
    frame = await app_desk.frame()
    async with app_desk.worker():
        await frame.submit(SAVE, "Add department", company_name="Acme")
        await frame.submit(SAVE, "Save", fields={"departments.0.group_id": "7"})
        assert "Tickets from new workgroups appear" in seen(frame.page)
        await until(lambda: app_desk.stores.tickets.known(account.id))
        await app_desk.quiet(account)

        await frame.submit(SAVE, "Remove")
        await frame.submit(SAVE, "Save")

        async def gone():
            return not await app_desk.stores.tickets.known(account.id)

        await until(gone)

    assert [] == mailbox.texts()


async def test_faults_keep_everything_typed(app_desk, account, frame):
    """Nothing is saved, the faults are linked, and no word has to be typed again."""
    before = await saved(app_desk, account)

    await frame.submit(
        SAVE,
        "Save",
        files=[("logo", "our logo.png", picture())],
        company_name=" ",
        accent="greenish",
        sector="Europe\nEurope",
        sender_name="Half typed <b>",
        fields={
            "departments.1.group_id": "7",
            "departments.0.name": "First",
            "departments.0.opening_hours.pt": "9h" * 51,
        },
    )
    form = frame.form(SAVE)

    assert 422 == frame.status
    assert [
        "company_name",
        "accent",
        "departments-0-opening_hours-pt",
        "departments-1-group_id",
        "sector",
    ] == [field for field, _ in frame.errors]
    assert all(f'id="{field}"' in frame.page for field, _ in frame.errors)
    assert "9h" * 51 == form.value("departments.0.opening_hours.pt")
    assert ["greenish", "Half typed <b>", "First", "7", "Europe\nEurope"] == [
        form.value(name)
        for name in (
            *("accent", "sender_name", "departments.0.name"),
            *("departments.1.group_id", "sector"),
        )
    ]
    assert before == await saved(app_desk, account)

    await frame.submit(
        SAVE,
        "Save",
        company_name="Acme",
        accent="",
        sector="Europe",
        fields={
            "departments.1.group_id": "12",
            "departments.0.opening_hours.pt": "9h",
        },
    )
    logo = await logo_of(app_desk, account)

    assert 200 == frame.status, seen(frame.page)
    assert (444, 110) == logo.size


async def test_a_logo_is_scaled_shown_and_removed(app_desk, account, frame):
    """A chosen file becomes the portal's logo; a ticked box removes it."""
    await frame.submit(SAVE, "Save", files=[("logo", "x.png", picture((1000, 100)))])

    assert 200 == frame.status
    assert (444, 44) == (await logo_of(app_desk, account)).size
    assert re.search(r'src="/p/[^"]+/logo/[0-9a-f]{16}"', frame.page)
    assert (await saved(app_desk, account))["logo"].endswith(".png")

    await frame.submit(SAVE, "Save", no_logo="on")

    assert "" == (await saved(app_desk, account))["logo"]
    assert await logo_of(app_desk, account) is None


async def test_dark_pages_have_a_logo_of_their_own(app_desk, account, frame):
    """It is scaled, shown, kept over a fault of the form and removed like the other."""
    logos = app_desk.stores.dark_logos
    files = [("dark_logo", "x.png", picture((1000, 100)))]
    await frame.submit(SAVE, "Save", files=files, company_name="")
    assert 422 == frame.status
    await frame.submit(SAVE, "Save", company_name="Acme")

    kept = await logos.get(account.id)
    assert (444, 44) == Image.open(BytesIO(kept.content)).size
    assert f"/logo/{kept.digest}/dark" in frame.page
    assert (
        f"dark-logo-{kept.digest[:8]}.png"
        == (await saved(app_desk, account))["dark_logo"]
    )
    assert await logo_of(app_desk, account) is None

    await frame.submit(SAVE, "Save", files=[("dark_logo", "x.svg", b"<svg/>")])
    assert 422 == frame.status
    assert ["dark_logo"] == [field for field, _ in frame.errors]
    assert kept == await logos.get(account.id)

    await frame.submit(SAVE, "Save", no_dark_logo="on")

    assert "dark_logo" not in await saved(app_desk, account)
    assert await logos.get(account.id) is None


NO_LOGOS = (
    (b"", "is empty"),
    (b"no picture at all", "isn’t a PNG, JPEG, GIF or WebP"),
    (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "PNG, JPEG, GIF or WebP|damaged"),
    (b"\xff\xd8\xff" + b"x" * (6 * 2**20), "larger than 5 MB"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "isn’t a PNG, JPEG, GIF or WebP"),
)


async def test_what_is_no_logo_is_a_fault_of_its_field_alone(app_desk, account, frame):
    """A broken or oversized file is told at its field, and nothing is saved."""
    before, opened = await saved(app_desk, account), frame.page
    for content, fault in NO_LOGOS:
        frame.page = opened
        files = [("logo", "x.png", content)]
        await frame.submit(SAVE, "Save", files=files, company_name="Kept")

        assert 422 == frame.status, fault
        ((field, said),) = frame.errors
        assert "logo" == field
        assert re.search(fault, said)
        assert "Kept" == frame.form(SAVE).value("company_name")
        assert before == await saved(app_desk, account), fault


async def test_a_logo_that_was_chosen_can_be_given_up(app_desk, account, frame):
    """The box that removes the logo also applies to one that waits to be saved."""
    await frame.submit(
        SAVE, "Save", files=[("logo", "x.png", picture())], company_name=""
    )

    await frame.submit(SAVE, "Save", company_name="Acme", no_logo="on")

    assert 200 == frame.status
    assert await logo_of(app_desk, account) is None


async def test_rows_change_without_scripts_and_nothing_is_saved(
    app_desk, account, frame
):
    """Buttons add, move and remove departments; what was typed elsewhere stays."""
    before = await saved(app_desk, account)
    names = ["departments.0.name", "departments.1.name", "departments.2.name"]

    await frame.submit(SAVE, "Add department", company_name="Half ty")
    added = [frame.form(SAVE).value(name) for name in names]
    await frame.submit(SAVE, "Move up Sales")
    moved = [n for n, _ in frame.form(SAVE).pairs if n in names]
    await frame.submit(SAVE, "Remove Support")
    left = [frame.form(SAVE).value(name) for name in names]

    assert ["Support", "Sales", ""] == added
    assert ["departments.1.name", "departments.0.name", "departments.2.name"] == moved
    assert [None, "Sales", ""] == left
    assert "Half ty" == frame.form(SAVE).value("company_name")
    assert before == await saved(app_desk, account)

    await frame.submit(SAVE, "Save")

    assert [12] == [
        one["group_id"] for one in (await saved(app_desk, account))["departments"]
    ]


async def test_two_who_save_at_once_are_told(app_desk, account, frame):
    """What others changed is named; the page shows both changes together."""
    theirs = replace(
        KEPT, company_name="Acme Care", departments=KEPT.departments[:1], language="pt"
    )
    await keep(app_desk, account, theirs)

    await frame.submit(SAVE, "Save", company_name="Acme Help", sector="Asia")

    said = seen(frame.page)
    assert 409 == frame.status
    assert "They changed: Company name, Language, Departments" in said
    assert "You both changed: Company name" in said
    assert "Acme Care" == (await saved(app_desk, account))["company_name"]

    await frame.submit(SAVE, "Save my version")
    now = await saved(app_desk, account)

    assert 200 == frame.status, seen(frame.page)
    assert ("Acme Help", "pt", ["Asia"], 1) == (
        now["company_name"],
        now["language"],
        now["tags"]["sector"],
        len(now["departments"]),
    )


async def test_a_form_saved_twice_is_no_conflict(app_desk, account, frame):
    """The second answer says that it is saved, not that others have done it."""
    before = frame.page
    await frame.submit(SAVE, "Save", company_name="Acme Help", sector="Asia")
    frame.page = before

    await frame.submit(SAVE, "Save", company_name="Acme Help", sector="Asia")

    assert 200 == frame.status, seen(frame.page)
    assert "Acme Help" == (await saved(app_desk, account))["company_name"]


async def test_theirs_can_be_taken(app_desk, account, frame):
    """The second person may give up what he or she typed."""
    await keep(app_desk, account, replace(KEPT, company_name="Acme Care"))
    await frame.submit(SAVE, "Save", company_name="Acme Help")

    await frame.submit(SAVE, "Use their version")

    assert "Acme Care" == frame.form(SAVE).value("company_name")
    assert "Acme Care" == (await saved(app_desk, account))["company_name"]


async def test_a_conflict_is_not_forgotten_over_faults(app_desk, account, frame):
    """A page with faults still knows which settings it was made of."""
    await frame.submit(SAVE, "Save", accent="greenish")
    await keep(app_desk, account, replace(KEPT, company_name="Acme Care"))

    await frame.submit(SAVE, "Save", accent="")

    assert 409 == frame.status
