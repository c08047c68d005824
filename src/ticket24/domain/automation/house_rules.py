"""What a company's own rules make of what happened in a ticket.

Rules act in their order, and what one has set for an occasion no later one changes.
Everything is decided here; a command holds what was decided.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.occasions import Occasion
from ticket24.domain.automation.recipes import deadline_after
from ticket24.domain.automation.rule_conditions import (
    NO_FACTS,
    CustomerFacts,
    lacking,
)
from ticket24.domain.automation.rulings import (
    Judgement,
    RuleCommand,
    Ruled,
    acted,
    outcome,
    too_often,
)
from ticket24.domain.commands.model import (
    ApplyRules,
    MoveCard,
    MoveTicket,
    PostRemark,
    TellStaff,
)
from ticket24.domain.commands.rule_deeds import RuleDeed, SeenTask
from ticket24.domain.settings.house_rules.model import HouseRule, Whom
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.model import Status, Ticket
from ticket24.domain.words import folded

_ENDED = {Status.COMPLETED, Status.DECLINED}
_OPENED = {Status.NEW, Status.IN_PROGRESS, Status.DECLINED}


def ruled(
    after: Ticket,
    happened: Iterable[Occasion],
    account: Account,
    facts: CustomerFacts = NO_FACTS,
    changed_at: datetime | None = None,
) -> Iterator[Ruled]:
    """Yield what is decided, occasion by occasion; later ones see what earlier did.

    `changed_at` is when we ourselves changed the task during the look, if we did.
    """
    now = after
    awaited = {one.when for one in account.settings.rules if one.on}
    for occasion in happened:
        if occasion.when not in awaited:
            continue
        at = occasion.at or after.looked_at
        judgements = judge(replace(now, looked_at=at), occasion, account, facts)
        if judgements:
            commands: tuple[RuleCommand, ...] = ()
            if any(judged.deed.acts for judged in judgements):
                seen = replace(after, changed_at=changed_at or after.changed_at)
                commands = tuple(_commands(seen, now, occasion, judgements))
            one = Ruled(occasion, judgements, commands)
            now = acted(outcome(now, judgements), (one,))
            yield one


def judge(
    now: Ticket, occasion: Occasion, account: Account, facts: CustomerFacts
) -> tuple[Judgement, ...]:
    """Return what each rule that waits for this occasion decides.

    All are judged by the ticket as it was: what one rule does lets no other in. The
    status is that of the occasion, should the ticket have moved on since.
    """
    judgements: list[Judgement] = []
    done: set[str] = set()
    ticket = now
    for rule in account.settings.rules:
        if not rule.on or rule.when != occasion.when:
            continue
        if occasion.rule not in {"", rule.key}:
            continue
        lacks = lacking(rule, ticket, occasion, facts) or too_often(rule, ticket)
        deed = RuleDeed() if lacks else _deed(rule, now, done, account)
        judgements.append(Judgement(rule.key, rule.name, lacks, deed))
        now = outcome(now, judgements[-1:])
    return tuple(judgements)


def occasion_of(command: MoveCard | MoveTicket) -> str:
    """Return the occasion on which a rule asked for this."""
    return command.id.partition(f"-{command.ref.task_id}-")[2]


def seen_task(ticket: Ticket) -> SeenTask:
    """Return what of a ticket rules may change by fields of its task."""
    return SeenTask(
        ticket.responsible_id,
        ticket.deadline,
        ticket.important,
        ticket.tags,
        ticket.in_bitrix24,
    )


def agreed(command: ApplyRules, now: SeenTask) -> tuple[RuleDeed, tuple[str, ...]]:
    """Return what is to be changed in a task as it is, and what others were faster at.

    The second are names of fields that have got another value meanwhile: these stay.
    """
    deeds, faster = command.deeds, []
    known = (command.seen, command.expected)
    person = next((one.responsible_id for one in deeds if one.responsible_id), 0)
    persons = {person, *(one.responsible_id for one in known)}
    if person and now.responsible_id not in persons:
        faster.append("responsible")
        person = 0
    due = next((one.deadline for one in deeds if one.deadline), None)
    due = due and due.replace(second=0, microsecond=0)  # As Bitrix24 keeps it (1.2).
    if due and now.deadline not in {due, *(one.deadline for one in known)}:
        faster.append("deadline")
        due = None
    tags = {*map(folded, now.tags)}
    return RuleDeed(
        "",
        0 if person == now.responsible_id else person,
        None if due == now.deadline else due,
        important=any(one.important for one in deeds) and not now.important,
        add_tags=tuple(
            tag for one in deeds for tag in one.add_tags if folded(tag) not in tags
        ),
        remove_tags=tuple(
            tag for one in deeds for tag in one.remove_tags if folded(tag) in tags
        ),
        observers=tuple(person for one in deeds for person in one.observers),
    ), tuple(faster)


def values_of(ticket: Ticket, settings: AccountSettings) -> dict[str, str]:
    """Return what the company's words may say of a ticket, as it stands there."""
    opened = parse_bbcode(ticket.description)

    def chosen(offered: Collection[str]) -> str:
        known = {*map(folded, offered)}
        return ", ".join(tag for tag in ticket.tags if folded(tag) in known)

    return {
        "number": str(ticket.ref.task_id),
        "subject": ticket.subject,
        "customer": opened.name or ticket.opened_by,
        "department": settings.department(ticket.group_id).name,
        "message_type": chosen(settings.tags.message_type),
        "priority": chosen(settings.tags.priority),
        "sector": chosen(settings.tags.sector),
    }


def _deed(rule: HouseRule, now: Ticket, done: set[str], account: Account) -> RuleDeed:
    """Return what a rule changes, and note in `done` what it has its say about."""

    def says(what: str, wanted: object) -> bool:
        first = bool(wanted) and what not in done
        if wanted:
            done.add(what)
        return first

    then, tags = rule.then, {*map(folded, now.tags)}
    person = says("responsible", then.responsible)
    due = says("deadline", then.deadline)
    stage = says("stage", then.stage) and then.stage != now.stage_id
    ends = says("status", then.status)
    return RuleDeed(
        rule=rule.key,
        responsible_id=then.responsible
        if person and then.responsible != now.responsible_id
        else 0,
        deadline=deadline_after(then.deadline, now.looked_at, account, now.group_id)
        if due
        else None,
        important=then.important and not now.important,
        add_tags=tuple(
            tag
            for tag in then.add_tags
            if says(f"tag {folded(tag)}", tag) and folded(tag) not in tags
        ),
        remove_tags=tuple(
            tag
            for tag in then.remove_tags
            if says(f"tag {folded(tag)}", tag) and folded(tag) in tags
        ),
        observers=tuple(one for one in then.observers if says(f"observer {one}", one)),
        stage_id=then.stage if stage else 0,
        status=_moved(then.status, now) if ends else None,
        note=_persons(then.note, then.responsible if person else 0, now, account),
        mail=_persons(then.mail, then.responsible if person else 0, now, account),
        answers=any(then.answer.values()),
        remarks=bool(then.remark),
    )


def _persons(
    whom: Sequence[Whom], responsible_id: int, now: Ticket, account: Account
) -> tuple[int, ...]:
    """Return who is told, each once; roles as they are when the rule is through."""
    creator_id = account.settings.department(now.group_id).creator_id or account.user_id
    roles = {
        "responsible": responsible_id or now.responsible_id,
        "creator": creator_id,
    }
    found = [roles[one] if isinstance(one, str) else one for one in whom]
    return tuple(dict.fromkeys(filter(None, found)))


def _moved(wanted: str, now: Ticket) -> Status | None:
    """Return the status to move to; a ticket that its card solved is opened by it."""
    if wanted == "completed":
        return None if now.status in _ENDED else Status.COMPLETED
    return None if now.in_bitrix24 in _OPENED else Status.NEW


def _card(
    seen: Ticket, now: Ticket, cause: str, deeds: Iterable[RuleDeed]
) -> MoveCard | None:
    """Return where the card goes; one rule says it at most."""
    stage_id = next((one.stage_id for one in deeds if one.stage_id), 0)
    if not stage_id:
        return None
    id_, card = f"rules-card-{cause}", now.stage_id or 0
    return MoveCard(id_, now.ref, seen.looked_at, stage_id, seen=card)


def _move(seen: Ticket, cause: str, deeds: Iterable[RuleDeed]) -> MoveTicket | None:
    """Return where the ticket goes; one rule says it at most."""
    status = next((one.status for one in deeds if one.status), None)
    if status is None:
        return None
    ref, id_, at = seen.ref, f"rules-move-{cause}", seen.looked_at
    ends = status is Status.COMPLETED
    to: Literal["completed", "open"] = "completed" if ends else "open"
    return MoveTicket(id_, ref, 0, "", at, to, seen=seen.status)


def _commands(
    seen: Ticket,
    now: Ticket,
    occasion: Occasion,
    judgements: Sequence[Judgement],
) -> Iterator[RuleCommand]:
    """Yield what carries a decision out: one command for the task and its card.

    `seen` is the ticket as it was at the look, `now` as it is after earlier occasions.
    """
    ref, at = now.ref, seen.looked_at
    cause = f"{ref.task_id}-{occasion.name}"
    done = [one.deed for one in judgements]
    deeds = tuple(one for one in done if one.of_fields)
    card, move = _card(seen, now, cause, done), _move(seen, cause, done)
    # Opening a ticket again has questions of its own, and so goes by itself.
    along = None if move and move.to == "open" else move
    if deeds or (card and along):
        yield ApplyRules(
            f"rules-{cause}",
            ref,
            at,
            occasion.name,
            deeds,
            seen.changed_at,
            seen_task(seen),
            seen_task(now),
            card=card,
            move=along,
        )
        card, move = None, None if along else move
    yield from filter(None, (card, move))
    for deed in done:
        for by, users in (("note", deed.note), ("mail", deed.mail)):
            for user_id in users:
                yield TellStaff(
                    f"rules-{by}-{cause}-{deed.rule}-{user_id}",
                    ref,
                    at,
                    user_id,
                    "mail" if by == "mail" else "note",
                    "rule",
                    deed.rule,
                )
        if deed.remarks:
            yield PostRemark(f"rules-remark-{cause}-{deed.rule}", ref, at, deed.rule)
