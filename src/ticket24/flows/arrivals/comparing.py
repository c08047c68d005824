"""What is new in a mail: it is compared with the ticket and our mails about it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from ticket24.domain.arrivals.fates import Post
from ticket24.domain.arrivals.keepsakes import without_own_links
from ticket24.domain.arrivals.model import Arrival, Attachment
from ticket24.domain.arrivals.new_words import Spoken, new_words
from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.customers.follower_tokens import keys_of
from ticket24.domain.customers.mailboxes import fold, mailbox
from ticket24.flows.customers.speaking import speaking
from ticket24.mail.address import Sender
from ticket24.mail.arriving.repeated import repeated
from ticket24.mail.paper import Paper
from ticket24.mail.writing import Writer
from ticket24.settings import Settings
from ticket24.store.stores import Stores


@dataclass(frozen=True, slots=True)
class Compared:
    """What somebody says, and the files that come with it."""

    spoken: Spoken
    attachments: tuple[Attachment, ...]


async def compared(
    judged: Post,
    arrival: Arrival,
    stores: Stores,
    settings: Settings,
    replies: ReplyAddresses,
) -> Compared:
    """Part what is new from what the mail repeats of its ticket.

    Pictures that only the repeated part shows are those of our mails, or were sent
    before.
    """
    account = await stores.accounts.get(judged.ref.account)
    ticket = await stores.tickets.get(judged.ref)
    if account is None or ticket is None:
        whole = without_own_links(arrival.text, settings.public_url)
        return Compared(Spoken(whole), arrival.attachments)
    sender = next(iter(arrival.senders), "")
    in_copy = sender in map(fold, ticket.followers)
    ids = [judged.contact_id]
    if in_copy:
        known = await stores.customers.with_address(account.id, sender)
        ids = [customer.ref.contact_id for customer in known]
    account = await speaking(account, ids, stores)
    writer = _writer(settings, replies)

    def compare() -> Spoken:
        repeats = repeated(
            *(ticket, account, writer, Paper(zone=account.zone)),
            recipient=sender,
            name=judged.name,
            in_copy=in_copy,
        )
        said = new_words(
            arrival.text, repeats.ours, names=repeats.names, earlier=repeats.earlier
        )
        return Spoken(
            without_own_links(said.text, settings.public_url),
            without_own_links(said.cut, settings.public_url),
        )

    spoken = await asyncio.to_thread(compare)
    return Compared(spoken, tuple(_new(arrival.attachments, spoken)))


def _new(attachments: Sequence[Attachment], spoken: Spoken) -> list[Attachment]:
    return [
        one
        for one in attachments
        if not one.inline or one.place in spoken.text or one.place not in spoken.cut
    ]


def _writer(settings: Settings, replies: ReplyAddresses) -> Writer:
    domain = mailbox(parseaddr(settings.mail_from)[1]).rpartition("@")[2]
    return Writer(
        Sender(settings.mail_from, domain),
        settings.public_url,
        keys_of(settings.secret_keys)[0],
        replies,
    )
