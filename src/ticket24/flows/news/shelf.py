"""What customers were not told, as staff see it, and what staff do about it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import Introduce, OpenTicket, PostReply
from ticket24.domain.commands.own_fields import named
from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.tickets.descriptions import harmless
from ticket24.domain.tickets.field_values import headed
from ticket24.domain.tickets.model import TicketRef
from ticket24.domain.tickets.reasons import Cause, Reason
from ticket24.flows.tickets import failed
from ticket24.flows.tickets.reasons import reason_for
from ticket24.flows.tickets.reconcile import MESSAGE
from ticket24.store.commands.lanes import COMMAND
from ticket24.store.letters.parked import LETTER, Parked, Sort
from ticket24.store.letters.untold import UNTOLD
from ticket24.store.stores import Stores

MOST = 100


class Why(StrEnum):
    """Why a customer was not told."""

    ADDRESS = "address"  # The contact has no address that mail can be sent to.
    CONTACT = "contact"  # Deleted, merged, or hidden from us.
    DOUBTFUL = "doubtful"  # A person has to decide whether it is for the customer.
    REFUSED = "refused"  # The mail server does not accept the mail.
    UNSURE = "unsure"  # The mail server never said whether it accepted the mail.
    UNREAD = "unread"  # Bitrix24 does not show us the ticket.
    ASKED = "asked"  # Bitrix24 does not accept what the customer sent.


# Why a mail that was written was not sent, if not for the server's refusal.
_OF_MAIL = {
    Cause.MAIL_UNSURE: Why.UNSURE,
    Cause.NOBODY_TO_WRITE_TO: Why.ADDRESS,
}


@dataclass(frozen=True, slots=True)
class Shelved:
    """One thing that a customer does not know; `id` names it among what is parked.

    `text` is BBCode of staff, or what the customer sent; `kind` says what it was about.
    `whom` are the contacts who cannot be reached, or the contact who sent it or was
    written to; `recipient` is an address that refuses. `reason` is what was in the way.
    """

    id: str
    why: Why
    ticket: int
    since: datetime
    subject: str = ""
    author: str = ""
    text: str = ""
    kind: Kind = Kind.REPLIED
    whom: tuple[int, ...] = ()
    recipient: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """The newest of what was not told, and how much there is in all."""

    shelved: tuple[Shelved, ...] = ()
    count: int = 0


async def shelf_of(
    account: Account,
    stores: Stores,
    *,
    contact_id: int = 0,
    task_ids: Collection[int] = (),
) -> Shelf:
    """Return what was not told: of the account, or of one contact and its tickets."""
    # By id: a scan may yield a thing twice.
    parked = {one.id: one async for one in stores.parked.all(account.id)}.values()
    shelved = [one for one in map(_shelved, parked) if one]
    if contact_id:
        shelved = [
            one for one in shelved if one.ticket in task_ids or contact_id in one.whom
        ]
    shelved.sort(key=lambda one: (one.since, one.id), reverse=True)
    newest = shelved[:MOST]
    refs = [TicketRef(account.id, id_) for id_ in {one.ticket for one in newest} - {0}]
    kept = await stores.tickets.get_all(refs) if refs else []
    subjects = {
        one.ticket.ref.task_id: one.ticket.subject for one in kept if one.ticket
    }
    named = (
        replace(one, subject=subjects.get(one.ticket, one.subject)) for one in newest
    )
    return Shelf(tuple(named), len(shelved))


async def act(
    account: Account, shelved: Shelved, stores: Stores, *, tell: bool
) -> bool:
    """Tell, or never tell; False if somebody else has done either meanwhile."""
    parked = await stores.parked.get(account.id, shelved.id)
    if parked is None:
        return False
    await (failed.replay if tell else failed.drop)(account, parked, stores)
    return True


def _shelved(parked: Parked) -> Shelved | None:
    match parked.sort:
        case Sort.UNTOLD:
            untold = UNTOLD.validate_json(parked.content)
            why = Why.CONTACT if untold.unknown else Why.ADDRESS
            shelved = _of_letter(parked, why, untold.letter)
            return replace(shelved, whom=untold.contact_ids)
        case Sort.MAIL:
            letter = LETTER.validate_json(parked.content)
            reason = reason_for(parked)
            why = _OF_MAIL.get(reason.cause, Why.REFUSED) if reason else Why.REFUSED
            shelved = _of_letter(parked, why, letter)
            return replace(
                shelved,
                whom=(letter.contact_id,) if letter.contact_id else (),
                recipient=letter.recipient,
                reason=None if why is Why.ADDRESS else reason,
            )
        case Sort.MESSAGE:
            message = MESSAGE.validate_json(parked.content)
            return replace(
                Shelved(parked.id, Why.DOUBTFUL, _ticket(parked), parked.parked_at),
                author=message.author,
                text=message.as_written,
            )
        case Sort.TICKET:
            return replace(
                Shelved(parked.id, Why.UNREAD, _ticket(parked), parked.parked_at),
                whom=_contact(parked),
                reason=reason_for(parked),
            )
        case Sort.LINK:
            return replace(
                Shelved(parked.id, Why.REFUSED, 0, parked.parked_at),
                recipient=parked.content,
                reason=reason_for(parked),
            )
        case _:
            return _asked(parked)


def _asked(parked: Parked) -> Shelved | None:
    """Return what a customer asked for; None where nobody of theirs did."""
    if parked.sort is not Sort.COMMAND:
        return None
    command = COMMAND.validate_json(parked.content)
    match command:
        case OpenTicket():
            values = named(command.values, command.uploads)
            filled = "\n".join(f"{headed(one.label)} {one.said}" for one in values)
            words = (command.subject, command.text, filled)
            task_id, text = 0, "\n\n".join(filter(None, words))
        case Introduce():
            task_id, text = 0, f"{command.subject}\n\n{command.text}"
        case PostReply():
            task_id, text = command.ref.task_id, command.text
        case _:
            task_id, text = command.ref.task_id, ""
    shelved = Shelved(parked.id, Why.ASKED, task_id, parked.parked_at)
    return replace(
        shelved,
        author=command.name,
        text=harmless(text),
        whom=(command.contact_id,) if command.contact_id else (),
        reason=reason_for(parked),
    )


def _of_letter(parked: Parked, why: Why, letter: Letter) -> Shelved:
    said = [one for part in letter.parts or (letter,) for one in part.messages]
    return Shelved(
        parked.id,
        why,
        letter.ref.task_id,
        parked.parked_at,
        letter.subject,
        said[-1].author if said else "",
        "\n\n".join(one.text for one in said),
        letter.kind,
    )


def _ticket(parked: Parked) -> int:
    """Read the ticket out of an id such as `message-51-chat-7`; 0 for a contact."""
    number = parked.id.split("-")[1]
    return int(number) if number.isdecimal() else 0


def _contact(parked: Parked) -> tuple[int, ...]:
    """Read the contact that could not be looked at; none if it was a ticket."""
    number = parked.id.removeprefix(f"{Sort.TICKET}-contact-")
    return (int(number),) if number != parked.id else ()
