"""Everything that follows from a look at a ticket, decided in its order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ticket24.domain.automation.ends import Ending, ending
from ticket24.domain.automation.occasions import promised
from ticket24.domain.automation.promises import PromiseFact
from ticket24.domain.automation.recipes import later
from ticket24.domain.automation.recipes_told import told
from ticket24.domain.automation.rule_answers import answers
from ticket24.domain.automation.rulings import Ruled, acted, outcome
from ticket24.domain.automation.silences import silence
from ticket24.domain.commands.model import Command
from ticket24.domain.news.letters import Letter, Untold
from ticket24.domain.settings.model import Automation
from ticket24.domain.tickets.model import Look, Ticket
from ticket24.domain.tickets.plans import Plan
from ticket24.flows.tickets.scene import Scene
from ticket24.store.tickets.pictures import Kept

_NONE = Automation()


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a look: picture and letters, commands, and what to count.

    `next_at` is when to look again though nothing moves. `ruled` is what the company's
    rules decided, and what its automation did.
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
    commands, settled = _asked(found, ruled)
    asked = [*later(before, found.after, found.changes, scene.account, settled)]
    end = ending(found.after, scene.account, scene.customers)
    mails = [*answers(ruled, end.after, scene.account, scene.customers)]
    letters = [one for one in mails if isinstance(one, Letter)]
    untold = [one for one in mails if isinstance(one, Untold)]
    return Decision(
        replace(
            found,
            after=end.after,
            letters=(*found.letters, *end.letters, *letters),
            untold=(*found.untold, *untold),
        ),
        (*commands, *asked, *end.ends, *promise.warnings),
        promise.facts,
        min(filter(None, (end.next_at, promise.next_at, still.next_at)), default=None),
        (*ruled, *_recipes(scene, before, [*asked, *end.ends], end)),
    )


def _asked(plan: Plan, decided: Iterable[Ruled]) -> tuple[tuple[Command, ...], Ticket]:
    """Return what the company's rules ask for, and the ticket as they leave it."""
    settled, commands = plan.after, list[Command]()
    for one in decided:
        settled = outcome(settled, one.judgements)
        commands += one.commands
    return tuple(commands), settled


def _recipes(
    scene: Scene, before: Ticket | None, asked: Sequence[Command], end: Ending
) -> Iterator[Ruled]:
    """Yield what the company's automation did, for staff who ask why."""
    account, on = scene.account, scene.account.settings.automation != _NONE
    new = on and before is None and not account.was_there(end.after)
    if new or asked or end.letters:
        yield from told(asked, end.letters, end.after, account, new=new)
