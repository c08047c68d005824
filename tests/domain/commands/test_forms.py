"""What customers fill in, checked."""

import pytest

from ticket24.domain.commands.forms import (
    Fault,
    Wrong,
    read_copies,
    read_new_ticket,
    read_text,
)
from ticket24.domain.settings.model import AccountSettings, Department, Tags

SETTINGS = AccountSettings(
    company_name="Acme Support",
    departments=(
        Department(7, "Support"),
        Department(9, "Sales"),
        Department(7, "Same workgroup"),
    ),
    tags=Tags(message_type=("bugs", "development"), priority=("high", "low")),
)
GOOD = {
    "department": "7",
    "priority": "high",
    "message_type": "bugs",
    "cc": "bob@example.com",
    "subject": "Printer is on fire",
    "text": "It burns.",
}


def faults_of(**fields):
    return read_new_ticket(GOOD | fields, SETTINGS)[1]


def copies(raw):
    faults = []
    return read_copies(raw, faults), faults


def test_a_complete_ticket_is_read():
    """Every field of a good form arrives, tags in the order they are asked for."""
    ticket, faults = read_new_ticket(GOOD, SETTINGS)

    assert [] == faults
    assert (7, ("high", "bugs")) == (ticket.group_id, ticket.tags)
    assert ("bob@example.com",) == ticket.cc
    assert ("Printer is on fire", "It burns.") == (ticket.subject, ticket.text)


def test_departments_are_found_by_name_too():
    """A script may name a department as customers read it."""
    ticket, faults = read_new_ticket(GOOD | {"department": "Sales"}, SETTINGS)

    assert ([], 9) == (faults, ticket.group_id)


@pytest.mark.parametrize("value", ["", "8", "supports"])
def test_only_departments_on_offer_can_be_chosen(value):
    """A department that is not on offer is refused at its field."""
    assert [Fault("department", Wrong.DEPARTMENT)] == faults_of(department=value)


def test_the_only_department_need_not_be_named():
    """With one department, none has to be chosen."""
    settings = AccountSettings(departments=(Department(7),))

    ticket, faults = read_new_ticket(
        {"subject": "Hello", "text": "Hello", "sector": "USA"}, settings
    )

    assert ([], 7, ()) == (faults, ticket.group_id, ticket.tags)


@pytest.mark.parametrize("section", ["priority", "message_type"])
def test_only_configured_words_become_tags(section):
    """A word that the company did not configure is refused at its field."""
    assert [Fault(section, Wrong.WORD)] == faults_of(**{section: "evil"})


def test_sections_without_words_are_ignored():
    """What is sent for a section that the company does not ask for is left out."""
    ticket, faults = read_new_ticket(GOOD | {"sector": "Mars"}, SETTINGS)

    assert ([], ("high", "bugs")) == (faults, ticket.tags)


def test_empty_fields_are_told_one_by_one():
    """A form that is only white space has one fault at each required field."""
    assert [
        Fault("subject", Wrong.NO_SUBJECT),
        Fault("text", Wrong.NO_TEXT),
    ] == faults_of(subject=" \u200b\t", text="\r\n \n")


def test_long_texts_are_told_with_their_length():
    """100,000 characters are refused with their number, and 20,000 are not."""
    assert [Fault("text", Wrong.LONG_TEXT, "100000")] == faults_of(text="x" * 100_000)
    assert [] == faults_of(text="ß" * 20_000)
    assert [Fault("subject", Wrong.LONG_SUBJECT, "201")] == faults_of(subject="s" * 201)


def test_subjects_are_one_visible_line():
    """Line breaks, invisible characters and direction tricks leave a subject."""
    ticket, _ = read_new_ticket(
        GOOD | {"subject": "Hello\r\nBcc: x@example.com \u202egnp.exe"}, SETTINGS
    )

    assert "Hello Bcc: x@example.com gnp.exe" == ticket.subject


def test_texts_keep_their_lines_and_lose_controls():
    """Line ends are made alike; other control characters go."""
    assert "a\nb\n\tc" == read_text("a\r\nb\r\x00\tc\x1b", [])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", ()),
        (" , ;\n", ()),
        ("bob@example.com", ("bob@example.com",)),
        ("a@example.com, b@example.com;c@example.com\r\nd@example.com", "abcd"),
        ("Bob@Example.com, bob@example.com", ("Bob@example.com",)),
        ("anna@müller.example", ("anna@xn--mller-kva.example",)),
        ("anna@firma.test", ("anna@firma.test",)),
    ],
)
def test_copies_are_addresses_once_each(raw, expected):
    """Addresses may be parted by commas, semicolons and lines; doubles are dropped."""
    if expected == "abcd":
        expected = tuple(f"{letter}@example.com" for letter in expected)

    assert (expected, []) == copies(raw)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("bob", "bob"),
        ("bob@", "bob@"),
        ("a@example.com\r\nBcc: x@example.com", "Bcc: x@example.com"),
        ("a@example.com%0aBcc:x@example.com", "a@example.com%0aBcc:x@example.com"),
        ("a b@example.com", "a b@example.com"),
        ("<script>@example.com", "<script>@example.com"),
        ("a@exa\x00mple.com", "a@exa[U+0000]mple.com"),
        ("jürgen@example.com", "jürgen@example.com"),
        ("x" * 200 + "@example.com", "x" * 79 + "…"),
    ],
)
def test_bad_addresses_are_told(raw, said):
    """An address that mail cannot be sent to is named, harmless and short."""
    assert [Fault("cc", Wrong.ADDRESS, said)] == copies(raw)[1]


def test_copies_are_bounded():
    """Twenty addresses are enough for everybody."""
    twenty = ",".join(f"a{number}@example.com" for number in range(20))

    assert [] == copies(twenty)[1]
    assert [Fault("cc", Wrong.ADDRESSES)] == copies(f"{twenty},z@example.com")[1]
