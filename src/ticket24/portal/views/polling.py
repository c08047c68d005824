"""What has changed: the question that pages and scripts keep asking."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from aiohttp import ETag, hdrs, web

from ticket24.domain.places import place
from ticket24.domain.tickets.pages import Row
from ticket24.domain.tickets.under_way import rows_with
from ticket24.portal.asker import Asker
from ticket24.portal.companies import Company
from ticket24.portal.parts import SESSION, portal_of
from ticket24.portal.rendering import asker_anew, asker_of
from ticket24.portal.sign_in import owners
from ticket24.site.asking import address_of
from ticket24.store import versions
from ticket24.store.tickets.pages import Listing

routes = web.RouteTableDef()

# Proxies give up on an answer after 30 or 60 seconds.
_MOST_SECONDS = 25
_DIGITS = 9

_BEHIND = timedelta(minutes=3)
_PRIVATE = {"Cache-Control": "private, no-store"}


@routes.get("/p/{slug}/status.json", name="status")
async def status(request: web.Request) -> web.Response:
    """List the customer's tickets, or answer 304 if nothing has changed.

    The version comes with the session, so a 304 needs no further question to Redis.
    With `?wait=25` the 304 is held back until something changes, for so many seconds
    at most. `Retry-After` says that waiting is not possible just now.
    """
    asker, again = asker_of(request), 0
    seconds = seconds_of(request)
    if seconds and _knows(request, ETag(asker.version)):
        asker, again = await _news(request, asker, seconds)
    answer = await _answer(request, asker)
    if again:
        answer.headers[hdrs.RETRY_AFTER] = str(again)
    return answer


async def _answer(request: web.Request, asker: Asker) -> web.Response:
    current = ETag(asker.version)
    if _knows(request, current):
        return _tagged(web.Response(status=304, headers=_PRIVATE), current)

    listed = await asker.listing()
    rows = rows_with(listed.rows, await asker.under_way())
    body = json.dumps({"tickets": list(_tickets(rows, listed))}, ensure_ascii=False)
    answer = web.Response(text=body, content_type="application/json", headers=_PRIVATE)
    answer.headers["X-Ticket24-Owner"] = owners.marks_of(request).of(asker.login)
    return _tagged(answer, current)


async def _news(request: web.Request, asker: Asker, seconds: int) -> tuple[Asker, int]:
    """Wait for a change; return who asks as of then, and when to come back.

    Each look asks anew who it is and what is theirs. The first one sees what changed
    before there was a place.
    """
    known, login = asker.version, asker.login
    names = versions.names(login.account, login.contact_ids)
    browser, address = request[SESSION], place(address_of(request))
    listening = portal_of(request).listening
    with listening.place(request, names, browser, address, seconds) as waiting:
        while not waiting.unseen:
            asker = await asker_anew(request)
            if waiting.over or asker.version != known:
                break
            await waiting.news()
    return asker, waiting.again


def seconds_of(request: web.Request) -> int:
    """Return how long an answer may wait; what makes no sense is no wait."""
    text = request.query.get("wait", "")
    sensible = text.isascii() and text.isdigit() and request.method == hdrs.METH_GET
    return min(int(text[:_DIGITS]), _MOST_SECONDS) if sensible else 0


def behind_since(company: Company, sweep_seconds: int) -> datetime | None:
    """Return when Bitrix24 was last asked, if that is so long ago that it matters."""
    seen_at = company.seen_at
    longest = max(_BEHIND, timedelta(seconds=3 * sweep_seconds))
    late = seen_at is not None and datetime.now(UTC) - seen_at > longest
    return seen_at if late else None


def _knows(request: web.Request, current: ETag) -> bool:
    """Whether the asker has this version; proxies that compress make tags weak."""
    known = request.if_none_match or ()
    return any(tag.value in {current.value, "*"} for tag in known)


def _tagged(answer: web.Response, tag: ETag) -> web.Response:
    answer.etag = tag
    return answer


def _tickets(rows: Iterable[Row], listed: Listing) -> Iterator[dict[str, object]]:
    for row in rows:
        updated = row.updated_at.astimezone(UTC)
        yield {
            "id": row.task_id,
            "subject": row.subject,
            "status": row.status.value,
            "turn": row.turn.value,
            "updated": updated.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "messages": row.messages,
            "unread": listed.unread(row),
        }
