"""What the company's rules decided about a ticket, and what it is like after that."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ticket24.domain.automation.occasions import Occasion
from ticket24.domain.commands.model import (
    ApplyRules,
    MoveCard,
    MoveTicket,
    PostRemark,
    TellStaff,
)
from ticket24.domain.commands.rule_deeds import RuleDeed
from ticket24.domain.settings.house_rules.model import HouseRule
from ticket24.domain.tickets.happened import RuleAct
from ticket24.domain.tickets.model import Ticket
from ticket24.domain.words import folded

# A robot of Bitrix24 may answer what a rule does, and an autoresponder what it mails:
# without an end. Nobody does that so often by hand.
_MOST_ACTS, _AN_HOUR = 30, timedelta(hours=1)
_MOST_MAILS, _A_DAY = 3, timedelta(days=1)
_MOST_KEPT = 300

RuleCommand = ApplyRules | MoveCard | MoveTicket | TellStaff | PostRemark


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule decided: its deed, or the condition that the ticket does not meet.

    It lacks "often" if it has done something to this ticket too often just now. A deed
    without anything in it: all is as the rule wants it, or an earlier rule has set it.
    """

    rule: str
    name: str
    lacks: str = ""
    deed: RuleDeed = field(default_factory=RuleDeed)


@dataclass(frozen=True, slots=True)
class Ruled:
    """What all rules decided on one occasion."""

    occasion: Occasion
    judgements: tuple[Judgement, ...]
    commands: tuple[RuleCommand, ...] = ()


def outcome(now: Ticket, judgements: Iterable[Judgement]) -> Ticket:
    """Return the ticket as it is when all this is done."""
    for deed in (one.deed for one in judgements if one.deed.acts):
        dropped = {*map(folded, deed.remove_tags)}
        now = replace(
            now,
            responsible_id=deed.responsible_id or now.responsible_id,
            deadline=deed.deadline or now.deadline,
            important=deed.important or now.important,
            tags=(*(t for t in now.tags if folded(t) not in dropped), *deed.add_tags),
            stage_id=deed.stage_id or now.stage_id,
            status=deed.status or now.status,
        )
    return now


def acted(ticket: Ticket, decided: Iterable[Ruled]) -> Ticket:
    """Return a ticket that remembers what rules did to it, as long as it matters."""
    now = ticket.looked_at
    new = [
        RuleAct(judged.rule, one.occasion.at or now, judged.deed.answers)
        for one in decided
        for judged in one.judgements
        if judged.deed.acts
    ]
    if not (new or ticket.rule_acts):
        return ticket
    kept = [
        one
        for one in (*ticket.rule_acts, *new)
        if now - one.at < (_A_DAY if one.mailed else _AN_HOUR)
    ]
    return replace(ticket, rule_acts=tuple(kept[-_MOST_KEPT:]))


def too_often(rule: HouseRule, ticket: Ticket) -> str:
    """Return "often" if a rule has acted on a ticket too often, or mailed; else ""."""
    if not ticket.rule_acts:
        return ""
    acts = [one for one in ticket.rule_acts if one.rule == rule.key]
    now = ticket.looked_at
    lately = sum(now - one.at < _AN_HOUR for one in acts)
    mailed = sum(one.mailed and now - one.at < _A_DAY for one in acts)
    mails = any(rule.then.answer.values())
    return "often" if lately >= _MOST_ACTS or (mails and mailed >= _MOST_MAILS) else ""
