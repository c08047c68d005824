"""The installer's page: whom the operator can ask, and then the settings."""

import pytest
import pytest_asyncio
from desk import CLIENT_ID, PERSON

from bitrix24_sandbox.apps import applications
from ticket24.domain.accounts.model import Person
from ticket24.domain.accounts.persons import WrongPerson, read

ADMIN = 1
PAGE = "/bitrix24/install"


@pytest_asyncio.fixture(loop_scope="module")
async def frame(app_desk):
    """The installer, as Bitrix24 opens it after "Install"."""
    applications.add(app_desk.world, ADMIN, CLIENT_ID)
    return await app_desk.frame()


async def the_account(desk):
    return await desk.stores.accounts.by_member(desk.world.member_id)


async def test_an_administrator_installs_without_javascript(app_desk):
    """The installer asks for a person, keeps what is typed, and makes an account."""
    account = await app_desk.install()

    assert Person(**PERSON) == account.person
    assert account.by_app
    assert ADMIN == account.user_id
    assert "/bitrix24/app" in app_desk.world.applications[CLIENT_ID].handler_url


async def test_the_form_knows_who_installs(app_desk, frame):
    """The administrator's name and e-mail are already filled in."""
    me = app_desk.world.users[ADMIN]
    form = frame.form("/install/person")

    assert f"{me.name} {me.last_name}" == form.value("name")
    assert me.email == form.value("email")


async def test_faults_keep_what_was_typed(app_desk, frame):
    """Each is said above the form and at its field; nothing is stored."""
    typed = {"name": " ", "phone": "call me <b>", "email": '"><script>'}
    await frame.submit("/install/person", **typed)

    assert 422 == frame.status
    assert [
        ("name", "Enter a name"),
        ("phone", "Enter a phone number like +49 30 1234567"),
        ("email", "Enter an email address like name@example.com"),
    ] == frame.errors
    form = frame.form("/install/person")
    assert ("call me <b>", '"><script>') == (form.value("phone"), form.value("email"))
    assert "<script>" not in frame.page.replace('<script type="module"', "")
    assert Person() == (await the_account(app_desk)).person


async def test_mended_faults_are_saved(app_desk, frame):
    """The same page continues where it was."""
    await frame.submit("/install/person", **PERSON | {"phone": ""})
    assert [("phone", "Enter a phone number")] == frame.errors
    await frame.submit("/install/person", phone="(030) 123-45 67")

    assert 200 == frame.status
    assert "(030) 123-45 67" == (await the_account(app_desk)).person.phone


async def test_then_come_the_settings(app_desk, frame):
    """If no script ends the installation, a button leads on."""
    await frame.submit("/install/person", **PERSON)
    assert "data-finish" in frame.page
    await frame.submit("/bitrix24/app")

    assert 200 == frame.status
    assert frame.form("/app/settings")


async def test_an_installed_application_opens_its_settings(app_desk):
    """A person who opens the installer later has nothing to fill in again."""
    await app_desk.install()
    frame = await app_desk.frame(PAGE)

    assert 200 == frame.status
    assert "data-finish" not in frame.page
    assert frame.form("/app/settings")


async def test_an_installer_that_was_left_is_taken_up(app_desk, frame):
    """Until the installation has ended the form is shown, with what was saved."""
    await frame.submit("/install/person", **PERSON)
    again = await app_desk.frame()

    assert PERSON["phone"] == again.form("/install/person").value("phone")


async def test_installing_again_changes_no_settings(app_desk, frame):
    """The account is the same however often the installer is opened."""
    first = await the_account(app_desk)
    await app_desk.frame()

    assert first == await the_account(app_desk)


async def test_an_application_without_pages_is_installed_by_a_post(app_desk):
    """ONAPPINSTALL from server to server is kept for a worker and answered at once."""
    form = {
        "event": "ONAPPINSTALL",
        "data[VERSION]": "1",
        "auth[access_token]": "a" * 70,
        "auth[refresh_token]": "r" * 70,
        "auth[domain]": "acme.bitrix24.com",
        "auth[member_id]": "m" * 32,
        "auth[application_token]": "t" * 32,
    }
    url = f"{app_desk.settings.public_url}{PAGE}"
    async with app_desk.http.post(url, data=form) as answer:
        assert (200, "") == (answer.status, await answer.text())
    async with app_desk.http.post(url, data=form | {"auth[member_id]": ""}) as answer:
        assert 400 == answer.status
    async with app_desk.http.post(url, data=form | {"event": "ONAPPUPDATE"}) as answer:
        assert 200 == answer.status

    installations = app_desk.stores.installations
    kept = await installations.claim()
    assert kept is not None
    assert "installer" not in str(kept)


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        (PERSON, {}),
        (PERSON | {"name": "x" * 100}, {}),
        (PERSON | {"name": "x" * 101}, {"name": WrongPerson.LONG_NAME}),
        (PERSON | {"phone": "+49 30 1234567 ext. 12"}, {}),
        (PERSON | {"phone": "12"}, {"phone": WrongPerson.BAD_PHONE}),
        (PERSON | {"phone": "0" * 41}, {"phone": WrongPerson.BAD_PHONE}),
        (PERSON | {"phone": "٠١٢٣٤٥"}, {"phone": WrongPerson.BAD_PHONE}),
        (PERSON | {"email": "ida@localhost"}, {"email": WrongPerson.BAD_EMAIL}),
        (
            PERSON | {"email": "ida@example.com\r\nBcc: x"},
            {"email": WrongPerson.BAD_EMAIL},
        ),
        (
            {},
            {
                "name": WrongPerson.NO_NAME,
                "phone": WrongPerson.NO_PHONE,
                "email": WrongPerson.NO_EMAIL,
            },
        ),
    ],
)
def test_a_person_can_be_asked(typed, faults):
    """A name, a number to dial and an address to write to."""
    assert faults == read(typed)[1]


def test_what_is_typed_becomes_lines():
    """Line breaks, and what turns a line around, are taken out."""
    person, _ = read(PERSON | {"name": " Ada\n\u202eLovelace "})

    assert "Ada Lovelace" == person.name
