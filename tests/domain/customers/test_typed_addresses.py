"""Addresses as people type them into a field that is for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticket24.domain.customers.mailboxes import fold, plausible, writable
from ticket24.domain.customers.typed_addresses import addresses_in

A, B = "anna@example.com", "bob@example.org"


@pytest.mark.parametrize(
    "typed",
    [
        f"{A}; {B}",
        f"{A}, {B}",
        f"{A},{B},",
        f"{A} {B}",
        f"{A} / {B}",
        f"{A}/{B}",
        f"{A}|{B}",
        f"{A} und {B}",
        f"{A}\r\n{B}",
        f"{A}\u3001{B}",
        f"{A}\uff1b {B}",
        f"Anna <{A}>, Bob <{B}>",
        f'"Smith, Anna (c@example.net)" <{A}>; Bob <{B}>',
        f"{A}, Bob <{B}>",
        f"work: {A}, home: {B}",
        f"mailto:{A},{B}",
        f"{A}\u200b;\ufeff{B}",
        f"{A}\u2192{B}",
        f"{A} \u2022 {B}",
        f"{A}\uff5c{B}",
        f"{A}\uff0f{B}",
        f"//{A}//{B}//",
        f"&lt;{A}&gt;&#44;{B}",
    ],
)
def test_two_in_one_field_are_two(typed):
    """However they are parted, in their order."""
    assert (A, B) == addresses_in(typed)


@pytest.mark.parametrize(
    "typed",
    [
        A,
        f" {A}\t",
        f"{A}.",
        f"{A};",
        f"{A}!",
        f"<{A}>",
        f"'{A}'",
        f'"{A}"',
        f"\u201e{A}\u201c",
        f"({A})",
        f"[{A}]",
        f"mailto:{A}",
        f"MailTo: {A}",
        "mailto:anna%40example.com?subject=Hello%2C%20you",
        f"mailto:{A}?cc=",
        f"Anna Smith <{A}>",
        f"Anna Smith<{A}>",
        f"Smith, Anna <{A}>",
        f'"x@y.example" <{A}>',
        f"x@y.example <{A}>",
        f"Anna {A}",
        f"{A} (private)",
        f"{A} - only in the morning",
        f"E-Mail:{A}",
        f"e-mail = {A}",
        f'<a href="mailto:{A}">{A}</a>',
        f"[{A}](mailto:{A})",
        f"{A}, {A.upper()}",
        "anna@exam\u200bple.com",
        "anna\ufeff@example.com",
        "anna\uff20example.com",
        "\u202aanna@example.com\u202c",
        f"mailto://{A}",
        f"http://{A}/",
        f"\uff1c{A}\uff1e",
        f"\u3010{A}\u3011",
        f"\u2022{A}",
        f"\u2192 {A}",
        f"\u201c{A}",
        f"\uff08\u4ed5\u4e8b\uff09\uff1a{A}",
        "\uff41\uff4e\uff4e\uff41\uff20\uff45xample\uff0ecom",
        "anna&#64;example.com",
        f"&quot;{A}&quot;",
    ],
)
def test_what_surrounds_an_address_is_taken_away(typed):
    """Names, brackets, labels, links, and what nobody sees."""
    assert (A,) == addresses_in(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "o'brien@example.com",
        "o\u2019brien@example.com",
        "a/b@example.com",
        "a|b@example.com",
        "anna+tag=1@example.com",
        "m\u00fcller@stra\u00dfe.example",
        "anna@intranet",
        "anna@xn--mller-kva.example",
    ],
)
def test_an_address_stays_as_it_is(typed):
    """What is one already is not taken apart."""
    assert (typed,) == addresses_in(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "call him",
        "anna",
        "anna@",
        "@example.com",
        "anna@@example.com",
        "anna@example.com@example.com",
        "anna at example.com",
        "anna @ example.com",
        "anna@example,com",
        "anna@example, de",
        "anna@mail,example",
        "anna@mail,example.com",
        "anna@mail;technology",
        "o&#8217;brien@example.com, o&rsquo;brien@example.net",
        "anna@exa mple_\u00a0?",
        "@" * 3_000,
        "a@" * 1_500,
    ],
)
def test_nothing_is_guessed(typed):
    """Rather nobody is written to than somebody else."""
    found = [one for one in addresses_in(typed) if "." in one]

    assert None is writable(found)


def test_an_apostrophe_that_was_written_as_a_code_parts_nothing():
    """The part after it would be the address of another person."""
    assert ("o'brien@example.com",) == addresses_in("o&#039;brien@example.com")


@pytest.mark.parametrize("end", ["example", "technology", "co.uk", "\u0440\u0444"])
def test_a_comma_for_a_dot_leads_nowhere(end):
    """The part before it is another host, perhaps of another company."""
    assert () == addresses_in(f"anna@mail,{end}")


@given(st.lists(st.sampled_from([A, B, "<", ">", ",", ";", "mailto:", "@", " ", "."])))
def test_whatever_is_found_is_an_address_once(words):
    """In any heap of pieces."""
    found = addresses_in("".join(words))

    assert all(map(plausible, found))
    assert len(found) == len({fold(one) for one in found})


@pytest.mark.parametrize(
    ("emails", "expected"),
    [
        ((), None),
        (("m\u00fcller@example.com",), None),
        (("m\u00fcller@example.com", A), A),
        (("anna@example", A), A),
        (("anna@intranet",), "anna@intranet"),
        ((A, B), A),
    ],
)
def test_the_first_that_can_be_written_to_is_written_to(emails, expected):
    """An address whose domain is incomplete is used only if there is no other."""
    assert expected == writable(emails)


def test_what_is_for_newsletters_alone_is_not_written_to():
    """Rather nobody than a list of readers."""
    assert B == writable((A, B), never=(A.upper(),))
    assert None is writable((A,), never=(A,))
