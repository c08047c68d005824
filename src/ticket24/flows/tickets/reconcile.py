"""Make our pictures of due tickets match Bitrix24, and tell the customers."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from pydantic import TypeAdapter
from redis.exceptions import RedisError

from ticket24.bitrix.rest.errors import Permanent
from ticket24.bitrix.tickets.source import BitrixSource, LookResult
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.promises import PromiseFact
from ticket24.domain.looks.clocks import Clocks, measured
from ticket24.domain.tickets.model import (
    ContactRef,
    Message,
    MessageKey,
    Ticket,
    TicketRef,
    Voice,
)
from ticket24.domain.tickets.plans import Plan
from ticket24.domain.tickets.reasons import Cause, reason, reason_of
from ticket24.domain.tickets.states import counted
from ticket24.flows.customers.copying_in import propose_of_opening
from ticket24.flows.customers.keeping import ReadContacts, keep
from ticket24.flows.news import telling
from ticket24.flows.tickets.archiving import look_again
from ticket24.flows.tickets.deciding import Decision, decide
from ticket24.flows.tickets.scene import set_scene
from ticket24.pace import Pace
from ticket24.store.accounts.connected import instant
from ticket24.store.letters.parked import Sort
from ticket24.store.stores import Stores
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.pictures import Kept
from ticket24.store.tickets.rule_notes import RuleNote
from ticket24.telemetry.counters import DELAYS, PROMISES

log = structlog.get_logger()

MESSAGE = TypeAdapter(Message)

# A ticket that cannot be seen is tried again after 5, 10, 20, … seconds.
_LONGEST_PAUSE_SECONDS = 600.0
_MOST_TRIES = 8
_MOST_TRIES_WHEN_REFUSED = 3

# If more is due, much of it has waited and does not show when it happened.
_FEW = 20


async def reconcile(
    account: Account,
    claimed: Sequence[ClaimedRef],
    source: BitrixSource,
    stores: Stores,
    pace: Pace,
) -> int:
    """Look at what is due and commit what follows; return the letters written.

    Safe to repeat: a picture is committed only if it is still the one that
    was compared with. What could not be seen stays due and is parked in the
    end. Raises BitrixError where the account as a whole cannot be seen.
    """
    # Gather.
    by_task = {t.ref.task_id: t for t in claimed if isinstance(t.ref, TicketRef)}
    by_contact = {t.ref.contact_id: t for t in claimed if isinstance(t.ref, ContactRef)}
    kept = await _kept(by_task.values(), stores)
    reading = await stores.readings.begin(account.id)
    seen = await source.look(
        account,
        {task_id: one.ticket for task_id, one in kept.items()},
        contact_ids=by_contact.keys(),
        strangers=lambda ids: stores.customers.strangers(account.id, ids),
    )
    await _keep_customers(account, reading, seen, by_contact, stores)
    seen = await _succeeded(account, seen, stores)
    account = await _who_we_are(account, stores)
    seen = _counted(account, seen)
    memory = await stores.accounts.remembered(account.id)
    clocks = memory.clocks
    quiet_at = instant(memory.quiet_at) if len(claimed) <= _FEW else None
    scene = await set_scene(account, seen, kept, clocks, stores)

    # Decide and apply, each ticket by itself.
    facts: Counter[str] = Counter()
    for task_id, error in seen.errors.items():
        await try_again(by_task[task_id], error, stores, pace)
    for task_id in seen.others | seen.gone:
        if task_id in seen.gone and (before := kept[task_id].ticket):
            keys = [m.key for m in before.messages if m.voice is Voice.DOUBTFUL]
            await _unpark(before.ref, keys, stores)
        await stores.tickets.drop(
            TicketRef(account.id, task_id),
            kept[task_id].revision,
            by_task[task_id],
            seen.looked_at if task_id in seen.others else None,
            before=kept[task_id].ticket,
        )
    for task_id, look in seen.looks.items():
        try:
            found = decide(scene, look, kept[task_id])
            decision = found.plan
            await _propose(decision, account, kept[task_id], stores)
            if found.next_at:  # Before the commit: what is lost is looked at no more.
                await stores.alarms.set(look.ticket.ref, found.next_at)
            else:
                await look_again(decision.after, stores)
            done = await _commit(found, kept[task_id], by_task[task_id], stores)
            _count(look.ticket.ref, found.facts if done else ())
        except RedisError:
            raise
        except Exception as error:
            log.exception("ticket_failed", account=account.slug, ticket=task_id)
            await try_again(by_task[task_id], error, stores, pace)
        else:
            facts.update(changes=len(decision.changes), letters=len(decision.letters))
            facts.update(skipped.reason for skipped in decision.skipped)
            clocks = _measured(clocks, decision.after, kept[task_id], quiet_at)
    if clocks != scene.clocks:
        await stores.accounts.remember(account.id, Memory(clocks=clocks))
    facts["letters"] += await telling.tell_later(
        account,
        stores,
        task_ids=seen.looks,
        contact_ids=seen.customers.keys() | seen.lost,
    )
    log.info(
        "tickets_reconciled",
        account=account.slug,
        tickets=len(seen.looks),
        others=len(seen.others) + len(seen.gone),
        errors=len(seen.errors),
        **facts,
    )
    return facts["letters"]


async def _propose(plan: Plan, account: Account, kept: Kept, stores: Stores) -> None:
    """Note who is proposed in a ticket that a mail opened."""
    if kept.ticket is None:
        await propose_of_opening(account, plan.after, stores)


def _notes(found: Decision) -> Iterator[RuleNote]:
    """Yield why the company's rules did what they did, and what its automation did."""
    at = found.plan.after.looked_at
    for one in found.ruled:
        yield RuleNote(at, one.occasion.name, one.occasion.when, one.judgements)


def _measured(
    clocks: Clocks, after: Ticket, kept: Kept, quiet_at: datetime | None
) -> Clocks:
    """Return the clocks as measured now, if a ticket seen before shows them."""
    if kept.ticket is None or kept.away:
        return clocks
    return replace(clocks, **dict(measured(after, kept.ticket, quiet_at).items()))


async def _who_we_are(account: Account, stores: Stores) -> Account:
    """Return the account with everybody as whom we may have posted what was seen.

    Another administrator's tokens may have taken over during the look. That is noted
    before anything is posted with them.
    """
    now = await stores.accounts.get(account.id) or account
    return replace(account, user_id=now.user_id, former_ids=now.former_ids)


async def _kept(claimed: Collection[ClaimedRef], stores: Stores) -> dict[int, Kept]:
    refs = [one.ref for one in claimed if isinstance(one.ref, TicketRef)]
    if not refs:
        return {}
    kept = await stores.tickets.get_all(refs)
    return {ref.task_id: one for ref, one in zip(refs, kept, strict=True)}


async def _keep_customers(
    account: Account,
    reading: int,
    seen: LookResult,
    by_contact: Mapping[int, ClaimedRef],
    stores: Stores,
) -> None:
    await stores.levels.put(account.id, seen.companies)
    read = ReadContacts(reading, seen.customers, seen.passwords, seen.lost)
    await keep(account, read, stores)
    await stores.due.done(by_contact.values())


async def _succeeded(account: Account, seen: LookResult, stores: Stores) -> LookResult:
    """Replace merged contacts by their successors as a ticket's customers.

    A merge leaves the tasks of the contacts that it deletes unchanged.
    """
    met = {id_ for look in seen.looks.values() for id_ in look.ticket.contact_ids}
    heirs = await stores.customers.successors(account.id, met)
    if not heirs:
        return seen
    looks = {}
    for task_id, look in seen.looks.items():
        now = dict.fromkeys(heirs.get(id_, id_) for id_ in look.ticket.contact_ids)
        looks[task_id] = replace(
            look, ticket=replace(look.ticket, contact_ids=tuple(now))
        )
    return replace(seen, looks=looks)


def _counted(account: Account, seen: LookResult) -> LookResult:
    """Return what was seen, with what the cards on the boards say of it."""
    if not any(one.states for one in account.settings.departments):
        return seen
    looks = {
        task_id: replace(look, ticket=counted(look.ticket, account))
        for task_id, look in seen.looks.items()
    }
    return replace(seen, looks=looks)


async def _commit(
    found: Decision, kept: Kept, claimed: ClaimedRef, stores: Stores
) -> bool:
    decision, ref = found.plan, found.plan.after.ref
    # All this comes before the commit: nothing may be lost or left over, and doing it
    # twice does no harm.
    await _unpark(ref, decision.settled, stores)
    for command in found.commands:
        if await stores.commands.put(command):
            log.info("automated", ticket=str(ref), id=command.id)
    held = [m for m in decision.after.messages if m.voice is Voice.DOUBTFUL]
    for message in held if kept.away else decision.doubted:
        author = message.author or "?"
        await stores.parked.add(
            ref.account,
            Sort.MESSAGE,
            f"{ref.task_id}-{message.key}",
            about=f"ticket {ref.task_id}, {author}: {message.text[:200]}",
            why=reason(Cause.BY_A_GUEST if message.guest else Cause.PERHAPS_A_REMARK),
            content=MESSAGE.dump_json(message).decode(),
        )
    if not await stores.tickets.commit(
        decision.after,
        kept.revision,
        claimed,
        decision.letters,
        before=kept.ticket,
        untold=decision.untold,
        wanted_until=kept.wanted_until,
        notes=[*_notes(found)],
    ):
        log.warning("ticket_moved_meanwhile", ticket=str(ref))
        return False
    for letter in decision.letters:
        log.info("letter_written", ticket=str(ref), kind=letter.kind, id=letter.id)
        DELAYS.decided(letter.id, claimed.mark / 1_000_000)
    for one in decision.untold:
        log.warning(
            "not_told", ticket=str(ref), id=one.id, contacts=list(one.contact_ids)
        )
    return True


def _count(ref: TicketRef, facts: Iterable[PromiseFact]) -> None:
    """Count what became of a promise, once the picture that says so is kept."""
    for fact in facts:
        PROMISES.labels(fact.what, fact.became).inc()
        log.info("promise", ticket=str(ref), what=fact.what, became=fact.became)


async def _unpark(
    ref: TicketRef, settled: Iterable[MessageKey], stores: Stores
) -> None:
    """Take messages off the shelf that no longer need a ruling."""
    for key in settled:
        name = f"{Sort.MESSAGE}-{ref.task_id}-{key}"
        if await stores.parked.remove(ref.account, name):
            log.info("doubt_settled", ticket=str(ref), message=str(key))


async def try_again(
    claimed: ClaimedRef, error: Exception, stores: Stores, pace: Pace
) -> None:
    """Postpone what could not be seen; park it when that has not helped."""
    ref = claimed.ref
    tries = await stores.due.failed(ref)
    most = _MOST_TRIES_WHEN_REFUSED if isinstance(error, Permanent) else _MOST_TRIES
    if tries < most:
        pause = min(pace.look_again_seconds * 2 ** (tries - 1), _LONGEST_PAUSE_SECONDS)
        await stores.due.postpone(ref, pause)
        return
    await stores.parked.add(
        ref.account,
        Sort.TICKET,
        str(ref.task_id if isinstance(ref, TicketRef) else f"contact-{ref.contact_id}"),
        about=str(ref),
        why=reason_of(error, tries=tries),
        content="",
    )
    await stores.due.done([claimed])
