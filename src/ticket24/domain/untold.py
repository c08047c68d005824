"""What becomes of news that could not be told when they happened."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from ticket24.domain.model import Customer, Kind, Letter, Ticket, Untold
from ticket24.domain.notices import addressed, reread, written_to

_OF_A_STATUS = frozenset({Kind.STATUS, Kind.COMPLETED})


@dataclass(frozen=True, slots=True)
class Retold:
    """The letters that can be written now, and what is left to tell, if anything is."""

    letters: tuple[Letter, ...]
    left: Untold | None


def retell(
    untold: Untold,
    now: Ticket | None,
    customers: Mapping[int, Customer],
    kinds: Collection[Kind],
) -> Retold:
    """Write to whoever can be written to by now, each mailbox once.

    Whom staff bound to the ticket in somebody's place is told instead. News that are
    not true any more, or that the company does not send any more, are no news; of a
    ticket that is away they wait.
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
        letter = addressed(untold.letter, recipient, customer.name)
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


def _to_tell(untold: Untold, now: Ticket) -> list[int]:
    """Return who is to be told: those still bound, and who took a lost one's place."""
    still = [one for one in untold.contact_ids if one in now.contact_ids]
    if len(still) == len(untold.contact_ids):
        return still
    return still + [one for one in now.contact_ids if one not in untold.bound]


def _outdated(letter: Letter, now: Ticket) -> bool:
    if letter.kind in _OF_A_STATUS:
        return letter.status is not now.status
    return reread(letter, now) is None
