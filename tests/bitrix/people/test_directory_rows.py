"""Rows of workgroups, employees and custom fields, however PHP writes them."""

import pytest

from ticket24.bitrix.people import directory, userfields
from ticket24.bitrix.people.directory import Employee, Workgroup

ODD = [None, [], "x", 7, {}, {"ID": None}, {"ID": "0"}, {"ID": "-3"}, {"ID": "seven"}]


@pytest.mark.parametrize("result", [None, [], {}, "x", ODD, {"0": None}])
def test_odd_rows_are_left_out(result):
    """A broken row does not stop the others from being read."""
    assert [] == directory.read_workgroups(result)
    assert [] == directory.read_people(result)
    assert [] == userfields.read(result)


@pytest.mark.parametrize(
    ("row", "closed"),
    [
        ({"CLOSED": "N", "ACTIVE": "Y"}, False),
        ({"CLOSED": "Y", "ACTIVE": "Y"}, True),
        ({"CLOSED": "N", "ACTIVE": "N"}, True),
        ({}, False),
    ],
)
def test_a_workgroup_is_closed_or_not(row, closed):
    """An archived workgroup is closed, and so is one that is not active."""
    rows = {"7": {"ID": "7", "NAME": " Sup  port\n"} | row}

    assert [Workgroup(7, "Sup port", closed)] == directory.read_workgroups(rows)


@pytest.mark.parametrize(
    ("active", "expected"),
    [(True, True), ("Y", True), (False, False), ("N", False), ("false", False)],
)
def test_whoever_left_is_not_active(active, expected):
    """However the flag is written."""
    row = {"ID": "3", "NAME": "Tomás", "LAST_NAME": None, "ACTIVE": active}

    assert [Employee(3, "Tomás", "", expected)] == directory.read_people([row])


def test_guests_are_no_employees_and_scopes_may_hide_the_type():
    """Extranet users are left out; a person without a name is known by address."""
    rows = [
        {"ID": "1", "USER_TYPE": "extranet", "NAME": "Guest"},
        {"ID": "2", "EMAIL": "ann@example.com", "WORK_POSITION": "Head"},
        {"ID": 3, "NAME": "Ann", "USER_TYPE": "employee"},
    ]

    expected = [
        Employee(2, "ann@example.com", "Head", active=True, email="ann@example.com"),
        Employee(3, "Ann", "", active=True),
    ]
    assert expected == directory.read_people(rows)


def test_labels_are_texts_each_once():
    """A field shows what it is called in a form, a list and a filter."""
    row = {
        "ID": "9",
        "FIELD_NAME": "UF_CRM_1234567890",
        "USER_TYPE_ID": "string",
        "EDIT_FORM_LABEL": " Ticket24\tpassword ",
        "LIST_COLUMN_LABEL": "Ticket24 password",
        "LIST_FILTER_LABEL": {"en": "odd"},
        "MULTIPLE": "N",
    }

    (field,) = userfields.read([row, {"ID": "8"}])

    assert ("Ticket24 password",) == field.labels
    assert ("UF_CRM_1234567890", "string", False) == (
        *(field.name, field.kind, field.multiple),
    )
