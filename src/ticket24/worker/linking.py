"""The loop from requests for sign-in links and invitations to the mail server."""

import hashlib

from ticket24.flows.finding import Finder
from ticket24.flows.inviting import InvitationSender
from ticket24.flows.passwords import Passwords
from ticket24.flows.sending_links import LinkSender
from ticket24.store.attempts import RedisAttempts
from ticket24.store.invitations import RedisInvitations
from ticket24.store.links import Request
from ticket24.worker.parts import Parts
from ticket24.worker.rooms import Bell, Crew

_LINKS_AT_ONCE = 2
_LINKS_ASIDE = 100
_ACCOUNTS = 32


class Linking:
    """Claims requests and sends the links, beside other mails."""

    def __init__(self, parts: Parts, bell: Bell) -> None:
        stores = parts.stores
        self._accounts = stores.accounts
        self._links = stores.links
        self._sender = LinkSender(
            stores.links,
            stores.customers,
            stores.logins,
            RedisAttempts(stores.redis),
            finder=Finder(parts.clients, stores.customers, Passwords(stores.logins)),
            write=parts.writer.link,
            mailer=parts.mailer,
        )
        self._inviter = InvitationSender(
            stores.links,
            RedisInvitations(stores.redis),
            stores.customers,
            write=parts.writer.invitation,
            mailer=parts.mailer,
        )
        self.crew = Crew("linking", _LINKS_AT_ONCE, bell, aside=_LINKS_ASIDE)

    async def turn(self) -> bool:
        """Start sending what was asked for."""
        for account_id in await self._links.accounts(_ACCOUNTS):
            if not self.crew.free:
                break
            for request in await self._links.claim(account_id, self.crew.free):
                # A claim of ours may have run out under a slow mail server. The
                # name of a job stands in the log when it fails: no address in it.
                digest = hashlib.sha256(request.id.encode()).hexdigest()
                job = f"{account_id} {digest[:16]}"
                if job not in self.crew:
                    self.crew.start(job, self._send(account_id, request))
            await self._links.index(account_id)
        return False

    async def _send(self, account_id: str, request: Request) -> None:
        account = await self._accounts.get(account_id)
        if account is None:
            await self._links.done(account_id, request)
            return
        sender = self._inviter if request.contact_id else self._sender
        await sender.send(account, request)
        await self._links.index(account_id)
