"""Addresses of our pages inside Bitrix24, and who asks for them."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from desk import CLIENT_ID
from examples import ticket
from hostility import kept, multipart, routes_of, state_of

from bitrix24_sandbox import app as sandbox_app
from bitrix24_sandbox.account.world import PASSWORD_FIELD
from bitrix24_sandbox.apps import applications
from ticket24.domain.accounts.visits import (
    COMPANY_TAB,
    CONTACT_TAB,
    SETTINGS_PAGE,
    Visit,
)
from ticket24.domain.arrivals.fates import HeldFor, HeldMail
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.tickets.older_reasons import read
from ticket24.staff.parts import DOORS
from ticket24.staff.parts import STAFF as STAFF_KEY
from ticket24.staff.settings.reading import SETTINGS
from ticket24.store import keys
from ticket24.store.letters.parked import Sort
from ticket24.store.tickets.due import ClaimedRef

BASE = "/bitrix24"
TAB = f"{BASE}/contact-tab"
ADMIN, STAFF, NOBODY = 1, 3, 4
FILE = ("files", "evil.txt", b"Mine")
FOLLOWED = 4711
HELD = b"Subject: Mine\r\n\r\nMine"
EVENTS = {f"{BASE}/events", f"{BASE}/{{typed}}", f"{BASE}/health/live"}


class Attacker:
    """Somebody who sends any form that exists, with any token that exists."""

    def __init__(self, desk, account, mehmet):
        self.desk, self.account, self.mehmet = desk, account, mehmet
        self.visits = desk.web.app[STAFF_KEY].stores.visits
        found = routes_of(desk.web.app, BASE)
        self.routes = sorted({*found})

    @property
    def forms(self):
        """Return the routes that need a visit: all but those that open one."""
        others = {*DOORS, *EVENTS}
        return [
            (method, path)
            for method, path in self.routes
            if path not in others and "/static/" not in path
        ]

    async def visit(self, **changes):
        """Open a visit as if its post had been verified; return its token."""
        token, _ = applications.issue(self.desk.world, CLIENT_ID, ADMIN)
        visit = Visit(
            account=self.account.id,
            user_id=ADMIN,
            name="Eve",
            admin=True,
            language="en",
            origin=self.desk.world.address,
            contact_id=self.mehmet.id,
            auth=token.value,
        )
        visit = replace(visit, **changes)
        # Something that staff may see to, which the forms name.
        await self.desk.stores.parked.add(
            *(visit.account, Sort.TICKET, f"contact-{self.mehmet.id}"),
            about="Mehmet",
            why=read("could not be looked at"),
            content="",
        )
        held = await self.desk.stores.arrivals.keep(HELD, [])
        await self.desk.stores.held.hold(
            HeldMail(
                held,
                HeldFor.NO_TICKET,
                datetime.now(UTC),
                visit.account,
                contact_id=self.mehmet.id,
            )
        )
        await self.follow(TicketRef(visit.account, FOLLOWED))
        return (await self.visits.open(visit)).token

    async def follow(self, ref):
        """Have somebody in copy of a ticket whom a form can take out."""
        stores = self.desk.stores
        (kept,) = await stores.tickets.get_all([ref])
        followed = ticket(
            ref=ref,
            subject="Mine",
            contact_ids=(self.mehmet.id,),
            followers=(self.mehmet.emails[0].value,),
        )
        claimed = ClaimedRef(ref, "0")
        await stores.tickets.commit(
            followed, kept.revision, claimed, [], before=kept.ticket
        )
        await stores.redis.hdel(keys.ticket(ref), "said")

    def fields(self, token):
        """Return what any form may have in it, all at once."""
        fresh, _ = applications.issue(self.desk.world, CLIENT_ID, ADMIN)
        number = str(self.mehmet.id)
        settings = self.account.settings
        return {
            "csrf_token": token,
            **dict.fromkeys(("contact_id", "ID", "id", "contact"), number),
            "name": "Eve",
            "phone": "+49 30 1234567",
            "email": self.mehmet.emails[0].value,
            "password": "taken-over-1",
            "department": "7",
            "subject": "Mine",
            "text": "Mine",
            "do": "save",
            "tell": f"ticket-contact-{number}",
            "discard": hashlib.sha256(HELD).hexdigest(),
            "end": "1",
            "ticket": str(FOLLOWED),
            "role": "manager",
            "company_view.default": "own",
            "company_name": "Eve Inc.",
            "language": "en",
            "seen": SETTINGS.dump_json(settings).decode(),
            "no_logo": "1",
            "password_field": settings.password_field,
            "shown_messages": "all",
            "departments.0.group_id": "7",
            "departments.0.name": "Mine",
            "AUTH_ID": fresh.value,
            "AUTH_EXPIRES": "3600",
        }

    async def send(self, method, path, token, carrier="field", **more):
        """Ask for a page, with the token in a field, in a first part or a header."""
        fields, headers = self.fields(token), {}
        carrier = carrier if method == "POST" else "header"
        if carrier == "header":
            del fields["csrf_token"]
            headers["Authorization"] = f"Bearer {token}"
        data = fields
        if carrier == "multipart" or path.endswith("/uploads"):
            files = [FILE] if path.endswith(("/uploads", "/tickets")) else []
            data = multipart(fields.items(), files)
        query = dict(more.pop("query", {}))
        if method != "POST":
            data, query = None, query | {"group_id": "7", "colour": "#123456"}
        headers |= more.pop("headers", {})
        async with self.desk.http.request(
            method,
            f"{self.desk.settings.public_url}{path}",
            params=query,
            data=data,
            headers=headers,
            allow_redirects=False,
            **more,
        ) as answer:
            text = await answer.text(errors="replace")
        return answer.status, answer.headers, text

    async def settle(self):
        """Let Bitrix24 tell all that it has to tell of the installation."""
        await self.desk.sandbox.app[sandbox_app.SENDER].idle()

    async def world(self):
        """Return all that must be as it was."""
        return await kept(self.desk.stores.redis), state_of(self.desk.world)

    @property
    def data(self):
        """Return what only the account's own people may read."""
        world, mehmet = self.desk.world, self.mehmet
        return [
            *("Ida Installer", "ida@example.com", self.account.settings.company_name),
            *(mehmet.emails[0].value, mehmet.full_name, mehmet.custom[PASSWORD_FIELD]),
            *(world.workgroups[n].name for n in (7, 12, 15)),
            *(user.last_name for user in world.users.values() if user.last_name),
            *(task.title for task in world.tasks.values()),
            *(world.member_id, world.applications[CLIENT_ID].application_token),
            *world.tokens,
            *world.refresh_tokens,
        ]


def place_of(path):
    if path.startswith(f"{BASE}/company-tab/"):
        return COMPANY_TAB
    return CONTACT_TAB if path.startswith(f"{TAB}/") else SETTINGS_PAGE


async def proof_of(attacker, token):
    _, _, page = await attacker.send("POST", f"{TAB}/look", token)
    return {"card": page.partition("news?card=")[2].partition("&")[0]}
