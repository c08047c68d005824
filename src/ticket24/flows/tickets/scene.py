"""Everything that deciding about one account's looked-at tickets needs, gathered."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from ticket24.bitrix.tickets.source import LookResult
from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.house_rules import ruled
from ticket24.domain.automation.occasions import Occasion, occasions
from ticket24.domain.automation.promises import instant_of
from ticket24.domain.automation.promising import (
    Appearance,
    Promising,
    appeared_at,
    promising,
)
from ticket24.domain.automation.rule_conditions import CustomerFacts
from ticket24.domain.automation.rulings import Ruled
from ticket24.domain.commands.model import OpenTicket, mark_of
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.looks.ages import age_of
from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.messages.signatures import marks_in
from ticket24.domain.messages.voices import Rules, Ruling
from ticket24.domain.news.heard import Heard
from ticket24.domain.news.notices import Wishes, wanted
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.domain.tickets.model import Customer, Look, MessageKey, Ticket
from ticket24.domain.tickets.moves import Mover, cards_of
from ticket24.domain.tickets.plans import Plan, plan
from ticket24.domain.tickets.ratings import solved_at
from ticket24.domain.tickets.states import name_of
from ticket24.domain.words import folded
from ticket24.flows.tickets.filling_in import filled_in
from ticket24.flows.tickets.privacy import keep_private
from ticket24.markup import says_something
from ticket24.store.stores import Stores
from ticket24.store.tickets.pictures import Kept
from ticket24.store.tickets.ratings import KeptRating


@dataclass(frozen=True, slots=True)
class Scene:
    """What was gathered, by ticket where it is a ticket's; `deciding` goes by it."""

    account: Account
    customers: Mapping[int, Customer]
    rulings: Mapping[int, Mapping[MessageKey, Ruling]]
    bystanders: Mapping[int, datetime]
    clocks: Clocks
    movers: Mapping[int, Mover]
    placed: Mapping[int, int]
    firsts: Mapping[int, int]
    appearances: Mapping[int, Appearance]
    muted: frozenset[str] = frozenset()
    ratings: Mapping[int, KeptRating] = field(default_factory=dict)
    filled: Mapping[int, tuple[FieldValue, ...]] = field(default_factory=dict)
    heard: Mapping[int, Mapping[str, Heard]] = field(default_factory=dict)
    watched: bool = False

    def plan(self, look: Look, kept: Kept) -> Plan:
        """Compare a look with the picture, and decide whom to tell what."""
        task_id = look.ticket.ref.task_id
        settings = self.account.settings
        # While we saw that it was not ours, it had no customer to tell. While it was
        # hidden from us, it had one.
        none_until = kept.none_until or self.bystanders.get(task_id)
        age = age_of(self.account, look.ticket, kept.ticket, none_until, self.clocks)
        rules = Rules(
            self.account.our_ids,
            settings.internal_marks,
            self.rulings[task_id],
            age,
            settings.shown_messages,
            settings.public_marks,
            says_something,
            *_marks_of(look.ticket, self.customers),
            mover=self.movers.get(task_id),
        )
        named = partial(name_of, settings=settings)
        wishes = Wishes(
            *(age, wanted(settings), named),
            followers=settings.followers,
            said=kept.said,
            barred=self.muted,
            heard=self.heard.get(task_id, {}),
            watched=self.watched and look.ticket.group_id in settings.shared_group_ids,
        )
        if task_id in self.filled:
            values = self.filled[task_id]
            look = replace(look, ticket=replace(look.ticket, values=values))
        found = plan(look, kept.ticket, rules, self.customers, wishes)
        after = found.after
        cards = cards_of(kept.ticket, after, self.placed.get(task_id, 0))
        if cards != after.cards:
            after = replace(after, cards=cards)
        if said := self.ratings.get(task_id):
            after = replace(after, rating=said.rating)
        return replace(found, after=after) if after is not found.after else found

    def ruled(
        self, plan: Plan, look: Look, kept: Kept, more: Iterable[Occasion]
    ) -> list[Ruled]:
        """Decide what the company's rules make of it, and of what happened besides."""
        after, rules = plan.after, self.account.settings.rules
        if not any(rule.on for rule in rules):
            return []
        task_id = after.ref.task_id
        firsts = [self.firsts.get(one, task_id) for one in after.contact_ids]
        happened = occasions(
            *(kept.ticket, after, plan.changes, self.account),
            self.placed.get(task_id, 0),
        )
        happened = (self._dated(one, after) for one in happened)
        known = [self.customers.get(one) for one in after.contact_ids]
        facts = CustomerFacts(
            task_id <= min(firsts, default=task_id),
            frozenset(one.company_id for one in known if one and one.company_id),
        )
        found = (*happened, *more)
        return [*ruled(after, found, self.account, facts, look.joined_at)]

    def _dated(self, occasion: Occasion, after: Ticket) -> Occasion:
        """Return an occasion with when it happened, should Bitrix24 have been away."""
        if message := occasion.message:
            at = min(instant_of(message, self.clocks), after.looked_at)
            return replace(occasion, at=at)
        appearance = self.appearances.get(after.ref.task_id)
        if occasion.when == "opened" and appearance:
            at = appeared_at(after, self.account, self.clocks, appearance)
            return replace(occasion, at=at)
        return occasion

    def promising(self, after: Ticket, kept: Kept) -> Promising:
        """Decide what becomes of a ticket's promise."""
        task_id = after.ref.task_id
        appearance = self.appearances.get(task_id, Appearance())
        if task_id in self.bystanders:
            appearance = replace(appearance, none_until=self.bystanders[task_id])
        return promising(kept.ticket, after, self.account, self.clocks, appearance)


def _marks_of(
    ticket: Ticket, customers: Mapping[int, Customer]
) -> tuple[frozenset[str], frozenset[str], tuple[int, ...]]:
    """Return the addresses, names and ids by which customers are known as guests."""
    known = [customers[id_] for id_ in ticket.contact_ids if id_ in customers]
    return (
        frozenset(fold(email) for customer in known for email in customer.emails),
        frozenset(folded(customer.name) for customer in known) - {""},
        ticket.contact_ids,
    )


async def set_scene(
    account: Account,
    seen: LookResult,
    kept: Mapping[int, Kept],
    clocks: Clocks,
    stores: Stores,
) -> Scene:
    """Gather it from Redis for the tickets that were seen."""
    moved = [
        id_
        for id_, look in seen.looks.items()
        if (before := kept[id_].ticket) and before.status is not look.ticket.status
    ]
    first_looks = [id_ for id_ in seen.looks if kept[id_].ticket is None]
    new = [seen.looks[one].ticket for one in first_looks]
    await keep_private(account, new, stores)
    contact_ids = {
        one for look in seen.looks.values() for one in look.ticket.contact_ids
    }
    rules = [one for one in account.settings.rules if one.on]
    carded = [
        id_
        for id_, look in seen.looks.items()
        if (before := kept[id_].ticket) and before.stage_id != look.ticket.stage_id
    ]
    firsts = any(some.first_contact for one in rules for some in (one.if_, one.unless))
    return Scene(
        account,
        await stores.customers.get_all(account.id, contact_ids),
        await stores.rulings.of(account.id, seen.looks),
        await stores.tickets.bystanders(account.id, first_looks),
        clocks,
        await stores.commands.movers(account.id, moved),
        await stores.commands.placed(account.id, carded),
        await stores.tickets.firsts(account.id, contact_ids) if firsts else {},
        await _appearances(account, seen, first_looks, kept, stores),
        await _muted(account, seen, kept, stores),
        await _ratings(account, seen, stores),
        await filled_in(new, stores),
        await _heard(account, seen, kept, stores),
        account.settings.company_view.on
        and bool(await stores.preferences.watchers(account.id)),
    )


async def _muted(
    account: Account, seen: LookResult, kept: Mapping[int, Kept], stores: Stores
) -> frozenset[str]:
    """Gather which people in copy want no mail; nobody is asked where nobody is."""
    if not account.settings.followers:
        return frozenset()
    met: set[str] = set()
    for task_id, look in seen.looks.items():
        known = kept[task_id]
        met |= {one.email for one in known.said.values()}
        if known.ticket:
            met.update(known.ticket.followers)
        words = look.ticket.description
        same = known.ticket is not None and known.ticket.description == words
        if not same and "cc:" in words.lower():
            met.update(parse_bbcode(words).cc)
    return await stores.followers.muted(account.id, met)


async def _heard(
    account: Account, seen: LookResult, kept: Mapping[int, Kept], stores: Stores
) -> dict[int, Mapping[str, Heard]]:
    """Gather who wrote what is new, of tickets that concern several people."""
    found: dict[int, Mapping[str, Heard]] = {}
    for task_id, look in seen.looks.items():
        before = kept[task_id].ticket
        if before is None or not account.settings.followers:
            continue
        alone = not before.followers and len(look.ticket.contact_ids) < 2  # noqa: PLR2004
        if alone and not account.settings.company_view.on:
            continue
        known = {message.key for message in before.messages}
        written = (*(look.forum or ()), *(look.chat or ()))
        new = (one.text for one in written if one.key not in known)
        if marks := {mark for text in new for mark in marks_in(text)}:
            found[task_id] = await stores.heard.of(look.ticket.ref, marks)
    return found


async def _ratings(
    account: Account, seen: LookResult, stores: Stores
) -> dict[int, KeptRating]:
    """Gather what customers said of the tickets that are solved, if they may."""
    if not account.settings.ratings.ask:
        return {}
    solved = [id_ for id_, look in seen.looks.items() if solved_at(look.ticket)]
    return await stores.ratings.of(account.id, solved)


async def _appearances(
    account: Account,
    seen: LookResult,
    first_looks: Collection[int],
    kept: Mapping[int, Kept],
    stores: Stores,
) -> dict[int, Appearance]:
    """Gather what promises and deadlines of tickets that appear go by, if there are."""
    appearances: dict[int, Appearance] = {}
    due = (one.on and one.then.deadline for one in account.settings.rules)
    for task_id in first_looks if account.settings.promises or any(due) else ():
        ticket = seen.looks[task_id].ticket
        known = await stores.customers.get_all(account.id, ticket.contact_ids)
        appearances[task_id] = Appearance(
            await stores.levels.of(account.id, known.values()),
            await _sent_at(ticket, stores),
            kept[task_id].none_until,
        )
    return appearances


async def _sent_at(ticket: Ticket, stores: Stores) -> datetime | None:
    """Return when a customer sent a ticket, if the portal opened it a moment ago."""
    mark = parse_bbcode(ticket.description).mark
    if not mark:
        return None
    account = ticket.ref.account
    for one in await stores.commands.waiting(account, ticket.contact_ids):
        if isinstance(one.command, OpenTicket) and mark_of(one.command) == mark:
            return one.command.at
    return None
