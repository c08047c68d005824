"""The commands know accounts with the application as they know webhooks."""

import pytest
import pytest_asyncio
from desk import CLIENT_ID, until
from installations import application, choose, handled, imported
from pydantic import SecretStr

from bitrix24_sandbox.apps import applications
from ticket24.cli import accounts as listing
from ticket24.cli import connect as connecting


@pytest.fixture
def desk(shared_app_desk):
    return shared_app_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    """An installed account with its departments; nothing is on its way."""
    return await desk.prepared("settled", lambda: settled(desk))


async def settled(desk):
    account = await choose(desk, await desk.install())
    async with desk.worker():
        await handled(desk)
        account = await imported(desk, account)
        await desk.quiet(account)
        desk.world.skew_seconds = 5
        desk.comment(desk.ticket(), "An event.")
        await until(lambda: desk.mailbox.mails)
    return account


async def test_the_list_tells_both_kinds(desk, account, said, monkeypatch):
    """One line each, with how it is reached."""
    neighbour = await desk.neighbour()
    said()
    monkeypatch.setattr(desk, "world", neighbour)
    await desk.connect(events=False)
    said()
    await listing.show_all(desk.settings)

    assert [
        "acme  webhook  30 tickets  ok",
        "helpdesk  app  30 tickets  ok",
    ] == said()


async def test_an_account_is_shown_without_its_secrets(desk, account, said):
    """It shows whom to ask and whose tokens we have, but none of the tokens."""
    said()
    await listing.show(desk.settings, account.slug)
    text = "\n".join(said())

    for words in (
        "reached by     the application",
        f"address        {desk.world.address}",
        "contact person Ida Installer +49 30 1234567 ida@example.com",
        "administrators 1",
        "imported       yes",
    ):
        assert words in text
    pair = await desk.stores.pairs.get(account.id, 1)
    assert pair.access_token not in text
    assert application(desk).application_token not in text


async def test_all_is_well(desk, account, examine):
    """A line for everything, each ok."""
    async with desk.worker():
        well, lines = await examine()

    assert {} == {what: said for what, said in lines.items() if said != "ok"}
    assert well
    assert {
        "account helpdesk",
        "administrators of helpdesk (users 1; we work as 1)",
        "bindings of helpdesk",
        "failures of helpdesk",
    } <= set(lines)


async def test_lost_bindings(desk, account, examine):
    """What is not bound is named, with the person who can put it right."""
    app = application(desk)
    app.bindings = [b for b in app.bindings if b.event != "ONTASKADD"]
    app.placements = [p for p in app.placements if "CONTACT" in p.placement]
    well, lines = await examine()

    assert not well
    said = lines["bindings of helpdesk"]
    assert said.startswith("CRM_COMPANY_DETAIL_TAB, ONTASKADD are not bound to")
    assert "open ticket24 in Bitrix24" in lines["bindings of helpdesk"]


async def test_an_installation_that_was_not_finished(desk, examine):
    """Bitrix24 sends nothing until its form was completed."""
    account = await desk.install(finish=False)
    await choose(desk, account)
    well, lines = await examine()

    assert not well
    assert "its installation was not finished" in lines["bindings of helpdesk"]


async def test_nobodys_tokens_are_left(desk, account, examine):
    """An administrator has to come by once."""
    pair = await desk.stores.pairs.get(account.id, 1)
    await desk.stores.pairs.drop(account.id, 1, pair.access_token)
    well, lines = await examine()

    assert not well
    assert "open ticket24 in Bitrix24 once" in lines["administrators of helpdesk"]
    assert "open ticket24 in Bitrix24 once" in lines["account helpdesk"]


async def test_another_secret_key_is_told_by_both(desk, account, examine, said):
    """Neither the doctor nor the list breaks off, and both name the setting."""
    desk.settings = desk.settings.model_copy(update={"secret_key": SecretStr("x" * 32)})
    well, lines = await examine()
    await listing.show_all(desk.settings)

    assert not well
    assert "TICKET24_SECRET_KEY is not the key" in lines["account helpdesk"]
    assert "failures of helpdesk" in lines
    assert "30 tickets  TICKET24_SECRET_KEY is not the key" in said()[0]


async def test_a_missing_permission(desk, account, examine):
    """The permission that the application lacks is named."""
    application(desk).scopes.remove("disk")
    applications.expire(desk.world, CLIENT_ID)
    _, lines = await examine()

    assert "the application lacks permissions: tick disk" in lines["account helpdesk"]


async def test_sync_reconciles_an_account_with_the_application(desk, account, said):
    """Everything, by its own tokens."""
    said()
    await connecting.sync(desk.settings, account.slug, full=True, pace=desk.pace)

    assert "helpdesk has 30 tickets, all up to date." in said()


async def test_disconnecting_forgets_all(desk, account, said):
    """Nothing is kept, and the operator hears what else to delete."""
    said()
    await listing.disconnect(desk.settings, account.slug, desk.pace)
    redis = desk.stores.redis

    assert "Delete the application in Bitrix24 as well." in said()[0]
    kept = [k async for k in redis.scan_iter(f"t24:{{{account.id}}}*")]
    assert [] == [key for key in kept if -1 == await redis.ttl(key)]
