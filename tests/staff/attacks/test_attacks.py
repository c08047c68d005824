"""A person without a right to a page inside Bitrix24 changes and learns nothing."""

import json

from aiohttp import hdrs
from desk import CLIENT_ID
from hostility import differing, routes_of, traces
from inside_attacks import ADMIN, BASE, EVENTS, STAFF, TAB, Attacker, place_of, proof_of

from bitrix24_sandbox.apps import applications
from ticket24.domain.accounts.visits import COMPANY_TAB, CONTACT_TAB, SETTINGS_PAGE
from ticket24.staff.parts import DOORS
from ticket24.web.app import create_app

RENEW = f"{BASE}/renew"
PAST = 1.0
STRANGERS = (401, 403)
CARRIERS = ("field", "multipart", "header")
HEADERS = {
    hdrs.CACHE_CONTROL: "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def refused(attacker, token, *, statuses=STRANGERS, forms=None, **more):
    """Send every form with a token: nothing happens, and nothing is told."""
    before = await attacker.world()
    for method, path in forms or attacker.forms:
        for carrier in CARRIERS if token and method == "POST" else ("header",):
            for accept in ("text/html", "application/json"):
                status, headers, text = await attacker.send(
                    *(method, path, token, carrier),
                    headers={"Accept": accept},
                    **more,
                )
                where = f"{method} {path} {carrier}: {status} {text[:300]}"
                assert status in statuses, where
                assert [] == traces(f"{headers} {text}", *attacker.data), where
                assert hdrs.SET_COOKIE not in headers, where
                assert hdrs.LOCATION not in headers, where
                assert HEADERS == {name: headers.get(name) for name in HEADERS}, where
                if method != "HEAD":
                    _said(accept, text, where)
    assert [] == differing(before, await attacker.world())


def _said(accept, text, where):
    if accept == "application/json":
        assert {"error"} == set(json.loads(text)), where
        return
    assert "<h1>" in text, where
    assert "Something went wrong on our end<" not in text, where


async def test_no_route_is_forgotten(attacker, app_desk):
    """What is asked below is everything that the application answers there."""
    paths = {path for _, path in attacker.forms}
    served = {
        path
        for _, path in routes_of(create_app(app_desk.settings), BASE)
        if "/static/" not in path
    }

    assert served == paths | DOORS | EVENTS
    assert paths >= {RENEW, f"{TAB}/view", f"{TAB}/password", f"{BASE}/app/settings"}
    assert {"GET", "HEAD", "POST"} >= {method for method, _ in attacker.routes}


async def test_all_of_these_work_for_whom_they_are_for(attacker):
    """What is sent below would do something, had the sender the right to it."""
    for method, path in attacker.forms:
        token = await attacker.visit(placement=place_of(path))
        proof = await proof_of(attacker, token) if place_of(path) == CONTACT_TAB else ""
        before = await attacker.world()
        status, _, text = await attacker.send(method, path, token, query=proof)

        assert status in {200, 303}, (method, path, text)
        changed = bool(differing(before, await attacker.world()))
        acts = method == "POST" and not path.endswith(("/look", "/preview"))
        assert changed == acts, path


async def test_without_a_visit_nothing_happens(attacker):
    """No token, or one that nobody ever gave."""
    for token in ("", "x", "a.b", "x" * 5_000, "{}.{}"):
        await refused(attacker, token, statuses=(401, 413))
    before = await attacker.world()
    for method, path in attacker.forms:
        if method == "POST":
            assert 401 == (await attacker.send(method, path, "é\u202e.x"))[0], path
    assert [] == differing(before, await attacker.world())


async def test_a_token_in_an_address_is_none(attacker):
    """Not as any name, with or without a body."""
    for place in (SETTINGS_PAGE, CONTACT_TAB):
        token = await attacker.visit(placement=place)
        query = {"csrf_token": token, "token": token, "auth": token, "AUTH_ID": token}
        await refused(attacker, "", query=query)


async def test_a_cookie_is_no_visit(attacker):
    """Browsers send none into frames, and nobody asks for one."""
    token = await attacker.visit()
    cookie = f"csrf_token={token}; ticket24_session={token}; visit={token}"
    before = await attacker.world()
    for method, path in attacker.forms:
        status, _, _ = await attacker.send(
            method, path, "", "header", headers={"Cookie": cookie}
        )
        assert 401 == status, path
    assert [] == differing(before, await attacker.world())


async def test_an_expired_visit_is_over(attacker):
    """After its hour it is worth nothing, whatever it was for."""
    for place in (SETTINGS_PAGE, CONTACT_TAB):
        token = await attacker.visit(placement=place)
        (key,) = await attacker.desk.stores.redis.keys("*:visit:*")
        await attacker.desk.stores.redis.pexpire(key, 1)
        while await attacker.desk.stores.redis.exists(key):
            pass
        await refused(attacker, token, statuses=(401,))


async def test_a_visit_of_another_page_is_refused(attacker):
    """A visit to the settings opens no card's tab, nor the other way round."""
    for place in (SETTINGS_PAGE, CONTACT_TAB, COMPANY_TAB):
        token = await attacker.visit(placement=place)
        forms = [
            (method, path)
            for method, path in attacker.forms
            if place_of(path) != place and path != RENEW
        ]
        assert forms
        await refused(attacker, token, statuses=(401,), forms=forms)


async def test_who_is_no_administrator_is_refused(attacker):
    """The installer and the settings, though the visit is to their very page."""
    token = await attacker.visit(admin=False, user_id=STAFF)
    forms = [
        (method, path)
        for method, path in attacker.forms
        if place_of(path) == SETTINGS_PAGE and path != RENEW
    ]
    assert len(forms) > 5
    await refused(attacker, token, statuses=(403,), forms=forms)


async def test_nobody_renews_a_visit_with_anothers_token(attacker):
    """The universal form brings the administrator's token: user 3 stays user 3."""
    token = await attacker.visit(admin=False, user_id=STAFF)
    await refused(attacker, token, statuses=(403,), forms=[("POST", RENEW)])


async def test_visits_of_an_account_that_was_uninstalled_are_over(attacker, app_desk):
    """They are over while its data is still there, and after it was removed."""
    tokens = [await attacker.visit(placement=p) for p in (SETTINGS_PAGE, CONTACT_TAB)]
    stores = app_desk.stores
    await stores.accounts.uninstall(attacker.account, keep_seconds=30 * 86_400)
    for token in tokens:
        await refused(attacker, token, statuses=(401,))

    await stores.accounts.purge(attacker.account.id)
    await stores.held.forget(attacker.account.id)
    for token in tokens:
        await refused(attacker, token, statuses=(401,))
    assert [] == await stores.redis.keys(f"*{attacker.account.id}*")


async def test_visits_do_not_come_back_with_the_account(attacker, app_desk):
    """A new installation opens new ones; so it is where a webhook stays."""
    token = await attacker.visit()
    await app_desk.stores.accounts.uninstall(attacker.account, keep_seconds=30 * 86_400)
    applications.remove(app_desk.world, ADMIN, CLIENT_ID, clean=False)
    again = await app_desk.install()
    await attacker.settle()

    assert attacker.account.id == again.id
    await refused(attacker, token, statuses=(401,))


async def test_a_visit_of_an_account_that_fell_back_to_its_webhook_is_over(app_desk):
    """The account lives on; the application, and its pages, do not."""
    await app_desk.connect()
    account = await app_desk.install()
    attacker = Attacker(app_desk, account, app_desk.customer()[0])
    await attacker.settle()
    tokens = [await attacker.visit(placement=p) for p in (SETTINGS_PAGE, CONTACT_TAB)]
    await app_desk.stores.accounts.uninstall(account, keep_seconds=30 * 86_400)

    assert await app_desk.stores.accounts.get(account.id)
    for token in tokens:
        await refused(attacker, token, statuses=(401,))
