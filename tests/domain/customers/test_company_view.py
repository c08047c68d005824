"""Who sees the tickets of a company's other contacts."""

import pytest

from ticket24.domain.customers.company_view import (
    AWAY_SECONDS,
    FRESH_SECONDS,
    CompanyPeople,
    CompanyRole,
    KnownCompanies,
    Membership,
    role_of,
    sight,
)
from ticket24.domain.settings.sharing import CompanyView

NOW = 1_000_000.0
VIEW = CompanyView("own", "UF_CRM_ROLE", ("Team",), ("Chefin",))


@pytest.mark.parametrize(
    ("values", "by_hand", "expected"),
    [
        ((), None, CompanyRole.OWN),
        (("team",), None, CompanyRole.COLLEAGUE),
        (("CHEFIN",), None, CompanyRole.MANAGER),
        (("manager",), None, CompanyRole.MANAGER),
        (("Team", "Chefin"), None, CompanyRole.MANAGER),
        (("Chefin",), CompanyRole.OWN, CompanyRole.OWN),
        ((), CompanyRole.MANAGER, CompanyRole.MANAGER),
        (("gardener",), None, CompanyRole.OWN),
    ],
)
def test_a_role_is_what_staff_chose_else_what_the_field_says(values, by_hand, expected):
    """A word without a meaning says nothing: then the default counts."""
    assert expected is role_of(VIEW, values, by_hand)
    if not by_hand and expected is CompanyRole.OWN:
        view = CompanyView("colleague", VIEW.field)
        assert CompanyRole.COLLEAGUE is role_of(view, values)


def known(at=NOW, **more):
    """Anna (1) manages companies 7 and 8, and is linked to 9, which denies it."""
    return KnownCompanies(
        {
            1: Membership((7, 8, 9), ("manager",), at),
            2: Membership((7,), ("team",), at),
        },
        {
            7: CompanyPeople("Works", (1, 2, 3), at),
            8: CompanyPeople("Garage", (1, 3), at),
            9: CompanyPeople("Old", (4,), at),
        },
        **more,
    )


def test_both_sides_have_to_say_who_belongs():
    """A contact of several companies sees those of all; names are said by contact."""
    seen = sight([1], known(), VIEW, NOW)

    assert {2: CompanyRole.MANAGER, 3: CompanyRole.MANAGER} == seen.roles
    assert {2: ("Works",), 3: ("Garage", "Works")} == seen.companies
    assert (CompanyRole.MANAGER, False) == (seen.role, seen.unsure)


def test_people_who_share_an_address_see_what_any_of_them_does():
    """The higher role counts where both see it, and their own are no others."""
    seen = sight([1, 2], known(), VIEW, NOW)

    assert {3: CompanyRole.MANAGER} == seen.roles


@pytest.mark.parametrize(
    ("age", "away_at", "opens"),
    [
        (FRESH_SECONDS - 1, 0.0, True),
        (FRESH_SECONDS, 0.0, False),
        (AWAY_SECONDS - 1, NOW - 5, True),
        (AWAY_SECONDS, NOW - 5, False),
        (AWAY_SECONDS - 1, NOW - FRESH_SECONDS, False),
    ],
)
def test_what_is_old_opens_nothing(age, away_at, opens):
    """While Bitrix24 does not answer, its last word counts a little longer."""
    seen = sight([1], known(NOW - age, away_at=away_at), VIEW, NOW)

    assert (opens, not opens) == (bool(seen.roles), seen.unsure)


def test_off_and_unknown_see_nothing():
    """So does a company about which nobody has told."""
    assert not sight([1], known(), CompanyView(), NOW).roles
    assert sight([5], known(), VIEW, NOW).unsure
    lacking = KnownCompanies({1: Membership((7,), ("manager",), NOW)})
    assert not sight([1], lacking, VIEW, NOW).roles


def test_a_field_with_yes_and_no_says_a_role():
    """Bitrix24 tells it as 1 and 0; people write what they read there."""
    view = CompanyView("own", VIEW.field, ("Nein",), ("Ja",))

    assert CompanyRole.MANAGER is role_of(view, ("1",))
    assert CompanyRole.COLLEAGUE is role_of(view, ("0",))
    assert CompanyRole.OWN is role_of(CompanyView("own", VIEW.field), ("1",))
