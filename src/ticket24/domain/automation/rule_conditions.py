"""Which tickets a company's own rule is for, of those to which something happened."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ticket24.domain.automation.occasions import Occasion
from ticket24.domain.messages import quotes, signatures
from ticket24.domain.messages.voices import split_customer_line
from ticket24.domain.settings.house_rules.model import Conditions
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
    wanted: Conditions, ticket: Ticket, occasion: Occasion, facts: CustomerFacts
) -> str:
    """Return the first condition that a ticket does not meet; "" if it meets all."""
    tags = {*map(folded, ticket.tags)}
    met = {
        "department": _one(wanted.department, {ticket.group_id}),
        "message_type": _one(map(folded, wanted.message_type), tags),
        "priority": _one(map(folded, wanted.priority), tags),
        "sector": _one(map(folded, wanted.sector), tags),
        "status": _one(wanted.status, {occasion.status}),
        "stage": _one(wanted.stage, {ticket.stage_id}),
        "customer": _one(wanted.customer, {*ticket.contact_ids}),
        "company": _one(wanted.company, facts.companies),
        "first_contact": facts.first_contact or not wanted.first_contact,
    }
    for name, fits in met.items():
        if not fits:
            return name
    return "" if _says(wanted.words, ticket, occasion) else "words"


def _one(wanted: Iterable[object], found: Collection[object]) -> bool:
    some = [*wanted]
    return not some or any(one in found for one in some)


def _says(words: Sequence[str], ticket: Ticket, occasion: Occasion) -> bool:
    """Whether one of these stands at the beginning of a word."""
    if not words:
        return True
    if occasion.message:
        said = _sought(ticket.subject, occasion.message.text)
    else:
        said = _sought(ticket.subject, parse_bbcode(ticket.description).text)
    starts = "|".join(re.escape(sought(folded(word))) for word in words)
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
