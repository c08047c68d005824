"""Send a sign-in link to the address that asked for one, if that is a customer's.

Strangers are looked up in the CRM, in their turn; whoever is found there goes on among
those whom we know.
"""

import hashlib
from collections.abc import Awaitable, Callable
from email.message import EmailMessage

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.link_tokens import leading
from ticket24.domain.customers.mailboxes import fold, spelled
from ticket24.domain.lines import laid_bare
from ticket24.domain.tickets.model import Customer
from ticket24.domain.tickets.reasons import reason_of
from ticket24.flows.customers.finding import Finder
from ticket24.flows.customers.speaking import speaking
from ticket24.flows.news.relaying import note_away, taken, untold
from ticket24.mail.server.refusals import Away, NotNow, Refused, Unsure
from ticket24.mail.server.smtp import Mailer
from ticket24.store.letters.parked import Sort
from ticket24.store.sign_in.links import GOOD_SECONDS, Lane, LinkRequest
from ticket24.store.stores import Stores

log = structlog.get_logger()

# Seconds until the next attempt; they end with the time of the request.
_PAUSE_SECONDS = 5.0, 15.0, 60.0

Write = Callable[[Account, str, str, str], Awaitable[EmailMessage]]


class LinkSender:
    """Sends the links that were asked for, one request at a time.

    `write` makes the mail for an account, a recipient, a name and the end of a link.
    """

    def __init__(
        self, stores: Stores, *, finder: Finder, write: Write, mailer: Mailer
    ) -> None:
        self._links = stores.links
        self._customers = stores.customers
        self._logins = stores.logins
        self._attempts = stores.attempts
        self._parked = stores.parked
        self._stores = stores
        self._finder = finder
        self._write = write
        self._mailer = mailer

    async def send(self, account: Account, request: LinkRequest) -> None:
        """Make one attempt, and note what came of it.

        An address that nobody has gets nothing; one that cannot be written to is set
        aside for a person. Where Bitrix24 or the mail server is away, it is tried again
        for as long as the request is good.
        """
        if request.lane is Lane.STRANGERS:
            await self._look_up(account, request)
            return
        customers = await self._owners(account, request.email)
        if not customers or request.seconds_left <= 0:
            await self._links.done(account.id, request)
            log.info("link_not_sent", account=account.slug, known=bool(customers))
        else:
            await self._mail(account, request, customers)

    async def _look_up(self, account: Account, request: LinkRequest) -> None:
        """Ask Bitrix24 whether it knows the address of a stranger."""
        known = await self._customers.with_address(account.id, request.email)
        if not known and request.seconds_left > 0:
            found = (
                await self._finder.find(account, request.email)
                if await self._attempts.look_up_stranger(account.id, request.email)
                else None
            )
            if found is None:
                reason = "Bitrix24 did not tell whose it is"
                await self._later(account, request, reason)
                return
            await self._finder.keep(account, found)
            known = list(found.customers.values())
        if known and request.seconds_left > 0:
            await self._links.promote(account.id, request)
            return
        await self._links.done(account.id, request)
        log.info("link_not_sent", account=account.slug, known=bool(known))

    async def _owners(self, account: Account, email: str) -> list[Customer]:
        """Return the customers who have this address.

        Contacts whose password was never read are looked up, so that we notice when it
        changes. If the look-up fails, we note that they have none: the first look at
        their card then ends links and sessions that are older.
        """
        known = await self._customers.with_address(account.id, email)
        ids = [customer.ref.contact_id for customer in known]
        kept = await self._logins.hashes(account.id, ids)
        unread = [id_ for id_ in ids if id_ not in kept]
        if known and not unread:
            return known
        if await self._attempts.look_up_known(account.id, email):
            found = await self._finder.find(account, email)
            if found is not None:
                await self._finder.keep(account, found)
                return list(found.customers.values())
        for id_ in unread:
            await self._logins.put(account.id, id_, None, "")
        return known

    async def _mail(
        self, account: Account, request: LinkRequest, customers: list[Customer]
    ) -> None:
        first = customers[0]
        recipient = spelled(request.email, first.emails) or ""
        ids = [customer.ref.contact_id for customer in customers]
        speaker = await speaking(account, ids, self._stores, request.language)
        token = await self._links.make(account.id, recipient, ids, noted=request.noted)
        if not token:
            await self._links.done(account.id, request)
            log.info("link_not_sent", account=account.slug, known=True)
            return
        try:
            name = first.name if len(customers) == 1 else ""
            end = leading(token, request.ticket)
            mail = await self._write(speaker, recipient, name, end)
            await self._mailer.send(mail, recipient)
        except NotNow as error:
            if isinstance(error, Away):
                await note_away(error, self._stores)
            # A mail that may have arrived has a link that works.
            if not isinstance(error, Unsure):
                await self._links.forget(account.id, token)
            await self._later(account, request, untold(error.words, recipient))
        except (Refused, ValueError) as error:
            await self._links.forget(account.id, token)
            await self._links.done(account.id, request)
            words = untold(str(error), recipient)
            log.warning("link_refused", account=account.slug, contacts=ids, words=words)
            await self._parked.add(
                account.id,
                Sort.LINK,
                _name(recipient),
                about=f"sign-in link to {laid_bare(recipient)}",
                why=reason_of(error),
                content=recipient,
            )
        else:
            await taken(self._stores)
            await self._parked.remove(account.id, f"{Sort.LINK}-{_name(recipient)}")
            await self._links.done(account.id, request)
            log.info("link_sent", account=account.slug, contacts=ids)

    async def _later(self, account: Account, request: LinkRequest, reason: str) -> None:
        waited = GOOD_SECONDS - request.seconds_left
        seconds = next(
            (p for p in _PAUSE_SECONDS if waited < 4 * p), _PAUSE_SECONDS[-1]
        )
        if request.seconds_left <= seconds:
            await self._links.done(account.id, request)
            log.warning("link_given_up", account=account.slug, reason=reason)
            return
        await self._links.postpone(account.id, request, seconds)
        log.warning("link_postponed", account=account.slug, reason=reason)


def _name(recipient: str) -> str:
    """Name an address where its links are set aside: one thing for all of them."""
    return hashlib.sha256(fold(recipient).encode()).hexdigest()[:16]
