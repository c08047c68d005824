"""Visits of others: of a neighbour, to another contact, or of another page."""

import re
from http.cookies import SimpleCookie
from itertools import product

from aiohttp import hdrs
from desk import CLIENT_ID
from hostility import differing, kept, multipart, routes_of, state_of, traces
from inside_attacks import ADMIN, BASE, FILE, NOBODY, TAB, place_of, proof_of
from yarl import URL

from bitrix24_sandbox.account.world import PASSWORD_FIELD
from bitrix24_sandbox.apps import applications
from ticket24.domain.accounts.visits import CONTACT_TAB, SETTINGS_PAGE


async def test_a_neighbours_visit_works_on_the_neighbour_alone(attacker, app_desk):
    """Whatever an administrator next door sends, here nothing changes or is told."""
    other = await app_desk.neighbour()
    person = {"name": "Next Door", "phone": "+49 30 7", "email": "n@door.example"}
    person["phone"] = "+49 30 7654321"
    theirs = await app_desk.install(world=other, person=person)
    for contact in other.contacts.values():
        contact.name, contact.last_name, contact.emails = "Next", "Door", []
    for task in other.tasks.values():
        task.title = "Next door"
    for user in other.users.values():
        user.last_name = "Door"
    for group in other.workgroups.values():
        group.name = "Door"
    auth, _ = applications.issue(other, CLIENT_ID, ADMIN)
    redis, ours = app_desk.stores.redis, attacker.account.id
    before = await kept(redis, ours), state_of(app_desk.world)

    for method, path in attacker.forms:
        token = await attacker.visit(
            account=theirs.id,
            origin=other.address,
            auth=auth.value,
            placement=place_of(path),
        )
        _, secret = token.split(".", 1)
        status, _, text = await attacker.send(method, path, token)
        # "Portal" is a name of his and a word of every settings page.
        told = traces(text, *(one for one in attacker.data if one != "Portal"))
        assert [] == told, path
        assert 500 > status, path
        borrowed = f"{ours}.{secret}"
        assert 401 == (await attacker.send(method, path, borrowed))[0], path

    after = await kept(redis, ours), state_of(app_desk.world)
    assert [] == differing(before, after)


async def test_a_visit_to_one_contact_does_nothing_to_another(attacker, app_desk):
    """However often a form names the other one."""
    other = next(
        c for c in app_desk.world.contacts.values() if c.id != attacker.mehmet.id
    )
    mehmet = repr(attacker.mehmet)
    secrets = [attacker.mehmet.emails[0].value, attacker.mehmet.custom[PASSWORD_FIELD]]
    token = await attacker.visit(placement=CONTACT_TAB, contact_id=other.id)
    for method, path in attacker.forms:
        if place_of(path) == CONTACT_TAB:
            _, _, text = await attacker.send(method, path, token)
            shared = [s for s in secrets if s in repr(other)]
            left = [s for s in secrets if s not in shared]
            assert [] == traces(text, *left), path

    assert mehmet == repr(attacker.mehmet)
    stores = app_desk.stores
    asked = [attacker.account.id, [attacker.mehmet.id]]
    assert [] == await stores.commands.waiting(*asked)
    mine = f"*{{{attacker.account.id}}}:*:{attacker.mehmet.id}"
    left = await stores.redis.keys(mine)
    assert [] == [key for key in left if b":rows:" not in key]  # What is followed.


async def test_who_may_not_read_the_contact_does_nothing(attacker, app_desk):
    """Each form of the tab asks with the viewer's own rights, or needs their proof."""
    world = app_desk.world
    world.users[NOBODY].admin = False
    auth, _ = applications.issue(world, CLIENT_ID, NOBODY)
    token = await attacker.visit(
        *(),
        placement=CONTACT_TAB,
        contact_id=10**9,
        user_id=NOBODY,
        admin=False,
        auth=auth.value,
    )
    before = await attacker.world()
    for method, path in attacker.forms:
        if place_of(path) != CONTACT_TAB:
            continue
        for query in ({}, {"card": "0" * 32}, {"card": "é"}):
            status, headers, text = await attacker.send(
                method, path, token, query=query
            )
            assert status in {200, 401}, path
            assert hdrs.SET_COOKIE not in headers
            # "Portal" is a name of his and a word of every settings page.
        told = traces(text, *(one for one in attacker.data if one != "Portal"))
        assert [] == told, path
    assert [] == differing(before, await attacker.world())


async def test_the_proof_of_a_card_is_of_one_visit_and_one_contact(attacker, app_desk):
    """It is not a token, and one page's address is of no use to another page."""
    first = await attacker.visit(placement=CONTACT_TAB)
    second = await attacker.visit(placement=CONTACT_TAB)
    other = await attacker.visit(placement=CONTACT_TAB, contact_id=1)
    proof = await proof_of(attacker, first)
    assert 32 == len(proof["card"])
    before = await attacker.world()
    for token in (second, other, "", proof["card"]):
        for method, path in (("GET", f"{TAB}/news"), ("POST", f"{TAB}/uploads")):
            status, _, _ = await attacker.send(method, path, token, query=proof)
            assert 401 == status
    assert [] == differing(before, await attacker.world())


async def test_where_a_request_comes_from_tells_nothing(attacker):
    """Browsers may say what they like of its origin: the token decides."""
    for site in ("cross-site", "same-origin", "none", "?"):
        headers = {"Sec-Fetch-Site": site, "Origin": "https://evil.example"}
        path = f"{BASE}/app/workgroups"
        token = await attacker.visit()
        status, answer, _ = await attacker.send("GET", path, token, headers=headers)
        assert 200 == status
        assert 401 == (await attacker.send("GET", path, "", headers=headers))[0]
        assert not [name for name in answer if name.lower().startswith("access-contr")]


METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH")


async def test_other_methods_change_nothing(attacker):
    """A living visit changes nothing by them at any address, doors included."""
    tokens = [await attacker.visit(placement=p) for p in (SETTINGS_PAGE, CONTACT_TAB)]
    paths = {path for _, path in attacker.routes if "/static/" not in path}
    before = await attacker.world()
    for method in METHODS:
        for path, token in product(paths, tokens):
            status, headers, text = await attacker.send(method, path, token, "header")
            assert 500 > status, (method, path)
            assert hdrs.SET_COOKIE not in headers, (method, path)
            assert [] == traces(text, *attacker.data[:6]), (method, path)
        assert [] == differing(before, await attacker.world()), method


WAYS_AROUND = (
    "//bitrix24/app/settings",
    "/bitrix24//app/settings",
    "/bitrix24/app%2Fsettings",
    "/bitrix24/app/../app/settings",
    "/bitrix24/contact-tab%2Fview",
    "/bitrix24/contact-tab/..%2Fapp/settings",
    "/bitrix24/app/settings/",
    "/bitrix24/APP/settings",
    "/bitrix24/app/settings;x",
    "/bitrix24/app%00/settings",
    "/bitrix24/%61pp/settings",
)


async def test_no_spelling_of_an_address_gets_around_the_visit(attacker):
    """Encoded, doubled or dotted: refused, or not there."""
    token = await attacker.visit(placement=CONTACT_TAB)
    before = await attacker.world()
    for path in WAYS_AROUND:
        url = URL(f"{attacker.desk.settings.public_url}{path}", encoded=True)
        for fields in ({}, attacker.fields(token)):
            async with attacker.desk.http.post(url, data=fields) as answer:
                text = await answer.text()
            assert answer.status in {401, 404}, path
            assert [] == traces(text, *attacker.data), path
        assert [] == differing(before, await attacker.world()), path


SPELLINGS = (
    *("{0}", "{0}%2Flogout", "{0}%2flogout", "{0}%252Flogout", "{0}%2Flogin"),
    *("{0}%2Ftheme", "{0}/logout/..", "{0}//logout", "./{0}", "{0}%2Flogout%2F"),
)
PARTS = {
    "form": "new",
    "token": "x" * 43,
    "command_id": "0" * 32,
    "file_id": "a1",
    "size": "small",
    "digest": "0" * 16,
    "name": "x",
}


async def test_who_looks_as_a_customer_changes_nothing(attacker, app_desk):
    """No form, script or upload changes anything, however its address is spelled."""
    token = await attacker.visit(placement=CONTACT_TAB)
    _, headers, _ = await attacker.send("POST", f"{TAB}/view", token)
    session = SimpleCookie(headers[hdrs.SET_COOKIE])["ticket24_session"].value
    slug, public = attacker.account.slug, app_desk.settings.public_url
    cookie = {"Cookie": f"ticket24_session={session}"}
    async with app_desk.http.get(f"{public}/p/{slug}/", headers=cookie) as answer:
        csrf = re.search(r'name="csrf_token" value="(\w+)"', await answer.text())[1]
    number = str(next(iter(app_desk.world.tasks)))
    forms = [
        re.sub(
            r"\{(\w+)[^}]*\}+",
            lambda match: PARTS.get(match[1], number),
            path.removeprefix("/p/{slug}").lstrip("/"),
        )
        for method, path in sorted(set(routes_of(app_desk.web.app, "/p/{slug}")))
        if method == "POST"
    ]
    before = await attacker.world()

    for spelling in SPELLINGS:
        for rest in forms:
            if rest == "logout" and spelling != "{0}%2Flogout":
                continue
            url = URL(f"{public}/p/{spelling.format(slug)}/{rest}", encoded=True)
            for data, proof in _customers_ways(attacker.fields(csrf), csrf):
                sent = {"Sec-Fetch-Site": "same-origin"} | cookie | proof
                async with app_desk.http.post(
                    url, data=data, headers=sent, allow_redirects=False
                ) as answer:
                    where = (url, answer.status)
                    assert answer.status in {303, 401, 403, 404, 405}, where
        assert [] == differing(before, await attacker.world()), spelling


def _customers_ways(fields, csrf):
    """Return bodies and heads of a form, an upload, and what scripts send."""
    proof = {"X-CSRF-Token": csrf}
    return (
        (fields, {}),
        (multipart(fields.items(), [FILE]), {}),
        (multipart([], [FILE]), proof),
        ({"text": "Mine"}, proof | {"Accept": "application/json"}),
    )
