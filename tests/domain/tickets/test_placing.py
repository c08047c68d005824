"""Where what was filled in goes: own fields of the task, or its description."""

import pytest

from ticket24.domain.settings.task_fields import TaskField
from ticket24.domain.settings.times.zones import zone
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.placing import placed

DATE = FieldValue("a", "date", "A", ("2026-12-24",))
NUMBER = FieldValue("a", "number", "A", ("-1234.5",))
SEVERAL = FieldValue("a", "several", "A", ("s", "m"), ("Small", "Medium"))
NO = FieldValue("a", "yes_no", "A", ("no",), ("Nein",))
TEXT = FieldValue("a", "text", "A", ("0042",))


def place(value, kind, *, multiple=False, zone_name="UTC"):
    field = TaskField(1, "UF_A", kind, multiple, "")
    found = placed([value], {"a": "UF_A"}, {"UF_A": field}, zone(zone_name))
    return found.fields.get("UF_A") if found.fields else found.described


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (TEXT, "string", "0042"),
        (SEVERAL, "string", "Small, Medium"),
        (NO, "string", "Nein"),
        (DATE, "string", "2026-12-24"),
        (NUMBER, "double", "-1234.5"),
        (NO, "boolean", "N"),
        (DATE, "datetime", "2026-12-24T12:00:00+00:00"),
        (TEXT, "double", (TEXT,)),
        (TEXT, "datetime", (TEXT,)),
        (NUMBER, "boolean", (NUMBER,)),
        (TEXT, "crm", (TEXT,)),
    ],
)
def test_a_field_takes_what_it_can_hold(value, kind, expected):
    """And nothing else: the rest stands in the description."""
    assert expected == place(value, kind)


@pytest.mark.parametrize(
    ("name", "offset"), [("Pacific/Kiritimati", "+14:00"), ("Pacific/Niue", "-11:00")]
)
def test_a_day_is_the_same_day_wherever_the_company_is(name, offset):
    """Noon there is far enough from both midnights."""
    assert f"2026-12-24T12:00:00{offset}" == place(DATE, "datetime", zone_name=name)


def test_a_field_of_several_values_takes_one():
    """As a list, as Bitrix24 has it."""
    assert ["0042"] == place(TEXT, "string", multiple=True)
