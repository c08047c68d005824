"""What our application needs in an account, and what is ours there."""

import pytest

from ticket24.bitrix.apps.application import (
    Binding,
    missing_scopes,
    present,
    stale,
    told_scopes,
    wanted,
    why_silent,
)

URL = "https://help.example.com"
ALL = ("task", "im", "crm", "disk", "user_brief", "sonet_group", "placement")


def test_every_permission_has_its_former_names():
    """Whatever Bitrix24 calls it; only the application needs places."""
    old = ("TASKS", "im", "crm", "disk", "user", "socialnetwork")

    assert () == missing_scopes(ALL, by_app=True)
    assert () == missing_scopes(old)
    assert ("placement",) == missing_scopes(old, by_app=True)
    assert ("task", "disk") == missing_scopes(set(ALL) - {"task", "disk"})


@pytest.mark.parametrize("rows", [None, [], {}, "undefined", [None], [{}], [[]]])
def test_nothing_in_any_shape_is_nothing(rows):
    """PHP has many words for it."""
    assert set() == present(rows, rows)


def test_an_address_that_is_none_is_not_ours():
    """It stays where it is, and stops nothing."""
    odd = {Binding("ONTASKADD", text) for text in ("http://[", "", "x", "//")}

    assert set() == stale(odd, wanted(URL, ["ONTASKADD"]))


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ({"INSTALLED": True, "PAYMENT_EXPIRED": "N"}, ""),
        ({}, ""),
        ({"INSTALLED": False}, "installation was not finished"),
        ({"INSTALLED": "N"}, "installation was not finished"),
        ({"INSTALLED": True, "PAYMENT_EXPIRED": "Y"}, "subscription"),
    ],
)
def test_why_no_events_come(info, words):
    """Bitrix24 says so, for who asks."""
    assert (words in why_silent(info)) if words else why_silent(info) == ""


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("app", ()),
        ("", ()),
        (" , ", ()),
        ("application", ()),
        ("crm, task,telephony", ("crm", "task", "telephony")),
        ("TASK", ("TASK",)),
    ],
)
def test_a_word_that_is_no_permission_tells_none(text, scopes):
    """If the authorization server names nothing known, the account is asked."""
    assert scopes == told_scopes(text)
