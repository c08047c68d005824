"""Every route that takes a form, as the router names them, is sent broken ones.

The walk through a form is one for portal and staff; a route that read its form by
itself would fail here.
"""

import io
import re

import pytest
from badforms import PLAIN, odd_bodies
from desk import CLIENT_ID
from examples import ticket
from hostility import differing, kept, routes_of, state_of

from bitrix24_sandbox import app as sandbox_app
from bitrix24_sandbox.apps import applications
from ticket24.domain.accounts.visits import (
    COMPANY_TAB,
    CONTACT_TAB,
    SETTINGS_PAGE,
    Visit,
)
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.tickets.model import TicketRef
from ticket24.staff.parts import DOORS
from ticket24.store.tickets.due import ClaimedRef

TAB = "/bitrix24/contact-tab/"
TABS = {TAB: CONTACT_TAB, "/bitrix24/company-tab/": COMPANY_TAB}
ADMIN, NUMBER = 1, 51
PLACES = {"form": "new", "number": str(NUMBER), "token": "x" * 43, "contact": "7"}

# They take no form: Bitrix24 posts its events there, and opens pages.
OTHERS = {"/bitrix24/events", "/bitrix24/{typed}", *DOORS}

# They take nothing but the token here, and do not read what comes behind it.
BARE = ("/look", "/view", "/{token}", "/reopen")

# No whole form can be read of these, wherever they are sent.
UNREADABLE = {
    *("no boundary", "no boundary, but a token", "long boundary", "garbage"),
    *("garbage, but a token", "broken off", "broken off in a file"),
    *("parts in parts", "parts first", "header without a colon", "huge header"),
    *("many headers", "field packed", "token of no encoding"),
    *("token of a megabyte", "a field of megabytes", "packed, but not"),
}


class Desk:
    """An account with the application, a customer with a ticket, and their forms."""

    def __init__(self, desk, account, mehmet):
        self.desk, self.account, self.mehmet = desk, account, mehmet
        self.app = desk.web.app
        self.proof = ""

    def routes(self):
        found = [*routes_of(self.app, "/p/"), *routes_of(self.app, "/bitrix24")]
        return sorted({path for method, path in found if method == "POST"} - OTHERS)

    def address(self, path):
        path = path.replace("{slug}", self.account.slug)
        path = re.sub(r"\{(\w+)[^}]*\}+", lambda match: PLACES[match[1]], path)
        return f"{self.desk.settings.public_url}{path}"

    async def page(self, path):
        """Return the token of a page, and the headers to prove it by."""
        if path.startswith("/p/"):
            sessions = self.desk.stores.sessions
            cookie = await sessions.start(
                self.account.id, [self.mehmet.id], "mehmet@example.com", "Mehmet"
            )
            headers = {"Cookie": f"ticket24_session={cookie}"}
            url = self.address("/p/{slug}/logout")
            async with self.desk.http.get(url, headers=headers) as answer:
                page = await answer.text()
            token = re.search(r'csrf_token" value="(\w+)"', page)[1]
            return token, headers, {"X-CSRF-Token": token}
        token, _ = applications.issue(self.desk.world, CLIENT_ID, ADMIN)
        visit = Visit(
            account=self.account.id,
            user_id=ADMIN,
            name="Ada",
            admin=True,
            language="en",
            origin=self.desk.world.address,
            placement=next(
                (place for at, place in TABS.items() if path.startswith(at)),
                SETTINGS_PAGE,
            ),
            contact_id=self.mehmet.id,
            auth=token.value,
        )
        token = (await self.desk.stores.visits.open(visit)).token
        if path.startswith(TAB):  # A viewer who has seen the card may send files.
            plain = f"csrf_token={token}".encode()
            _, page = await self.post(f"{TAB}look", PLAIN, plain)
            self.proof = re.search(r"card=(\w+)", page)[1]
        return token, {}, {"Authorization": f"Bearer {token}"}

    async def post(self, path, headers, body):
        """Post a body; return the status and the page."""
        async with self.desk.http.post(
            self.address(path),
            params={"card": self.proof} if path.startswith(TAB) else {},
            data=io.BytesIO(body),
            headers=headers,
            allow_redirects=False,
        ) as answer:
            return answer.status, await answer.text(errors="replace")

    async def world(self):
        return await kept(self.desk.stores.redis), state_of(self.desk.world)


@pytest.fixture
async def desk(app_desk):
    account = await app_desk.install()
    await app_desk.sandbox.app[sandbox_app.SENDER].idle()
    settings = AccountSettings(
        "Acme",
        departments=(Department(7, "Support", 3, 2),),
        password_field=account.settings.password_field,
    )
    account = await app_desk.stores.accounts.update(
        account.id, lambda now: now.with_settings(settings, now.connected_at)
    )
    mehmet = app_desk.customer()[0]
    ref = TicketRef(account.id, NUMBER)
    (before,) = await app_desk.stores.tickets.get_all([ref])
    await app_desk.stores.tickets.commit(
        ticket(ref=ref, contact_ids=(mehmet.id,)),
        before.revision,
        ClaimedRef(ref, "0"),
        [],
        before=None,
    )
    return Desk(app_desk, account, mehmet)


async def test_a_broken_form_is_refused_in_words_and_kept_nowhere(desk):
    """Each route answers with a page that says so, and no failure is ours."""
    wrong = {}
    for path in desk.routes():
        token, who, by_header = await desk.page(path)
        bodies = odd_bodies(token, by_header)
        before, bare = await desk.world(), path.endswith(BARE)
        for about in UNREADABLE:
            headers, body = bodies[about]
            status, page = await desk.post(path, headers | who, body)
            refused = 400 <= status < 500 and ("<h1" in page or status == 415)
            if not (refused or (bare and status < 400)):
                wrong[path, about] = status, page
        changed = [] if bare else differing(before, await desk.world())
        if changed := [name for name in changed if ":budget:" not in name]:
            wrong[path, "all"] = changed
    assert {} == wrong
