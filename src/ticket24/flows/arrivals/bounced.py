"""A mail of ours did not reach somebody: staff and operators hear of it.

It is set aside like a mail that the mail server refused at once, so it stands where
those stand: among the messages that have not reached customers, on the contact's tab
and in `ticket24 failed`, with the server's words. If the address is at fault, nothing
else is sent there until somebody has it sent again, or its owner writes.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from email.utils import parseaddr

import structlog

from ticket24.domain.arrivals.model import Arrival, Bounce
from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.automation.ends import REMINDER
from ticket24.domain.commands.model import PostRemark
from ticket24.domain.customers.mailboxes import fold, mailbox, readable
from ticket24.domain.lines import shortened
from ticket24.domain.news.attached import files_of
from ticket24.domain.news.letters import Kind, Letter, Notice
from ticket24.domain.news.notices import letter_of
from ticket24.domain.tickets.descriptions import harmless
from ticket24.domain.tickets.model import Ticket, Voice
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.flows.arrivals.returning import (
    Addressee,
    CameBack,
    answered_to,
    reader_of,
)
from ticket24.flows.arrivals.whose import copied_by, named_by, with_address
from ticket24.flows.news.setting_aside import set_aside
from ticket24.i18n import noop, translations
from ticket24.mail import message_ids
from ticket24.settings import Settings
from ticket24.store.arrivals.mails import ClaimedMail
from ticket24.store.stores import Stores

log = structlog.get_logger()

_MOST = 5
_MOST_WORDS = 300
_BARE = "-links"

_COMES_BACK = noop(
    "Emails to %(email)s, in CC of this ticket, come back: “%(words)s”. Nothing else"
    " is sent there. To try again, open the contact’s Ticket24 tab and select “Send"
    " again”."
)


@dataclass(frozen=True, slots=True)
class Missed:
    """A bounce, and whom it says that we did not reach, in which ticket."""

    bounce: Bounce
    ticket: Ticket
    reader: Addressee


async def missed(
    arrival: Arrival, back: CameBack | None, stores: Stores, replies: ReplyAddresses
) -> list[Missed]:
    """Return whom the bounces in a mail are about.

    `back` is which mail came back, if an address of ours says so: then the bounce says
    why, and not whom it missed. One that knows no mail of ours says nothing: anybody
    can write such.
    """
    told = [one for one in arrival.bounces if not one.late][:_MOST]
    if back:
        told = sorted(told, key=lambda one: not one.hard)[:1]
    found = []
    for bounce in told:
        signed = back or await answered_to(bounce, stores, replies)
        async for ticket, reader in _missed(bounce, signed, stores):
            found.append(Missed(bounce, ticket, reader))
    return found


async def note_bounces(
    found: Iterable[Missed], mail: ClaimedMail, stores: Stores, settings: Settings
) -> None:
    """Set aside the letters that did not arrive; safe to repeat.

    If the address is not at fault, the files of a mail may be: it goes once more, with
    links to them. Of an archived ticket nobody has the words, so it is read first.
    """
    domain = mailbox(parseaddr(settings.mail_from)[1]).rpartition("@")[2]
    for one in found:
        letter = _letter(one.bounce, one.ticket, one.reader, domain, mail)
        if not one.bounce.hard and await _goes_without_files(letter, stores):
            continue
        await _set_aside(letter, one.bounce, mail, stores)


async def _missed(
    bounce: Bounce, back: CameBack | None, stores: Stores
) -> AsyncIterator[tuple[Ticket, Addressee]]:
    """Yield whom a bounce says that we did not reach, and in which ticket."""
    if back:
        ticket = await stores.tickets.get(back.ref)
        reader = await reader_of(back, ticket, stores) if ticket else None
        if ticket and reader:
            yield ticket, reader
        return
    ids = await stores.accounts.ids()
    for email in bounce.recipients[:_MOST]:
        whose = await with_address(ids, fold(email), stores)
        ref = await named_by([bounce.message_id], whose, stores)
        ticket = await stores.tickets.get(ref) if ref else None
        for customer in whose[ticket.ref.account] if ticket else ():
            if ticket and customer.ref.contact_id in ticket.contact_ids:
                spelled = (one for one in customer.emails if fold(one) == fold(email))
                yield ticket, Addressee(next(spelled, email), customer)
                break
        if ref is None:
            ref = await copied_by([bounce.message_id], ids, fold(email), stores)
            ticket = await stores.tickets.get(ref) if ref else None
            for copied in ticket.followers if ticket else ():
                if ticket and fold(copied) == fold(email):
                    yield ticket, Addressee(copied, follows=True)


def _letter(
    bounce: Bounce, ticket: Ticket, reader: Addressee, domain: str, mail: ClaimedMail
) -> Letter:
    """Return the letter that came back: the newest, if nothing tells which it was."""
    notices = [*_notices(ticket)]
    for notice in notices:
        for about in (notice.about, f"{notice.about}{_BARE}"):
            name = message_ids.of_news(
                notice.kind.value, ticket.ref, reader.email, about, domain
            )
            if name.strip("<>") == bounce.message_id.strip("<>"):
                letter = letter_of(replace(notice, about=about), ticket, mail.at)
                return replace(
                    reader.gets(letter),
                    bare=about != notice.about,
                    reminder=notice.about.endswith(REMINDER),
                )
    # Nobody knows whether it had files, so none are taken out of it.
    newest = letter_of(notices[-1], ticket, mail.at)
    return replace(reader.gets(newest), bare=True)


def _notices(ticket: Ticket) -> Iterator[Notice]:
    at = int((ticket.closed_at or ticket.changed_at).timestamp())
    for kind in (Kind.STATUS, Kind.COMPLETED):
        yield Notice(kind, f"{ticket.status}-{at}")
    yield Notice(Kind.CREATED, "ticket")
    for message in ticket.messages:
        if message.public and message.voice is Voice.STAFF:
            yield Notice(Kind.REPLIED, f"{message.key}{REMINDER}", (message,))
            yield Notice(Kind.REPLIED, str(message.key), (message,))


async def _goes_without_files(letter: Letter, stores: Stores) -> bool:
    """Send a letter once more that had files, under a name of its own."""
    account = await stores.accounts.get(letter.ref.account)
    if account is None or not files_of(letter, account.settings.mail_megabytes):
        return False
    id_, about = f"{letter.id}{_BARE}", f"{letter.about}{_BARE}"
    if await stores.outbox.put(replace(letter, id=id_, about=about, bare=True)):
        log.warning("files_refused", ticket=str(letter.ref), id=letter.id)
    return True


async def _set_aside(
    letter: Letter, bounce: Bounce, mail: ClaimedMail, stores: Stores
) -> None:
    await set_aside(letter, reason(Cause.MAIL_REFUSED, words=bounce.words), stores)
    if bounce.hard:
        if letter.in_copy:
            await _tell_staff(letter, bounce, mail, stores)
        await stores.returned.note(letter.ref.account, letter.recipient, bounce.words)
    log.warning("letter_bounced", ticket=str(letter.ref), id=letter.id)


async def _tell_staff(
    letter: Letter, bounce: Bounce, mail: ClaimedMail, stores: Stores
) -> None:
    """Say it in the ticket: no contact has a card on which to read it. Once."""
    account = await stores.accounts.get(letter.ref.account)
    known = await stores.returned.words(letter.ref.account, letter.recipient)
    if account is None or known is not None:
        return
    say = translations(account.settings.language).gettext
    words = say(_COMES_BACK) % {
        "email": readable(letter.recipient),
        "words": shortened(bounce.words, _MOST_WORDS).rstrip(" ."),
    }
    id_ = f"bounced-{letter.ref.task_id}-{mail.id[:24]}"
    remark = PostRemark(id_, letter.ref, mail.at, words=harmless(words))
    await stores.commands.put(remark)
