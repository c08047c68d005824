"""To whom news goes: one letter per mailbox."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ticket24.domain.customers.followers import MOST_COPIES, addresses_of
from ticket24.domain.customers.mailboxes import fold, writable
from ticket24.domain.news.letters import Kind, Letter, Notice, Untold
from ticket24.domain.news.notices import Skipped, letter_of
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.model import Customer, Ticket


def address(
    notice: Notice,
    ticket: Ticket,
    customers: Mapping[int, Customer],
    *,
    decided_at: datetime,
) -> Iterator[Letter | Skipped | Untold]:
    """Write one letter per mailbox, however its address is spelled.

    Followers hear what customers hear; other people in copy hear that a ticket was
    created, and nothing else. Customers without a usable address share one letter at
    the end, to be told later. Who moved the ticket in the portal has seen it there.
    """
    letter = letter_of(notice, ticket, decided_at)
    reached: dict[str, Letter] = {}
    missed: list[int] = []
    mover = notice.heard.writer if notice.heard else mover_of(notice, ticket)
    own = written_to(customers[mover]) if mover in customers else None
    for contact_id in () if notice.to else ticket.contact_ids:
        customer = customers.get(contact_id)
        recipient = written_to(customer) if customer else None
        if contact_id == mover or (own and recipient and fold(own) == fold(recipient)):
            yield Skipped("own-click", f"contact-{contact_id}")
            continue
        emails = customer.emails if customer else ()
        if notice.heard and notice.heard.by_customer(contact_id, emails):
            yield Skipped("heard", f"contact-{contact_id}")
            continue
        if customer is None or recipient is None:
            missed.append(contact_id)
            yield Skipped("no-address", f"contact-{contact_id}")
            continue
        if fold(recipient) in reached:
            continue
        reached[fold(recipient)] = addressed(letter, recipient, customer)
        yield reached[fold(recipient)]
    follows = bool(ticket.followers)
    for recipient in _copies(notice, ticket, customers):
        if notice.heard and notice.heard.by_follower(ticket.ref, recipient):
            yield Skipped("heard", "follower")
            continue
        copy = replace(addressed(letter, recipient), in_copy=True, follows=follows)
        reached[fold(recipient)] = copy
        yield copy
    if missed and notice.kind is not Kind.SAID:
        yield Untold(
            letter,
            tuple(missed),
            tuple(one for one in missed if one not in customers),
            ticket.contact_ids,
            tuple(one.id for one in reached.values()),
        )


def written_to(customer: Customer) -> str | None:
    """Return the address for mail to a customer; None if there is none."""
    return writable(customer.emails, customer.newsletters)


def addressed(
    letter: Letter, recipient: str, customer: Customer | None = None
) -> Letter:
    """Return a letter to somebody, with an id that does not reveal the recipient.

    Ids are logged. The same news to the same mailbox always has the same id.
    """
    digest = hashlib.sha256(fold(recipient).encode()).hexdigest()[:12]
    return replace(
        letter,
        id=f"{letter.ref.task_id}-{letter.kind}-{letter.about}-{digest}",
        recipient=recipient,
        recipient_name=customer.name if customer else "",
        contact_id=customer.ref.contact_id if customer else 0,
    )


def mover_of(notice: Notice, ticket: Ticket) -> int:
    """Return the customer whose click in the portal is the news; 0 if nobody's is."""
    of_status = notice.kind in {Kind.STATUS, Kind.COMPLETED} and not notice.by_card
    moved = of_status and ticket.moves
    last = ticket.moves[-1] if moved else None
    return last.contact_id if last and last.new is ticket.status else 0


def _copies(
    notice: Notice, ticket: Ticket, customers: Mapping[int, Customer]
) -> Sequence[str]:
    """Return the people in copy who are not customers, without duplicates."""
    if notice.to or ticket.followers:
        return notice.to or ticket.followers
    if notice.kind is not Kind.CREATED:
        return []
    reached = addresses_of(
        customers[one] for one in ticket.contact_ids if one in customers
    )
    cc = {fold(one): one for one in reversed(parse_bbcode(ticket.description).cc)}
    copies = [one for one in reversed(cc.values()) if fold(one) not in reached]
    return copies[:MOST_COPIES]
