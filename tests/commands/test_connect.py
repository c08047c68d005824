"""`connect` and `accounts disconnect`: all of an account, or nothing."""

import asyncio

import pytest
from desk import TOKEN, until

from bitrix24_sandbox import app as sandbox_app
from bitrix24_sandbox.account.records import Webhook
from bitrix24_sandbox.rest.obstacles import SERVER
from bitrix24_sandbox.sample import LIMITED_WEBHOOK, SCOPES
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.cli import accounts as listing
from ticket24.cli import connect as connecting
from ticket24.cli.surroundings import Failure
from ticket24.flows.accounts.connect import Unfit
from ticket24.pace import Pace
from ticket24.store import keys


def url_of(desk, hook, code=None):
    return f"{desk.world.address}/rest/{hook.user_id}/{code or hook.code}/"


async def left(desk):
    """Return what stays in Redis, except what goes by itself or is no account's."""
    redis = desk.stores.redis
    found = {
        key.decode() async for key in redis.scan_iter() if -1 == await redis.ttl(key)
    }
    return found - {keys.PRESENCE, keys.COUNTED}


async def attempt(desk, *, slug="acme", url=None, tokens=(TOKEN,), toml=None):
    file = None
    if toml is not None:
        file = desk.folder / "attempt.toml"
        file.write_text(toml)
    await connecting.connect(
        desk.settings, slug, url or desk.webhook_url, list(tokens), file, desk.pace
    )


@pytest.mark.parametrize("slug", ["", "Acme", "a b", "-acme", "ä", "a/b", "a" * 41])
async def test_a_bad_slug_is_refused(desk, slug):
    """A slug is part of addresses: small letters, digits and -."""
    with pytest.raises(Failure, match="--slug is a short name"):
        await attempt(desk, slug=slug)

    assert set() == await left(desk)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("acme", "begins with https://"),
        ("http://acme.bitrix24.com/rest/1/abc/", "begins with https://$"),
        ("https://acme.bitrix24.com/", "reads https://HOST/rest/USER/CODE/"),
        ("https://acme.bitrix24.com/rest/1/abc/profile", "reads https://HOST/rest/"),
        ("https://u:p@acme.bitrix24.com/rest/1/abc/", "before @"),
    ],
)
async def test_a_bad_address_is_refused(desk, url, fault):
    """The line says what is wrong, and never shows the code."""
    with pytest.raises(Failure, match=fault) as failure:
        await attempt(desk, url=url)

    assert failure.value.message.startswith("--webhook-url: ")
    assert "abc" not in failure.value.message
    assert set() == await left(desk)


async def test_an_empty_token_is_refused(desk):
    """One empty token among several is enough."""
    with pytest.raises(Failure, match="--application-token is empty"):
        await attempt(desk, tokens=[TOKEN, " "])

    assert set() == await left(desk)


async def test_a_wrong_code_is_refused(desk):
    """The line says what a person can do, and does not show the code."""
    with pytest.raises(BitrixError, match="make a new inbound webhook") as error:
        await attempt(desk, url=url_of(desk, LIMITED_WEBHOOK, "wrongcode"))

    assert "wrongcode" not in str(error.value)
    assert set() == await left(desk)


async def test_an_account_that_is_away_is_said_so(desk):
    """Nobody listens at the address."""
    with pytest.raises(BitrixError, match="cannot be reached"):
        await attempt(desk, url="http://127.0.0.1:1/rest/1/abc/")

    assert set() == await left(desk)


async def test_missing_scopes_are_all_named(desk):
    """One line names everything to tick."""
    with pytest.raises(Unfit) as unfit:
        await attempt(desk, url=url_of(desk, LIMITED_WEBHOOK))

    assert (
        "the webhook lacks permissions: tick im, crm, disk, sonet_group in Bitrix24"
        == str(unfit.value)
    )
    assert set() == await left(desk)


async def test_missing_rights_are_named_by_workgroup(desk):
    """The webhook's owner sees all tasks of every workgroup and may create some."""
    support, sales = desk.groups
    hook = Webhook(3, "staffwebhook0003", SCOPES)
    desk.world.webhooks.append(hook)
    desk.world.workgroups[support].members[3] = "K"
    desk.world.workgroups[support].members_view_all = False
    desk.world.workgroups[sales].members.pop(3, None)
    toml = f"departments = [{{group_id = {support}}}, {{group_id = {sales}}}]"

    with pytest.raises(Unfit) as unfit:
        await attempt(desk, url=url_of(desk, hook), toml=toml)

    assert (
        f"Workgroup {support}: the webhook's owner can’t see all tasks in this"
        " workgroup. Make the webhook's owner a moderator."
        f" Workgroup {sales}: This workgroup was deleted or is hidden from the"
        " webhook's owner. Choose another one, or make the webhook's owner a member."
        " Or use an administrator's webhook." == str(unfit.value)
    )
    assert set() == await left(desk)


async def test_a_moderator_may_connect(desk):
    """Rights in the workgroups are enough; nobody has to be an administrator."""
    support, _ = desk.groups
    hook = Webhook(3, "staffwebhook0003", SCOPES)
    desk.world.webhooks.append(hook)
    desk.world.workgroups[support].members[3] = "E"

    toml = f"departments = [{{group_id = {support}}}]"
    await attempt(desk, url=url_of(desk, hook), toml=toml)

    account = await desk.stores.accounts.by_slug("acme")
    assert 3 == account.user_id
    assert 19 == await desk.stores.tickets.count(account.id)


async def test_a_workgroup_that_is_not_there_is_named(desk):
    """Nothing is saved with a department in the air."""
    with pytest.raises(Unfit, match="Workgroup 99: This workgroup was deleted"):
        await attempt(desk, toml="departments = [{group_id = 99}]")

    assert set() == await left(desk)


async def test_a_taken_slug_leaves_the_account_as_it_is(desk):
    """The second of a name is refused, and nothing of the first is touched."""
    account = await desk.connect()
    before = await left(desk)
    with pytest.raises(Failure, match="an account named acme is connected already"):
        await attempt(desk, tokens=["another-token"])

    assert account == await desk.stores.accounts.by_slug("acme")
    assert before == await left(desk)


async def test_a_token_feeds_one_account(desk):
    """A second account with the same token would take the first one's events."""
    await desk.connect()
    before = await left(desk)
    with pytest.raises(Failure, match="belongs to an account that is connected"):
        await attempt(desk, slug="beta", tokens=["a-new-token", TOKEN])

    assert before == await left(desk)


async def test_several_outgoing_webhooks_feed_one_account(desk):
    """An event with any of the tokens is admitted."""
    await desk.connect(events=False)
    await listing.disconnect(desk.settings, "acme", desk.pace)
    support, _ = desk.groups
    toml = f"departments = [{{group_id = {support}}}]"
    await attempt(desk, tokens=["token-one", "token-two", "token-two "], toml=toml)
    for token in ("token-one", "token-two"):
        desk.world.add_outgoing(str(desk.web.make_url("/bitrix24/events")), token)
    account = await desk.stores.accounts.by_slug("acme")
    async with desk.worker():
        desk.comment(desk.ticket(), "Told by both.")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    assert 0 == desk.sandbox.app[sandbox_app.SENDER].failed
    assert 1 == len(desk.mailbox.mails)


async def test_departments_are_called_as_their_workgroups(desk):
    """A name of one's own stays."""
    support, sales = desk.groups
    toml = (
        f"departments = [{{group_id = {support}}},"
        f" {{group_id = {sales}, name = 'Verkäufe'}}]"
    )
    await attempt(desk, toml=toml)

    account = await desk.stores.accounts.by_slug("acme")
    names = [one.name for one in account.settings.departments]
    assert [desk.world.workgroups[support].name, "Verkäufe"] == names


async def test_a_failed_listing_leaves_nothing(desk, monkeypatch):
    """What fails before the import can be repeated as if it had never been."""
    monkeypatch.delitem(desk.sandbox.app[SERVER].methods, "tasks.task.list")
    with pytest.raises(BitrixError, match=r"tasks\.task\.list"):
        await desk.connect(events=False)

    assert set() == await left(desk)


async def test_tickets_that_cannot_be_read_end_the_import_and_stay_due(
    desk, said, monkeypatch
):
    """No endless wait: one line says how many, and what completes it."""
    methods = desk.sandbox.app[SERVER].methods
    async with asyncio.timeout(100):
        with monkeypatch.context() as broken:
            broken.delitem(methods, "task.commentitem.getlist")
            with pytest.raises(Failure, match="11 tickets of acme could not be"):
                await desk.connect(events=False)
    account = await desk.stores.accounts.by_slug("acme")
    assert 19 == await desk.stores.tickets.count(account.id)

    await connecting.sync(desk.settings, "acme", full=True, pace=desk.pace)

    assert "acme has 30 tickets, all up to date." == said()[-1]


async def test_a_renamed_account_is_saved_under_its_new_address(desk, said):
    """The probe follows the redirect, and leaves nothing of its own."""
    new = desk.world.address.replace("127.0.0.1", "localhost")
    desk.world.faults.moved_to = new
    await desk.connect(events=False)
    await listing.show(desk.settings, "acme")

    assert f"address        {new}" in said()
    assert not any("probe" in key for key in await left(desk))


async def test_disconnecting_leaves_no_key(desk):
    """After events, mails and failures: everything of the account is gone."""
    before = await left(desk)
    account = await desk.connect()
    desk.mailbox.answer = "550 not here"
    async with desk.worker():
        desk.comment(desk.ticket(), "Into the void.")
        await until(lambda: desk.stores.parked.count(account.id))
        await desk.quiet(account)
    await listing.disconnect(desk.settings, "acme", desk.pace)

    # The journal is of all accounts; it forgets by itself.
    assert {"t24:journal"} == await left(desk) - before
    assert [] == await desk.stores.accounts.all()


async def test_disconnecting_wants_a_yes(desk, invoke, said):
    """Without a yes the costs are named and nothing goes; the name alone is no yes."""
    account = await desk.connect(events=False)
    done = await asyncio.to_thread(invoke, "accounts", "disconnect", "acme", lines="")
    asked = await asyncio.to_thread(invoke, "accounts", "disconnect", "acme")

    assert 1 == done.code == asked.code
    assert "forgets 30 tickets" in done.err[-1]
    assert done.err[-1].endswith("say --yes if you mean it")
    assert await desk.stores.accounts.get(account.id)

    await listing.disconnect(desk.settings, "acme", desk.pace)
    assert [] == await desk.stores.accounts.all()


async def test_disconnecting_beside_a_worker_leaves_no_key(desk):
    """What a worker and web write a moment later is removed too."""
    desk.pace = Pace(linger_seconds=2.0)
    await desk.connect()
    async with desk.worker():
        for ticket in desk.tickets():
            desk.comment(ticket, "Nobody will read this.")
        await listing.disconnect(desk.settings, "acme", desk.pace)

    assert {"t24:journal"} == await left(desk)


async def test_a_disconnected_account_can_be_connected_again(desk, said):
    """The same slug, token and webhook make a new account with all tickets."""
    first = await desk.connect()
    await listing.disconnect(desk.settings, "acme", desk.pace)
    second = await desk.connect()
    await listing.show_all(desk.settings)

    assert first.id != second.id
    assert "acme  webhook  30 tickets  ok" == said()[-1]


async def test_what_an_older_bitrix24_cannot_be_asked_is_not_checked(desk):
    """Connecting works without the methods that name scopes and workgroups."""
    unknown = ("scope", "sonet_group.get", "sonet_group.feature.access")
    methods = desk.sandbox.app[SERVER].methods
    known = dict(methods)
    for name in unknown:
        methods.pop(name)
    try:
        account = await desk.connect()
    finally:
        methods.update(known)

    assert 30 == await desk.stores.tickets.count(account.id)
