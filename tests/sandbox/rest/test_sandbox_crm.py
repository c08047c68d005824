"""Contacts, their custom fields, users and workgroups over REST."""

import pytest

from bitrix24_sandbox.account import companies, people
from bitrix24_sandbox.account.records import MultiField, User
from bitrix24_sandbox.account.world import PASSWORD_FIELD


async def test_get(rest):
    """A contact has text for ids and a list of addresses."""
    contact = await rest.result("crm.contact.get", id=44)

    assert ("44", "Ana", "Y") == (contact["ID"], contact["NAME"], contact["HAS_EMAIL"])
    assert ["ana.souza@example.com", "ana.privado@example.com"] == [
        email["VALUE"] for email in contact["EMAIL"]
    ]
    assert "ticket24-demo" == contact[PASSWORD_FIELD]


async def test_not_found(rest):
    """A contact that is not there is 400 with an empty code."""
    status, body = await rest.post("crm.contact.get", {"id": 999})

    assert (400, "", "Not found") == (status, body["error"], body["error_description"])


async def test_email_must_be_named(rest):
    """A list shows EMAIL and UF fields only where they are named."""
    plain = await rest.result("crm.contact.list", filter={"ID": 43})
    named = await rest.result(
        "crm.contact.list", filter={"ID": [43, 49]}, select=["ID", "EMAIL", "UF_*"]
    )

    assert not {"EMAIL", PASSWORD_FIELD} & plain[0].keys()
    assert ["ID", PASSWORD_FIELD, "EMAIL"] == list(named[0])
    assert "EMAIL" not in named[1]
    assert None is named[1][PASSWORD_FIELD]


async def found(rest, **filters):
    rows = await rest.result("crm.contact.list", filter=filters, order={"ID": "ASC"})
    return [int(row["ID"]) for row in rows]


async def test_filters(rest, world):
    """Addresses match as a whole, names also by a part."""
    assert [46, 47] == await found(rest, EMAIL="office.dubois@example.com")
    assert [] == await found(rest, EMAIL="office.dubois")
    assert [45] == await found(rest, EMAIL="peter.oneill@example.com")
    assert [43] == await found(rest, **{"%LAST_NAME": "üll"})
    assert [50, 51, 52] == await found(rest, **{">ID": 49})
    world.switches.email_case_sensitive = True
    assert [] == await found(rest, EMAIL="peter.oneill@example.com")


async def test_some_databases_compare_by_collation(rest, world):
    """In these, neither case nor accents nor ß count, as in MySQL."""
    contact = people.add_contact(world, 1, "Karl", emails=["Kunde@Straße.example"])
    alike = "KUNDE@STRASSE.\u200bexample"
    find = {
        "type": "EMAIL",
        "entity_type": "CONTACT",
        "values": ["kundé@strasse.example"],
    }
    assert [] == await found(rest, EMAIL=alike)
    assert [] == await rest.result("crm.duplicate.findbycomm", **find)

    world.switches.email_collation = True

    assert [contact.id] == await found(rest, EMAIL=alike)
    assert {"CONTACT": [contact.id]} == await rest.result(
        "crm.duplicate.findbycomm", **find
    )


async def test_find_by_comm(rest):
    """The index of duplicates ignores case and outer spaces; nobody is []."""
    find = {"type": "EMAIL", "entity_type": "CONTACT"}

    assert {"CONTACT": [45]} == await rest.result(
        "crm.duplicate.findbycomm", **find, values=["PETER.oneill@example.com "]
    )
    assert {"CONTACT": [52]} == await rest.result(
        "crm.duplicate.findbycomm", **find, values=["chloe.martin@example.com"]
    )
    assert [] == await rest.result("crm.duplicate.findbycomm", **find, values=["x@y.z"])
    assert (400, "") == await rest.error("crm.duplicate.findbycomm", **find)


async def test_write(rest, world):
    """Addresses are edited by id, deleted by a flag, added without one."""
    heard = []
    world.listeners.append(lambda e: heard.append((e.name, e.data["FIELDS"]["ID"])))
    number = await rest.result(
        "crm.contact.add",
        fields={"NAME": "New", "EMAIL": [{"VALUE": "a@example.com"}], "NOPE": 1},
    )
    [email] = world.contacts[number].emails
    await rest.result(
        "crm.contact.update",
        id=number,
        fields={
            "LAST_NAME": "Name",
            PASSWORD_FIELD: "secret",
            "EMAIL": [
                {"ID": str(email.id), "DELETE": "Y"},
                {"VALUE": "b@example.com", "VALUE_TYPE": "HOME"},
            ],
        },
    )

    contact = world.contacts[number]
    assert ("New Name", "secret") == (
        contact.full_name,
        contact.custom[PASSWORD_FIELD],
    )
    assert [("b@example.com", "HOME")] == [(e.value, e.kind) for e in contact.emails]
    assert True is await rest.result("crm.contact.delete", id=number)
    assert [("ONCRMCONTACT" + w, number) for w in ("ADD", "UPDATE", "DELETE")] == heard


async def test_modified_since(rest, world):
    """A changed contact is found by its date."""
    world.skew_seconds = 60
    since = world.now().isoformat()
    await rest.result("crm.contact.update", id=45, fields={"POST": "Boss"})

    assert [45] == await found(rest, **{">=DATE_MODIFY": since})


async def test_userfields(rest):
    """Labels come with a language only, and an update wipes the others."""
    wanted = {"FIELD_NAME": PASSWORD_FIELD}
    [plain] = await rest.result("crm.contact.userfield.list", filter=wanted)
    [german] = await rest.result(
        "crm.contact.userfield.list", filter={**wanted, "LANG": "de"}
    )
    await rest.result(
        "crm.contact.userfield.update",
        id=plain["ID"],
        fields={"EDIT_FORM_LABEL": {"en": "Secret"}},
    )
    [wiped] = await rest.result(
        "crm.contact.userfield.list", filter={**wanted, "LANG": "de"}
    )

    assert "EDIT_FORM_LABEL" not in plain
    assert "Ticket24 Passwort" == german["EDIT_FORM_LABEL"]
    assert "" == wiped["EDIT_FORM_LABEL"]


@pytest.mark.parametrize("name", ["TICKET24_PASSWORD", "WITH-DASH", "X" * 60])
async def test_bad_userfields(rest, name):
    """A name that is taken, wrong or long is refused."""
    assert (400, "ERROR_CORE") == await rest.error(
        "crm.contact.userfield.add", fields={"FIELD_NAME": name}
    )


async def test_new_userfield(rest, world):
    """A new field gets its prefix and can be written at once."""
    number = await rest.result(
        "crm.contact.userfield.add",
        fields={"FIELD_NAME": "colour", "USER_TYPE_ID": "string"},
    )
    await rest.result("crm.contact.update", id=43, fields={"UF_CRM_COLOUR": "red"})

    assert "UF_CRM_COLOUR" == world.userfields[number].name
    assert "red" == world.contacts[43].custom["UF_CRM_COLOUR"]


async def test_users(rest, world):
    """Staff are found by id and activity, bots never; ACTIVE is a real flag."""
    world.users[9] = User(9, "Bot", "", hidden=True, bot=True)
    world.users[5].active = False

    everyone = await rest.result("user.get")
    active = await rest.result("user.get", FILTER={"ID": [3, 5, 9], "ACTIVE": True})

    assert ["1", "2", "3", "4", "5"] == [user["ID"] for user in everyone]
    assert [("3", True)] == [(user["ID"], user["ACTIVE"]) for user in active]
    assert "hannah.vogel@acme.example.com" == everyone[1]["EMAIL"]
    async with rest.session.get(rest.limited_root + "user.get") as response:
        assert "EMAIL" not in (await response.json())["result"][0]


async def test_groups(rest, world):
    """Workgroups are the user's own unless an administrator asks for all."""
    mine = await rest.result("sonet_group.get")
    everything = await rest.result("sonet_group.get", IS_ADMIN="Y")
    [one] = await rest.result("sonet_group.get", FILTER={"ID": 7})
    world.workgroups[7].closed = True

    assert ["7", "12"] == [group["ID"] for group in mine]
    assert 3 == len(everything)
    assert ("Support", "N") == (one["NAME"], one["CLOSED"])
    params = {"GROUP_ID": 7, "FEATURE": "tasks", "OPERATION": "create_tasks"}
    assert False is await rest.result("sonet_group.feature.access", **params)


async def test_stages(rest, world, chat_task):
    """Columns come as a map by id; moving a task is an update."""
    stages = await rest.result("task.stages.get", entityId=7, isAdmin=True)
    first, *_ = stages.values()
    await rest.result("task.stages.movetask", id=chat_task.id, stageId=72)

    assert ("71", "New", "NEW") == (first["ID"], first["TITLE"], first["SYSTEM_TYPE"])
    assert 72 == chat_task.stage_id
    assert (400, "ACCESS_DENIED") == await rest.error("task.stages.get", entityId=15)


async def test_companies(rest, world):
    """They are listed by id and by change; custom fields if they are named."""
    companies.add_company_field(world, "UF_CRM_LEVEL", {347: "Gold"})
    acme, umbrella = (
        companies.add_company(world, 1, title, UF_CRM_LEVEL=level).id
        for title, level in (("Acme", "347"), ("Umbrella", ""))
    )
    rows = await rest.result(
        "crm.company.list",
        filter={"@ID": [acme, umbrella]},
        select=["ID", "UF_CRM_LEVEL"],
        order={"ID": "DESC"},
    )
    after = await rest.result("crm.company.list", filter={">ID": acme})
    late = {">=DATE_MODIFY": "2099-01-01T00:00:00+00:00"}
    fields = await rest.result("crm.company.fields")

    assert [(str(umbrella), ""), (str(acme), "347")] == [
        (row["ID"], row["UF_CRM_LEVEL"]) for row in rows
    ]
    world.companies[acme].emails.append(MultiField(9_001, "info@acme.example", "WORK"))
    by_title = await rest.result("crm.company.list", filter={"%TITLE": "BREL"})
    by_address = await rest.result(
        "crm.company.list",
        filter={"EMAIL": "info@acme.example"},
        select=["ID", "EMAIL"],
    )

    assert ["Umbrella"] == [row["TITLE"] for row in after]
    assert ["Umbrella"] == [row["TITLE"] for row in by_title]
    assert [str(acme)] == [row["ID"] for row in by_address]
    assert "info@acme.example" == by_address[0]["EMAIL"][0]["VALUE"]
    assert [] == await rest.result("crm.company.list", filter=late)
    assert [{"ID": "347", "VALUE": "Gold"}] == fields["UF_CRM_LEVEL"]["items"]


async def test_links_of_contacts_and_companies(rest, world):
    """Both sides tell; a change of a link has neither an event nor a date."""
    works = companies.add_company(world, 1, "Works").id
    before, events = world.contacts[43].modified_at, len(world.log)

    link = {"id": 43, "fields": {"COMPANY_ID": works, "IS_PRIMARY": "Y"}}
    added = [await rest.result("crm.contact.company.add", **link) for _ in range(2)]
    mine = await rest.result("crm.contact.company.items.get", id=43)
    theirs = await rest.result("crm.company.contact.items.get", id=works)
    removed = [await rest.result("crm.contact.company.delete", **link) for _ in "12"]

    assert ([True, False], [True, False]) == (added, removed)
    assert [(works, "Y")] == [(one["COMPANY_ID"], one["IS_PRIMARY"]) for one in mine]
    assert [43] == [one["CONTACT_ID"] for one in theirs]
    assert [] == await rest.result("crm.contact.company.items.get", id=43)
    assert (before, events) == (world.contacts[43].modified_at, len(world.log))
    status, _ = await rest.post("crm.company.contact.items.get", {"id": 999})
    assert 400 == status
