"""What a company picks from Bitrix24's lists: workgroups, stages, people, rules."""

from dataclasses import replace

from settings_page import SAVE, saved, seen

from bitrix24_sandbox.account import companies
from ticket24.domain.settings.house_rules.model import Conditions, Deeds, HouseRule
from ticket24.domain.settings.model import FormField, OwnWords, TagLabels
from ticket24.domain.settings.parts import tag_key
from ticket24.domain.tickets.model import Status


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
        "unless.opened_by": "staff",
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
        unless=Conditions(department=(7,), words=("spam",), opened_by="staff"),
        then=Deeds(4, stage=124, observers=(5,)),
    )
    said = (
        "When a customer replies, if the department is Sales and the priority is High"
        " and the status is “Deferred” and it says “contract” or “renewal”, unless"
        " the department is Support or it says “spam” or your team created it: assign"
        " it to Olga Petrova, add"
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
        "rules.0.if.words": "burns\r\n\N{ACUTE ACCENT}",
        "rules.0.unless.words": "\N{DIAERESIS}",
    }
    await frame.submit(SAVE, "Save", fields=typed)
    accents = ["rules-0-if-words", "rules-0-unless-words"]
    assert accents == [field for field, _ in frame.errors]
    typed = {
        "rules.0.if.words": "burns",
        "rules.0.unless.words": "",
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
