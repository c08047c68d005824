"""What emails of these tickets quoted, and their messages in the tasks leave out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from ticket24.domain.portal.pages import PageMessage, to_page
from ticket24.domain.tickets.model import TicketRef
from ticket24.staff.parts import account_of, staff_of

# Of how many tickets, and of how many emails of each, it is told at once.
_ASKED, _TICKETS, _EMAILS = 100, 5, 3
_MOST_LETTERS = 3_000


@dataclass(frozen=True, slots=True)
class QuotedText:
    """What one email quoted; all of it is somebody's own words."""

    author: str
    at: datetime
    words: str


async def quotes(
    request: web.Request, task_ids: Iterable[int]
) -> dict[int, list[QuotedText]]:
    """Return what the newest emails of the first of these tickets quoted."""
    account, stores = account_of(request), staff_of(request).stores
    refs = [TicketRef(account.id, one) for one in task_ids][:_ASKED]
    some = (await stores.quoted.known(refs))[:_TICKETS]
    found = {}
    for ref, kept in zip(some, await stores.tickets.get_all(some), strict=True):
        if kept.ticket is None or kept.away:
            continue
        marked = [m for m in to_page(kept.ticket).messages if m.mark]
        words = await stores.quoted.of(ref, [m.mark for m in marked])
        said = [m for m in marked if m.mark in words]
        found[ref.task_id] = [_told(one, words[one.mark]) for one in said[-_EMAILS:]]
    return {task_id: texts for task_id, texts in found.items() if texts}


def _told(message: PageMessage, words: str) -> QuotedText:
    more = "…" if len(words) > _MOST_LETTERS else ""
    return QuotedText(message.author, message.at, f"{words[:_MOST_LETTERS]}{more}")
