"""Pages inside Bitrix24 open for whom the authorization server confirms, once."""

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from desk import CLIENT_ID
from framing import host_of
from installations import bad_posts, forgive_bad_post

from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.applications import frame_fields
from ticket24.store.accounts.opened_frames import MOST_BAD

APP, INSTALL, TAB = "/bitrix24/app", "/bitrix24/install", "/bitrix24/contact-tab"
AT_CONTACT = {"placement": "CRM_CONTACT_DETAIL_TAB", "options": {"ID": "43"}}
AT_COMPANY = {"placement": "CRM_COMPANY_DETAIL_TAB", "options": {"ID": "1"}}
DOORS = (
    *((APP, {}), (INSTALL, {}), (TAB, AT_CONTACT)),
    ("/bitrix24/company-tab", AT_COMPANY),
)

AGAIN = "Please open this page again"
OTHER_BITRIX24 = "This belongs to another Bitrix24 account"
NOT_ADMINISTRATOR = "Only an administrator can do this"

# Whom the sample knows: 1 is an administrator, 3 is not.
ADMIN, STAFF = 1, 3


async def visits(redis):
    return [key async for key in redis.scan_iter("t24:*:visit:*")]


async def accounts(redis):
    return [key async for key in redis.scan_iter("t24:*:account")]


@pytest_asyncio.fixture(loop_scope="module")
async def account(app_desk):
    """An account where the application is installed; its visits are over."""
    account = await app_desk.install()
    for key in await visits(app_desk.stores.redis):
        await app_desk.stores.redis.delete(key)
    return account


@pytest_asyncio.fixture(loop_scope="module")
async def listener():
    """A server that must hear nothing."""
    heard = []

    async def hear(request):
        heard.append(request.path)
        return web.json_response({"result": {}})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hear)
    async with TestServer(app) as server:
        server.heard = heard
        yield server


async def test_an_administrator_opens_the_settings(app_desk, account):
    """The page is the settings', and it has a visit's token for its forms."""
    frame = await app_desk.frame()

    assert 200 == frame.status
    assert frame.token.startswith(f"{account.id}.")


async def test_staff_open_the_contact_tab(app_desk, account):
    """A member of staff who is no administrator works on the contact card."""
    frame = await app_desk.frame(by=STAFF, **AT_CONTACT)

    assert 200 == frame.status
    assert frame.token


async def test_only_administrators_open_the_settings(app_desk, account):
    """Others are told who can."""
    frame = await app_desk.frame(by=STAFF)

    assert (403, NOT_ADMINISTRATOR) == (frame.status, frame.title)


async def test_only_administrators_install(app_desk):
    """Before that nothing is kept of anybody else's visit."""
    applications.add(app_desk.world, ADMIN, CLIENT_ID)
    url, query, form = frame_fields(app_desk.world, ADMIN, CLIENT_ID)
    token, refresh = applications.issue(app_desk.world, CLIENT_ID, STAFF)
    frame = await app_desk.open_frame(
        url, query, form, AUTH_ID=token.value, REFRESH_ID=refresh.value
    )

    assert (403, NOT_ADMINISTRATOR) == (frame.status, frame.title)
    assert [] == await accounts(app_desk.stores.redis)


async def test_a_frame_opens_once(app_desk, account, redis):
    """The same post, sent again, opens nothing."""
    url, query, form = frame_fields(app_desk.world, ADMIN, CLIENT_ID)
    first = await app_desk.open_frame(url, query, form)
    second = await app_desk.open_frame(url, query, form)

    assert (200, 403) == (first.status, second.status)
    assert AGAIN == second.title
    assert "" == second.token
    assert 1 == len(await visits(redis))


async def test_a_reload_says_what_to_do(app_desk, account):
    """A GET has lost what was posted: the page says so, in the viewer's language."""
    app_desk.world.switches.language = "de"
    frame = await app_desk.frame()
    await frame.reload()

    assert 200 == frame.status
    assert "Bitte öffnen Sie diese Seite noch einmal" == frame.title


async def test_each_door_has_a_page_for_a_reload(app_desk):
    """A visitor who opens only the address is told where to go."""
    for path in (APP, INSTALL, TAB):
        async with app_desk.http.get(f"{app_desk.settings.public_url}{path}") as answer:
            page = await answer.text()

        assert 200 == answer.status
        assert AGAIN in page


FORGED = (
    ({"AUTH_ID": "f" * 70}, AGAIN),
    ({"AUTH_ID": ""}, AGAIN),
    ({"AUTH_ID": None}, AGAIN),
    ({"member_id": "b" * 32}, OTHER_BITRIX24),
    ({"member_id": None}, AGAIN),
    ({"DOMAIN": "evil.example"}, OTHER_BITRIX24),
    ({"DOMAIN": "127.0.0.1"}, OTHER_BITRIX24),
    ({"DOMAIN": "x\r\nSet-Cookie: a=b"}, AGAIN),
    ({"DOMAIN": "x; script-src *"}, AGAIN),
    ({"PLACEMENT_OPTIONS": "{" * 20_000}, AGAIN),
    ({"PLACEMENT": "TASK_VIEW_TAB"}, "This page was opened in the wrong place"),
)


async def test_forged_posts_open_nothing(app_desk, account, redis):
    """A clear page at each door, no visit, nothing changed."""
    before = await redis.hgetall(f"t24:{{{account.id}}}:pairs")
    for forged, title in FORGED:
        for path, where in DOORS:
            frame = await app_desk.frame(path, **where, **forged)
            await forgive_bad_post(app_desk)

            assert title == frame.title, forged
            assert 400 <= frame.status < 500, forged
            assert "" == frame.token, forged
            assert "Set-Cookie" not in frame.headers, forged
        assert [] == await visits(redis), forged
        assert before == await redis.hgetall(f"t24:{{{account.id}}}:pairs"), forged


async def test_another_accounts_token_opens_nothing(app_desk, account, redis):
    """A genuine token of one account does not open another one."""
    other = await app_desk.neighbour()
    applications.add(other, ADMIN, CLIENT_ID)
    token, _ = applications.issue(other, CLIENT_ID, ADMIN)
    frame = await app_desk.frame(AUTH_ID=token.value)

    assert (403, OTHER_BITRIX24) == (frame.status, frame.title)
    assert [] == await visits(redis)


async def test_another_applications_token_opens_nothing(app_desk, account, redis):
    """Nor does a genuine token that the account gave to another application."""
    world = app_desk.world
    app_desk.register(world, client_id="app.another.1", client_secret="x" * 50)
    applications.add(world, ADMIN, "app.another.1")
    token, _ = applications.issue(world, "app.another.1", ADMIN)
    frame = await app_desk.frame(AUTH_ID=token.value)

    assert (403, "This belongs to another app") == (frame.status, frame.title)
    assert [] == await visits(redis)


async def test_an_expired_token_opens_nothing(app_desk, account, redis):
    """A person who was away for hours opens the page again."""
    world = app_desk.world
    url, query, form = frame_fields(world, ADMIN, CLIENT_ID)
    world.tokens[form["AUTH_ID"]].expires_at = 0
    frame = await app_desk.open_frame(url, query, form)

    assert (401, AGAIN) == (frame.status, frame.title)
    assert [] == await visits(redis)


async def test_a_dismissed_user_opens_nothing(app_desk, account, redis):
    """A user who left the company is refused, although the token is still alive."""
    world = app_desk.world
    url, query, form = frame_fields(world, 2, CLIENT_ID)
    applications.dismiss(world, ADMIN, 2)
    frame = await app_desk.open_frame(url, query, form)

    assert (403, "You don’t have access to Ticket24") == (
        frame.status,
        frame.title,
    )
    assert [] == await visits(redis)


async def test_an_account_without_the_plan_is_told(app_desk, account):
    """The page says that it is about the subscription."""
    url, query, form = frame_fields(app_desk.world, ADMIN, CLIENT_ID)
    app_desk.world.switches.plan = "free"
    frame = await app_desk.open_frame(url, query, form)

    assert (403, "Your Bitrix24 doesn’t allow Ticket24") == (
        frame.status,
        frame.title,
    )


async def test_hosts_that_a_post_names_are_never_called(app_desk, account, listener):
    """Neither DOMAIN nor SERVER_ENDPOINT nor client_endpoint of a post is called."""
    ours = str(listener.make_url("")).rstrip("/")
    for path, where in DOORS:
        await app_desk.frame(
            path,
            **where,
            DOMAIN=host_of(ours),
            SERVER_ENDPOINT=f"{ours}/rest/",
            client_endpoint=f"{ours}/rest/",
        )
        frame = await app_desk.frame(path, **where, SERVER_ENDPOINT=f"{ours}/rest/")
        assert 200 == frame.status

    assert [] == listener.heard


@pytest.mark.parametrize("fault", ["503", "refuse"])
async def test_a_button_tries_again_when_the_server_was_away(app_desk, account, fault):
    """The page has no token in it, and the button opens what was asked for."""
    url, query, form = frame_fields(app_desk.world, ADMIN, CLIENT_ID)
    app_desk.world.faults.oauth = fault
    frame = await app_desk.open_frame(url, query, form)

    assert (503, "We can’t reach Bitrix24 right now") == (frame.status, frame.title)
    assert "30" == frame.headers["Retry-After"]
    assert not [one for one in form.values() if len(one) > 20 and one in frame.page]

    await frame.submit(press="Try again")
    assert (503, "We can’t reach Bitrix24 right now") == (frame.status, frame.title)

    app_desk.world.faults.oauth = ""
    await frame.submit(press="Try again")
    assert 200 == frame.status
    assert frame.token


async def test_a_button_tries_again_when_the_account_was_away(app_desk):
    """An installation that breaks off in the middle is taken up by the button."""
    applications.add(app_desk.world, ADMIN, CLIENT_ID)
    app_desk.world.faults.rest = "refuse"
    frame = await app_desk.frame()
    assert 503 == frame.status

    app_desk.world.faults.rest = ""
    await frame.submit(press="Try again")
    assert (200, "Welcome to Ticket24") == (frame.status, frame.title)


async def test_trying_again_needs_what_we_sealed(app_desk, account):
    """Nothing else is taken for a post."""
    frame = await app_desk.frame()
    for sealed in ("", "x", "gAAAAA", "{}"):
        await frame.post(APP, {"again": sealed})

        assert (401, AGAIN) == (frame.status, frame.title)


async def test_something_else_that_we_sealed_is_no_post(app_desk, account):
    """A webhook's address, sealed for Redis, opens nothing."""
    frame = await app_desk.frame()
    sealed = app_desk.stores.seal.close('{"webhook": 1}')
    await frame.post(APP, {"again": sealed})

    assert 401 == frame.status


async def test_an_application_without_scopes_is_told_which(app_desk):
    """Before anything is installed the page lists what is missing, in words."""
    world = app_desk.world
    application = world.applications[CLIENT_ID]
    application.scopes = ["crm", "task", "user"]
    applications.add(world, ADMIN, CLIENT_ID)
    frame = await app_desk.frame()

    assert (403, "Ticket24 needs more permissions") == (frame.status, frame.title)
    for words in ("Workgroups", "Drive", "App placement"):
        assert words in frame.page
    assert [] == await accounts(app_desk.stores.redis)


async def test_a_server_without_an_application_says_so(shared_desk):
    """Without a client id no post can be verified, and nobody is asked."""
    async with shared_desk.http.post(
        f"{shared_desk.settings.public_url}{APP}?DOMAIN=acme.bitrix24.com",
        data={"AUTH_ID": "a" * 70, "member_id": "m" * 32},
    ) as answer:
        page = await answer.text()

    assert 503 == answer.status
    assert "Ticket24 isn’t set up as an app yet" in page


async def test_pages_speak_the_language_of_the_user(app_desk, account):
    """Bitrix24 says it in the address; what we do not speak is English."""
    said = {}
    for language in ("de", "pt", "es", "en"):
        app_desk.world.switches.language = language
        frame = await app_desk.frame(by=STAFF)
        said[language] = frame.title

    assert {
        "de": "Das kann nur ein Administrator",
        "pt": "Só um administrador pode fazer isso",
        "es": NOT_ADMINISTRATOR,
        "en": NOT_ADMINISTRATOR,
    } == said


async def test_no_token_is_on_a_page_or_in_a_log(app_desk, capfd):
    """Neither what was posted nor the way to the account is ever shown."""
    await app_desk.install()
    world = app_desk.world
    pages = []
    for where in ({}, AT_CONTACT):
        url, query, form = frame_fields(world, ADMIN, CLIENT_ID, *where.values())
        frame = await app_desk.open_frame(url, query, form)
        pages.append(frame.page + str(frame.headers))
        frame = await app_desk.open_frame(url, query, form)
        pages.append(frame.page + str(frame.headers))
        frame = await app_desk.open_frame(url, query, form, DOMAIN="evil.example")
        pages.append(frame.page + str(frame.headers))
    out = capfd.readouterr()
    shown = "".join((*pages, out.out, out.err))

    secrets = [*world.tokens, *world.refresh_tokens]
    secrets.append(world.applications[CLIENT_ID].application_token)
    assert not [secret for secret in secrets if secret in shown]


async def test_an_administrators_visit_brings_fresh_tokens(app_desk, account):
    """The newest pair of an administrator is kept; other users' are not."""
    pairs = app_desk.stores.pairs
    url, query, form = frame_fields(app_desk.world, ADMIN, CLIENT_ID)
    await app_desk.open_frame(url, query, form)
    await app_desk.frame(by=STAFF, **AT_CONTACT)

    kept = await pairs.all(account.id)
    assert [(ADMIN, form["REFRESH_ID"])] == [
        (pair.user_id, pair.refresh_token) for pair in kept
    ]


async def test_who_sends_many_bad_posts_has_to_wait(app_desk, account):
    """The authorization server is not asked for them any more; others are not hurt."""
    await bad_posts(app_desk, MOST_BAD - 3)
    for digit in "abc":
        assert 401 == (await app_desk.frame(AUTH_ID=digit * 70)).status
    before = app_desk.world.oauth_calls.total()
    frame = await app_desk.frame()

    assert (429, "Please wait a few minutes") == (frame.status, frame.title)
    assert before == app_desk.world.oauth_calls.total()


async def test_more_than_a_frame_ever_posts_is_not_read(app_desk, account):
    """Hundreds of kilobytes are refused with a page, at each door."""
    for path, where in DOORS:
        frame = await app_desk.frame(path, **where, AUTH_ID="f" * 300_000)

        assert (413, "That’s too much at once") == (frame.status, frame.title)


async def test_an_account_that_moved_is_framed_at_its_new_address(app_desk, account):
    """After a rename the verified address counts, for the page and for later calls."""
    world = app_desk.world
    applications.rename(world, world.address.replace("127.0.0.1", "localhost"))
    frame = await app_desk.frame()

    policy = frame.headers["Content-Security-Policy"]
    assert policy.endswith(f"frame-ancestors {world.address}")
    way = await app_desk.stores.accounts.way(account.id)
    assert f"{world.address}/rest/" == way.endpoint


async def test_an_address_may_end_in_a_slash(app_desk, account):
    """What people typed as the address of a page opens it."""
    for path, where in DOORS:
        plain = await app_desk.frame(path, **where)
        frame = await app_desk.frame(f"{path}/", **where)

        assert (200, plain.title) == (frame.status, frame.title), path
        frame = await frame.reload()
        assert 200 == frame.status, path
