"""Invite a customer: a mail with the portal's address and a link to sign in."""

from dataclasses import replace
from datetime import UTC, datetime

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.invitations import Fate, Invitation
from ticket24.domain.customers.logins import TooManyTries
from ticket24.domain.customers.mailboxes import plausible, spelled, tidy
from ticket24.domain.lines import one_line
from ticket24.domain.tickets.model import Customer
from ticket24.flows.customers.finding import Finder
from ticket24.flows.customers.sending_links import Write
from ticket24.flows.customers.speaking import speaking
from ticket24.mail.server.refusals import NotNow, Refused, Unsure
from ticket24.mail.server.smtp import Mailer
from ticket24.pace import Pace
from ticket24.store.sign_in.invitations import (
    INVITED_SECONDS,
    INVITING_SECONDS,
)
from ticket24.store.sign_in.links import LinkRequest
from ticket24.store.stores import Stores

log = structlog.get_logger()


class NoSuchAddress(Exception):
    """The contact does not have this address, or nobody can write to it."""


class TooManyInvitations(Exception):
    """The account has recently asked for far too many, or too many mails wait."""


async def invite(
    account: Account,
    customer: Customer,
    email: str,
    by: str,
    stores: Stores,
) -> Invitation:
    """Have the worker invite a customer by one of his or her addresses.

    Raises NoSuchAddress, TooManyInvitations, and TooManyTries if the address was
    written to less than a minute ago.
    """
    own = spelled(email, customer.emails)
    if own is None or not plausible(own):
        raise NoSuchAddress
    if wait := await stores.attempts.invitation(account.id, own):
        raise TooManyTries(wait)
    if not await stores.attempts.invited(account.id):
        raise TooManyInvitations
    invitation = Invitation(tidy(own), one_line(by), datetime.now(UTC))
    contact_id = customer.ref.contact_id
    if not await stores.invitations.ask(account.id, contact_id, invitation):
        raise TooManyInvitations
    return invitation


class InvitationSender:
    """Sends the invitations that were asked for, one request at a time.

    `write` makes the mail for an account, a recipient, a name and a token.
    """

    def __init__(
        self,
        stores: Stores,
        *,
        finder: Finder,
        write: Write,
        mailer: Mailer,
        pace: Pace,
    ) -> None:
        self._stores = stores
        self._links = stores.links
        self._invitations = stores.invitations
        self._customers = stores.customers
        self._logins = stores.logins
        self._finder = finder
        self._write = write
        self._mailer = mailer
        self._pauses = pace.invitation_again_seconds

    async def send(self, account: Account, request: LinkRequest) -> None:
        """Make one attempt, and note what came of it.

        Where the mail server is away, it is tried again for a day.
        """
        known = await self._customers.get_all(account.id, [request.contact_id])
        customer = known.get(request.contact_id)
        recipient = spelled(request.email, customer.emails) if customer else None
        if customer is None or recipient is None:
            await self._end(account, request, Fate.GONE)
        elif request.seconds_left <= 0:
            await self._end(account, request, Fate.LATE)
        else:
            await self._mail(account, request, replace(customer, emails=(recipient,)))

    async def _mail(
        self, account: Account, request: LinkRequest, customer: Customer
    ) -> None:
        (recipient,) = customer.emails
        contact_ids = [request.contact_id]
        await self._read_password(account, recipient, request.contact_id)
        speaker = await speaking(account, contact_ids, self._stores)
        token = await self._links.make(
            account.id, recipient, contact_ids, INVITED_SECONDS, request.noted
        )
        if not token:
            await self._end(account, request, Fate.GONE)
            return
        try:
            mail = await self._write(speaker, recipient, customer.name, token)
            await self._mailer.send(mail, recipient)
        except NotNow as error:
            if not isinstance(error, Unsure):
                await self._links.forget(account.id, token)
            await self._later(account, request)
        except (Refused, ValueError):
            await self._links.forget(account.id, token)
            await self._end(account, request, Fate.REFUSED)
        else:
            await self._end(account, request, Fate.SENT)

    async def _read_password(
        self, account: Account, email: str, contact_id: int
    ) -> None:
        """Know the password, or that we do not: when it changes, the link ends."""
        if await self._logins.hashes(account.id, [contact_id]):
            return
        found = await self._finder.find(account, email)
        if found is not None:
            await self._finder.keep(account, found)
        await self._logins.put(account.id, contact_id, None, "")

    async def _later(self, account: Account, request: LinkRequest) -> None:
        waited = INVITING_SECONDS - request.seconds_left
        seconds = next((p for p in self._pauses if waited < 4 * p), self._pauses[-1])
        if request.seconds_left <= seconds:
            await self._end(account, request, Fate.LATE)
            return
        await self._links.postpone(account.id, request, seconds)
        log.warning("invitation_postponed", account=account.slug)

    async def _end(self, account: Account, request: LinkRequest, fate: Fate) -> None:
        await self._invitations.tell(account.id, request, fate)
        await self._links.done(account.id, request)
        log.info(
            "invitation_ended",
            account=account.slug,
            contact=request.contact_id,
            fate=fate.value,
        )
