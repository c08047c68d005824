"""Who speaks in a message: staff, the customer, or Bitrix24 itself."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from ticket24.domain import remarks
from ticket24.domain.model import MessageKey, Source, Voice, Written

# What a person decided about a doubtful message: staff wrote it, or nobody did.
Ruling = Literal["staff", "remark"]

# Opens every customer's reply that we post, and with it recognises our echo.
# Bitrix24 trims texts: a reply of nothing but files is this line alone.
_CUSTOMER_LINE = re.compile(
    r"\s*\[B\](?P<name>[^\[\]\n]{1,200})\[/B\] · ticket24[^\S\n]*(?:\n|\Z)"
)

# What may stand before an internal mark: white space, also such as has no
# width, and opening tags.
_LEAD = re.compile(
    r"(?:[\s\u200b-\u200f\u2060\ufeff]|\[[a-z][^\[\]]*\])*", re.IGNORECASE
)


_ALWAYS = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Rules:
    """What classifying needs to know about the account and the ticket.

    `since` parts history from news, by Bitrix24's clock.
    """

    user_id: int = 0
    internal_marks: Collection[str] = ("//", "#internal")
    rulings: Mapping[MessageKey, Ruling] = field(default_factory=dict)
    since: datetime = _ALWAYS


def customer_line(name: str) -> str:
    """Return the line that opens a customer's reply in Bitrix24."""
    plain = " ".join(re.sub(r"[\[\]]", " ", name).split())[:200]
    return f"[B]{plain or '?'}[/B] · ticket24\n"


def split_customer_line(text: str) -> tuple[str, str] | None:
    """Return the name in a text's customer line and what follows; None without one."""
    opening = _CUSTOMER_LINE.match(text)
    return (opening["name"], text[opening.end() :]) if opening else None


def customer_name(written: Written, rules: Rules) -> str | None:
    """Return who wrote a reply that we posted, or None if it is none of ours.

    Both must fit: the integration user as author, and the customer line.
    Staff may answer through the integration user's own account.
    """
    opening = split_customer_line(written.text)
    if opening is None or written.author_id != rules.user_id:
        return None
    return opening[0]


def internal(text: str, marks: Collection[str]) -> bool:
    """Whether staff keep a message to themselves: it starts with a mark."""
    lead = _LEAD.match(text)
    start = text[lead.end() if lead else 0 :].casefold()
    return any(start.startswith(mark.casefold()) for mark in marks if mark)


def voice(written: Written, rules: Rules) -> Voice | None:
    """Tell who speaks, or None for a remark that Bitrix24 wrote by itself.

    Chat remarks carry a mark (methods.md 3.6); forum remarks only look like
    themselves (methods.md 2.3).
    """
    if written.by_system:
        return None
    if customer_name(written, rules) is not None:
        return Voice.CUSTOMER
    if internal(written.text, rules.internal_marks):
        return Voice.INTERNAL
    return _staff(written, rules)


def _staff(written: Written, rules: Rules) -> Voice | None:
    ruling = rules.rulings.get(written.key)
    if ruling is not None:
        return Voice.STAFF if ruling == "staff" else None
    if written.key.source is Source.CHAT:
        return Voice.STAFF
    return {
        remarks.Verdict.REMARK: None,
        remarks.Verdict.DOUBTFUL: Voice.DOUBTFUL,
        remarks.Verdict.PERSON: Voice.STAFF,
    }[remarks.recognise(written.text)]
