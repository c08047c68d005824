"""Whether a letter about a status says anything new to its reader, when it goes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import Ticket, TicketRef
from ticket24.domain.tickets.states import name_in, name_of

OF_A_STATUS = frozenset({Kind.STATUS, Kind.COMPLETED})


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader of letters about a ticket's status was `told`, as it is named.

    `last` is what the last of the letters said, whether or not it went.
    """

    told: str
    last: str


def judged(
    letter: Letter, now: Ticket, settings: AccountSettings, before: Read | None
) -> tuple[bool, Read]:
    """Decide whether a letter about a status goes, and what its reader knows after it.

    What the ticket is by now has a letter of its own, and a ticket that moved away and
    back is what it was. Its customers know what they read when it moved, unless the
    letter that had told them of that did not go. The end is told in any case.
    """
    says = name_in(letter, now, settings)
    known = before.told if before and before.last == letter.was else letter.was
    new = says == name_of(now, settings) != known
    goes = new or letter.kind is Kind.COMPLETED
    return goes, Read(says if goes else known, says)


def worth_telling(
    letters: Iterable[Letter],
    now: Mapping[TicketRef, Ticket | None],
    settings: AccountSettings,
    before: Mapping[TicketRef, Read],
) -> tuple[tuple[Letter, ...], Mapping[TicketRef, Read]]:
    """Return which of several letters to one reader say something, in their order.

    And what the reader knows after them, of each ticket about whose status they are.
    """
    left, read = list[Letter](), dict[TicketRef, Read]()
    for letter in letters:
        ticket, goes = now[letter.ref], True
        if ticket and letter.kind in OF_A_STATUS:
            known = read.get(letter.ref) or before.get(letter.ref)
            goes, read[letter.ref] = judged(letter, ticket, settings, known)
        if goes:
            left.append(letter)
    return tuple(left), read
