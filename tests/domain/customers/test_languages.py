"""The language in which a customer reads."""

import time

import pytest

from ticket24.domain.customers.languages import Tongue, accepted, known


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pt-BR", "pt"),
        ("PT-pt, EN;Q=0.9", "pt"),
        ("de_AT", "de"),
        ("zh-Hant-TW, pt;q=0.2", "pt"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "en"),
        ("en;q=0.5, de;q=0.5", "en"),
        ("de;q=0.1, en;q=0.11", "en"),
        ("de ; q=0.4 , en ; q=0.3", "de"),
        ("zh-Hant-TW,de_CH;q=.7", "de"),
        ("de;q=0.5;x=1", "de"),
        # Anything will do, or anything else.
        ("*", "pt"),
        ("fr, *;q=0.1", "pt"),
        ("*, pt;q=0", "en"),
        ("de;q=0.2, *;q=0.5", "pt"),
        # None of ours.
        ("fr", None),
        ("", None),
        ("de;q=0", None),
        ("de;q=0.000, fr", None),
        ("*;q=0", None),
        # A variant that is not wanted says nothing of the language.
        ("de-AT;q=0, de;q=0.5", "de"),
        ("de;q=0.5, de-AT;q=0", "de"),
        # What makes no sense is not there; what does still counts.
        ("de;q=2, en;q=0.1", "en"),
        ("de;q=-1", None),
        ("de;q=nan, de;q=inf, de;q=1e3, de;q=0x1", None),
        ("de;q=0.1234, pt;q=0.1", "pt"),
        ("de;q=٠.٩", None),  # noqa: RUF001  Arabic digits.
        ("ｄｅ", None),  # noqa: RUF001  Wide letters.
        ("deutsch", None),
        ("de\udcff, \udcfe, pt", "pt"),
        ("en\x00", None),
        (",,;=;q,;;,de", "de"),
        ("../../de, <script>, pt", "pt"),
    ],
)
def test_a_browser_says_which_language_it_likes(header, language):
    """Of our languages the one that it likes best; without sense or ours, none."""
    assert language == accepted(header, "pt")


@pytest.mark.parametrize(
    "header",
    [
        "x" * 10_000,
        "," * 10_000,
        "a-" * 5_000,
        "-a" * 5_000,
        "de;" + " " * 10_000 + "q=1",
        ";q=" * 3_000,
        ",".join(f"x{number}" for number in range(5_000)) + ",de",
        "\udcff" * 10_000,
    ],
)
def test_an_endless_header_costs_nothing(header):
    """Its first thousand characters are read, in no time."""
    started = time.thread_time()

    assert accepted(header, "en") is None
    assert time.thread_time() - started < 0.05


def test_mails_speak_as_the_customer_chose():
    """Else as the portal spoke at the last sign-in, else as the account does."""
    assert "pt" == Tongue("pt", "en").in_mails("de")
    assert "en" == Tongue(None, "en").in_mails("de")
    assert "de" == Tongue().in_mails("de")


@pytest.mark.parametrize("value", ["", "DE", "de ", "fr", "xx", "de\x00", "__class__"])
def test_a_language_that_we_do_not_speak_is_none(value):
    """Whoever forges one, or kept one that is gone, has none."""
    assert known(value) is None
