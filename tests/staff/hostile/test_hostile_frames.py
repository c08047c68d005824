"""Posts, files and words of attackers, wherever the pages inside Bitrix24 take them."""

from io import BytesIO
from urllib.parse import urlencode

import pytest_asyncio
from aiohttp import hdrs, web
from aiohttp.test_utils import TestServer
from desk import CLIENT_ID, EVENTS, TOKEN, event_body
from hostile_frames import ADMIN, APP, AT_CONTACT, INSTALL, TAB, ancestors, everything
from hostility import differing
from installations import (
    FORM,
    forgive_bad_post,
    handled,
    install_event,
    post_event,
    waiting,
)

from bitrix24_sandbox import app as sandbox_app
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.applications import frame_fields
from ticket24.store.accounts.installations import MOST

DOORS = (
    *((APP, {}), (INSTALL, {}), (TAB, {"placement": AT_CONTACT})),
    ("/bitrix24/company-tab", {"placement": "CRM_COMPANY_DETAIL_TAB"}),
)
PARTS = {hdrs.CONTENT_TYPE: "multipart/form-data; boundary=limit"}


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
        assert [] == heard


def domains(port):
    """Return spellings of a host that might get somewhere else, or into a header."""
    here = f"127.0.0.1:{port}"
    return [
        *(here, f"localhost:{port}", f"2130706433:{port}", f"0x7f.1:{port}"),
        *(f"acme@{here}", f"acme:secret@{here}", f"{here}/rest/", f"//{here}"),
        *(f"{here}#", f"{here}?x", f"http://{here}", f"{here}\\@acme", f"[::1]:{port}"),
        *(f"{here}\r\nX-Evil: 1", f"{here}\n", f"\t{here}", f"{here}\0", f" {here}"),
        *(f"{here}; script-src *", f"{here}, *", f"{here} *", "*", "*.com", "'self'"),
        *(
            f"{here}:{port}",
            "acme:0x50",
            "acme:\u0668\u0660",
            "acme:99999999",
            "acme:-1",
        ),
        *(
            "\u0430cme.example",
            "acme\u3002example",
            "acme\u202e.example",
            "\uff41cme",
            "-acme",
            "a..b-",
        ),
        *("x" * 5_000, "data:", "javascript:alert(1)"),
    ]


async def test_no_spelling_of_a_host_is_called_or_gets_into_a_header(
    app_desk, account, listener
):
    """DOMAIN may say what it likes: one clear page, which names one host or none."""
    before = await everything(app_desk)
    _, query, form = frame_fields(app_desk.world, ADMIN, CLIENT_ID)
    for domain in domains(listener.port):
        for path, _ in DOORS:
            address = f"{app_desk.settings.public_url}{path}"
            frame = await app_desk.open_frame(address, query, form, DOMAIN=domain)
            await forgive_bad_post(app_desk)

            assert frame.status in {400, 403}, domain
            assert "" == frame.token
            assert "X-Evil" not in frame.headers
            assert hdrs.SET_COOKIE not in frame.headers
            ((host,),) = ancestors(frame.headers)
            assert host.isascii()
            assert host == "'none'" or host in {f"http://{domain}", f"https://{domain}"}
            assert "*" not in host
    assert [] == differing(before, await everything(app_desk))


async def test_other_addresses_in_a_post_are_never_called(app_desk, account, listener):
    """This holds for a true post and a false one, whatever else names a host."""
    there = str(listener.make_url("/rest/"))
    lies = dict.fromkeys(
        ("SERVER_ENDPOINT", "client_endpoint", "server_endpoint", "PROTOCOL"), there
    )
    for path, where in DOORS:
        frame = await app_desk.frame(path, **where, **lies)
        assert 200 == frame.status
        await app_desk.frame(path, **where, **lies, member_id="b" * 32)
    fields = install_event(app_desk, **{f"auth[{name}]": there for name in lies})
    assert 200 == await post_event(app_desk, fields)
    async with app_desk.worker():
        await handled(app_desk)


async def test_a_token_of_the_neighbour_is_none_of_this_account(app_desk, account):
    """With this account's names it is refused in frames and events, at each door."""
    other = await app_desk.neighbour()
    applications.add(other, ADMIN, CLIENT_ID)
    before = await everything(app_desk)
    host = app_desk.world.address.partition("://")[2]
    for path, where in DOORS:
        token, refresh = applications.issue(other, CLIENT_ID, ADMIN)
        frame = await app_desk.frame(
            path, **where, AUTH_ID=token.value, REFRESH_ID=refresh.value
        )
        assert (403, "") == (frame.status, frame.token)
    event = install_event(
        app_desk,
        world=other,
        **{"auth[member_id]": app_desk.world.member_id, "auth[domain]": host},
    )
    assert 200 == await post_event(app_desk, event)
    async with app_desk.http.post(
        f"{app_desk.settings.public_url}{INSTALL}", data=event
    ) as answer:
        assert 200 == answer.status
    async with app_desk.worker():
        await handled(app_desk)

    assert [account.id] == [one.id for one in await app_desk.stores.accounts.all()]
    gone = differing(before, await everything(app_desk))
    assert [] == [name for name in gone if "pairs" in name or ":account" in name]


async def test_a_token_of_another_application_opens_and_installs_nothing(app_desk):
    """A genuine one of the same administrator, given to somebody else."""
    world = app_desk.world
    app_desk.register(world, client_id="app.evil.1", client_secret="x" * 50)
    applications.add(world, ADMIN, CLIENT_ID)
    applications.add(world, ADMIN, "app.evil.1")
    await app_desk.sandbox.app[sandbox_app.SENDER].idle()
    for path in (APP, INSTALL):
        token, refresh = applications.issue(world, "app.evil.1", ADMIN)
        frame = await app_desk.frame(
            path, AUTH_ID=token.value, REFRESH_ID=refresh.value
        )
        assert "This belongs to another app" == frame.title
    event = install_event(app_desk)
    event["auth[access_token]"] = token.value
    event["auth[refresh_token]"] = refresh.value
    assert 200 == await post_event(app_desk, event)
    async with app_desk.worker():
        await handled(app_desk)

    assert [] == await app_desk.stores.accounts.all()


async def test_a_stolen_token_of_a_webhook_gives_nobody_the_tickets(app_desk):
    """An attacker who names a false account cannot adopt it by an installation."""
    victim = await app_desk.connect(events=False)
    thief = await app_desk.neighbour()
    body = event_body(thief.member_id, token=TOKEN)
    url = f"{app_desk.settings.public_url}{EVENTS}"
    async with app_desk.http.post(url, data=body, headers=FORM) as answer:
        assert 200 == answer.status
    stores = app_desk.stores
    assert thief.member_id == (await stores.accounts.get(victim.id)).member_id

    applications.add(thief, ADMIN, CLIENT_ID)
    frame = await app_desk.frame(world=thief)

    assert (503, "") == (frame.status, frame.token)
    after = await stores.accounts.get(victim.id)
    assert (False, 1) == (after.by_app, after.user_id)
    assert [] == await stores.pairs.all(victim.id)
    assert "" == (await stores.accounts.way(victim.id)).endpoint
    assert [victim.id] == [one.id for one in await stores.accounts.all()]


async def test_installations_of_thousands_are_bounded(app_desk):
    """A flood through either door fills one limited queue."""
    event = install_event(app_desk)
    installations = app_desk.stores.installations
    raw = {"member_id": "m", "domain": "d", "access_token": ""}
    for number in range(MOST - 2):
        assert await installations.put(raw | {"access_token": f"x{number}"})
    statuses = []
    for number in range(6):
        event["auth[access_token]"] = f"flood{number}"
        url = f"{app_desk.settings.public_url}{(EVENTS, INSTALL)[number % 2]}"
        async with app_desk.http.post(url, data=event) as answer:
            statuses.append(answer.status)

    assert [200, 200, 503, 503, 503, 503] == statuses
    assert MOST == await waiting(app_desk.stores.redis)


async def test_what_is_too_large_is_not_kept(app_desk, account, tab):
    """Megabytes to any address are refused with a page, and nothing is changed."""
    settings, card = await app_desk.frame(), await tab()
    before = await everything(app_desk)
    for frame, path in (
        *((settings, f"{APP}/settings"), (settings, f"{INSTALL}/person")),
        *((card, f"{TAB}/password"), (card, f"{TAB}/tickets")),
    ):
        token, much = frame.token, "x" * 3_000_000
        fields = {"csrf_token": token, "name": much}
        many = [
            ("csrf_token", token),
            *((f"f{number}", "") for number in range(15_000)),
        ]
        for data, headers in (
            (BytesIO(urlencode(fields).encode()), FORM),
            (BytesIO(urlencode(many).encode()), FORM),
            (_parts([("csrf_token", token), ("name", much)]), PARTS),
            (_parts([("csrf_token", much)]), PARTS),
        ):
            url = f"{app_desk.settings.public_url}{path}"
            async with app_desk.http.post(url, data=data, headers=headers) as answer:
                assert 413 == answer.status
                assert "That’s too much at once" in await answer.text()
    assert [] == differing(before, await everything(app_desk))


def _parts(pairs):
    """Return a form with large fields, which the client would not send as one."""
    head = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    parts = "".join(f"--limit\r\n{head.format(*pair)}" for pair in pairs)
    return BytesIO(f"{parts}--limit--\r\n".encode())
