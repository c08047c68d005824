"""What a settings page asks: workgroups, people, fields of contacts, and rights."""

import pytest

from bitrix24_sandbox.account import people


@pytest.mark.parametrize(
    ("text", "ids"),
    [("vog", ["2"]), ("Vogel hannah", ["2"]), ("support", ["2", "3"]), ("none", [])],
)
async def test_search_people(rest, text, ids):
    """People are found by parts of name and position, in any order."""
    rows = await rest.result("user.search", FIND=text)

    assert ids == [row["ID"] for row in rows]


async def test_search_active_people(rest, world):
    """The search also takes the filters of user.get."""
    world.users[3].active = False

    rows = await rest.result("user.search", FILTER={"FIND": "support", "ACTIVE": True})
    by_name = await rest.result("user.search", FILTER={"%LAST_NAME": "BEIR"})
    quick = await rest.result("user.get", FILTER={"NAME_SEARCH": "olga"})

    assert ["2"] == [row["ID"] for row in rows]
    assert ["3"] == [row["ID"] for row in by_name]
    assert ["4"] == [row["ID"] for row in quick]


async def test_search_workgroups(rest):
    """Workgroups are found by a part of their name."""

    async def found(**conditions):
        rows = await rest.result(
            "sonet_group.get", FILTER=conditions, IS_ADMIN="Y", ORDER={"NAME": "ASC"}
        )
        return [row["ID"] for row in rows]

    assert ["12"] == await found(**{"%NAME": "BILL"})
    assert ["15", "7"] == await found(ID=[7, 15])
    assert ["15", "12", "7"] == await found()


async def test_hand_made_field(rest, world):
    """A field made by hand is known by its labels, which come with a language only."""
    labels = {"en": "Ticket24 password", "de": "Ticket24-Passwort"}
    people.add_userfield(world, 1, "UF_CRM_1690000000", labels=labels)

    async def field(**conditions):
        rows = await rest.result("crm.contact.userfield.list", filter=conditions)
        return next(row for row in rows if row["FIELD_NAME"] == "UF_CRM_1690000000")

    assert "Ticket24-Passwort" == (await field(LANG="de"))["EDIT_FORM_LABEL"]
    assert "Ticket24 password" == (await field(LANG="en"))["LIST_COLUMN_LABEL"]
    assert "" == (await field(LANG="br"))["LIST_FILTER_LABEL"]
    assert "EDIT_FORM_LABEL" not in await field(USER_TYPE_ID="string")


async def test_fields_are_filtered(rest):
    """A field without an external id is not found by one."""
    await rest.result("crm.contact.userfield.add", fields={"FIELD_NAME": "NOTE"})

    rows = await rest.result(
        "crm.contact.userfield.list", filter={"XML_ID": "TICKET24_PASSWORD"}
    )

    assert ["UF_CRM_TICKET24_PASSWORD"] == [row["FIELD_NAME"] for row in rows]


async def test_labels_by_language(rest):
    """A new field has the labels it was given, and is made once."""
    field = {
        "FIELD_NAME": "PORTAL",
        "USER_TYPE_ID": "string",
        "EDIT_FORM_LABEL": {"en": "Portal", "br": "Portal de tickets"},
        "SHOW_IN_LIST": "N",
        "SETTINGS": {"SIZE": 40, "ROWS": 1},
    }
    await rest.result("crm.contact.userfield.add", fields=field)

    [row] = await rest.result(
        "crm.contact.userfield.list",
        filter={"FIELD_NAME": "UF_CRM_PORTAL", "LANG": "br"},
    )
    assert "Portal de tickets" == row["EDIT_FORM_LABEL"]
    assert ("N", 40) == (row["SHOW_IN_LIST"], row["SETTINGS"]["SIZE"])
    assert (400, "ERROR_CORE") == await rest.error(
        "crm.contact.userfield.add", fields=field
    )


async def test_no_right_to_read_contacts(guest, world):
    """Both kinds of methods refuse a user who may not see contacts."""
    guest.install()
    world.switches.contacts_hidden_from = [2]

    status, body = await guest.call("crm.contact.get", 2, id=43)
    assert (400, "", "Access denied.") == (
        status,
        body["error"],
        body["error_description"],
    )
    assert (400, "") == await guest.error("crm.contact.list", 2)
    for method in ("get", "list", "update"):
        assert (400, "ACCESS_DENIED") == await guest.error(
            f"crm.item.{method}", 2, entityTypeId=3, id=43
        )
    assert "43" == (await guest.result("crm.contact.get", 3, id=43))["ID"]


async def test_no_right_to_change_contacts(guest, world):
    """A user who may only read contacts changes none."""
    guest.install()
    world.switches.contacts_locked_for = [2]
    changed = {"entityTypeId": 3, "id": 43, "fields": {"NAME": "X", "name": "X"}}

    assert "43" == (await guest.result("crm.contact.get", 2, id=43))["ID"]
    assert (400, "") == await guest.error("crm.contact.update", 2, **changed)
    assert (400, "") == await guest.error("crm.contact.delete", 2, id=43)
    assert (400, "") == await guest.error("crm.contact.add", 2, **changed)
    assert (400, "ACCESS_DENIED") == await guest.error("crm.item.update", 2, **changed)
    assert "Jörg" == world.contacts[43].name
