"""From a look to everything that follows from it: one pure function."""

from collections.abc import Mapping
from dataclasses import dataclass

from ticket24.domain.changes import Change, MessageDoubted, diff
from ticket24.domain.model import Customer, Letter, Look, Message, Ticket, Untold
from ticket24.domain.notices import Skipped, Wishes, address, decide
from ticket24.domain.pictures import all_told, to_picture
from ticket24.domain.voices import Rules


@dataclass(frozen=True, slots=True)
class Plan:
    """What a look leads to: the next picture, letters, and what a person rules."""

    after: Ticket
    changes: tuple[Change, ...]
    letters: tuple[Letter, ...]
    skipped: tuple[Skipped, ...]
    doubted: tuple[Message, ...]
    untold: tuple[Untold, ...] = ()


def plan(
    look: Look,
    before: Ticket | None,
    rules: Rules,
    customers: Mapping[int, Customer],
    wishes: Wishes,
) -> Plan:
    """Compare a look with the last picture and decide what follows."""
    after = to_picture(look, before, rules)
    changes = tuple(diff(before, after))
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
    doubted = tuple(
        change.message for change in changes if isinstance(change, MessageDoubted)
    )
    return Plan(
        all_told(after),
        changes,
        tuple(letters),
        tuple(skipped),
        doubted,
        tuple(untold),
    )
