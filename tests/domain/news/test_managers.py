"""Of which tickets of their company managers hear, and at which mailboxes."""

from dataclasses import replace

import pytest
from examples import NOON, ticket

from ticket24.domain.customers.company_view import ALONE, CompanyRole, Sight
from ticket24.domain.news.letters import Kind, Notice
from ticket24.domain.news.managers import for_managers, hears_of, to_managers
from ticket24.domain.tickets.model import ContactRef, Customer

ANNA, DORA = 43, 46
MANAGES = Sight({ANNA: CompanyRole.MANAGER}, role=CompanyRole.MANAGER)
READS = Sight({ANNA: CompanyRole.COLLEAGUE}, role=CompanyRole.COLLEAGUE)
HERS = ticket(contact_ids=(ANNA,))


@pytest.mark.parametrize(
    ("now", "sight", "shared", "private", "hears"),
    [
        (HERS, MANAGES, {HERS.group_id}, False, True),
        (HERS, MANAGES, {HERS.group_id}, True, False),
        (HERS, MANAGES, {HERS.group_id + 1}, False, False),  # Kept apart, or moved.
        (HERS, READS, {HERS.group_id}, False, False),
        (HERS, ALONE, {HERS.group_id}, False, False),
        (replace(HERS, contact_ids=(44,)), MANAGES, {HERS.group_id}, False, False),
        (None, MANAGES, {HERS.group_id}, False, False),
    ],
)
def test_managers_hear_of_what_they_may_act_in(now, sight, shared, private, hears):
    """Of nothing private, kept apart, deleted, or of somebody else by now."""
    assert hears == hears_of(now, sight, shared, private=private)


def customer(number, *emails, name="", newsletters=()):
    return Customer(ContactRef("acme", number), name, emails, newsletters=newsletters)


def test_each_mailbox_is_told_once():
    """Not where the owner or somebody in copy reads, nor where nobody writes to."""
    followed = replace(HERS, followers=("carl@example.org",))
    letter = for_managers(Notice(Kind.CREATED, "ticket"), followed, decided_at=NOON)
    anna = customer(ANNA, "anna@example.org", name="Anna\n<b>")
    managers = [
        customer(50, "ANNA@example.org"),
        customer(51, "Carl@Example.org"),
        customer(DORA, "dora@example.org", name="Dora"),
        customer(52, "DORA@example.org"),
        customer(53),
        customer(54, "news@example.org", newsletters=("news@example.org",)),
    ]

    (one,) = to_managers(letter, followed, managers, {ANNA: anna})

    assert ("dora@example.org", DORA) == (one.recipient, one.contact_id)
    assert (True, "Anna <b>") == (one.of_company, one.whose)
