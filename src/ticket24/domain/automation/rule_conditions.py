"""Which tickets a company's own rule is for, of those to which something happened."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ticket24.domain.automation.occasions import Occasion
from ticket24.domain.messages import quotes, signatures
from ticket24.domain.messages.voices import split_customer_line
from ticket24.domain.settings.house_rules.model import Conditions, HouseRule, Opener
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.model import Ticket
from ticket24.domain.words import folded, sought


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What rules ask about a ticket's customers, whom its picture only names.

    `companies` are their primary ones.
    """

    first_contact: bool = False
    companies: frozenset[int] = frozenset()


NO_FACTS = CustomerFacts()


def lacking(
    rule: HouseRule, ticket: Ticket, occasion: Occasion, facts: CustomerFacts
) -> str:
    """Return the first condition that a ticket does not meet; "" if it meets all.

    It is "unless" if the ticket meets one of those that exclude it.
    """
    met = _met(rule.if_, ticket, occasion, facts)
    if missed := next((name for name, fits in met if not fits), ""):
        return missed
    # Each of these by itself: what is not named excludes nothing.
    nothing = Conditions()
    excluded = any(
        fits
        for name, fits in _met(rule.unless, ticket, occasion, facts)
        if getattr(rule.unless, name) != getattr(nothing, name)
    )
    return "unless" if excluded else ""


def _met(
    wanted: Conditions, ticket: Ticket, occasion: Occasion, facts: CustomerFacts
) -> Iterator[tuple[str, bool]]:
    """Yield each condition, and whether a ticket meets it; words last."""
    tags = {*map(folded, ticket.tags)}
    yield "department", _one(wanted.department, {ticket.group_id})
    yield "message_type", _one(map(folded, wanted.message_type), tags)
    yield "priority", _one(map(folded, wanted.priority), tags)
    yield "sector", _one(map(folded, wanted.sector), tags)
    yield "status", _one(wanted.status, {occasion.status})
    yield "stage", _one(wanted.stage, {ticket.stage_id})
    yield "customer", _one(wanted.customer, {*ticket.contact_ids})
    yield "company", _one(wanted.company, facts.companies)
    yield "first_contact", facts.first_contact or not wanted.first_contact
    yield "opened_by", wanted.opened_by in {"", _opener(ticket)}
    yield "words", _says(wanted.words, ticket, occasion)


def _opener(ticket: Ticket) -> Opener:
    """Return who made a ticket; whose words it begins with, whoever sent them."""
    ours = parse_bbcode(ticket.description).name
    return "customer" if ours or ticket.by_guest else "staff"


def _one(wanted: Iterable[object], found: Collection[object]) -> bool:
    some = [*wanted]
    return not some or any(one in found for one in some)


def _says(words: Sequence[str], ticket: Ticket, occasion: Occasion) -> bool:
    """Whether one of these stands at the beginning of a word.

    A lone accent, or what nobody sees, stands nowhere.
    """
    if not words:
        return True
    wanted = [*filter(None, (sought(folded(word)) for word in words))]
    if not wanted:
        return False
    if occasion.message:
        said = _sought(ticket.subject, occasion.message.text)
    else:
        said = _sought(ticket.subject, parse_bbcode(ticket.description).text)
    starts = "|".join(map(re.escape, wanted))
    return re.search(rf"(?<!\w)(?:{starts})", said) is not None


@lru_cache(maxsize=8)
def _sought(subject: str, text: str) -> str:
    """Return what a search for words goes through: what somebody wrote anew.

    Neither what we put around a customer's words, nor what anybody quotes. All rules
    ask for the same, one after the other.
    """
    split = split_customer_line(signatures.without(text))
    own = quotes.in_lines(split[1] if split else signatures.without(text))
    own = quotes.plain(quotes.cut(own, quotes.quotes(own)))
    return " ".join(sought(f"{subject}\n{own}").split())
