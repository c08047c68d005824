"""Who opened the tickets of a company, as the pages show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ticket24.domain.customers.company_view import Sight
from ticket24.domain.lines import one_line
from ticket24.domain.portal.rows import Row
from ticket24.domain.portal.searching import found_in, wanted_in
from ticket24.domain.words import sought
from ticket24.portal.asker import Asker
from ticket24.store.tickets.lists import Listing
from ticket24.store.tickets.pages import Found

# Many short words may be in hundreds of names, each time others of them.
_MOST_SEARCHES = 16


@dataclass(frozen=True, slots=True)
class Senders:
    """The people whose tickets are in a list, by contact id."""

    names: Mapping[int, str] = field(default_factory=dict)
    owners: Mapping[int, int] = field(default_factory=dict)
    companies: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def choices(self) -> list[tuple[int, str]]:
        """Return whose tickets there are, by name; the same names stay two."""
        there = {*self.owners.values()}
        named = ((id_, self.names.get(id_, "")) for id_ in there)
        return sorted(named, key=lambda one: (sought(one[1]), one[0]))

    def of(self, row: Row) -> str:
        """Return whose ticket it is; their company, too, if there are several."""
        owner = self.owners.get(row.task_id, 0)
        companies = self.companies.get(owner, ())
        several = len({one for some in self.companies.values() for one in some}) > 1
        name = self.names.get(owner, "")
        return " · ".join(filter(None, (name, *(companies if several else ()))))

    def without(self, words: str) -> dict[str, set[int]]:
        """Return what is left of the words of a search beside a name, and whose it is.

        Each word that is in somebody's name or company has found their tickets.
        """
        theirs: dict[int, set[int]] = {}
        for task_id, owner in self.owners.items():
            theirs.setdefault(owner, set()).add(task_id)
        wanted = {one: wanted_in(one) for one in words.split()}
        found: dict[str, set[int]] = {}
        for owner, numbers in theirs.items():
            named = (self.names.get(owner, ""), *self.companies.get(owner, ()))
            about = {owner: sought(" ".join(named))}
            left = [one for one, each in wanted.items() if not found_in(about, each)]
            if len(left) < len(wanted):
                found.setdefault(" ".join(left), set()).update(numbers)
        return found


async def listed(asker: Asker, owner: int | None) -> tuple[Listing, Senders]:
    """Return the tickets of others, or of one of them, with whose they are."""
    shared = await asker.company_listing()
    rows = shared.listing.rows
    owners = {row.task_id: shared.owners[row.task_id] for row in rows}
    names = await asker.names_of({*owners.values()})
    senders = Senders(
        {id_: one_line(name) for id_, name in names.items()},
        owners,
        asker.sight.companies,
    )
    return _of(shared.listing, owners, owner), senders


async def found(asker: Asker, words: str, senders: Senders) -> set[int]:
    """Return the tickets of others with every word, also in whose they are."""
    numbers = await asker.search(words, company=True)
    without = sorted(senders.without(words).items(), key=lambda one: len(one[0]))
    for left, theirs in without[:_MOST_SEARCHES]:
        rest = await asker.search(left, company=True) if left else theirs
        numbers |= rest & theirs
    return numbers


def has_company(sight: Sight) -> bool:
    """Whether there are tickets of others, or may be once Bitrix24 answers."""
    return bool(sight.roles) or (sight.unsure and sight.role.sees)


async def sender_of(asker: Asker, found: Found) -> str:
    """Return whose ticket it is, with the company; "" for their own."""
    if found.role is None:
        return ""
    id_ = found.contact_id
    name = (await asker.names_of([id_])).get(id_, "") or found.page.opened_by
    companies = asker.sight.companies.get(id_, ())
    return " · ".join(filter(None, (one_line(name), *companies)))


def _of(listing: Listing, owners: Mapping[int, int], owner: int | None) -> Listing:
    if owner is None:
        return listing
    rows: Sequence[Row] = [r for r in listing.rows if owners[r.task_id] == owner]
    return Listing(tuple(rows), listing.seen)
