"""Everything that follows from a look at a ticket, decided in its order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.ends import ending
from ticket24.domain.automation.occasions import promised
from ticket24.domain.automation.promises import PromiseFact
from ticket24.domain.automation.recipes import later
from ticket24.domain.automation.rule_answers import answers
from ticket24.domain.automation.rulings import Ruled, acted, outcome
from ticket24.domain.automation.silences import silence
from ticket24.domain.commands.model import Command
from ticket24.domain.news.letters import Letter, Untold
from ticket24.domain.tickets.model import Look, Ticket
from ticket24.domain.tickets.plans import Plan
from ticket24.flows.tickets.scene import Scene
from ticket24.store.tickets.pictures import Kept


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a look: picture and letters, commands, and what to count.

    `next_at` is when to look again though nothing moves. `ruled` is what the company's
    rules decided.
    """

    plan: Plan
    commands: tuple[Command, ...]
    facts: tuple[PromiseFact, ...]
    next_at: datetime | None
    ruled: tuple[Ruled, ...] = ()


def decide(scene: Scene, look: Look, kept: Kept) -> Decision:
    """Decide what follows from a look at a ticket."""
    found, before = scene.plan(look, kept), kept.ticket
    promise = scene.promising(found.after, kept)
    still = silence(promise.after, scene.account, scene.clocks)
    found = replace(
        found,
        after=still.after,
        letters=promise.told(found.letters),
        untold=promise.kept_for(found.untold),
    )
    more = (*promised(before, found.after, promise.facts), *still.occasions)
    ruled = scene.ruled(found, look, kept, more)
    found = replace(found, after=acted(found.after, ruled))
    asked = _asked(before, found, ruled, scene.account)
    end = ending(found.after, scene.account, scene.customers)
    told = [*answers(ruled, end.after, scene.account, scene.customers)]
    letters = [one for one in told if isinstance(one, Letter)]
    untold = [one for one in told if isinstance(one, Untold)]
    return Decision(
        replace(
            found,
            after=end.after,
            letters=(*found.letters, *end.letters, *letters),
            untold=(*found.untold, *untold),
        ),
        (*asked, *end.ends, *promise.warnings),
        promise.facts,
        min(filter(None, (end.next_at, promise.next_at, still.next_at)), default=None),
        tuple(ruled),
    )


def _asked(
    before: Ticket | None, plan: Plan, decided: Iterable[Ruled], account: Account
) -> tuple[Command, ...]:
    """Return what the company's rules ask for, and then its automation."""
    settled, commands = plan.after, list[Command]()
    for one in decided:
        settled = outcome(settled, one.judgements)
        commands += one.commands
    return (*commands, *later(before, plan.after, plan.changes, account, settled))
