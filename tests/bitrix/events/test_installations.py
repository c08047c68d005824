"""ONAPPINSTALL is read for its tokens, and for nothing else."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from ticket24.bitrix.events.event import BadEvent
from ticket24.bitrix.events.installations import Installation, parse_installation

SAMPLE = Path(__file__).parents[2] / "samples" / "onappinstall" / "with_tokens.form"

FIELDS = {
    "event": "ONAPPINSTALL",
    "data[LANGUAGE_ID]": "br",
    "auth[access_token]": "a" * 70,
    "auth[refresh_token]": "r" * 70,
    "auth[expires_in]": "1800",
    "auth[domain]": "acme.bitrix24.com",
    "auth[member_id]": "b" * 32,
    "auth[application_token]": "t" * 32,
}


def parsed(**changed):
    fields = FIELDS | changed
    pairs = {name: value for name, value in fields.items() if value is not None}
    return parse_installation(urlencode(pairs).encode())


def test_a_recorded_one_is_read():
    """It is read as Bitrix24 sends it."""
    found = parse_installation(SAMPLE.read_bytes().strip())

    assert found.member_id
    assert found.access_token
    assert found.refresh_token
    assert found.application_token
    assert 3_600 == found.seconds


def test_everything_is_read():
    """Each field from its place."""
    assert parsed() == Installation(
        "b" * 32,
        "acme.bitrix24.com",
        "a" * 70,
        "r" * 70,
        "t" * 32,
        1_800,
        "br",
    )


def test_another_event_is_none():
    """The caller treats it like any other event."""
    assert None is parsed(event="ONTASKADD")
    assert None is parsed(event=None)


@pytest.mark.parametrize("name", ["auth[access_token]", "auth[member_id]"])
@pytest.mark.parametrize("value", [None, "", "two words", "ü", "x" * 2_000, "a\nb"])
def test_without_what_proves_it_it_is_refused(name, value):
    """The reason names no value."""
    with pytest.raises(BadEvent) as refused:
        parsed(**{name: value})

    assert "there is no member_id or no access_token" == str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("auth[refresh_token]", None, "refresh_token", ""),
        ("auth[refresh_token]", "a b", "refresh_token", ""),
        ("auth[application_token]", None, "application_token", ""),
        ("auth[expires_in]", None, "seconds", 3_600),
        ("auth[expires_in]", "-5", "seconds", 3_600),
        ("auth[expires_in]", "999999999", "seconds", 3_600),
        ("auth[expires_in]", "٣", "seconds", 3_600),
        ("data[LANGUAGE_ID]", "../x", "language", "en"),
        ("data[LANGUAGE_ID]", None, "language", "en"),
        ("data[LANGUAGE_ID]", "DE", "language", "de"),
    ],
)
def test_what_is_odd_is_left_out(name, value, field, expected):
    """The rest is read all the same."""
    assert expected == getattr(parsed(**{name: value}), field)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"&".join([b"a=1"] * 2_000), b"x" * 300_000]
)
def test_what_is_no_form_is_refused(body):
    """Bytes, floods of fields, and what is too long."""
    with pytest.raises(BadEvent):
        parse_installation(b"event=ONAPPINSTALL&" + body)


def test_it_can_be_kept():
    """It comes back as it was."""
    found = parsed()

    assert found == Installation.from_dict(found.to_dict())


def test_no_token_is_shown():
    """None of the three tokens is where errors and logs could show it."""
    shown = repr(parsed())

    assert not any(letter * 20 in shown for letter in "art")
