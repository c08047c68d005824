"""The settings inside Bitrix24, with a browser that knows no JavaScript."""

from dataclasses import fields

from desk import until
from settings_page import SAVE, logo_of, picture, saved, seen

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
