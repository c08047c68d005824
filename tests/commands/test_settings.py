"""`settings`: out as TOML, in as TOML, with the tickets that come and go."""

from pathlib import Path

import pytest
from desk import until

from ticket24.bitrix.rest.errors import BitrixError
from ticket24.cli import connect as connecting
from ticket24.cli import settings as settling
from ticket24.cli.surroundings import Failure
from ticket24.flows.accounts.connect import Unfit
from ticket24.flows.settings.password_fields import NoField

ONE = "company_name = 'Jürgens Büro'\n[[departments]]\ngroup_id = {}\n"
TWO = ONE + "[[departments]]\ngroup_id = {}\nname = 'Verkäufe'\n"


@pytest.fixture
def desk(shared_desk, tmp_path):
    shared_desk.folder = tmp_path
    return shared_desk


async def import_(desk, toml):
    file = desk.folder / "new.toml"
    file.write_text(toml, encoding="utf-8")
    await settling.import_(desk.settings, "acme", file, desk.pace)
    return await desk.stores.accounts.by_slug("acme")


async def count(desk, account):
    return await desk.stores.tickets.count(account.id)


async def test_an_export_is_imported_as_it_was(desk, said):
    """Printed or written to a file, it is the same, and changes nothing."""
    await desk.connect(extra="language = 'de'\naccent = '#0b6e4f'\n")
    before = await desk.stores.accounts.by_slug("acme")
    file = desk.folder / "exported.toml"
    said()
    await settling.export(desk.settings, "acme", None)
    printed = said()
    await settling.export(desk.settings, "acme", Path("-"))

    assert printed == said()

    await settling.export(desk.settings, "acme", file)
    assert printed == file.read_text(encoding="utf-8").splitlines()

    await settling.import_(desk.settings, "acme", file, desk.pace)
    assert before == await desk.stores.accounts.by_slug("acme")


@pytest.mark.parametrize(
    "toml",
    ["company_name = 'New'\nlanguage = 'fr'", "company_name = 'New'\nx = 1", "["],
)
async def test_one_wrong_line_changes_nothing(desk, toml):
    """The good lines before it are not taken over either."""
    before = await desk.connect()
    with pytest.raises(Failure):
        await import_(desk, toml)

    assert before == await desk.stores.accounts.by_slug("acme")


async def test_a_workgroup_that_is_not_there_changes_nothing(desk):
    """Its number is asked for before anything is saved."""
    before = await desk.connect()
    with pytest.raises(Unfit, match="Workgroup 99: This workgroup was deleted"):
        await import_(desk, ONE.format(99))

    assert before == await desk.stores.accounts.by_slug("acme")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("stages = {{ completed = 124 }}", "departments #1.stages.completed: Choose a"),
        ("responsible_id = 999", "departments #1.responsible_id: Choose a person"),
        (
            "[[departments.states]]\nstage = 999\nwords.en = 'Ready'",
            "departments #1.states #1: Choose a stage",
        ),
    ],
)
async def test_who_or_what_is_not_there_is_told_with_its_line(desk, line, key):
    """Stages and people are asked for; one clear sentence, and nothing is saved."""
    before = await desk.connect()
    with pytest.raises(Failure, match=f"new.toml, line 4: {key}"):
        await import_(desk, ONE.format(desk.groups[0]) + line.format())

    assert before == await desk.stores.accounts.by_slug("acme")


async def test_a_field_of_passwords_that_is_not_there_changes_nothing(desk):
    """With it nobody could sign in; the settings page refuses it too."""
    before = await desk.connect()
    with pytest.raises(NoField, match="contacts have no field UF_CRM_NOWHERE"):
        await import_(desk, "password_field = 'UF_CRM_NOWHERE'")

    assert before == await desk.stores.accounts.by_slug("acme")


async def test_new_workgroups_need_bitrix24_and_other_lines_do_not(desk):
    """While Bitrix24 is away the company can be renamed, but cannot grow."""
    support, sales = desk.groups
    await desk.connect()
    await import_(desk, ONE.format(support))
    desk.world.faults.rest = "refuse"

    with pytest.raises(BitrixError, match="batch: "):
        await import_(desk, TWO.format(support, sales))
    account = await import_(desk, "company_name = 'Neu'\n" + ONE.format(support)[29:])

    assert "Neu" == account.settings.company_name
    assert {support} == account.settings.group_ids


async def test_tickets_of_removed_workgroups_go(desk, said):
    """They are due at once, and gone after the next look; nobody gets mail."""
    support, _ = desk.groups
    account = await desk.connect()
    await import_(desk, ONE.format(support))

    assert "11 tickets of other workgroups go with the next look." == said()[-1]

    async with desk.worker():
        await desk.quiet(account)

    assert 19 == await count(desk, account)
    assert [] == desk.mailbox.mails


async def test_tickets_of_new_workgroups_come_without_a_mail(desk):
    """What was said in them before is history, what comes is news."""
    support, sales = desk.groups
    await desk.connect()
    await import_(desk, ONE.format(support))
    await connecting.sync(desk.settings, "acme", full=True, pace=desk.pace)
    desk.world.skew_seconds = 5
    desk.comment(desk.ticket("forum"), "Said while it was none of ours.")
    desk.world.skew_seconds = 10
    account = await import_(desk, TWO.format(support, sales))

    assert 30 == await count(desk, account)
    departments = account.settings.departments
    assert "Verkäufe" == departments[-1].name
    assert desk.world.workgroups[support].name == departments[0].name

    desk.world.skew_seconds = 15
    async with desk.worker():
        await desk.quiet(account)
        assert [] == desk.mailbox.mails

        desk.comment(desk.ticket("forum"), "Said to us.")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    (text,) = desk.mailbox.texts()
    assert "Said to us." in text
    assert "none of ours" not in text


async def test_an_account_without_departments_gets_them_later(desk, said):
    """Connected bare, it has no tickets; the first departments bring them."""
    support, sales = desk.groups
    await connecting.connect(
        *(desk.settings, "acme", desk.webhook_url, ["token"], None, desk.pace)
    )

    assert any("It has no departments yet" in line for line in said())

    account = await import_(desk, TWO.format(support, sales))

    assert 30 == await count(desk, account)
    assert [] == desk.mailbox.mails
