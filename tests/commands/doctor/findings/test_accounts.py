"""What the doctor finds wrong with an account, and with our address."""

from pydantic import SecretStr

from bitrix24_sandbox.sample import WEBHOOK
from ticket24.cli import accounts as listing


async def test_a_revoked_webhook(desk, examine):
    """The account says what a person can do about it."""
    await desk.connect()
    desk.world.webhooks.clear()
    well, lines = await examine()

    assert not well
    assert "make a new inbound webhook" in lines["account acme"]


async def test_a_scope_that_was_taken_away(desk, examine):
    """The permission is named."""
    await desk.connect()
    (hook,) = [one for one in desk.world.webhooks if one.code == WEBHOOK.code]
    hook.scopes.remove("im")
    well, lines = await examine()

    assert not well
    assert "the webhook lacks permissions: tick im in Bitrix24" == lines["account acme"]


async def test_a_workgroup_that_is_gone(desk, examine):
    """Its number is named."""
    await desk.connect()
    support, _ = desk.groups
    del desk.world.workgroups[support]
    well, lines = await examine()

    assert not well
    assert f"Workgroup {support}: This workgroup was deleted" in lines["account acme"]


async def test_no_departments(desk, examine):
    """The command that adds them is named."""
    account = await desk.connect()
    none = account.with_settings(type(account.settings)(), account.connected_at)
    await desk.stores.accounts.update(account.id, lambda _: none)
    well, lines = await examine()

    assert not well
    assert (
        "has no departments: `ticket24 settings acme --import FILE`"
        == lines["account acme"]
    )


async def test_bitrix24_away(desk, examine):
    """The account's line says so, and the other lines do not change."""
    await desk.connect()
    desk.world.faults.rest = "502"
    well, lines = await examine()

    assert not well
    assert "HTTP 502" in lines["account acme"]
    assert "ok" == lines["failures of acme"]


async def test_another_secret_key(desk, examine):
    """What was sealed with the old key cannot be read; which setting is named."""
    await desk.connect()
    well, lines = await examine(secret_key=SecretStr("x" * 32))

    assert not well
    assert "TICKET24_SECRET_KEY is not the key" in lines["account acme"]


async def test_a_public_address_that_only_we_can_reach(desk, examine):
    """With real accounts the default is wrong: no event would ever come."""
    await desk.connect()
    bitrix24 = desk.settings.bitrix24.model_copy(update={"allow_loopback": False})
    well, lines = await examine(bitrix24=bitrix24)

    assert not well
    assert lines["configuration"].startswith("TICKET24_PUBLIC_URL is http://127.0.0.1")
    assert "begins with https://" in lines["account acme"]


async def test_no_mail_server_named(examine):
    """The setting is named, with an example."""
    well, lines = await examine(smtp_url=SecretStr(""))

    assert not well
    assert lines["smtp"].startswith("TICKET24_SMTP_URL is required to send mail; for")


async def test_a_relay_that_refuses_workers(desk, examine, said):
    """The line quotes what workers were told, whatever the server says now."""
    await desk.connect()
    await desk.stores.relay.hold("554 5.7.1 Relay access denied")
    well, lines = await examine()
    await listing.show_all(desk.settings)
    (listed,) = said()

    assert not well
    assert "UTC: 554 5.7.1 Relay access denied (all mail waits" in lines["relay"]
    assert listed.endswith(
        "mail waits: the server refuses us: 554 5.7.1 Relay access denied"
    )
