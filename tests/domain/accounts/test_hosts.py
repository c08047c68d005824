# ruff: noqa: RUF001 - Lookalikes are what this is about.
"""Which hosts of web addresses are one."""

import pytest

from ticket24.addresses import origin
from ticket24.domain.accounts.hosts import host


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme.Bitrix24.de", "acme.bitrix24.de"),
        ("https://ACME.bitrix24.de:443/rest/1/x/", "acme.bitrix24.de"),
        ("acme.bitrix24.de.", "acme.bitrix24.de:80"),
        ("https://портал.example/rest/", "xn--80awhdgm.example"),
        ("mu\u0308ller.example", "https://XN--MLLER-KVA.example"),
        ("\uff41cme\u3002example", "acme.example"),
        ("http://127.0.0.1:8025/rest", "127.0.0.1:8025"),
        ("http://[::1]:8025", "[::1]:8025"),
    ],
)
def test_one_host_may_be_written_in_several_ways(one, other):
    """Case, width, composition, IDNA, usual ports and a dot make no other host."""
    assert host(one) == host(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("straße.example", "strasse.example"),
        ("acme.example", "acme.example:8443"),
        ("x@acme.example", "acme.example"),
        ("https://x@acme.example/", "acme.example"),
        ("acme.example/evil", "acme.example"),
        ("evil.example?acme.example", "evil.example"),
        ("", "acme.example"),
        ("null", "acme.example"),
        ("аcme.example", "acme.example"),
    ],
)
def test_what_is_another_host_or_none_is_another(one, other):
    """Lookalikes, other ports, and addresses with more than a host do not match."""
    assert host(one) != host(other)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://Help.Example.com/", "https://help.example.com"),
        ("https://hilfe.müller.example", "https://hilfe.xn--mller-kva.example"),
        ("http://[::1]:8024", "http://[::1]:8024"),
        ("http://127.0.0.1:8024/", "http://127.0.0.1:8024"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(typed, meant):
    """They compare it letter by letter, and mails carry it to every program."""
    assert meant == origin(typed)
