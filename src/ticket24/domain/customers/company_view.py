"""Who sees the tickets of a company's other contacts, and who acts in them.

What we know of Bitrix24 is old after a while, and then it opens nothing: whoever was
taken out of a company there sees its tickets no longer, although nobody told us.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from ticket24.domain.settings.sharing import CompanyView
from ticket24.domain.words import folded

# For this long counts what Bitrix24 said, and for this long while it does not answer.
FRESH_SECONDS = 60.0
AWAY_SECONDS = 300.0


class CompanyRole(StrEnum):
    """What a contact is in its companies; the values are those of settings."""

    OWN = "own"  # Sees their own tickets alone.
    COLLEAGUE = "colleague"  # Reads those of the company.
    MANAGER = "manager"  # Replies to them, solves and reopens them, too.

    @property
    def sees(self) -> bool:
        """Whether tickets of others are shown."""
        return self is not CompanyRole.OWN

    @property
    def acts(self) -> bool:
        """Whether the tickets of others may be changed."""
        return self is CompanyRole.MANAGER


_RANKS = {role: rank for rank, role in enumerate(CompanyRole)}


# How a field with yes and no says what people write so.
_YES_NO = dict.fromkeys(("yes", "ja", "sim"), "1") | dict.fromkeys(
    ("no", "nein", "não"), "0"
)


@dataclass(frozen=True, slots=True)
class Membership:
    """What Bitrix24 said of a contact, and when by our clock (seconds since 1970).

    `values` are those of the field that tells the role, texts in place of elements.
    """

    companies: tuple[int, ...] = ()
    values: tuple[str, ...] = ()
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class CompanyPeople:
    """What Bitrix24 said of a company: its name and those of its contacts we know."""

    title: str = ""
    contacts: tuple[int, ...] = ()
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class KnownCompanies:
    """What is known of the companies of an account's contacts.

    `by_hand` are the roles that staff chose. `away_at` is when Bitrix24 last did not
    answer, 0 if it has since.
    """

    members: Mapping[int, Membership] = field(default_factory=dict)
    people: Mapping[int, CompanyPeople] = field(default_factory=dict)
    by_hand: Mapping[int, CompanyRole] = field(default_factory=dict)
    away_at: float = 0.0

    def asked_at(self, contact_ids: Iterable[int]) -> float:
        """Return since when all is known about these; 0 if something is missing."""
        times = []
        for contact_id in contact_ids:
            member = self.members.get(contact_id, Membership())
            times += [member.at, *(self._at(one) for one in member.companies)]
        return min(times, default=0.0)

    def _at(self, company_id: int) -> float:
        return self.people.get(company_id, CompanyPeople()).at


@dataclass(frozen=True, slots=True)
class Sight:
    """What a login sees of others: its role, by the contact whose tickets they are.

    `companies` are the names of what they have in common. `unsure` says that nobody
    could tell just now; nothing of others is shown then, and `role` is what was known
    last. `stamp` names the state of all that.
    """

    roles: Mapping[int, CompanyRole] = field(default_factory=dict)
    companies: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    role: CompanyRole = CompanyRole.OWN
    unsure: bool = False
    stamp: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all these companies."""
        every = (name for names in self.companies.values() for name in names)
        return tuple(sorted(set(every), key=folded))


ALONE = Sight()


def why_role(
    view: CompanyView, values: Iterable[str], by_hand: CompanyRole | None = None
) -> Literal["hand", "field", "default"]:
    """Return what says a contact's role."""
    if by_hand is not None:
        return "hand"
    return "field" if _said(view, values) else "default"


def role_of(
    view: CompanyView, values: Iterable[str], by_hand: CompanyRole | None = None
) -> CompanyRole:
    """Return a contact's role: what staff chose, else what its field says.

    Of several values the one that allows most counts. A value that nobody has given a
    meaning says nothing.
    """
    if by_hand is not None:
        return by_hand
    return _said(view, values) or CompanyRole(view.default or CompanyRole.OWN)


def _said(view: CompanyView, values: Iterable[str]) -> CompanyRole | None:
    said = {folded(value) for value in values}
    for role, words in (
        (CompanyRole.MANAGER, view.manager),
        (CompanyRole.COLLEAGUE, view.colleague),
    ):
        meant = {role.value, *map(folded, words)}
        if said & (meant | {_YES_NO[one] for one in meant if one in _YES_NO}):
            return role
    if CompanyRole.OWN.value in said:
        return CompanyRole.OWN
    return None


def sight(
    contact_ids: Iterable[int], known: KnownCompanies, view: CompanyView, now: float
) -> Sight:
    """Return what these contacts of one login see of others.

    Both sides have to say so: the contact that it is of the company, and the company
    that it has the contact.
    """
    ids = set(contact_ids)
    if not view.on:
        return ALONE
    away = known.away_at and now - known.away_at < FRESH_SECONDS
    bound = AWAY_SECONDS if away else FRESH_SECONDS
    roles: dict[int, CompanyRole] = {}
    shared: dict[int, set[str]] = {}
    highest, unsure = CompanyRole.OWN, False
    for contact_id in sorted(ids):
        member = known.members.get(contact_id, Membership())
        role = role_of(view, member.values, known.by_hand.get(contact_id))
        if now - known.asked_at([contact_id]) >= bound:
            # The role may be another one, or is none of a company's.
            unsure = unsure or role.sees or not member.at
            highest = max(highest, role, key=_RANKS.__getitem__)
            continue
        if not role.sees or not member.companies:
            continue
        highest = max(highest, role, key=_RANKS.__getitem__)
        for company_id in member.companies:
            people = known.people[company_id]
            if contact_id not in people.contacts:
                continue
            for other in set(people.contacts) - ids:
                roles[other] = max(roles.get(other, role), role, key=_RANKS.__getitem__)
                shared.setdefault(other, set()).add(people.title)
    companies = {
        one: tuple(sorted(filter(None, names), key=folded))
        for one, names in shared.items()
    }
    return Sight(roles, companies, highest, unsure)
