"""The plain facts of signing in."""

import pytest

from ticket24.domain.logins import (
    Login,
    client_address,
    fold,
    normal,
    plausible,
    spelled,
)


def test_addresses_are_compared_without_case_and_outer_spaces():
    """However an address is written, it is the same address."""
    spellings = ("Peter.ONeill@EXAMPLE.com", " peter.oneill@example.com\t")

    assert {"peter.oneill@example.com"} == {fold(one) for one in spellings}
    assert spellings[0] == spelled(spellings[1], ["a@b.c", spellings[0]])
    assert None is spelled("peter@example.com", spellings)


@pytest.mark.parametrize("good", ["a@b", " Łukasz.O'Neill+x@Exämple.com ", "a$b@c.de"])
def test_addresses_may_look_unusual(good):
    """What a mail server would take is asked for."""
    assert plausible(good)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "nobody",
        "a@b@c",
        "a b@example.com",
        "a@example.com\nBcc: b@example.com",
        "$result[index][CONTACT]@example.com",
        "<a@example.com>",
        "a@example.com,b@example.com",
        "a@example.com\0",
        f"{'a' * 250}@example.com",
    ],
)
def test_what_is_no_address_is_never_asked_for(bad):
    """Nothing that Bitrix24 or a mail server could take for more than an address."""
    assert not plausible(bad)


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
