"""Whom an answer has in copy is proposed to the ticket's customer."""

from email.utils import parseaddr

from ticket24.domain.arrivals.fates import Post
from ticket24.domain.arrivals.model import Arrival
from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.customers.followers import MOST_COPIES
from ticket24.domain.customers.mailboxes import fold
from ticket24.flows.customers import copying_in
from ticket24.settings import Settings
from ticket24.store.stores import Stores

# A mail to more people than this is no conversation.
_MOST_LOOKED_AT = 200


async def propose(
    judged: Post, arrival: Arrival, stores: Stores, settings: Settings
) -> None:
    """Propose whoever is new among those that an answer went to; safe to repeat.

    Nobody gets a mail by that: a customer of the ticket has to say yes.
    """
    account = await stores.accounts.get(judged.ref.account)
    if account is None or not account.settings.followers:
        return
    met = people_met(arrival, stores, settings)
    ticket = await stores.tickets.get(judged.ref) if met else None
    if ticket:
        await copying_in.propose(ticket, met, judged.name, stores)


def people_met(arrival: Arrival, stores: Stores, settings: Settings) -> tuple[str, ...]:
    """Return to whom a mail went besides ourselves."""
    everybody = [*arrival.to, *arrival.cc][:_MOST_LOOKED_AT]
    met = (one for one in everybody if not is_ours(one, stores, settings))
    return tuple(met)[:MOST_COPIES]


def is_ours(email: str, stores: Stores, settings: Settings) -> bool:
    """Whether an address is one of our own."""
    replies = ReplyAddresses(settings.reply_address, stores.seal.digests)
    sender = fold(parseaddr(settings.mail_from)[1])
    return replies.fits(email) or fold(email) == sender
