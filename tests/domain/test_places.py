"""Which addresses count as one."""

import pytest

from ticket24.domain.places import crowd, parsed, place, places


def test_a_network_counts_as_one_address():
    """A person with a whole IPv6 network has no more tries than others."""
    assert place("2001:db8:0:1::5") == place("2001:db8:0:1:ffff::")
    assert place("2001:db8:0:1::5") != place("2001:db8:0:2::5")
    assert "203.0.113.9" == place("203.0.113.9")


def test_networks_around_an_address_are_told_from_narrow_to_wide():
    """Providers give a customer a /64, a /56 or a /48; of IPv4, one address."""
    assert (
        "2001:db8:1:203::/64",
        "2001:db8:1:200::/56",
        "2001:db8:1::/48",
    ) == places("2001:db8:1:203::5")
    assert ("203.0.113.9",) == places("203.0.113.9")
    assert ("unix",) == places("unix")
    assert places("fe80::1") == places("fe80::1%eth0")


@pytest.mark.parametrize(
    "clothed",
    [
        "::ffff:203.0.113.9",
        "::203.0.113.9",
        "2002:cb00:7109::1",
        "2002:cb00:7109:ffff:1:2:3:4",
        "64:ff9b::203.0.113.9",
        "64:ff9b:1::203.0.113.9",
        "2001:0:4136:e378:8000:63bf:34ff:8ef6",
    ],
)
def test_ipv4_in_the_clothes_of_ipv6_is_ipv4(clothed):
    """A tunnel gives nobody new tries."""
    assert ("203.0.113.9",) == places(clothed)


def test_the_local_host_is_itself():
    """It only looks like an old kind of IPv4."""
    assert "::1" == str(parsed("::1"))


def test_turns_are_shared_among_networks_from_wide_to_narrow():
    """A person with a large network has one share of everything."""
    assert ("203.0.0.0/16", "203.0.113.0/24", "203.0.113.9/32") == crowd("203.0.113.9")
    assert (
        "2001:db8::/32",
        "2001:db8:1::/48",
        "2001:db8:1:2::/64",
    ) == crowd("2001:db8:1:2::3")
