"""From a look to everything that follows from it: one pure function."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ticket24.domain.customers.followers import addresses_of, following
from ticket24.domain.messages.voices import Rules
from ticket24.domain.news.addressing import address
from ticket24.domain.news.letters import Kind, Letter, Untold
from ticket24.domain.news.managers import for_managers
from ticket24.domain.news.notices import Skipped, Wishes, decide
from ticket24.domain.tickets.changes import Change, MessageDoubted, diff
from ticket24.domain.tickets.model import (
    Customer,
    Look,
    Message,
    MessageKey,
    Ticket,
    Voice,
)
from ticket24.domain.tickets.pictures import all_told, to_picture


@dataclass(frozen=True, slots=True)
class Plan:
    """The consequences of a look: the next picture, letters, and rulings to ask for.

    `doubted` are messages that a person has to see, as they are now. `settled` ones
    need nobody any more: they are gone, told, internal, or have other words by now.
    """

    after: Ticket
    changes: tuple[Change, ...]
    letters: tuple[Letter, ...]
    skipped: tuple[Skipped, ...]
    doubted: tuple[Message, ...]
    untold: tuple[Untold, ...] = ()
    settled: tuple[MessageKey, ...] = ()


def plan(
    look: Look,
    before: Ticket | None,
    rules: Rules,
    customers: Mapping[int, Customer],
    wishes: Wishes,
) -> Plan:
    """Compare a look with the last picture and decide what follows."""
    after = _followed(to_picture(look, before, rules), before, customers, wishes)
    changes = tuple(diff(before, after, wishes.named))
    letters: list[Letter] = []
    skipped: list[Skipped] = []
    untold: list[Untold] = []
    for notice in decide(after, changes, wishes):
        if isinstance(notice, Skipped):
            skipped.append(notice)
            continue
        for letter in address(notice, after, customers, decided_at=after.looked_at):
            if isinstance(letter, Skipped):
                skipped.append(letter)
            elif isinstance(letter, Untold):
                untold.append(letter)
            else:
                letters.append(letter)
        if wishes.watched and not (notice.to or notice.kind is Kind.SAID):
            letters.append(for_managers(notice, after, decided_at=after.looked_at))
    held = {m.key: m for m in before.messages if _is_held(m)} if before else {}
    still = {m.key: m for m in after.messages if _is_held(m)}
    edited = {
        key
        for key, m in held.items()
        if key in still and m.as_written != still[key].as_written
    }
    doubted = [one.message for one in changes if isinstance(one, MessageDoubted)]
    doubted += [still[key] for key in sorted(edited)]
    return Plan(
        all_told(after),
        changes,
        tuple(letters),
        tuple(skipped),
        tuple(doubted),
        tuple(untold),
        tuple(key for key in held if key not in still or key in edited),
    )


def _followed(
    after: Ticket,
    before: Ticket | None,
    customers: Mapping[int, Customer],
    wishes: Wishes,
) -> Ticket:
    """Return a picture with who follows it."""
    if not wishes.followers:
        return after
    theirs = (customers[id_] for id_ in after.contact_ids if id_ in customers)
    barred = addresses_of(theirs) | wishes.barred
    followers = following(
        after, before, wishes.said, barred, appeared=not wishes.age.whole
    )
    return replace(after, followers=followers)


def _is_held(message: Message) -> bool:
    return message.voice is Voice.DOUBTFUL and not message.empty
