"""The field that contains passwords: found by any label, made if it is missing."""

import asyncio

import pytest
from callers import caller

from bitrix24_sandbox.account import people
from ticket24.bitrix.rest.errors import AccessDenied, Permanent
from ticket24.flows.settings.password_fields import LABELS, OURS, candidates, ensure


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def bitrix(desk):
    desk.world.userfields.clear()
    return caller(desk)


def add(desk, name, label="", language="en", **fields):
    labels = {language: label} if label else {}
    return people.add_userfield(desk.world, 1, name, labels=labels, **fields)


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("en", "Ticket24 password"),
        ("de", "Ticket24-Passwort"),
        ("de", "ticket24 passwort"),
        ("br", "senha do Ticket24"),
        ("pt", "SENHA DO TICKET24"),
        ("fr", "Ticket24\u00a0Password"),
    ],
)
async def test_the_original_products_field_comes_first(desk, bitrix, language, label):
    """Whatever it is called inside, and in whichever language it got its label."""
    add(desk, "UF_CRM_1500000001", "Favourite colour")
    add(desk, "UF_CRM_1500000002", label, language)
    await ensure(bitrix, OURS)

    found = await candidates(bitrix)

    expected = ["UF_CRM_1500000002", OURS, "UF_CRM_1500000001"]
    assert expected == [field.name for field in found]
    assert [True, False, False] == [field.original for field in found]
    assert [False, True, False] == [field.ours for field in found]
    assert " ".join(label.split()) == found[0].label


async def test_labels_are_shown_in_the_viewers_language(desk, bitrix):
    """Or in English, or in any, or as the field's name."""
    field = add(desk, "UF_CRM_1", "Colour")
    field.labels["de"] = "Farbe"
    add(desk, "UF_CRM_2", "Couleur", "fr")
    add(desk, "UF_CRM_3")

    german = [field.label for field in await candidates(bitrix, "de")]
    english = [field.label for field in await candidates(bitrix)]

    assert ["Couleur", "Farbe", "UF_CRM_3"] == german
    assert ["Colour", "Couleur", "UF_CRM_3"] == english


async def test_only_fields_for_one_line_of_text_are_offered(desk, bitrix):
    """No numbers, no lists of texts."""
    add(desk, "UF_CRM_1", "Ticket24 password", kind="integer")
    add(desk, "UF_CRM_2", "Ticket24 password", multiple=True)

    assert [] == await candidates(bitrix)


async def test_more_fields_than_a_page_are_all_looked_at(desk, bitrix):
    """The label of the hundred-and-twentieth counts as well."""
    for number in range(119):
        add(desk, f"UF_CRM_{number}", f"Field {number}")
    add(desk, "UF_CRM_119", "Ticket24-Passwort", "de")

    found = await candidates(bitrix)

    assert 120 == len(found)
    assert ("UF_CRM_119", True) == (found[0].name, found[0].original)


async def test_without_fields_there_is_nothing_to_pick(bitrix):
    """A new account has none."""
    assert [] == await candidates(bitrix)


async def test_a_missing_field_is_made_with_a_label_for_everybody(desk, bitrix):
    """In German, Portuguese and English, and English for all others."""
    assert OURS == await ensure(bitrix, OURS)

    (made,) = desk.world.userfields.values()
    assert (OURS, "string") == (made.name, made.kind)
    assert "Ticket24-Passwort" == made.labels["de"]
    assert "Senha do Ticket24" == made.labels["br"] == made.labels["pt"]
    assert "Ticket24 password" == made.labels["en"] == made.labels["fr"]
    assert set(LABELS) == set(made.labels)


async def test_what_is_there_is_not_made_again(desk, bitrix):
    """Neither our field nor another that the company chose is made again."""
    add(desk, "UF_CRM_1500000001", "Colour")

    assert "UF_CRM_1500000001" == await ensure(bitrix, "UF_CRM_1500000001")
    assert 1 == len(desk.world.userfields)
    assert OURS == await ensure(bitrix, OURS)
    assert OURS == await ensure(bitrix, OURS)
    assert OURS == await ensure(bitrix, "UF_CRM_DELETED")
    assert 2 == len(desk.world.userfields)


async def test_a_renamed_label_changes_nothing(desk, bitrix):
    """Ours is known by its name, and by what we noted on it."""
    await ensure(bitrix, OURS)
    (made,) = desk.world.userfields.values()
    made.labels = {"en": "Portal key"}

    assert OURS == await ensure(bitrix, OURS)
    assert [(OURS, True, "Portal key")] == [
        (field.name, field.ours, field.label) for field in await candidates(bitrix)
    ]


async def test_two_at_once_make_one_field(desk, bitrix):
    """The second one uses the field that is already there."""
    names = await asyncio.gather(*(ensure(bitrix, OURS) for _ in range(4)))

    assert [OURS] * 4 == names
    assert 1 == len(desk.world.userfields)


async def test_a_field_of_our_name_that_holds_no_text_is_told(desk, bitrix):
    """It can neither be used nor made."""
    add(desk, OURS, kind="integer")

    with pytest.raises(Permanent, match="already exists"):
        await ensure(bitrix, OURS)


async def test_only_administrators_of_the_crm_may(desk, bitrix):
    """Others are refused, and the refusal is told as one."""
    with pytest.raises(AccessDenied):
        await candidates(caller(desk, 3))
    with pytest.raises(AccessDenied):
        await ensure(caller(desk, 3), OURS)
