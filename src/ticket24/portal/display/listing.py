"""The list of tickets: its address, and its lines as the page shows them."""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypeVar
from urllib.parse import urlencode

from markupsafe import Markup

from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import OpenTicket, Progress, Waiting
from ticket24.domain.portal.lists import Order, Show, Wish, unnamed
from ticket24.domain.portal.names import department_names, in_words, label
from ticket24.domain.portal.rows import Row
from ticket24.domain.settings.model import Language, Tags
from ticket24.domain.tickets.model import Turn
from ticket24.portal.display.promises import NextPromised
from ticket24.portal.display.signs import moment, new_replies
from ticket24.store.tickets.lists import Listing

_Choice = TypeVar("_Choice", bound=StrEnum)

# The names that the parts of a wish have in an address.
_NAMES = (
    "show",
    "q",
    "department",
    "priority",
    "status",
    "sort",
    "way",
    "page",
    "said",
    "company",
    "from",
    "own",
    "after",
)

# In an address, the tab with tickets of others.
COMPANY_TAB = "company"

# In an address, what comes before a company's own words for how far a ticket is.
_OWN = "="

# Addresses of earlier versions named statuses of Bitrix24.
_STATUSES = {
    "in_progress": Turn.OURS,
    "in_review": Turn.OURS,
    "completed": Turn.SOLVED,
    "deferred": Turn.ON_HOLD,
}

# In an address, where a page begins.
_AFTER = re.compile("([0-9]{1,9})-([0-9]{1,9})", re.ASCII)

# Longer words are not searched for: nobody types them.
_MOST_WORDS = 200
_MOST_DIGITS = 9


class Line(NamedTuple):
    """A row of the list in words. `about` says what sort of ticket it is."""

    number: int
    subject: str
    about: str
    priority: str
    status: Markup
    responsible: str
    active: Markup
    unread: str
    promise: NextPromised | None
    sender: str = ""


def wish_of(query: Mapping[str, str], chosen: Iterable[str] = ()) -> Wish:
    """Read a list's address; ignore whatever makes no sense in it.

    `chosen` is all that it names of the company's own fields.
    """
    order = _one_of(Order, query.get("sort", "")) or Order.ACTIVITY
    directions = {"up": True, "down": False}
    company = query.get("show") == COMPANY_TAB
    show = query.get("state" if company else "show", "")
    return Wish(
        show=_one_of(Show, show)
        or (Show.ALL if query.get("closed") == "1" else Show.OPEN),
        words=" ".join(query.get("q", "")[:_MOST_WORDS].split()),
        group_id=_number(query.get("department", "")),
        priority=query.get("priority", "")[:_MOST_WORDS],
        turn=_turn(query.get("status", "")),
        said=_said(query.get("status", "")),
        order=order,
        rising=directions.get(query.get("way", ""), order.rising),
        page=_number(query.get("page", "")) or 1,
        company=company,
        owner=_number(query.get("from", "")) if company else None,
        chosen=tuple(dict.fromkeys(filter(None, chosen))),
        after=_after(query.get("after", "")),
    )


@lru_cache(maxsize=256)  # Of at most 5 kB each.
def address(wish: Wish, **changes: object) -> str:
    """Return the query of a list's address, with "?", or "" for the plain list.

    A new tab, order or filter starts at the first page. A new order starts with the end
    that people expect.
    """
    changes = {"page": 1, "after": ()} | changes
    if "company" in changes:
        changes |= {"owner": None}
    if "show" in changes or "company" in changes:
        changes |= {"turn": None, "said": ""}
    wish = replace(wish, **changes)  # type: ignore[arg-type]  # Our own templates call.
    plain = Wish(order=wish.order, rising=wish.order.rising)
    asked = {
        name: getattr(wish, field.name)
        for field, name in zip(fields(Wish), _NAMES, strict=True)
        if getattr(wish, field.name) != getattr(plain, field.name)
    }
    if "way" in asked:
        asked["way"] = "up" if wish.rising else "down"
    if wish.order is not Order.ACTIVITY:
        asked["sort"] = wish.order
    if asked.pop("company", False):
        state = asked.pop("show", "")
        asked |= {"show": COMPANY_TAB} | ({"state": state} if state else {})
    if "after" in asked:
        asked["after"] = "-".join(map(str, wish.after))
    if said := asked.pop("said", ""):
        asked["status"] = f"{_OWN}{said}"
    return f"?{urlencode(asked, doseq=True)}" if asked else ""


def lines(
    rows: Sequence[Row],
    listing: Listing,
    account: Account,
    language: Language,
    badge: Callable[[Row], Markup],
    promise: Callable[[Row], NextPromised | None],
    sender: Callable[[Row], str] = unnamed,
) -> list[Line]:
    """Put the rows of a list into words; `badge` tells how far a ticket is."""
    settings, now = account.settings, time.time()
    departments = department_names(settings)
    labels = settings.tag_labels.of(language)
    return [
        Line(
            row.task_id,
            row.subject,
            _about(row, departments, settings.tags, labels),
            in_words(label(row.tags, settings.tags.priority), labels),
            badge(row),
            row.responsible,
            moment(row.updated_at, language, now, account.zone),
            _unread(listing.unread(row), language),
            promise(row),
            sender(row),
        )
        for row in rows
    ]


def _unread(count: int, language: Language) -> str:
    return new_replies(count, language) if count else ""


def _about(
    row: Row, departments: Mapping[int, str], tags: Tags, labels: Mapping[str, str]
) -> str:
    words = (
        departments.get(row.group_id, ""),
        in_words(label(row.tags, tags.message_type), labels),
        in_words(label(row.tags, tags.sector), labels),
    )
    return " · ".join(filter(None, words))


def passing_on(waiting: Sequence[Waiting], rows: Sequence[Row]) -> list[Waiting]:
    """Return the new tickets that no row shows yet, latest first."""
    known = {row.task_id for row in rows} if waiting else ()
    return [
        one
        for one in reversed(waiting)
        if isinstance(one.command, OpenTicket)
        and not (one.progress is Progress.DONE and one.task_id in known)
    ]


def _turn(text: str) -> Turn | None:
    return _STATUSES.get(text) or _one_of(Turn, text)


def _said(text: str) -> str:
    return text[1:_MOST_WORDS] if text.startswith(_OWN) else ""


def _after(text: str) -> tuple[int, ...]:
    found = _AFTER.fullmatch(text)
    return tuple(map(int, found.groups())) if found else ()


def _one_of(kind: type[_Choice], text: str) -> _Choice | None:
    with suppress(ValueError):
        return kind(text)
    return None


def _number(text: str) -> int | None:
    fits = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if fits else None
