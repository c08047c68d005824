"""Who took over from a contact that is gone."""

from datetime import timedelta

import pytest
from examples import NOON

from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.flows.customers.forgetting import took_over


def contact(*emails, at=NOON):
    return Customer(ContactRef("acme", 43), "Anna", emails, at)


@pytest.mark.parametrize(
    ("heir", "lost", "expected"),
    [
        (contact("a@x.org"), contact("A@x.org"), True),
        (contact("b@x.org", "a@x.org"), contact("a@x.org"), True),
        (contact("a@x.org", at=None), contact("a@x.org"), True),
        (contact("a@x.org"), contact("a@x.org", "b@x.org"), False),
        (contact("a@x.org"), contact("a@x.org", at=NOON + timedelta(1)), False),
        (contact("a@x.org"), contact(), False),
        (contact("a@x.org"), contact("call him"), False),
    ],
)
def test_a_merge_leaves_all_addresses_to_one_that_was_changed_later(
    heir, lost, expected
):
    """Less than that, and nobody knows."""
    assert expected is took_over(heir, lost)
