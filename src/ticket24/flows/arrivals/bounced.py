"""A mail of ours did not reach somebody: staff and operators hear of it.

It is set aside as a mail is that the mail server refused at once, so it stands where
those stand: among the messages that have not reached customers, on the contact's tab
and in `ticket24 failed`, with the server's words. Nothing else is sent to that address
until somebody has it sent again, or its owner writes.
"""

from collections.abc import Iterator
from dataclasses import replace
from email.utils import parseaddr

import structlog

from ticket24.domain.arrivals.model import Arrival, Bounce
from ticket24.domain.customers.mailboxes import fold, mailbox
from ticket24.domain.news.addressing import addressed
from ticket24.domain.news.attached import files_of
from ticket24.domain.news.letters import Kind, Letter, Notice
from ticket24.domain.news.notices import letter_of
from ticket24.domain.tickets.model import Customer, Ticket, Voice
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.flows.arrivals.gathering import named_by, with_address
from ticket24.mail import message_ids
from ticket24.settings import Settings
from ticket24.store.arrivals.mails import ClaimedMail
from ticket24.store.letters.parked import LETTER, Sort
from ticket24.store.stores import Stores

log = structlog.get_logger()

_MOST = 5


async def note_bounces(
    arrival: Arrival, mail: ClaimedMail, stores: Stores, settings: Settings
) -> None:
    """Set aside the letters that did not arrive, for good; safe to repeat.

    If the address is not at fault, the files of a mail may be: it goes once more, with
    links to them. A bounce that does not name a mail of ours says nothing: anybody can
    write one.
    """
    domain = mailbox(parseaddr(settings.mail_from)[1]).rpartition("@")[2]
    ids = await stores.accounts.ids()
    for bounce in [one for one in arrival.bounces if not one.late][:_MOST]:
        for email in bounce.recipients[:_MOST]:
            whose = await with_address(ids, fold(email), stores)
            ref = await named_by([bounce.message_id], whose, stores)
            ticket = await stores.tickets.get(ref) if ref else None
            if ticket is None:
                continue
            for customer in whose[ticket.ref.account]:
                if customer.ref.contact_id in ticket.contact_ids:
                    letter = _letter(bounce, ticket, customer, email, domain, mail)
                    if bounce.hard:
                        await _set_aside(letter, bounce, stores)
                    else:
                        await _send_without_files(letter, stores)
                    break


async def _send_without_files(letter: Letter, stores: Stores) -> None:
    """Send a letter once more that had files, under a name of its own."""
    account = await stores.accounts.get(letter.ref.account)
    if account is None or not files_of(letter, account.settings.mail_megabytes):
        return
    id_, about = f"{letter.id}-links", f"{letter.about}-links"
    if await stores.outbox.put(replace(letter, id=id_, about=about, bare=True)):
        log.warning("files_refused", ticket=str(letter.ref), id=letter.id)


async def _set_aside(letter: Letter, bounce: Bounce, stores: Stores) -> None:
    await stores.parked.add(
        letter.ref.account,
        Sort.MAIL,
        letter.id,
        about=f"{letter.kind} about ticket {letter.ref.task_id} to {letter.recipient}",
        why=reason(Cause.MAIL_REFUSED, words=bounce.words),
        content=LETTER.dump_json(letter).decode(),
    )
    await stores.parked.watch(f"{Sort.MAIL}-{letter.id}", letter)
    await stores.returned.note(letter.ref.account, letter.recipient, bounce.words)
    log.warning("letter_bounced", ticket=str(letter.ref), id=letter.id)


def _letter(
    bounce: Bounce,
    ticket: Ticket,
    customer: Customer,
    email: str,
    domain: str,
    mail: ClaimedMail,
) -> Letter:
    """Return the letter that came back, as far as its name tells which it was."""
    spelled = next((one for one in customer.emails if fold(one) == fold(email)), email)
    notice = next(
        (
            one
            for one in _notices(ticket)
            if message_ids.of_news(
                one.kind.value, ticket.ref, spelled, one.about, domain
            )
            == f"<{bounce.message_id.strip('<>')}>"
        ),
        Notice(Kind.STATUS, f"bounced-{mail.id[:12]}"),
    )
    letter = letter_of(notice, ticket, mail.at)
    return addressed(letter, spelled, customer)


def _notices(ticket: Ticket) -> Iterator[Notice]:
    yield Notice(Kind.CREATED, "ticket")
    for message in ticket.messages:
        if message.public and message.voice is Voice.STAFF:
            yield Notice(Kind.REPLIED, str(message.key), (message,))
