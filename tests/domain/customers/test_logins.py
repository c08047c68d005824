"""The plain facts of signing in."""

import pytest

from ticket24.domain.customers.logins import Login, client_address, normal


def test_passwords_are_compared_as_people_mean_them():
    """Spaces around it and the way a letter is composed do not count; case does."""
    assert normal("Grüße") == normal(" Gru\u0308ße\n")
    assert normal("grüße") != normal("Grüße")
    assert "" == normal("x" * 1_001)


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ("203.0.113.9", 0, "10.0.0.1"),
        ("", 1, "10.0.0.1"),
        ("203.0.113.9", 1, "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", 1, "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9, 10.0.0.7", 2, "203.0.113.9"),
        ("203.0.113.9", 2, "203.0.113.9"),
        ("203.0.113.9:4711", 1, "203.0.113.9"),
        ("[2001:db8::1]:4711", 1, "2001:db8::1"),
        ("2001:db8::1", 1, "2001:db8::1"),
        ("198.51.100.1, unknown", 1, "10.0.0.1"),
    ],
)
def test_only_what_our_proxies_wrote_is_believed(forwarded, proxies, address):
    """The address is that far from the right, whatever a client put to the left."""
    assert address == client_address("10.0.0.1", forwarded, proxies)


def test_the_lowest_contact_owns_what_is_uploaded():
    """Uploads and drafts belong to one contact of a login."""
    assert 7 == Login("acme", (7, 9), "a@example.com", "Anna", "").owner
