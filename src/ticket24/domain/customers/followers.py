"""Who follows a ticket: people in copy who are not its customers.

The description of a task names whom a customer or the staff put in copy. The last word
that somebody said about a person since then counts more: nobody comes back who left.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ticket24.domain.customers.mailboxes import fold, reachable
from ticket24.domain.tickets.descriptions import Opened, parse_bbcode
from ticket24.domain.tickets.model import Customer, Ticket

# At most this many people in copy are written to.
MOST_COPIES = 20

# About how many people something may be said in one ticket, and how many proposals may
# wait for an answer.
MOST_SAID = 200
MOST_PROPOSED = 20


class Stand(StrEnum):
    """What was said last about somebody and a ticket."""

    ADDED = "added"
    PROPOSED = "proposed"
    DECLINED = "declined"
    LEFT = "left"
    REMOVED = "removed"


_ENDED = frozenset({Stand.LEFT, Stand.REMOVED})

# What a customer or the staff cannot change: only people who left bring themselves
# back, and whoever was declined is not proposed again.
_FINAL = {
    Stand.LEFT: frozenset({Stand.PROPOSED, Stand.ADDED, Stand.REMOVED, Stand.DECLINED}),
    Stand.DECLINED: frozenset({Stand.PROPOSED}),
    Stand.ADDED: frozenset({Stand.PROPOSED, Stand.DECLINED}),
    Stand.REMOVED: frozenset({Stand.DECLINED}),
}


@dataclass(frozen=True, slots=True)
class LastWord:
    """What was said last about an address in one ticket, when, and `by` whom.

    `ended` counts how often that person left or was removed: earlier links are no
    longer good.
    """

    email: str
    stand: Stand
    at: datetime
    by: str = ""
    ended: int = 0

    @property
    def over(self) -> bool:
        """Whether this person does not follow, whatever the description says."""
        return self.stand in _ENDED


def after(
    known: LastWord | None, now: LastWord, *, own: bool = False
) -> LastWord | None:
    """Return what counts once this is said, too; None if it changes nothing.

    The word may be the person's `own`: they may leave, and take that back.
    """
    if known is None:
        return replace(now, ended=int(now.over))
    if known.stand is now.stand:
        return None
    if own:
        refused = known.stand is Stand.REMOVED  # Nobody comes back alone from that.
    else:
        refused = now.stand in _FINAL.get(known.stand, ())
    if refused:
        return None
    return replace(now, ended=known.ended + now.over)


def following(
    now: Ticket,
    before: Ticket | None,
    said: Mapping[str, LastWord],
    barred: Collection[str],
    *,
    appeared: bool,
) -> tuple[str, ...]:
    """Return who follows a ticket, in the order in which they came.

    `said` is by folded address, and `barred` are folded addresses: those of its
    customers, and of people who want no mail. A ticket may be older than following, or
    than our work here: then only people whom staff add to its description follow.
    """
    mine = dict(_of_description(now, before, said, appeared=appeared))
    mine |= {at: one.email for at, one in said.items() if one.stand is Stand.ADDED}
    found = (
        email
        for at, email in mine.items()
        if at not in barred and reachable(email) and not _over(said, at)
    )
    return tuple(found)[:MOST_COPIES]


def _of_description(
    now: Ticket,
    before: Ticket | None,
    said: Mapping[str, LastWord],
    *,
    appeared: bool,
) -> Iterator[tuple[str, str]]:
    """Yield whom the description adds, and who followed and is still in it.

    A description without our footer does not say who is in copy: nobody was taken out.
    """
    if before is None:
        if appeared:
            yield from _folded(parse_bbcode(now.description).cc)
        return
    same = now.description == before.description
    opened = Opened("", "", (), "") if same else parse_bbcode(now.description)
    named = dict(_folded(opened.cc))
    for at, email in _folded(before.followers):
        added = at in said and said[at].stand is Stand.ADDED
        if added or at in named or not opened.mark:
            yield at, email
    if named:
        were = {at for at, _ in _folded(parse_bbcode(before.description).cc)}
        yield from ((at, email) for at, email in named.items() if at not in were)


def _folded(emails: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each address once, with its folded spelling, as it was spelled first."""
    met: set[str] = set()
    for email in emails:
        at = fold(email)
        if at not in met:
            met.add(at)
            yield at, email


def _over(said: Mapping[str, LastWord], at: str) -> bool:
    return at in said and said[at].over


def still(followers: Iterable[str], said: Mapping[str, LastWord]) -> tuple[str, ...]:
    """Return those of a picture's followers who have not left or been removed since."""
    return tuple(one for one in followers if not _over(said, fold(one)))


def current(followers: Iterable[str], said: Mapping[str, LastWord]) -> tuple[str, ...]:
    """Return who follows by a picture and all that was said since, the newest last."""
    mine = {fold(one): one for one in still(followers, said)}
    mine |= {at: one.email for at, one in said.items() if one.stand is Stand.ADDED}
    return tuple(mine.values())


def proposed(said: Mapping[str, LastWord]) -> list[LastWord]:
    """Return the people about whom the customer has to decide, the oldest first."""
    waiting = [one for one in said.values() if one.stand is Stand.PROPOSED]
    return sorted(waiting, key=lambda one: one.at)[:MOST_PROPOSED]


def addresses_of(customers: Iterable[Customer]) -> frozenset[str]:
    """Return the addresses of these customers, folded: none of them is in copy."""
    return frozenset(fold(email) for one in customers for email in one.emails)
