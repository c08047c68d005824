"""Logos on the settings page, rows without scripts, and others who save."""

import re
from dataclasses import replace
from io import BytesIO

from PIL import Image
from settings_page import KEPT, SAVE, keep, logo_of, picture, saved, seen


async def test_a_logo_is_scaled_shown_and_removed(app_desk, account, frame):
    """A chosen file becomes the portal's logo; a ticked box removes it."""
    await frame.submit(SAVE, "Save", files=[("logo", "x.png", picture((1000, 100)))])

    assert 200 == frame.status
    assert (444, 44) == (await logo_of(app_desk, account)).size
    assert re.search(r'src="/p/[^"]+/logo/[0-9a-f]{16}"', frame.page)
    assert (await saved(app_desk, account))["logo"].endswith(".png")

    await frame.submit(SAVE, "Save", no_logo="on")

    assert "" == (await saved(app_desk, account))["logo"]
    assert await logo_of(app_desk, account) is None


async def test_dark_pages_have_a_logo_of_their_own(app_desk, account, frame):
    """It is scaled, shown, kept over a fault of the form and removed like the other."""
    logos = app_desk.stores.dark_logos
    files = [("dark_logo", "x.png", picture((1000, 100)))]
    await frame.submit(SAVE, "Save", files=files, company_name="")
    assert 422 == frame.status
    await frame.submit(SAVE, "Save", company_name="Acme")

    kept = await logos.get(account.id)
    assert (444, 44) == Image.open(BytesIO(kept.content)).size
    assert f"/logo/{kept.digest}/dark" in frame.page
    assert (
        f"dark-logo-{kept.digest[:8]}.png"
        == (await saved(app_desk, account))["dark_logo"]
    )
    assert await logo_of(app_desk, account) is None

    await frame.submit(SAVE, "Save", files=[("dark_logo", "x.svg", b"<svg/>")])
    assert 422 == frame.status
    assert ["dark_logo"] == [field for field, _ in frame.errors]
    assert kept == await logos.get(account.id)

    await frame.submit(SAVE, "Save", no_dark_logo="on")

    assert "dark_logo" not in await saved(app_desk, account)
    assert await logos.get(account.id) is None


NO_LOGOS = (
    (b"", "is empty"),
    (b"no picture at all", "isn’t a PNG, JPEG, GIF or WebP"),
    (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "PNG, JPEG, GIF or WebP|damaged"),
    (b"\xff\xd8\xff" + b"x" * (6 * 2**20), "larger than 5 MB"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "isn’t a PNG, JPEG, GIF or WebP"),
)


async def test_what_is_no_logo_is_a_fault_of_its_field_alone(app_desk, account, frame):
    """A broken or oversized file is told at its field, and nothing is saved."""
    before, opened = await saved(app_desk, account), frame.page
    for content, fault in NO_LOGOS:
        frame.page = opened
        files = [("logo", "x.png", content)]
        await frame.submit(SAVE, "Save", files=files, company_name="Kept")

        assert 422 == frame.status, fault
        ((field, said),) = frame.errors
        assert "logo" == field
        assert re.search(fault, said)
        assert "Kept" == frame.form(SAVE).value("company_name")
        assert before == await saved(app_desk, account), fault


async def test_a_logo_that_was_chosen_can_be_given_up(app_desk, account, frame):
    """The box that removes the logo also applies to one that waits to be saved."""
    await frame.submit(
        SAVE, "Save", files=[("logo", "x.png", picture())], company_name=""
    )

    await frame.submit(SAVE, "Save", company_name="Acme", no_logo="on")

    assert 200 == frame.status
    assert await logo_of(app_desk, account) is None


async def test_rows_change_without_scripts_and_nothing_is_saved(
    app_desk, account, frame
):
    """Buttons add, move and remove departments; what was typed elsewhere stays."""
    before = await saved(app_desk, account)
    names = ["departments.0.name", "departments.1.name", "departments.2.name"]

    await frame.submit(SAVE, "Add department", company_name="Half ty")
    added = [frame.form(SAVE).value(name) for name in names]
    await frame.submit(SAVE, "Move up Sales")
    moved = [n for n, _ in frame.form(SAVE).pairs if n in names]
    await frame.submit(SAVE, "Remove Support")
    left = [frame.form(SAVE).value(name) for name in names]

    assert ["Support", "Sales", ""] == added
    assert ["departments.1.name", "departments.0.name", "departments.2.name"] == moved
    assert [None, "Sales", ""] == left
    assert "Half ty" == frame.form(SAVE).value("company_name")
    assert before == await saved(app_desk, account)

    await frame.submit(SAVE, "Save")

    assert [12] == [
        one["group_id"] for one in (await saved(app_desk, account))["departments"]
    ]


async def test_two_who_save_at_once_are_told(app_desk, account, frame):
    """What others changed is named; the page shows both changes together."""
    theirs = replace(
        KEPT, company_name="Acme Care", departments=KEPT.departments[:1], language="pt"
    )
    await keep(app_desk, account, theirs)

    await frame.submit(SAVE, "Save", company_name="Acme Help", sector="Asia")

    said = seen(frame.page)
    assert 409 == frame.status
    assert "They changed: Company name, Language, Departments" in said
    assert "You both changed: Company name" in said
    assert "Acme Care" == (await saved(app_desk, account))["company_name"]

    await frame.submit(SAVE, "Save my version")
    now = await saved(app_desk, account)

    assert 200 == frame.status, seen(frame.page)
    assert ("Acme Help", "pt", ["Asia"], 1) == (
        now["company_name"],
        now["language"],
        now["tags"]["sector"],
        len(now["departments"]),
    )


async def test_a_form_saved_twice_is_no_conflict(app_desk, account, frame):
    """The second answer says that it is saved, not that others have done it."""
    before = frame.page
    await frame.submit(SAVE, "Save", company_name="Acme Help", sector="Asia")
    frame.page = before

    await frame.submit(SAVE, "Save", company_name="Acme Help", sector="Asia")

    assert 200 == frame.status, seen(frame.page)
    assert "Acme Help" == (await saved(app_desk, account))["company_name"]


async def test_theirs_can_be_taken(app_desk, account, frame):
    """The second person may give up what he or she typed."""
    await keep(app_desk, account, replace(KEPT, company_name="Acme Care"))
    await frame.submit(SAVE, "Save", company_name="Acme Help")

    await frame.submit(SAVE, "Use their version")

    assert "Acme Care" == frame.form(SAVE).value("company_name")
    assert "Acme Care" == (await saved(app_desk, account))["company_name"]


async def test_a_conflict_is_not_forgotten_over_faults(app_desk, account, frame):
    """A page with faults still knows which settings it was made of."""
    await frame.submit(SAVE, "Save", accent="greenish")
    await keep(app_desk, account, replace(KEPT, company_name="Acme Care"))

    await frame.submit(SAVE, "Save", accent="")

    assert 409 == frame.status
