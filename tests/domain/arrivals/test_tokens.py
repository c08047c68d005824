"""The addresses that answers go to."""

import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticket24.domain.arrivals.tokens import LENGTH, ReplyAddresses
from ticket24.domain.tickets.model import TicketRef

REF = TicketRef("acme-12ab34cd", 51)
MARIA = "Maria@Example.com"


def keyed(*secrets):
    return lambda text: [
        hmac.digest(one.encode(), text.encode(), "sha256").hex() for one in secrets
    ]


PLUS = ReplyAddresses("support+{token}@example.com", keyed("new", "old"))
ANY = ReplyAddresses("{token}@Tickets.example.com", keyed("new"))


@pytest.mark.parametrize("addresses", [PLUS, ANY])
def test_an_address_says_which_ticket_and_whose_mail_it_is(addresses):
    """In any case of letters, and for one spelling of the recipient or another."""
    address = addresses.of(REF, MARIA)

    for spelled in (address, address.upper(), f" {address} "):
        token = addresses.token_in(spelled)
        assert 51 == token.task_id
        assert addresses.is_signed(token, REF.account)
        assert token.is_for("maria@example.com")
        assert not token.is_for("mario@example.com")
    assert len(address.rpartition("@")[0]) <= 64


def test_each_account_ticket_and_recipient_has_an_address_of_its_own():
    """Nobody's token is good for anything else, or in another account."""
    addresses = {
        ANY.of(ref, who)
        for ref in (REF, TicketRef(REF.account, 52), TicketRef("other", 51))
        for who in (MARIA, "jo@example.com")
    }
    token = ANY.token_in(ANY.of(REF, MARIA))

    assert 6 == len(addresses)
    assert not ANY.is_signed(token, "other")


@given(place=st.integers(0, LENGTH - 1), letter=st.sampled_from("abcxyz234567"))
def test_a_changed_token_is_not_signed(place, letter):
    """Whatever letter somebody changes."""
    address = ANY.of(REF, MARIA)
    changed = address[:place] + letter + address[place + 1 :]

    token = ANY.token_in(changed)

    assert (changed == address) == (token and ANY.is_signed(token, REF.account))


def test_a_token_outlives_a_new_secret_key():
    """What an older key signed is still good, and what is new is signed anew."""
    old = ReplyAddresses("support+{token}@example.com", keyed("old"))

    assert PLUS.is_signed(PLUS.token_in(old.of(REF, MARIA)), REF.account)
    assert not old.is_signed(old.token_in(PLUS.of(REF, MARIA)), REF.account)


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("support+x@example.com", True),
        ("SUPPORT+x@EXAMPLE.COM", True),
        ("support@example.com", False),
        ("support+@example.com", False),
        ("support+x@example.com.evil.example", False),
        ("support+x@example.com@evil.example", False),
        ("support+x@sub.example.com", False),
        ("a" * 100_000, False),
    ],
)
def test_only_our_own_addresses_fit(address, fits):
    """What does not fit is refused, so nobody can relay mail through us."""
    assert fits == PLUS.fits(address)
    assert PLUS.token_in(address) is None


def test_without_a_pattern_no_address_is_ours():
    """Mails say that answers are not read."""
    assert not ReplyAddresses("", keyed("new"))
    assert not ReplyAddresses("", keyed("new")).fits("a@example.com")


def test_a_mail_comes_back_to_an_address_that_ends():
    """It is good for two to four weeks, for nothing else, and as long as the other."""
    at = datetime(2026, 11, 30, tzinfo=UTC)
    address = PLUS.for_returns(REF, MARIA, at)
    token = PLUS.token_in(address.upper())
    days = range(-30, 60)

    assert len(PLUS.of(REF, MARIA)) == len(address)
    assert token.is_for(MARIA)
    assert 51 == token.task_id
    assert not PLUS.is_signed(token, REF.account)
    assert not PLUS.is_for_returns(token, "other", at)
    answers = PLUS.token_in(PLUS.of(REF, MARIA))
    assert not PLUS.is_for_returns(answers, REF.account, at)
    good = [
        day
        for day in days
        if PLUS.is_for_returns(token, REF.account, at + timedelta(days=day))
    ]
    assert 28 == len(good)
    assert 14 <= max(good) < 28
