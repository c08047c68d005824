"""The marks at the end of sign-in links."""

import pytest

from ticket24.domain.customers.link_tokens import made_for, marked
from ticket24.domain.customers.mailboxes import masked

TOKEN = marked("secret", "acme", 7)


@pytest.mark.parametrize(
    ("token", "account", "contacts", "own"),
    [
        (TOKEN, "acme", [7], True),
        (TOKEN, "acme", [3, 7], True),
        (TOKEN, "acme", [70], False),
        (TOKEN, "acme", [], False),
        (TOKEN, "umbrella", [7], False),
        (TOKEN[:-1], "acme", [7], False),
        (TOKEN[-16:], "acme", [7], False),
        (marked("", "acme", 7), "acme", [7], False),
        ("", "acme", [7], False),
        ("\udce4" * 40, "acme", [7], False),
        ("A" * 43, "acme", [7], False),  # As earlier versions made them.
    ],
)
def test_a_link_knows_whose_it_was(token, account, contacts, own):
    """It names its contact to nobody who does not know it already."""
    assert own == made_for(token, account, contacts)


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("zoe@example.com", "z•••@example.com"),
        ("zo@example.com", "z•••@example.com"),
        ("z@example.com", "•••@example.com"),
        ("zoë.fischer@straße.example", "z•••@straße.example"),
        ("e\u0301\u0323a@example.com", "e\u0301\u0323•••@example.com"),
        ("no address", "•••"),
        ("", "•••"),
    ],
)
def test_an_address_is_masked(email, shown):
    """Its owner recognises it; its length and the rest of its name are not told."""
    assert shown == masked(email)
