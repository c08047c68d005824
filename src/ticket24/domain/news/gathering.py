"""What waits to be told together: which letters do, and the one that tells them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.news.addressing import written_to
from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.settings.model import Gathering
from ticket24.domain.tickets.model import Customer, Ticket

# How many letters fit into a mail that somebody reads; the others make another one.
MOST_PARTS = 50


def follows_wishes(letter: Letter, gathering: Gathering) -> bool:
    """Whether a letter asks what its customer wants; people in copy are not asked."""
    if letter.gathered:
        return False
    theirs = letter.contact_id and not letter.in_copy and not letter.link
    return bool(theirs) and letter.kind.value not in {*gathering.always}


def is_still_for(
    letter: Letter, customers: Mapping[int, Customer], now: Ticket | None
) -> bool:
    """Whether news that waited is still for its customer, by the ticket as it is now.

    Staff may have bound it to somebody else. `customers` are the ticket's and this one,
    who may have been merged with one of them: the mailbox tells.
    """
    if now is None or letter.of_company or letter.contact_id not in customers:
        return True
    if letter.contact_id in now.contact_ids:
        return True
    theirs = (customers[one] for one in now.contact_ids if one in customers)
    mailbox = fold(letter.recipient)
    return any(mailbox in map(fold, one.emails) for one in theirs)


def together(letters: Sequence[Letter], customer: Customer | None) -> Letter:
    """Return the letter that tells several, to where their customer reads mail now.

    One alone is told as ever. The same letters make the same digest.
    """
    merged, last = _merged(letters), letters[-1]
    recipient = (written_to(customer) if customer else None) or last.recipient
    name = customer.name if customer else last.recipient_name
    if len(merged) == 1:
        return replace(
            merged[0], recipient=recipient, recipient_name=name, gathered=True
        )
    ids = " ".join(one.id for one in letters)
    about = hashlib.sha256(ids.encode()).hexdigest()[:32]
    return Letter(
        id=f"{digests_of(last.contact_id)}{about}",
        ref=letters[0].ref,
        kind=Kind.REPLIED,
        about=about,
        recipient=recipient,
        recipient_name=name,
        subject="",
        status=last.status,
        responsible="",
        decided_at=last.decided_at,
        contact_id=last.contact_id,
        bound=letters[0].bound,
        parts=merged,
        gathered=True,
    )


def digests_of(contact_id: int) -> str:
    """Return how the ids of a customer's digests begin."""
    return f"digest-{contact_id}-"


def _merged(letters: Sequence[Letter]) -> tuple[Letter, ...]:
    """Return them by ticket, with the replies in one ticket as one letter.

    It has the id of the last, under which nobody has got anything.
    """
    found: dict[object, Letter] = {}
    tickets = list(dict.fromkeys(one.ref for one in letters))
    for one in sorted(letters, key=lambda one: tickets.index(one.ref)):
        plain = one.kind is Kind.REPLIED and not one.reminder
        key = (one.ref, plain) if plain else one.id
        before = found.get(key)
        if before:
            said = (*before.messages, *one.messages)
            one = replace(one, messages=said, before=before.before)  # noqa: PLW2901
        found[key] = one
    return tuple(found.values())
