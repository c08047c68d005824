"""Which mail of ours came back, and to whom it went, by addresses that we signed.

Each mail about a ticket leaves from an address that says of which ticket it is and to
whom it went (VERP). So whatever a bounce says, in whatever language, it is about that
person in that ticket, and about nobody else. The address for answers says the same,
where the bounce repeats the head of our mail.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace

from ticket24.domain.arrivals.model import Arrival, Bounce
from ticket24.domain.arrivals.tokens import ReplyAddresses, ReplyToken
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.news.addressing import addressed
from ticket24.domain.news.letters import Letter
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.model import Customer, Ticket, TicketRef
from ticket24.store.arrivals.mails import ClaimedMail
from ticket24.store.stores import Stores

_MOST_ADDRESSES = 100


@dataclass(frozen=True, slots=True)
class CameBack:
    """A mail of ours: of which ticket it is, and to whom its address says it went."""

    ref: TicketRef
    token: ReplyToken


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who hears of a ticket: a customer, a manager, or somebody in copy."""

    email: str
    customer: Customer | None = None
    follows: bool = False
    of_company: bool = False

    def gets(self, letter: Letter) -> Letter:
        """Return a letter as it goes to this person."""
        mine = addressed(letter, self.email, self.customer)
        if self.customer:
            return replace(mine, of_company=self.of_company)
        return replace(mine, in_copy=True, follows=self.follows)


async def came_back(
    arrival: Arrival, mail: ClaimedMail, stores: Stores, replies: ReplyAddresses
) -> CameBack | None:
    """Return which of our mails came back with this one; None if none did.

    The mail server says for which address it came; what stands in its head counts
    where no server does.
    """
    addresses = (mail.recipients or arrival.to)[:_MOST_ADDRESSES]
    return await _signed(
        addresses,
        stores,
        replies,
        lambda token, account: replies.is_for_returns(token, account, mail.at),
    )


async def answered_to(
    bounce: Bounce, stores: Stores, replies: ReplyAddresses
) -> CameBack | None:
    """Return the same by the address for answers in a mail that was sent back."""
    return await _signed([bounce.reply_to], stores, replies, replies.is_signed)


async def _signed(
    addresses: Iterable[str],
    stores: Stores,
    replies: ReplyAddresses,
    is_ours: Callable[[ReplyToken, str], bool],
) -> CameBack | None:
    tokens = [token for one in addresses if (token := replies.token_in(one))]
    for account in await stores.accounts.ids() if tokens else ():
        for token in tokens:
            if is_ours(token, account):
                return CameBack(TicketRef(account, token.task_id), token)
    return None


async def reader_of(back: CameBack, ticket: Ticket, stores: Stores) -> Addressee | None:
    """Return to whom a mail went; None if nobody of the ticket has this address now."""
    async for one in _readers(ticket, stores):
        if back.token.is_for(one.email):
            return one
    return None


async def _readers(ticket: Ticket, stores: Stores) -> AsyncIterator[Addressee]:
    account = ticket.ref.account
    customers = await stores.customers.get_all(account, ticket.contact_ids)
    for customer in customers.values():
        for email in customer.emails:
            yield Addressee(email, customer)
    follow = {*map(fold, ticket.followers)}
    for email in (*ticket.followers, *parse_bbcode(ticket.description).cc):
        yield Addressee(email, follows=fold(email) in follow)
    watchers = await stores.preferences.watchers(account)
    managers = await stores.customers.get_all(account, watchers)
    for customer in managers.values():
        for email in customer.emails:
            yield Addressee(email, customer, of_company=True)
