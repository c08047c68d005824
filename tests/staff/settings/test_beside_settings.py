"""What else is on the page: mails, steps, a contact person, promises, a form."""

import html
import re
from dataclasses import replace
from itertools import product
from urllib.parse import urljoin

from aiohttp import FormData
from desk import PERSON, until
from orders import Customer
from settings_page import SAVE, saved, seen

from bitrix24_sandbox.account import companies, task_fields
from bitrix24_sandbox.account.switches import OBSERVERS
from ticket24.domain.accounts.model import Person
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.flows.tickets.older_reasons import read
from ticket24.mail.samples import Sample
from ticket24.store.commands.lanes import COMMAND
from ticket24.store.letters.parked import Sort


async def test_many_workgroups_are_found_without_scripts(app_desk, account):
    """Beyond the first fifty one searches by name."""
    for number in range(60):
        group = replace(app_desk.world.workgroups[7], id=1000 + number)
        group.name = f"Group {number:02}"
        app_desk.world.workgroups[group.id] = group
    frame = await app_desk.frame()

    await frame.submit(SAVE, "Search", find="Group 57")

    assert 200 == frame.status
    assert 'value="1057"' in frame.page
    assert 'value="1033"' not in frame.page


async def test_mandatory_fields_of_tasks_get_their_values_here(
    app_desk, account, frame
):
    """The page names them and the tickets that wait, and takes a line for each."""
    task_fields.add_field(app_desk.world, "UF_AUTO_1", "Product", mandatory=True)
    contact = next(iter(app_desk.world.contacts))
    waits = Customer(app_desk, account, contact).opening(subject="No toner")
    await app_desk.stores.parked.add(
        account.id,
        Sort.COMMAND,
        waits.id,
        about="Anna opens a ticket: No toner",
        why=read('3 times: tasks.task.add: a mandatory field: "Product"'),
        content=COMMAND.dump_json(waits).decode(),
    )
    app_desk.world.switches.missing_features = [OBSERVERS]
    frame = await app_desk.frame()

    assert "Your Bitrix24 plan has no task observers" in seen(frame.page)
    assert "Bitrix24 requires “Product” in every task" in seen(frame.page)
    assert "1 new ticket is waiting" in seen(frame.page)
    assert "Anna opens a ticket: No toner" in seen(frame.page)

    german = seen((await app_desk.frame(LANG="de")).page)
    assert 'Bitrix24 meldet: a mandatory field: "Product"' in german

    await frame.submit(SAVE, "Save", task_fields="Product: Portal")

    assert 422 == frame.status
    assert ["task_fields"] == [field for field, _ in frame.errors]
    assert "Product: Portal" == frame.form(SAVE).value("task_fields")

    await frame.submit(SAVE, "Save", task_fields="uf_auto_1 = Portal")

    assert 200 == frame.status, seen(frame.page)
    assert {"UF_AUTO_1": "Portal"} == (await saved(app_desk, account))["task_fields"]
    assert "requires “Product”" not in seen(frame.page)
    assert "new ticket is waiting" not in seen(frame.page)


async def test_what_bitrix24_refused_of_a_customer_stands_where_staff_look(
    app_desk, account
):
    """The company's list names whose words, which, and why; staff can try again."""
    customer = Customer(app_desk, account, next(iter(app_desk.world.contacts)))
    values = (FieldValue("order", "text", "Order", ("0042 [b]x[/b]",)),)
    words = {"subject": "No toner", "text": "It is [b]empty[/b]."}
    sent = customer.opening(**words, values=values)
    await app_desk.stores.parked.add(
        account.id,
        Sort.COMMAND,
        sent.id,
        about="a new ticket",
        why=read('3 times: tasks.task.add: mandatory: "Product"'),
        content=COMMAND.dump_json(sent).decode(),
    )
    frame = await app_desk.frame()
    await frame.submit("/app/untold")
    shown = seen(frame.page)

    assert f"{customer.name}: No toner It is [b]empty[/b]." in shown
    assert "Order: 0042 [b]x[/b]" in shown
    assert 'mandatory: "Product"' in shown
    assert "Don’t send" not in shown


async def preview(frame, **fields):
    """Show a mail of the form; return the answer, and what was in it."""
    form = frame.form(SAVE)
    data = FormData(default_to_multipart=True)
    for name, value in (dict(form.pairs) | fields).items():
        data.add_field(name, value)
    url = urljoin(frame.url, "/bitrix24/app/settings/preview")
    async with frame.http.post(url, data=data) as answer:
        return answer, await answer.text()


async def test_each_mail_is_shown_with_what_is_not_saved(app_desk, frame):
    """It has the words of the form, may do nothing, and nothing was saved."""
    hostile = "<script>alert(1)</script>"
    for language, kind in product(("en", "de", "pt"), Sample):
        answer, page = await preview(
            frame,
            preview_kind=kind.value,
            preview_language=language,
            accent="no colour",
            company_name=hostile,
            **{f"signature.{language}": f"Unsaved {kind} {hostile}"},
        )

        assert 200 == answer.status, (language, kind)
        assert f"Unsaved {kind} &lt;script&gt;" in page, language
        assert "<script" not in page, (language, kind)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert policy.endswith("; sandbox")
    frame = await app_desk.frame()
    assert "Unsaved created" not in frame.page


async def test_a_test_mail_arrives_and_says_what_the_server_answered(app_desk, frame):
    """It goes to the typed address, else to the viewer's own, in the form's words."""
    fields = {"signature.en": "Not saved yet", "preview_language": "en"}

    await frame.submit(SAVE, "Send", test_to="ada@example.com", fields=fields)
    await frame.submit(SAVE, "Send", test_to="", fields=fields)

    to = [mail["X-Envelope-To"] for mail in app_desk.mailbox.mails]
    own = next(u for u in app_desk.world.users.values() if u.admin).email
    assert ["ada@example.com", own] == to
    assert all("Not saved yet" in text for text in app_desk.mailbox.texts())
    assert f"accepted the email to {own}" in seen(frame.page)
    assert "250" in seen(frame.page)
    assert "Not saved yet" in frame.page


async def test_test_mails_are_few(app_desk, frame):
    """Nobody mails strangers with it; an address that is none is told of."""
    await frame.submit(SAVE, "Send", test_to="nobody")
    assert "Enter an email address" in seen(frame.page)
    shown = frame.page
    for _ in range(11):
        frame.page = shown  # The form is the same each time: it is read once.
        await frame.submit(SAVE, "Send", test_to="ada@example.com")

    assert 10 == len(app_desk.mailbox.mails)
    assert "wait an hour" in seen(frame.page)


def steps(frame):
    """Return how far each step of the list "ready?" is."""
    listed = frame.page.partition('id="ready"')[2].partition("</ol>")[0]
    return re.findall(r'<li class="(\w+)">', listed)


async def test_the_list_of_what_is_missing_ticks_itself(app_desk, account, frame):
    """A step is done once it is so, and what was typed stays while one looks again."""
    desk, world = app_desk, app_desk.world
    assert ["done", "todo", "todo", "done", "todo", "todo"] == steps(frame)

    async with desk.worker():
        world.users[5].admin = True
        await desk.frame(by=5)
        world.skew_seconds = 5  # What is older than the connection is no news.
        customer = Customer(desk, account, desk.ticket().contact_ids[0])
        await customer.done(customer.opening())
        await until(lambda: desk.mailbox.of_kind("created"))
        await desk.quiet(account)
        await frame.submit(SAVE, "Check again", company_name="Typed")

    assert ["done"] * 6 == steps(frame)
    assert 'value="Typed"' in frame.page
    assert "data-unsaved" in frame.page
    assert "Acme" == (await saved(desk, account))["company_name"]


async def person_of(desk, account):
    """Return the contact person that is stored."""
    return (await desk.stores.accounts.get(account.id)).person


async def test_an_administrator_changes_the_contact_person(app_desk, account, frame):
    """What was asked during installation is shown, and saved as it is typed."""
    assert PERSON["name"] == frame.form(SAVE).value("person.name")
    typed = {
        "person.name": "  Bo  Berg ",
        "person.phone": "(030) 123-45 67",
        "person.email": "mailto:bo@acme.example",
    }
    await frame.submit(SAVE, "Save", fields=typed)

    expected = Person("Bo Berg", "(030) 123-45 67", "bo@acme.example")
    assert 200 == frame.status
    assert expected == await person_of(app_desk, account)
    assert "Bo Berg" == frame.form(SAVE).value("person.name")


async def test_a_wrong_contact_person_is_not_saved(app_desk, account, frame):
    """The faults are those of the installation, and what was typed stays."""
    typed = {"person.name": " ", "person.phone": "<b>me", "person.email": "bo@"}
    await frame.submit(SAVE, "Save", company_name="New", fields=typed)

    assert 422 == frame.status
    assert [
        ("person-name", "Enter a name"),
        ("person-phone", "Enter a phone number like +49 30 1234567"),
        ("person-email", "Enter an email address like name@example.com"),
    ] == frame.errors
    form = frame.form(SAVE)
    assert ("<b>me", "bo@") == (form.value("person.phone"), form.value("person.email"))
    assert Person(**PERSON) == await person_of(app_desk, account)
    assert "Acme" == (await saved(app_desk, account))["company_name"]


async def test_another_contact_person_is_not_overwritten_unseen(
    app_desk, account, frame
):
    """Who typed nothing changes nothing; who did is told, and may save again."""
    other = await app_desk.frame()
    idle = await app_desk.frame()
    await other.submit(SAVE, "Save", fields={"person.name": "Other One"})
    await idle.submit(SAVE, "Save")
    assert "Other One" == (await person_of(app_desk, account)).name

    fields = {"person.name": "Bo Berg", "person.phone": PERSON["phone"]}
    await frame.submit(SAVE, "Save", fields=fields)
    assert 422 == frame.status
    assert "Other One" in seen(frame.page)
    assert "Other One" == (await person_of(app_desk, account)).name

    await frame.submit(SAVE, "Save")
    assert "Bo Berg" == (await person_of(app_desk, account)).name


async def test_an_account_without_a_contact_person_saves_its_settings(
    app_desk, account
):
    """Nobody who was never asked has to name one."""
    await app_desk.stores.accounts.update(
        account.id, lambda now: replace(now, person=Person())
    )
    frame = await app_desk.frame()
    await frame.submit(SAVE, "Save", company_name="New")

    assert 200 == frame.status
    assert Person() == await person_of(app_desk, account)


async def test_promises_are_made_row_by_row(app_desk, account):
    """With a real field for the level; one that is nowhere is refused at its line."""
    companies.add_company_field(app_desk.world, "UF_CRM_LEVEL", {347: "Gold"})
    frame = await app_desk.frame()
    row = {
        "promises.0.priority": "High",
        "promises.0.level": "Gold",
        "promises.0.answer_hours": "1,5",
        "promise_field": "UF_CRM_GONE",
        "working_hours.days.mon": "9-17",
    }
    await frame.submit(SAVE, "Save", fields=row)

    assert "Neither contacts nor companies have this field" in frame.page
    await frame.submit(SAVE, "Save", fields={"promise_field": "UF_CRM_LEVEL"})

    now = await saved(app_desk, account)
    assert "UF_CRM_LEVEL" == now["promise_field"]
    assert [(1.5, "High", "Gold")] == [
        (one["answer_hours"], one["priority"], one["level"]) for one in now["promises"]
    ]
    assert "" == frame.form(SAVE).value("promises.1.answer_hours")


async def test_the_form_for_strangers_is_there_to_be_copied(app_desk, account, frame):
    """Once it is chosen: a link, a frame, and a form, each of this department."""
    fields = {"departments.1.strangers.form": "on"}
    await frame.submit(SAVE, do="save", **fields)
    account = await app_desk.stores.accounts.get(account.id)
    shown = html.unescape(frame.page)
    address = app_desk.portal("contact", account.slug)

    assert [(), ("form",)] == [one.strangers for one in account.settings.departments]
    assert f'value="{address}?department=12"' in shown
    assert f'<iframe src="{address}?department=12" title="Write to us"' in shown
    assert f'<form method="post" action="{address}">' in shown
    assert '<input type="hidden" name="department" value="12">' in shown

    await frame.submit(SAVE, do="save", language="de")
    shown = html.unescape(frame.page)
    assert "Put the form into your website" in shown
    assert f'<iframe src="{address}?department=12" title="Schreiben Sie uns"' in shown
