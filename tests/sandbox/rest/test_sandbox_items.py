"""Contacts over crm.item.*."""

import pytest

from bitrix24_sandbox.account import people
from bitrix24_sandbox.account.world import PASSWORD_FIELD

CONTACTS = {"entityTypeId": 3}


async def found(rest, **filters):
    """Return the ids of the contacts that fit."""
    listed = await rest.result(
        "crm.item.list", **CONTACTS, filter=filters, order={"id": "desc"}
    )
    return [item["id"] for item in listed["items"]]


async def test_get(rest):
    """A contact has whole numbers for ids, camel case, and addresses in fm."""
    item = (await rest.result("crm.item.get", **CONTACTS, id=44))["item"]

    assert (44, "Ana", 1) == (item["id"], item["name"], item["assignedById"])
    assert "ticket24-demo" == item["ufCrmTicket24Password"]
    assert [
        ("EMAIL", "ana.souza@example.com"),
        ("EMAIL", "ana.privado@example.com"),
    ] == [(row["typeId"], row["value"]) for row in item["fm"] if "@" in row["value"]]
    assert {"id", "typeId", "valueType", "value"} == item["fm"][0].keys()


async def test_original_names(rest):
    """Custom fields keep their names where that is asked for."""
    item = (
        await rest.result("crm.item.get", **CONTACTS, id=44, useOriginalUfNames="Y")
    )["item"]

    assert "ticket24-demo" == item[PASSWORD_FIELD]
    assert "ufCrmTicket24Password" not in item


async def test_fm_cannot_be_named(rest):
    """A list shows fm with an asterisk only, and always the id."""
    named = await rest.result(
        "crm.item.list", **CONTACTS, filter={"id": 44}, select=["lastName", "fm"]
    )
    plain = await rest.result("crm.item.list", **CONTACTS, filter={"id": 44})

    assert {"id", "lastName"} == named["items"][0].keys()
    assert "fm" in plain["items"][0]


async def test_total(rest, world):
    """A list tells how many there are beside its items."""
    _, body = await rest.post("crm.item.list", {**CONTACTS, "select": ["id"]})

    assert len(world.contacts) == body["total"]


async def test_filter(rest):
    """Conditions join by AND, or by OR where that is said."""
    either = {"logic": "OR", "0": {"id": 43}, "1": {"%lastName": "souza"}}

    assert [45, 44] == await found(rest, **{">id": 43, "<=id": 45})
    assert [44, 43] == await found(rest, **either)
    assert [44] == await found(rest, **{"0": either, ">id": 43})


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("crm.item.get", {**CONTACTS, "id": 999}, "NOT_FOUND"),
        ("crm.item.update", {**CONTACTS, "id": 999}, "NOT_FOUND"),
        ("crm.item.get", {"entityTypeId": 1030, "id": 44}, "NOT_FOUND"),
        ("crm.item.list", {}, "100"),
        ("crm.item.list", {**CONTACTS, "filter": {"no": 1}}, "INVALID_ARG_VALUE"),
    ],
)
async def test_errors(rest, method, params, code):
    """What is not there or not allowed is 400 with a code."""
    assert (400, code) == await rest.error(method, **params)


async def test_update(rest, world, events):
    """An update writes plain fields, custom fields and addresses, with one event."""
    email = world.contacts[44].emails[1]
    answer = await rest.result(
        "crm.item.update",
        **CONTACTS,
        id=44,
        fields={
            "post": "Boss",
            "ufCrmTicket24Password": "new",
            "id": 1,
            "fm": [
                {"id": email.id, "typeId": "EMAIL", "delete": "Y"},
                {"typeId": "EMAIL", "valueType": "HOME", "value": "a@example.com"},
            ],
        },
    )

    contact = world.contacts[44]
    assert ("Boss", "new") == (contact.post, contact.custom[PASSWORD_FIELD])
    assert ["ana.souza@example.com", "a@example.com"] == [
        field.value for field in contact.emails
    ]
    assert (44, "Boss") == (answer["item"]["id"], answer["item"]["post"])
    assert ["ONCRMCONTACTUPDATE"] == [name for name, _ in events]


async def test_update_of_nothing(rest, world, events):
    """An update that changes nothing is not saved and raises no event."""
    before = world.contacts[44].modified_at
    world.skew_seconds = 60
    await rest.result(
        "crm.item.update",
        **CONTACTS,
        id=44,
        fields={"name": "Ana", "ufCrmTicket24Password": "ticket24-demo", "no": 1},
    )

    assert before == world.contacts[44].modified_at
    assert [] == events


async def test_fields(rest):
    """Each field tells its name in capitals and whether it can be written."""
    fields = (await rest.result("crm.item.fields", **CONTACTS))["fields"]

    assert (True, "DATE_MODIFY") == (
        fields["updatedTime"]["isReadOnly"],
        fields["updatedTime"]["upperName"],
    )
    assert PASSWORD_FIELD == fields["ufCrmTicket24Password"]["upperName"]


async def test_name_of_digits(rest, world):
    """The number in a custom field's name keeps its underscore."""
    people.add_userfield(world, 1, "UF_CRM_1721244482250")
    world.contacts[44].custom["UF_CRM_1721244482250"] = "red"
    item = (await rest.result("crm.item.get", **CONTACTS, id=44))["item"]

    assert "red" == item["ufCrm_1721244482250"]
