"""The settings inside Bitrix24, with a browser that knows no JavaScript."""

import re
from dataclasses import fields, replace
from io import BytesIO

from desk import until
from PIL import Image
from settings_page import KEPT, SAVE, keep, logo_of, picture, saved, seen

from bitrix24_sandbox.account import companies
from ticket24.domain.settings.form import SECTIONS
from ticket24.domain.settings.house_rules.model import Conditions, Deeds, HouseRule
from ticket24.domain.settings.model import (
    AccountSettings,
    FormField,
    OwnWords,
    TagLabels,
)
from ticket24.domain.settings.parts import tag_key
from ticket24.domain.tickets.model import Status
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


async def test_a_workgroup_that_was_deleted_is_a_fault_of_its_row(
    app_desk, account, frame
):
    """A new department needs an existing workgroup; an old one says what is wrong."""
    await frame.submit(
        SAVE, "Save", fields={"departments.1.group_id": "4711", "company_name": "Kept"}
    )

    assert 422 == frame.status
    ((field, said),) = frame.errors
    assert "departments-1-group_id" == field
    assert "deleted or is hidden" in said

    del app_desk.world.workgroups[12]
    frame = await app_desk.frame()

    assert "deleted or is hidden" in seen(frame.page)


async def test_stages_are_those_of_the_workgroups_board(app_desk, account, frame):
    """Picked from real ones; what is not there is a fault of its row and stays."""
    places = {"departments.1.stages.completed": "124", "departments.1.name": "Help"}
    moves = {"automation.completed_to_stage": "on"}
    await frame.submit(SAVE, "Save", fields=places | moves)
    now = await saved(app_desk, account)
    await frame.submit(SAVE, "Save", fields={"departments.1.stages.review": "74"})

    assert {"in_progress": 0, "review": 0, "completed": 124} == now["departments"][1][
        "stages"
    ]
    assert now["automation"]["completed_to_stage"]
    assert 422 == frame.status
    ((field, said),) = frame.errors
    assert "departments-1-stages-review" == field
    assert "a stage of this workgroup’s board" in said
    assert "74" == frame.form(SAVE).value("departments.1.stages.review")
    status, answer = await frame.ask("/bitrix24/app/stages?group_id=12")
    titles = [stage.title for stage in app_desk.world.workgroups[12].stages]
    assert (200, titles) == (status, [one["name"] for one in answer])
    assert (200, []) == await frame.ask("/bitrix24/app/stages?group_id=x")


async def test_a_departments_own_words_are_kept(app_desk, account, frame):
    """There is always one row more; what is not there is a fault of its row."""
    row = "departments.1.states"
    sent = {f"{row}.0.of": "124", f"{row}.0.words.en": "<b>Ready"}
    sent |= {f"{row}.0.colour": "0B6E4F", f"{row}.0.completed": "on"}
    await frame.submit(SAVE, "Save", fields=sent)
    now = await saved(app_desk, account)
    again = {f"{row}.0.of": "", f"{row}.0.words.en": "", f"{row}.0.colour": ""}
    again |= {f"{row}.0.completed": None, f"{row}.1.of": "74"}
    await frame.submit(SAVE, "Save", fields=again | {f"{row}.1.words.en": "Gone"})

    state = {"stage": 124, "colour": "#0b6e4f", "completed": True}
    assert [state | {"words": {"en": "<b>Ready"}}] == now["departments"][1]["states"]
    ((field, said),) = frame.errors
    assert ("departments-1-states-1", True) == (field, "a stage of this" in said)
    assert "Gone" == frame.form(SAVE).value(f"{row}.1.words.en")
    assert "" == frame.form(SAVE).value(f"{row}.2.words.en")


async def test_who_hears_of_new_tickets_is_picked(app_desk, account, frame):
    """Roles are ticked, people picked from real ones; there is always room for one."""
    told = {
        "automation.push.responsible": "on",
        "automation.push.0": "4",
        "automation.mail.0": "5",
        "automation.note": "{subject}\r\n{customer}",
    }
    await frame.submit(SAVE, "Save", fields=told)
    now = (await saved(app_desk, account))["automation"]

    assert (["responsible", 4], [5]) == (now["push"], now["mail"])
    assert "{subject}\n{customer}" == now["note"]
    assert ["4", ""] == [
        frame.form(SAVE).value(f"automation.push.{place}") for place in (0, 1)
    ]
    await frame.submit(SAVE, "Save", fields={"automation.push.1": "999"})
    ((field, said),) = frame.errors
    assert ("automation-push-1", True) == (field, "a person from the list" in said)


async def test_a_rule_is_made_of_choices(app_desk, account, frame):
    """Added, filled in, saved; it stands there as a sentence, and keeps its key."""
    await frame.submit(SAVE, "Add rule")
    empty = frame.page.count('data-key="0"')
    typed = {
        "name": "Contracts",
        "when": "replied",
        "if.department.12": "on",
        f"if.priority.{tag_key('High')}": "on",
        "if.status.deferred": "on",
        "if.words": "contract\r\nrenewal",
        "unless.department.7": "on",
        "unless.words": "spam",
        "then.responsible": "4",
        "then.stage": "124",
        "then.observers.0": "5",
    }
    await frame.submit(
        SAVE, "Save", fields={f"rules.0.{name}": text for name, text in typed.items()}
    )
    (rule,) = (await app_desk.stores.accounts.get(account.id)).settings.rules

    assert empty
    assert rule == HouseRule(
        "replied",
        "Contracts",
        key=rule.key,
        if_=Conditions(
            department=(12,),
            priority=("High",),
            status=(Status.DEFERRED,),
            words=("contract", "renewal"),
        ),
        unless=Conditions(department=(7,), words=("spam",)),
        then=Deeds(4, stage=124, observers=(5,)),
    )
    said = (
        "When a customer replies, if the department is Sales and the priority is High"
        " and the status is “Deferred” and it says “contract” or “renewal”, unless"
        " the department is Support or it says “spam”: assign it to Olga Petrova, add"
    )
    assert said in frame.page
    await frame.submit(
        SAVE, "Save", fields={"rules.0.name": "Renewals", "rules.0.on": None}
    )
    now = (await app_desk.stores.accounts.get(account.id)).settings.rules
    assert (replace(rule, name="Renewals", on=False),) == now


async def test_customers_and_companies_of_a_rule_are_named(app_desk, account, frame):
    """Beside the number and in the sentence, as the CRM calls them just now."""
    contact, world = app_desk.customer()[0], app_desk.world
    firm = companies.add_company(world, 1, "Works <b>").id
    await frame.submit(SAVE, "Add rule")
    typed = {
        "if.customer.0": str(contact.id),
        "if.company.0": str(firm),
        "unless.customer.0": "999",
        "then.important": "on",
    }
    await frame.submit(
        SAVE, "Save", fields={f"rules.0.{name}": text for name, text in typed.items()}
    )

    said = seen((await app_desk.frame()).page)
    assert f"if the customer is {contact.full_name} and" in said
    assert "the customer’s company is Works <b>, unless the customer is #999" in said
    assert 1 == said.count("not found")


async def test_a_rule_that_names_what_is_gone_is_shown_broken(app_desk, account, frame):
    """Beside its sentence, as far as we may know; the rest can still be saved."""
    await frame.submit(SAVE, "Add rule")
    typed = {
        "if.department.7": "on",
        "if.customer.0": str(app_desk.customer()[0].id),
        "then.responsible": "4",
        "then.note.0": "3",
        "then.stage": "74",
    }
    typed = {f"rules.0.{name}": text for name, text in typed.items()}
    await frame.submit(SAVE, "Save", fields=typed)
    whole = seen(frame.page)
    app_desk.world.users[4].active = False
    del app_desk.world.workgroups[7].stages[3]
    broken = seen((await app_desk.frame()).page)
    app_desk.world.switches.contacts_hidden_from = (1,)
    hidden = await app_desk.frame()

    assert "No longer in" not in whole
    assert "No longer in Bitrix24: Assign to, Move the card to" in broken
    assert "No longer in Bitrix24: Assign to, Move the card to" in seen(hidden.page)
    await hidden.submit(SAVE, "Save", company_name="Still")
    assert [] == hidden.errors


async def test_what_is_wrong_with_a_rule_is_said_in_its_row(app_desk, account, frame):
    """And what was typed stays; nothing is saved. It can be tried before."""
    await frame.submit(SAVE, "Add rule")
    await frame.submit(SAVE, "Try it")
    assert ["rules-0-then"] == [field for field, _ in frame.errors]
    await frame.submit(SAVE, "Try it", fields={"rules.0.then.important": "on"})
    assert "would have changed no ticket of the last 30 days" in frame.page
    await frame.submit(SAVE, "Try it", fields={"rules.0.then.deadline": "x"})
    assert ["rules-0-then-deadline"] == [field for field, _ in frame.errors]
    typed = {
        "rules.0.then.deadline": "",
        "rules.0.then.stage": "74",
        "rules.0.then.responsible": "999",
    }
    await frame.submit(SAVE, "Save", fields=typed)
    departments = frame.errors
    await frame.submit(SAVE, "Save", fields={"rules.0.if.department.7": "on"})

    assert ["rules-0-then-stage"] == [field for field, _ in departments]
    assert ["rules-0-then-responsible"] == [field for field, _ in frame.errors]
    assert "999" == frame.form(SAVE).value("rules.0.then.responsible")


async def test_a_field_of_the_companys_own_is_made_and_renamed(
    app_desk, account, frame
):
    """It is filled in row by row without a script, and keeps its key for ever."""
    await frame.submit(SAVE, "Add field")
    hostile = "</textarea><script>alert(1)</script>"
    typed = {
        "label.en": "Product",
        "label.de": "Produkt",
        "kind": "choice",
        "required": "on",
        "departments.12": "on",
        "options": f"web\r\n{hostile}",
        "option_labels.de": "web = Webseite",
        "shown_if.field": "nothing",
    }
    rows = {f"fields.0.{name}": text for name, text in typed.items()}
    await frame.submit(SAVE, "Save", fields=rows)
    wrong = [field for field, _ in frame.errors]
    assert "<script>alert" not in frame.page
    await frame.submit(SAVE, "Save", fields={"fields.0.shown_if.field": ""})
    made = (await app_desk.stores.accounts.get(account.id)).settings.fields
    await frame.submit(SAVE, "Save", fields={"fields.0.label.en": "Shop"})
    now = (await app_desk.stores.accounts.get(account.id)).settings.fields

    assert ["fields-0-shown_if-field"] == wrong
    field = FormField(
        "product",
        "choice",
        OwnWords("Product", "Produkt"),
        required=True,
        departments=(12,),
        options=("web", hostile),
        option_labels=TagLabels(de={"web": "Webseite"}),
    )
    assert (field,) == made
    assert (replace(field, label=OwnWords("Shop", "Produkt")),) == now


async def test_a_stage_that_was_deleted_since_keeps_nobody_from_saving(
    app_desk, account, frame
):
    """It is shown as not found, and the rest can be saved."""
    places = {"departments.1.stages.completed": "124"}
    await frame.submit(SAVE, "Save", fields=places)
    del app_desk.world.workgroups[12].stages[3]
    frame = await app_desk.frame()

    assert "No. 124, not found" in seen(frame.page)
    assert 1 == frame.page.count('<details class="others stages" open>')
    await frame.submit(SAVE, "Save", company_name="Acme Help")

    assert "Acme Help" == (await saved(app_desk, account))["company_name"]
