"""CRM contacts on the wire."""

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from ticket24.bitrix.people import contacts
from ticket24.domain.tickets.model import ContactRef, Customer

ROW = {
    "ID": "43",
    "NAME": "Anna",
    "SECOND_NAME": None,
    "LAST_NAME": "Smith",
    "DATE_MODIFY": "2026-11-21T14:00:00+02:00",
    "EMAIL": [
        {"ID": "159", "VALUE_TYPE": "WORK", "VALUE": "anna@example.com"},
        {"ID": "160", "VALUE_TYPE": "HOME", "VALUE": "smith@example.org"},
    ],
}
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def customer(**fields):
    (one,) = contacts.read_customers("acme", [ROW | fields])
    return one


def test_a_contact_becomes_a_customer():
    """Name, addresses in their order, and the time of the last change."""
    assert (
        Customer(
            ContactRef("acme", 43),
            "Anna Smith",
            ("anna@example.com", "smith@example.org"),
            NOON,
        )
        == customer()
    )


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Anna", None, "Anna"),
        (None, "Smith", "Smith"),
        ("", "", ""),
        (" Anna  Maria ", " Smith ", "Anna Maria Smith"),
        (False, [], ""),
    ],
)
def test_names_may_be_missing(first, last, name):
    """Whatever there is of a name, without gaps."""
    assert name == customer(NAME=first, LAST_NAME=last).name


@pytest.mark.parametrize("nothing", [None, False, [], {}, "", [{}], [{"VALUE": None}]])
def test_a_contact_may_have_no_address(nothing):
    """Without addresses a customer is a customer all the same."""
    assert () == customer(EMAIL=nothing).emails


@pytest.mark.parametrize(
    ("value", "company"), [("12", 12), (12, 12), ("0", 0), (None, 0), ("", 0)]
)
def test_a_contact_tells_its_primary_company(value, company):
    """Its number stands in the same row, so that nothing more is asked."""
    assert company == customer(COMPANY_ID=value).company_id
    assert "]=COMPANY_ID&" in query(contacts.read_call([43]))


@pytest.mark.parametrize(
    ("value", "levels"),
    [
        (" Gold ", ("Gold",)),
        ("347", ("347",)),
        ([347, "348"], ("347", "348")),
        (1, ("1",)),
        ("", ()),
        (None, ()),
        (False, ()),
        ([], ()),
    ],
)
def test_a_contact_tells_its_levels(value, levels):
    """Texts, or elements of a list, of which there may be several."""
    rows = [ROW | {"UF_CRM_LEVEL": value}]
    (one,) = contacts.read_customers("acme", rows, "UF_CRM_LEVEL")
    (other,) = contacts.read_customers("acme", rows)

    assert (levels, ()) == (one.levels, other.levels)


def test_the_column_of_addresses_may_be_missing():
    """A contact without e-mail has no such key at all."""
    row = {name: value for name, value in ROW.items() if name != "EMAIL"}

    assert [()] == [one.emails for one in contacts.read_customers("acme", [row])]


def test_what_is_no_address_is_left_out():
    """A note in the wrong field is not a recipient; white space does not count."""
    emails = {"0": {"VALUE": "call him"}, "1": {"VALUE": " anna@example.com "}}

    assert ("anna@example.com",) == customer(EMAIL=emails).emails


@pytest.mark.parametrize("result", [[], {}, None, [{}], [[]], [{"ID": "0"}]])
def test_no_contacts(result):
    """Rows without an id are nobody."""
    assert [] == contacts.read_customers("acme", result)


def test_rows_may_be_keyed():
    """A list that comes as a map is read like a list."""
    keyed = {"7": ROW, "8": ROW | {"ID": 44}}

    assert [43, 44] == [
        one.ref.contact_id for one in contacts.read_customers("acme", keyed)
    ]


def query(command):
    return unquote(str(command))


def test_contacts_are_asked_for_with_their_addresses():
    """Addresses come only when they are named; nothing is counted."""
    text = query(contacts.read_call([43, 44]))

    assert text.startswith("crm.contact.list?filter[@ID][0]=43&filter[@ID][1]=44&")
    assert "]=EMAIL&" in text
    assert text.endswith("&order[ID]=ASC&start=-1")


def test_modified_contacts_are_paged_by_id():
    """A resync names the time and the last id that it has seen."""
    text = query(contacts.modified_call(NOON, 99))

    assert "filter[>=DATE_MODIFY]=2026-11-21T12:00:00+00:00&filter[>ID]=99" in text


def test_the_password_field_is_asked_for_by_name():
    """It is one more column, and only where the account has such a field."""
    assert "]=UF_CRM_SECRET&" in query(contacts.read_call([43], "UF_CRM_SECRET"))
    assert "]=UF_CRM_SECRET&" in query(contacts.modified_call(NOON, 0, "UF_CRM_SECRET"))
    assert "UF_CRM" not in query(contacts.read_call([43]))


@pytest.mark.parametrize(
    ("value", "password"),
    [
        (" se cret ", " se cret "),
        (1234, "1234"),
        (None, ""),
        (False, ""),
        ("", ""),
        ([], ""),
        (["a"], ""),
    ],
)
def test_what_stands_in_the_password_field(value, password):
    """Words, also of digits; nothing, in whatever way Bitrix24 says nothing."""
    rows = [ROW | {"UF_CRM_SECRET": value}, {"ID": "0", "UF_CRM_SECRET": "stray"}]

    assert {43: password} == contacts.read_passwords(rows, "UF_CRM_SECRET")


def test_the_password_is_no_part_of_the_customer():
    """What is kept and logged of a customer does not hold the password."""
    assert "hidden" not in repr(customer(UF_CRM_SECRET="hidden"))


def test_a_missing_field_is_an_empty_one():
    """Bitrix24 omits empty fields; without a field there are no passwords."""
    assert {43: ""} == contacts.read_passwords([ROW], "UF_CRM_SECRET")
    assert {} == contacts.read_passwords([ROW], "")


def test_an_address_is_asked_for_in_one_request():
    """The index of duplicates is asked for it as typed, and in lower case."""
    commands = contacts.find_calls("Anna@Example.com", "UF_CRM_SECRET")
    texts = {key: query(command) for key, command in commands.items()}

    assert "values[0]=Anna@Example.com&" in texts["index"]
    assert "filter[@ID]=$result[index][CONTACT]&" in texts["named"]
    assert "filter[EMAIL]=Anna@Example.com&" in texts["spelled 0"]
    assert "filter[EMAIL]=anna@example.com&" in texts["spelled 1"]
    assert all("UF_CRM_SECRET" in texts[key] for key in texts if key != "index")
    assert 3 == len(contacts.find_calls("anna@example.com", ""))


def typed(*rows):
    """A customer with these fields, given as pairs of a kind and a text."""
    return customer(
        EMAIL=[{"VALUE_TYPE": kind, "VALUE": value} for kind, value in rows]
    )


def test_work_comes_before_home_and_home_before_others():
    """Whatever the order of the fields; among equals it counts."""
    one = typed(
        *(("OTHER", "o@example.com"), ("HOME", "h@example.com"), ("", "x@example.com")),
        *(("work", "w1@example.com"), ("WORK", "w2@example.com")),
    )

    expected = [f"{name}@example.com" for name in ("w1", "w2", "h", "o", "x")]
    assert expected == list(one.emails)
    assert () == one.newsletters


def test_what_is_for_newsletters_comes_last_and_is_named():
    """This holds unless the same address is also there for another purpose."""
    one = typed(
        ("MAILING", "list@example.com"),
        ("MAILING", "Anna@example.com"),
        ("HOME", "anna@example.com"),
    )

    assert ("anna@example.com", "list@example.com") == one.emails
    assert ("list@example.com",) == one.newsletters


def test_a_field_may_hold_more_than_an_address():
    """A field may contain two addresses, a name with one, or none."""
    one = typed(
        *(("WORK", "call him"), ("WORK", "Anna <anna@example.com>; b@example.com")),
        ("WORK", "mailto:c@example.com."),
    )

    expected = ("anna@example.com", "b@example.com", "c@example.com")
    assert expected == one.emails
