"""Somebody in copy at work: one ticket by one link, and nothing else of its customers.

Drafts, files and messages on their way are this person's own, under a number that no
contact has. What customers have read or sent is not changed, and not shown before it is
in the ticket.
"""

import hashlib
import re
from dataclasses import dataclass, replace

from aiohttp import web

from ticket24.domain.commands.model import Waiting
from ticket24.domain.customers.follower_tokens import Purpose, person_id, token
from ticket24.domain.customers.logins import Login
from ticket24.domain.customers.mailboxes import readable
from ticket24.domain.portal.pages import Seen, to_page
from ticket24.domain.tickets.model import Ticket
from ticket24.flows.customers.following import Follower, name_of, reader
from ticket24.portal.asker import Asker
from ticket24.portal.parts import account_of, language_of, portal_of
from ticket24.site import walk
from ticket24.store.tickets.lists import Listing
from ticket24.store.tickets.pages import Found

_LINK = re.compile(r"/p/[^/]+/followed/(\d{1,9})-([\w-]{24})(?:/.*)?", re.ASCII)


class Unfollowed(Exception):
    """The link is nobody's (any more)."""


@dataclass(frozen=True, slots=True)
class FollowerAsker(Asker):
    """Somebody in copy; `here` is the path of the ticket's page, `leave` ends it."""

    ticket_of: Ticket
    here: str
    leave: str

    @property
    def may_move(self) -> bool:
        """Whether they may complete and reopen tickets: that is for customers."""
        return False

    @property
    def heard(self) -> tuple[int, ...]:
        """Whose changes are theirs to hear of."""
        return (self.login.owner, *self.ticket_of.contact_ids)

    @property
    def _owners(self) -> tuple[int, ...]:
        return self.ticket_of.contact_ids

    async def listing(self) -> Listing:
        """Return the row of their ticket; nothing in it is new to them."""
        rows = (await Asker.listing(self)).rows
        return Listing(rows, {row.task_id: row.answers for row in rows})

    async def ticket(self, number: int, *, whole: bool = False) -> Found | None:
        """Return their ticket, as if they had read it."""
        found = await Asker.ticket(self, number, whole=whole)
        if found is None:
            return None
        read = found.page.answers
        return replace(found, contact_id=self.login.owner, seen=read)

    async def note_seen(self, found: Found, seen: Seen) -> None:
        """Note nothing: what customers have read is theirs."""

    async def waiting(self) -> list[Waiting]:
        """Return what they sent and the page may not show yet, oldest first."""
        return await self._stores.commands.waiting(self.account.id, [self.login.owner])

    async def outcome(self, command_id: str) -> Waiting | None:
        """Tell how far a message of theirs has got; None if it does not exist."""
        own = [self.login.owner]
        return await self._stores.commands.outcome(self.account.id, own, command_id)

    async def name_of(self, contact_id: int) -> str:  # noqa: ARG002
        """Return how the ticket calls them."""
        return self.login.name


FOLLOWER = web.RequestKey("FOLLOWER", FollowerAsker)


async def follower_asker(request: web.Request, path: str = "") -> FollowerAsker:
    """Return whom a link lets in, that of the request or another of the same portal.

    Raises Unfollowed if it is nobody's.
    """
    portal, account = portal_of(request), account_of(request)
    found = _LINK.fullmatch(path or request.rel_url.raw_path)
    who = None
    if found:
        number, sent = int(found[1]), found[2]
        keys, stores = portal.follower_keys, portal.stores
        who = await reader(account, number, sent, keys, stores)
    if found is None or who is None:
        raise Unfollowed
    own = person_id(who.ref, who.email)
    name = await name_of(who, portal.stores)
    version = await portal.stores.followers.version(account.id, own)
    login = Login(
        *(account.id, (own,), readable(who.email), name, f"{_shown(who)} {version}"),
        only=frozenset({who.ref.task_id}),
    )
    walk.known(request, f"{account.id}:{own}")
    away = token(portal.follower_keys[0], Purpose.LEAVE, who.ref, who.email, who.ended)
    base = f"/p/{account.slug}"
    return FollowerAsker(
        *(account, login, language_of(request), portal.settings, portal.stores),
        ticket_of=who.ticket,
        here=f"{base}/followed/{found[1]}-{found[2]}",
        leave=f"{base}/unfollow/{found[1]}-{away}",
    )


def _shown(who: Follower) -> str:
    """Return a name for what the page shows of the ticket."""
    page = to_page(who.ticket)
    shown = repr(replace(page, looked_at=page.created_at))
    raw = shown.encode(errors="backslashreplace")
    return hashlib.blake2b(raw, digest_size=12).hexdigest()
