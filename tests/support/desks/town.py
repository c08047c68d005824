"""Two accounts with customers, and every route of the portal with who may ask it."""

import re

from examples import message, ticket
from formfilling import multipart

from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.tickets.model import File, TicketRef, Voice
from ticket24.store.commands.spool import RedisSpool
from ticket24.store.customers.drafts import Draft, RedisDrafts

ANNA, BEN = 43, 44
HERS, HIS = 51, 52

# Hers by its contact, and yet not there: in a workgroup that is no department,
# bound to him since, moved to such a workgroup since.
ELSEWHERE, UNBOUND, MOVED = 53, 54, 55
NOWHERE = 777

# For everybody, without signing in: nothing of a customer is on them.
PUBLIC = {
    ("GET", "/p/{slug}"),
    ("GET", "/p/{slug}/login"),
    ("POST", "/p/{slug}/login"),
    ("GET", "/p/{slug}/login/link"),
    ("POST", "/p/{slug}/login/link"),
    ("GET", "/p/{slug}/login/link/{token}"),
    ("POST", "/p/{slug}/login/link/{token}"),
    ("GET", "/p/{slug}/logout"),
    ("POST", "/p/{slug}/logout"),
    ("GET", "/p/{slug}/language"),
    ("POST", "/p/{slug}/language"),
    ("GET", "/p/{slug}/theme/{digest}.css"),
    ("GET", "/p/{slug}/sign/{digest}.svg"),
    ("GET", "/p/{slug}/logo/{digest}"),
    ("GET", "/p/{slug}/logo/{digest}/dark"),
    ("GET", "/p/{slug}/logo/{digest}/mail"),
    ("GET", "/p/static/{digest}/{name}"),
    ("GET", "/p/{slug}/contact"),
    ("POST", "/p/{slug}/contact"),
}

# For whoever has the link, of which nobody tells what it leads to: see test_leading.py.
LINKED = {
    ("GET", "/p/{slug}/go/{mark}"),
    # For people in copy: see test_leaving.py.
    ("GET", "/p/{slug}/unfollow/{number}-{token}"),
    ("POST", "/p/{slug}/unfollow/{number}-{token}"),
    # For managers: see test_preferences.py.
    ("GET", "/p/{slug}/unfollow/company-{contact}-{token}"),
    ("POST", "/p/{slug}/unfollow/company-{contact}-{token}"),
    # Of a rating: see test_rating.py.
    ("GET", "/p/{slug}/rate/{token}"),
    ("POST", "/p/{slug}/rate/{token}"),
    # For whoever confirms an address: see test_first_contact.py.
    ("GET", "/p/{slug}/contact/{token}"),
    ("POST", "/p/{slug}/contact/{token}"),
}

# For whoever has the link of somebody in copy: see test_followed.py.
FOLLOWED = {
    ("GET", "/p/{slug}/followed/{number}-{token}"),
    ("GET", "/p/{slug}/followed/{number}-{token}/status.json"),
    ("POST", "/p/{slug}/followed/{number}-{token}/replies"),
    ("POST", "/p/{slug}/followed/{number}-{token}/uploads"),
    ("POST", "/p/{slug}/followed/{number}-{token}/drafts/{form}"),
    ("POST", "/p/{slug}/followed/{number}-{token}/drafts/{form}/discard"),
    ("GET", "/p/{slug}/followed/{number}-{token}/files/{file_id}"),
    ("GET", "/p/{slug}/followed/{number}-{token}/files/{file_id}/{size}"),
}

# For anybody signed in: it names nothing, and shows only what is theirs.
SIGNED_IN = {
    ("GET", "/p/{slug}/"),
    ("GET", "/p/{slug}/tickets"),
    ("GET", "/p/{slug}/status.json"),
    ("GET", "/p/{slug}/tickets/new"),
    ("POST", "/p/{slug}/tickets/new"),
    ("POST", "/p/{slug}/uploads"),
    ("GET", "/p/{slug}/preferences"),
    ("POST", "/p/{slug}/preferences"),
}

# For the owner of what it names.
OWNED = {
    ("GET", "/p/{slug}/tickets/{number}"),
    ("POST", "/p/{slug}/tickets/{number}/replies"),
    ("POST", "/p/{slug}/tickets/{number}/complete"),
    ("POST", "/p/{slug}/tickets/{number}/copies"),
    ("POST", "/p/{slug}/tickets/{number}/reopen"),
    ("POST", "/p/{slug}/tickets/{number}/rating"),
    ("POST", "/p/{slug}/tickets/{number}/mute"),
    ("POST", "/p/{slug}/tickets/{number}/private"),
    ("GET", "/p/{slug}/tickets/{number}/files/{file_id}"),
    ("GET", "/p/{slug}/tickets/{number}/files/{file_id}/{size}"),
    ("POST", "/p/{slug}/drafts/{form}"),
    ("POST", "/p/{slug}/drafts/{form}/discard"),
    ("GET", "/p/{slug}/received/{command_id}"),
}


class Town:
    def __init__(self, acme, other, http):
        self.acme, self.other, self.http = acme, other, http
        self.spool = RedisSpool(acme.redis, most_bytes=10**6)
        self.drafts = RedisDrafts(acme.redis)

    async def furnish(self):
        for number, contact in ((HERS, ANNA), (HIS, BEN)):
            await self._keep(self.acme, number, contact, f"Secret of {contact}")
        await self._keep(self.acme, ELSEWHERE, ANNA, "Elsewhere", group_id=99)
        await self._keep(self.acme, UNBOUND, ANNA, "Unbound")
        await self._keep(self.acme, UNBOUND, BEN, "Unbound")
        await self._keep(self.acme, MOVED, ANNA, "Moved")
        await self._keep(self.acme, MOVED, ANNA, "Moved", group_id=99)
        await self._keep(self.other, HERS, ANNA, "Secret of Olga")
        self.upload = await self.spool.keep(
            self.acme.account.id, ANNA, "hers.txt", "text/plain", _chunks(), limit=99
        )
        await self.drafts.save(
            self.acme.account.id, ANNA, "new", Draft({"subject": "Her draft"})
        )
        at, account = ticket().created_at, self.acme.account.id
        self.command = OpenTicket(
            "c0ffee", account, ANNA, "Anna", at, 7, "Her new ticket", "x"
        )
        await self.acme.commands.put(self.command)
        self.anna = await self.acme.cookie(ANNA, name="Anna")
        self.ben = await self.acme.cookie(BEN, name="Ben")
        self.olga = await self.other.cookie(ANNA, name="Olga")

    async def _keep(self, room, number, contact, words, **fields):
        files = (File(5, f"{words}.txt", 9),)
        said = (
            message(1, words, files=(File(6, f"{words}.pdf", 9),)),
            message(2, "Not for customers", voice=Voice.INTERNAL),
        )
        await room.keep(
            ticket(
                ref=TicketRef(room.account.id, number),
                subject=words,
                description=words,
                contact_ids=(contact,),
                files=files,
                messages=said,
                **fields,
            )
        )

    async def ask(self, method, path, cookie="", slug="acme", **options):
        headers = options.pop("headers", {})
        if cookie:
            headers |= {"Cookie": f"ticket24_session={cookie}"}
        url = self.acme.server.make_url(f"/p/{slug}/{path}")
        async with self.http.request(
            method, url, headers=headers, allow_redirects=False, **options
        ) as answer:
            answer.page = await answer.text(errors="replace")
            return answer

    async def send(self, method, path, cookie="", slug="acme"):
        """Ask as a page of theirs would: forms with the token of their session."""
        if method == "GET":
            return await self.ask(method, path, cookie, slug)
        token = await self.token(cookie, slug)
        if path.startswith("drafts/"):
            body = '{"fields": {"text": "Not mine"}}'
            headers = {"X-CSRF-Token": token}
        else:
            fields = {"csrf_token": token, "text": "Not mine", "reopen": "1"}
            body, headers = multipart(fields, [("a.txt", b"x")]), {}
        return await self.ask(method, path, cookie, slug, data=body, headers=headers)

    async def token(self, cookie, slug="acme"):
        path = "logout" if cookie else "login"
        page = (await self.ask("GET", path, cookie, slug)).page
        found = re.search(r'csrf_token" value="(\w+)"', page)
        return found[1] if found else "none"

    async def written(self):
        """Return how many commands, drafts and uploads there are, of all accounts."""
        return {
            name: len([key async for key in self.acme.redis.scan_iter(f"*}}:{name}:*")])
            for name in ("command", "draft", "upload")
        }


async def _chunks():
    yield b"hers"


def routes(app):
    """Return method and path of every route below /p, however deep."""
    for resource in app.router.resources():
        inner = getattr(resource, "_app", None)
        if inner is not None:
            yield from routes(inner)
        elif resource.canonical.startswith("/p/"):
            yield from (
                (route.method, resource.canonical)
                for route in resource
                if route.method != "HEAD"
            )


def named(number, command_id="c0ffee"):
    """Return method and path of everything that belongs to somebody."""
    values = {
        "{number}": str(number),
        "{form}": str(number),
        "{command_id}": command_id,
        "{size}": "small",
    }
    for method, canonical in sorted(OWNED):
        path = canonical.removeprefix("/p/{slug}/")
        for name, value in values.items():
            path = path.replace(name, value)
        for file_id in ("a5", "d6") if "{file_id}" in path else ("",):
            yield method, path.replace("{file_id}", file_id)


def plain(page):
    """Return a page without what is new on each, and without its own address."""
    return re.sub(
        r'csrf_token" value="\w+|tickets(/|%2F)\d+|drafts(/|%2F)\d+', "", page
    )
