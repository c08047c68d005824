"""What is new in a mail: it is compared with the ticket and our mails about it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.utils import parseaddr

from ticket24.domain.arrivals.endings import ending
from ticket24.domain.arrivals.fates import Post
from ticket24.domain.arrivals.habits import Habit, habit, without_logos
from ticket24.domain.arrivals.keepsakes import without_own_links
from ticket24.domain.arrivals.model import Arrival, Attachment
from ticket24.domain.arrivals.spoken import Spoken, spoken_in
from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.customers.follower_tokens import keys_of
from ticket24.domain.customers.mailboxes import fold, mailbox
from ticket24.domain.news.managers import named
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
    before. So are logos that two earlier mails of the sender had.
    """
    account = await stores.accounts.get(judged.ref.account)
    ticket = await stores.tickets.get(judged.ref)
    if account is None or ticket is None:
        whole = without_own_links(arrival.text, settings.public_url)
        return Compared(Spoken(whole), arrival.attachments)
    sender = next(iter(arrival.senders), "")
    habits = await stores.habits.of(account.id, sender, besides=arrival.id)
    in_copy = sender in map(fold, ticket.followers)
    owners = await stores.customers.get_all(account.id, ticket.contact_ids)
    manages = not in_copy and judged.contact_id not in ticket.contact_ids
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
            manager=judged.contact_id if manages else 0,
            whose=named(owners[one] for one in ticket.contact_ids if one in owners),
        )
        said = spoken_in(
            arrival.text,
            repeats.ours,
            names=repeats.names,
            earlier=repeats.earlier,
            seen=[one.ending for one in habits],
        )
        return replace(
            said,
            text=without_own_links(said.text, settings.public_url),
            cut=without_own_links(said.cut, settings.public_url),
        )

    spoken = await asyncio.to_thread(compare)
    files = tuple(_new(arrival.attachments, spoken))
    return _without_logos(spoken, files, habits)


async def note_habit(
    account: str, arrival: Arrival, said: Compared, stores: Stores
) -> None:
    """Remember how a mail ends, and its logos; safe to repeat."""
    ends = said.spoken.ending or ending(said.spoken.text.split("\n"))
    noted = habit(arrival.id, ends, arrival.attachments)
    for sender in arrival.senders[:1]:
        await stores.habits.note(account, sender, noted)


def _without_logos(
    spoken: Spoken, files: tuple[Attachment, ...], habits: Sequence[Habit]
) -> Compared:
    """Fold pictures that all mails of the sender have, unless nothing else is said."""
    folded = without_logos(files, habits)
    places = [one.place for one in folded if one.inline and one.folded]
    text = spoken.text
    for place in places:
        text = text.replace(place, "")
    if not text.strip():
        return Compared(spoken, files)
    gone = [one for one in places if one in spoken.text]
    cut = "\n\n".join(filter(None, [spoken.cut, *gone]))
    text = text.strip() if gone else text
    return Compared(replace(spoken, text=text, cut=cut), folded)


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
