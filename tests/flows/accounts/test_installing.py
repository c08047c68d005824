"""The application is installed: by a browser, by a server, twice, late, forged."""

import asyncio
import time

import pytest
from aiohttp import web
from desk import CLIENT_ID, TOKEN, until
from installations import (
    application,
    choose,
    events,
    handled,
    imported,
    install_event,
    places,
    post_event,
    waiting,
)

from bitrix24_sandbox.apps import applications
from ticket24.bitrix.events.installations import Installation
from ticket24.cli import connect as connecting
from ticket24.cli.surroundings import Failure
from ticket24.flows.accounts.newcomers import slug_of
from ticket24.flows.accounts.receiving import to_post
from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.accounts.installations import MOST
from ticket24.worker.parts import open_parts

EVENT_NAMES = [
    "ONAPPINSTALL",
    "ONAPPUNINSTALL",
    "ONCRMCONTACTADD",
    "ONCRMCONTACTDELETE",
    "ONCRMCONTACTUPDATE",
    "ONTASKADD",
    "ONTASKCOMMENTADD",
    "ONTASKCOMMENTDELETE",
    "ONTASKCOMMENTUPDATE",
    "ONTASKDELETE",
    "ONTASKUPDATE",
]


@pytest.fixture
def desk(app_desk):
    return app_desk


@pytest.fixture
async def trap(aiohttp_server):
    """A server that a forged post may name, and that must never be called."""
    calls = []

    async def note(request):
        calls.append(request.path)
        return web.json_response({"result": {"ID": "1", "ADMIN": True}})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", note)
    server = await aiohttp_server(app)
    server.calls = calls
    return server


async def users(desk, account):
    return sorted(pair.user_id for pair in await desk.stores.pairs.all(account.id))


async def test_an_administrator_installs(desk):
    """One account, with tokens, events, the tab, a password field and a mirror."""
    account = await desk.install()

    assert ("helpdesk", 1, True) == (account.slug, account.user_id, account.by_app)
    assert desk.world.member_id == account.member_id
    assert [account] == await desk.stores.accounts.all()
    assert [1] == await users(desk, account)
    assert EVENT_NAMES == events(desk)
    ours = f"{desk.settings.public_url}/bitrix24"
    assert [
        ("CRM_COMPANY_DETAIL_TAB", f"{ours}/company-tab"),
        ("CRM_CONTACT_DETAIL_TAB", f"{ours}/contact-tab"),
    ] == sorted(places(desk))
    assert '"password_field":"UF_CRM_' in application(desk).options["settings"]
    assert account.slug == application(desk).options["slug"]


async def test_installing_twice_is_installing_once(desk):
    """The same account, nothing bound twice, the newest tokens."""
    first = await desk.install(finish=False)
    before = await desk.stores.pairs.get(first.id, 1)
    frame = await desk.frame()
    second = await desk.stores.accounts.by_member(desk.world.member_id)
    after = await desk.stores.pairs.get(first.id, 1)

    assert (200, first) == (frame.status, second)
    assert [second] == await desk.stores.accounts.all()
    assert EVENT_NAMES == events(desk)
    assert 2 == len(places(desk))
    assert after.access_token != before.access_token


async def test_two_administrators_at_once_make_one_account(desk):
    """Both see it installed; the tokens of both are kept."""
    applications.add(desk.world, 1, CLIENT_ID)
    desk.world.users[2].admin = True
    frames = await asyncio.gather(*(desk.frame(by=by) for by in (1, 2, 1, 2)))

    assert [200] * 4 == [frame.status for frame in frames]
    (account,) = await desk.stores.accounts.all()
    assert [1, 2] == await users(desk, account)
    assert EVENT_NAMES == events(desk)


async def test_a_late_onappinstall_changes_nothing(desk):
    """It comes after the frame, brings newer tokens, and is used up."""
    account = await desk.install()
    before = await desk.stores.pairs.get(account.id, 1)
    async with desk.worker():
        await handled(desk)

    after = await desk.stores.pairs.get(account.id, 1)
    assert [account.id] == [one.id for one in await desk.stores.accounts.all()]
    assert before.access_token != after.access_token
    assert EVENT_NAMES == events(desk)


async def test_an_onappinstall_before_the_frame_installs(desk):
    """Whichever comes first makes the account, the other one finds it."""
    applications.add(desk.world, 1, CLIENT_ID)
    async with desk.worker():
        applications.finish_install(desk.world, 1, CLIENT_ID)
        await handled(desk)
        (account,) = await desk.stores.accounts.all()
        frame = await desk.frame()

    assert 200 == frame.status
    assert [account.id] == [one.id for one in await desk.stores.accounts.all()]
    assert EVENT_NAMES == events(desk)


@pytest.mark.parametrize("address", ["event", "install"])
async def test_an_application_without_pages_is_installed_by_its_event(desk, address):
    """A script-only application is installed by a post between servers, not a frame."""
    app = application(desk)
    app.script_only = True
    if address == "install":
        app.event_url = ""
    async with desk.worker():
        applications.add(desk.world, 1, CLIENT_ID)
        await handled(desk)

    (account,) = await desk.stores.accounts.all()
    assert [1] == await users(desk, account)
    assert set(EVENT_NAMES) - {"ONAPPINSTALL"} <= set(events(desk))


async def test_an_onappinstall_that_waited_for_hours_gets_new_tokens(desk):
    """Its access token has ended, its refresh token is still good."""
    applications.add(desk.world, 1, CLIENT_ID)
    assert 200 == await post_event(desk, install_event(desk))
    applications.expire(desk.world, CLIENT_ID)
    async with desk.worker():
        await handled(desk)

    (account,) = await desk.stores.accounts.all()
    pair = await desk.stores.pairs.get(account.id, 1)
    assert pair.expires_at > time.time() + 3_000


@pytest.mark.parametrize(
    "forged",
    [
        {"auth[access_token]": "f" * 70, "auth[refresh_token]": "e" * 70},
        {"auth[access_token]": "f" * 70, "auth[refresh_token]": ""},
        {"auth[member_id]": "c" * 32},
        {"auth[domain]": "other.bitrix24.com"},
    ],
)
async def test_a_forged_onappinstall_comes_to_nothing(desk, trap, forged):
    """Nothing is kept, and no address is called that it names."""
    applications.add(desk.world, 1, CLIENT_ID)
    lies = {
        "auth[client_endpoint]": str(trap.make_url("/rest/")),
        "auth[server_endpoint]": str(trap.make_url("/oauth/rest/")),
    }
    fields = install_event(desk, **(lies | forged))
    assert 200 == await post_event(desk, fields)
    async with desk.worker():
        await handled(desk)

    assert [] == await desk.stores.accounts.all()
    assert 0 == await waiting(desk.stores.redis)
    assert [] == trap.calls
    assert [] == [k async for k in desk.stores.redis.scan_iter("t24:*pairs*")]


async def test_an_onappinstall_without_tokens_is_no_event(desk):
    """What cannot be verified is not kept at all."""
    fields = install_event(desk, **{"auth[access_token]": ""})

    assert 400 == await post_event(desk, fields)
    assert 0 == await waiting(desk.stores.redis)


async def test_what_waits_is_sealed_and_bounded(desk):
    """Redis contains no token in the clear, and strangers' posts are limited."""
    waits = {f"other {number}": "x" for number in range(MOST - 2)}
    await desk.stores.redis.hset(keys.INSTALLATIONS, mapping=waits)
    fields = install_event(desk)
    assert 200 == await post_event(desk, fields)
    assert 200 == await post_event(desk, fields)  # The same one once more.
    assert 200 == await post_event(desk, install_event(desk))
    assert 503 == await post_event(desk, install_event(desk))

    assert MOST == await waiting(desk.stores.redis)
    kept = await desk.stores.redis.hgetall("t24:{installations}")
    assert fields["auth[access_token]"].encode() not in b"".join(kept.values())


async def test_an_installation_waits_for_the_authorization_server(desk):
    """What cannot be told at the moment is told later."""
    desk.pace = Pace(installation_again_seconds=0.1)
    applications.add(desk.world, 1, CLIENT_ID)
    desk.world.faults.oauth = "503"
    assert 200 == await post_event(desk, install_event(desk))
    async with desk.worker():
        await asyncio.sleep(0.6)
        assert 1 == await waiting(desk.stores.redis)
        desk.world.faults.oauth = ""
        await handled(desk)

    assert 1 == len(await desk.stores.accounts.all())


async def test_a_killed_worker_does_not_use_an_installation_up(desk):
    """It was verified and not yet installed: the next worker does it all again."""
    applications.add(desk.world, 1, CLIENT_ID)
    fields = install_event(desk)
    assert 200 == await post_event(desk, fields)
    async with open_parts(desk.settings, desk.pace) as parts:
        (claimed,) = await desk.stores.installations.claim()
        post = to_post(Installation.from_dict(claimed.raw))
        assert (await parts.application.verifier.verify(post)).admin
    assert [] == await desk.stores.installations.claim()
    await desk.stores.installations.postpone(claimed.id, 0)  # Its claim has run out.
    async with desk.worker():
        await handled(desk)

    assert 1 == len(await desk.stores.accounts.all())


async def test_only_administrators_install(desk):
    """A page for the others, and nothing made; no event of theirs helps."""
    applications.add(desk.world, 1, CLIENT_ID)
    ordinary = next(u.id for u in desk.world.users.values() if not u.admin)
    url, query, form = applications.frame_fields(desk.world, 1, CLIENT_ID)
    token, refresh = applications.issue(desk.world, CLIENT_ID, ordinary)
    own = {"AUTH_ID": token.value, "REFRESH_ID": refresh.value}
    frame = await desk.open_frame(url, query, form | own)
    assert 403 == frame.status

    assert 200 == await post_event(desk, install_event(desk, by=ordinary))
    async with desk.worker():
        await handled(desk)

    assert [] == await desk.stores.accounts.all()
    assert ["ONAPPINSTALL"] == events(desk)


async def test_the_visit_after_a_rename_keeps_the_new_address(desk):
    """The authorization server tells it; the account is the same."""
    account = await desk.install()
    new = desk.world.address.replace("127.0.0.1", "localhost")
    applications.rename(desk.world, new)
    assert 200 == (await desk.frame()).status

    assert [account.id] == [one.id for one in await desk.stores.accounts.all()]
    assert f"{new}/rest/" == (await desk.stores.accounts.way(account.id)).endpoint


async def test_the_visit_of_an_ordinary_user_leaves_nothing(desk):
    """His or her tokens are not ours to keep."""
    account = await desk.install()
    ordinary = next(u.id for u in desk.world.users.values() if not u.admin)
    await desk.frame(
        "/bitrix24/contact-tab",
        by=ordinary,
        placement="CRM_CONTACT_DETAIL_TAB",
        options={"ID": "43"},
    )

    assert [1] == await users(desk, account)


@pytest.mark.parametrize("told", ["app", "list"])
async def test_an_application_that_lacks_permissions_is_not_installed(desk, told):
    """The missing permissions are listed wherever it is reported; nothing is made."""
    desk.world.switches.oauth_scope = told
    applications.add(desk.world, 1, CLIENT_ID)
    application(desk).scopes = ["crm", "task", "user", "placement"]
    frame = await desk.frame()

    assert 200 != frame.status
    assert "sonet_group" in frame.page
    assert [] == await desk.stores.accounts.all()


async def test_a_name_that_is_taken_gets_a_number(desk):
    """Slugs are one account's each."""
    neighbour = await desk.neighbour()
    first, second = await desk.install(), await desk.install(world=neighbour)

    assert ["helpdesk", "helpdesk-2"] == [first.slug, second.slug]


@pytest.mark.parametrize(
    ("endpoint", "slug"),
    [
        ("https://acme.bitrix24.com/rest/", "acme"),
        ("https://B24-Abc123.bitrix24.de:8443/rest/", "b24-abc123"),
        ("https://portal.acme.example/rest/", "portal"),
        ("https://127.0.0.1:8025/rest/", "helpdesk"),
        ("https://[::1]/rest/", "helpdesk"),
        ("https://localhost/rest/", "helpdesk"),
        ("https://-_-.example/rest/", "helpdesk"),
        ("https://xn--mller-kva.example/rest/", "xn-mller-kva"),
        (f"https://{'a' * 60}.example/rest/", "a" * 32),
    ],
)
def test_a_short_name_by_the_address(endpoint, slug):
    """People recognise their company in the portal's address."""
    assert slug == slug_of(endpoint)


async def test_the_first_import_mails_nothing(desk):
    """All that happened before is history; what comes is news."""
    account = await choose(desk, await desk.install())
    assert 30 == await desk.stores.tickets.count(account.id)
    async with desk.worker():
        account = await imported(desk, account)
        await desk.quiet(account)
        assert [] == desk.mailbox.mails

        desk.world.skew_seconds = 5
        desk.comment(desk.ticket("forum"), "Said to us.")
        await until(lambda: desk.mailbox.mails)

    assert "Said to us." in desk.mailbox.texts()[0]


class TestAdopting:
    """An account that is connected by webhook gets the application."""

    async def test_with_its_name_known(self, desk):
        """After an event told member_id: the same id, slug, settings, tickets."""
        account = await desk.connect()
        async with desk.worker():
            desk.comment(desk.ticket(), "Hello.")
            await desk.quiet(account)
        assert (await desk.stores.accounts.get(account.id)).member_id
        adopted = await desk.install()

        assert (account.id, "acme", True) == (adopted.id, adopted.slug, adopted.by_app)
        assert account.settings == adopted.settings
        assert 30 == await desk.stores.tickets.count(adopted.id)
        assert EVENT_NAMES == events(desk)

    async def test_before_any_event(self, desk):
        """The address tells that it is the same account."""
        account = await desk.connect(events=False)
        assert not account.member_id
        adopted = await desk.install()

        assert [account.id] == [one.id for one in await desk.stores.accounts.all()]
        assert desk.world.member_id == adopted.member_id
        assert adopted.imported
        way = await desk.stores.accounts.way(account.id)
        assert (desk.webhook_url, f"{desk.world.address}/rest/") == (
            way.webhook_url,
            way.endpoint,
        )

    async def test_both_ways_tell_of_one_thing_once(self, desk):
        """An outgoing webhook beside the application: one mail."""
        account = await desk.connect()
        await desk.install()
        async with desk.worker():
            desk.world.skew_seconds = 5
            desk.comment(desk.ticket("forum"), "Once.")
            await until(lambda: desk.mailbox.mails)
            await desk.quiet(account)

        assert 1 == len(desk.mailbox.mails)

    async def test_another_account_is_not_adopted(self, desk):
        """A webhook's account at another address does not change."""
        account = await desk.connect(events=False)
        neighbour = await desk.neighbour()
        other = await desk.install(world=neighbour)

        assert other.id != account.id
        assert not (await desk.stores.accounts.get(account.id)).by_app

    async def test_no_webhook_is_connected_beside_the_application(self, desk):
        """`connect` says that the account already exists."""
        await desk.install()

        with pytest.raises(Failure, match="the application is installed"):
            await connecting.connect(
                *(desk.settings, "acme", desk.webhook_url, [TOKEN], None, desk.pace)
            )
