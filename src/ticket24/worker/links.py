"""The loop from requests for sign-in links and invitations to the mail server."""

import hashlib

from ticket24.flows.customers.finding import Finder
from ticket24.flows.customers.inviting import InvitationSender
from ticket24.flows.customers.sending_links import LinkSender
from ticket24.store.sign_in.links import Lane, LinkRequest
from ticket24.worker.loops import Bell, Crew
from ticket24.worker.parts import Parts
from ticket24.worker.writing import Writing

_LINKS_AT_ONCE = 8
_LINKS_ASIDE = 100

# How long strangers wait at least if no turn is left.
_STRANGERS_PAUSE_SECONDS = 1.0


class Linking:
    """Claims requests and sends the links, beside other mails.

    A crew of its own looks up strangers. However many there are, and however slow
    Bitrix24 is, links to known customers leave at once.
    """

    def __init__(self, parts: Parts, bell: Bell) -> None:
        stores = parts.stores
        self._accounts = stores.accounts
        self._links = stores.links
        self._attempts = stores.attempts
        writing = Writing(parts)
        finder = Finder(parts.clients, stores, parts.pace)
        self._sender = LinkSender(
            stores,
            finder=finder,
            write=writing.link,
            mailer=parts.mailer,
        )
        self._inviter = InvitationSender(
            stores,
            finder=finder,
            write=writing.invitation,
            mailer=parts.mailer,
            pace=parts.pace,
        )
        self.crew = Crew("linking", _LINKS_AT_ONCE, bell, aside=_LINKS_ASIDE)
        self.strangers = Crew("strangers", _LINKS_AT_ONCE, bell, aside=_LINKS_ASIDE)

    async def turn(self) -> bool:
        """Start sending the links that were asked for."""
        for account_id in await self._links.accounts(self.crew.sight):
            count = self.crew.may_start(account_id)
            if not count:
                continue
            for request in await self._links.claim(account_id, count):
                self._start(self.crew, account_id, request)
            await self._links.index(account_id)
        for account_id in await self._links.accounts_of_strangers(self.strangers.sight):
            if self.strangers.may_start(account_id):
                await self._look_up(account_id)
        return False

    async def finish(self) -> None:
        """Wait for every job under way."""
        await self.crew.finish()
        await self.strangers.finish()

    async def _look_up(self, account_id: str) -> None:
        if not await self._attempts.stranger(account_id):
            await self._links.index_strangers(account_id, _STRANGERS_PAUSE_SECONDS)
            return
        if request := await self._links.claim_stranger(account_id):
            self._start(self.strangers, account_id, request)
        await self._links.index_strangers(account_id)

    def _start(self, crew: Crew, account_id: str, request: LinkRequest) -> None:
        # A claim of ours may have run out because of a slow mail server. The log
        # names a job that fails, so its name contains no address.
        digest = hashlib.sha256(request.id.encode()).hexdigest()
        job = f"{account_id} {digest[:16]}"
        if job not in crew:
            crew.start(job, self._send(account_id, request), account_id)

    async def _send(self, account_id: str, request: LinkRequest) -> None:
        account = await self._accounts.get(account_id)
        if account is None:
            await self._links.done(account_id, request)
            return
        sender = self._inviter if request.contact_id else self._sender
        await sender.send(account, request)
        if request.lane is Lane.STRANGERS:
            await self._links.index_strangers(account_id)
        else:
            await self._links.index(account_id)
