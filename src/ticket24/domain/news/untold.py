"""What becomes of news that nobody could be told at the time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.news.addressing import addressed, written_to
from ticket24.domain.news.letters import Kind, Letter, Untold
from ticket24.domain.news.notices import reread
from ticket24.domain.tickets.model import Customer, Ticket

_OF_A_STATUS = frozenset({Kind.STATUS, Kind.COMPLETED})


@dataclass(frozen=True, slots=True)
class Retold:
    """The letters that can be written now, and the news that is left, if any."""

    letters: tuple[Letter, ...]
    left: Untold | None


def retell(
    untold: Untold,
    now: Ticket | None,
    customers: Mapping[int, Customer],
    kinds: Collection[Kind],
) -> Retold:
    """Write to everybody who can now be reached, once per mailbox.

    A contact whom staff bound to the ticket in place of a lost one is told instead.
    News that is no longer true, or that the company no longer sends, is dropped. News
    of a ticket that we cannot see waits.
    """
    if now is None:
        return Retold((), untold)
    if untold.letter.kind not in kinds or _outdated(untold.letter, now):
        return Retold((), None)
    contact_ids = _to_tell(untold, now)
    letters: dict[str, Letter] = {}
    missed: list[int] = []
    for contact_id in contact_ids:
        customer = customers.get(contact_id)
        recipient = written_to(customer) if customer else None
        if customer is None or recipient is None:
            missed.append(contact_id)
            continue
        letter = addressed(untold.letter, recipient, customer)
        if letter.id not in untold.told:
            letters[letter.id] = letter
    left = replace(
        untold,
        contact_ids=tuple(missed),
        unknown=tuple(one for one in missed if one not in customers),
        bound=tuple(dict.fromkeys((*untold.bound, *contact_ids))),
        told=(*untold.told, *letters),
    )
    return Retold(tuple(letters.values()), left if missed else None)


def concerned(letter: Letter, now: Ticket | None) -> set[int]:
    """Return the contacts of whom `readdressed` has to know."""
    bound = {*now.contact_ids} if now else set()
    own = letter.parts or letter.of_company or now is None
    return bound | ({letter.contact_id} if own else set())


def readdressed(
    letter: Letter, now: Ticket | None, customers: Mapping[int, Customer]
) -> Letter | None:
    """Return a refused letter, addressed to where its customer reads mail by now.

    It keeps its id, because it is the same news. None if that mailbox belongs to
    another customer of the ticket, who got a letter already. A digest tells of several
    tickets, which are nobody else's, so it goes to its own customer or stays as it was.
    So does a manager's letter, but for mailboxes that hear of the ticket anyway.
    """
    if letter.in_copy:
        return letter
    contact_id = _whose(letter, now, customers)
    customer = customers.get(contact_id)
    recipient = written_to(customer) if customer else None
    if customer is None or recipient is None:
        return letter
    if fold(recipient) == fold(letter.recipient):
        return letter
    told = () if letter.parts else letter.bound
    others = {one for one in told if one != contact_id} & customers.keys()
    taken = {fold(written_to(customers[one]) or "") for one in others}
    if letter.of_company:
        taken |= {fold(one) for one in letter.followers}
    if fold(recipient) in taken:
        return None
    return replace(
        letter,
        recipient=recipient,
        recipient_name=customer.name,
        contact_id=contact_id,
    )


def _whose(
    letter: Letter, now: Ticket | None, customers: Mapping[int, Customer]
) -> int:
    """Return the contact of a letter, or the one who took its place; 0 if unknown."""
    if letter.parts or letter.of_company:
        return letter.contact_id
    if now is None:
        return 0
    if letter.contact_id in now.contact_ids:
        return letter.contact_id
    if letter.contact_id:
        heirs = [one for one in now.contact_ids if one not in letter.bound]
    else:
        # An earlier version noted the name alone.
        name = letter.recipient_name
        heirs = [
            one
            for one in now.contact_ids
            if name and one in customers and customers[one].name == name
        ]
    return heirs[0] if len(heirs) == 1 else 0


def _to_tell(untold: Untold, now: Ticket) -> list[int]:
    """Return who is to be told: contacts still bound, and a lost one's successor."""
    still = [one for one in untold.contact_ids if one in now.contact_ids]
    if len(still) == len(untold.contact_ids):
        return still
    return still + [one for one in now.contact_ids if one not in untold.bound]


def _outdated(letter: Letter, now: Ticket) -> bool:
    if letter.kind in _OF_A_STATUS:
        was, here = letter.named_stage, now.named_stage
        same_card = letter.kind is Kind.COMPLETED or was == here
        return letter.status is not now.status or not same_card
    return reread(letter, now) is None
