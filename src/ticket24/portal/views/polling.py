"""What has changed: the question that pages and scripts keep asking."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import parse_qsl

from aiohttp import ETag, hdrs, web

from ticket24.domain.places import place
from ticket24.domain.portal.rows import Row
from ticket24.domain.portal.under_way import rows_with
from ticket24.portal.accounts import PortalAccount
from ticket24.portal.asker import Asker
from ticket24.portal.display.naming import Naming
from ticket24.portal.display.promises import waits_since
from ticket24.portal.listening import Listening, Place
from ticket24.portal.parts import ASKED_AT, SESSION, portal_of
from ticket24.portal.rendering import asker_anew, asker_of, leave_out
from ticket24.portal.sign_in import owners
from ticket24.site.asking import address_of
from ticket24.store import versions
from ticket24.store.tickets.lists import Listing

routes = web.RouteTableDef()

_MOST_TICKETS = 500

_BEHIND = timedelta(minutes=3)
# Of how many others a page that waits hears by itself.
_MOST_HEARD = 200

_PRIVATE = {"Cache-Control": "private, no-store"}


class _Sent(web.Response):
    """An answer that holds nothing any more once it is sent.

    aiohttp keeps it until the next question on this connection is answered.
    """

    async def write_eof(self, data: bytes = b"") -> None:
        await super().write_eof(data)
        self.headers.clear()
        self.body = None


@routes.get("/p/{slug}/status.json", name="status")
async def status(request: web.Request) -> web.Response:
    """List the customer's tickets, or answer 304 if nothing has changed.

    The version comes with the session, so a 304 needs no further question to Redis.
    With `?wait=25` the 304 is held back until something changes, for 25 seconds at
    most. `Retry-After` says that waiting is not possible just now. With `?show=company`
    these are the tickets of others of their companies.

    It lists the 500 tickets that moved last, with `?since=2026-11-21T16:00:00Z` those
    that have moved since. Then `more` says how many others there are to list, and
    `unread` counts the unread messages of all tickets.
    """
    version = _version(request, asker_of(request))
    if ASKED_AT in request and _knows(request, version):
        return await _news(request, version)
    return await _answer(request, asker_of(request))


async def _answer(request: web.Request, asker: Asker) -> web.Response:
    version = _version(request, asker)
    if _knows(request, version):
        return _unchanged(version)

    if _of_company(request):
        listed = (await asker.company_listing()).listing
    else:
        listed = await asker.listing()
    since = _since(request)
    moved = listed.moved_since(since)
    rows = rows_with(moved[:_MOST_TICKETS], await asker.under_way())
    naming = Naming(asker.account.settings, asker.language)
    told: dict[str, object] = {"tickets": list(_tickets(rows, listed, naming))}
    more = len(moved) - len(rows)
    if since or more:
        told |= {"more": more, "unread": listed.all_unread}
    body = json.dumps(told, ensure_ascii=False)
    answer = _Sent(text=body, content_type="application/json", headers=_PRIVATE)
    answer.headers["X-Ticket24-Owner"] = owners.marks_of(request).of(asker.login)
    return _tagged(answer, version)


async def _news(request: web.Request, known: str) -> web.Response:
    """Answer when something has changed, or when it is over.

    Each look asks anew who it is and what is theirs. While it waits, a page holds no
    more than it needs: there are thousands.
    """
    listening, asker = portal_of(request).listening, None
    waiting = _enter(request, listening)
    try:
        while asker is None and await waiting.news():
            asker = await _changed(request, known)
    finally:
        listening.leave(waiting)
    answer = await _answer(request, asker) if asker else _unchanged(known)
    if waiting.again:
        answer.headers[hdrs.RETRY_AFTER] = str(waiting.again)
    return answer


def _enter(request: web.Request, listening: Listening) -> Place:
    asker, deaf = asker_of(request), False
    heard = asker.heard
    if _of_company(request):
        # Changes of a large company's others wake nobody; the next question tells.
        heard += tuple(islice(sorted(asker.sight.roles), _MOST_HEARD))
        deaf = len(asker.sight.roles) > _MOST_HEARD
    names = versions.names(asker.account.id, heard)
    # Somebody in copy has no session, but an address of the page that nobody else has.
    browser = request.get(SESSION) or request.path
    address = place(address_of(request))
    leave_out(request)
    asked_at = request[ASKED_AT]
    waiting = listening.enter(request, names, browser, address, asked_at=asked_at)
    if deaf:
        soon = asked_at + portal_of(request).pace.large_company_seconds
        waiting.until = min(waiting.until, soon)
    return waiting


async def _changed(request: web.Request, known: str) -> Asker | None:
    asker = await asker_anew(request)
    if _version(request, asker) != known:
        return asker
    leave_out(request)
    return None


def _of_company(request: web.Request) -> bool:
    # Not `request.query`, which would be kept as long as the request.
    return ("show", "company") in parse_qsl(request.rel_url.raw_query_string)


def _version(request: web.Request, asker: Asker) -> str:
    return asker.company_version if _of_company(request) else asker.version


def behind_since(account: PortalAccount, sweep_seconds: int) -> datetime | None:
    """Return when Bitrix24 was last asked, if that is so long ago that it matters."""
    seen_at = account.seen_at
    longest = max(_BEHIND, timedelta(seconds=3 * sweep_seconds))
    late = seen_at is not None and datetime.now(UTC) - seen_at > longest
    return seen_at if late else None


def _since(request: web.Request) -> datetime | None:
    """Return the instant that the address names; None for none, and for nonsense."""
    try:
        since = datetime.fromisoformat(request.query.get("since", ""))
    except ValueError:
        return None
    return since if since.tzinfo else since.replace(tzinfo=UTC)


def _knows(request: web.Request, version: str) -> bool:
    """Whether the asker has this version; proxies that compress make tags weak."""
    known = request.headers.get(hdrs.IF_NONE_MATCH, "")
    return f'"{version}"' in known or known.strip() == "*"


def _unchanged(version: str) -> web.Response:
    return _tagged(_Sent(status=304, headers=_PRIVATE), version)


def _tagged(answer: web.Response, version: str) -> web.Response:
    answer.etag = ETag(version)
    return answer


def _tickets(
    rows: Iterable[Row], listed: Listing, naming: Naming
) -> Iterator[dict[str, object]]:
    for row in rows:
        own = naming.own(row)
        yield (
            {
                "id": row.task_id,
                "subject": row.subject,
                "status": row.status.value,
                "turn": row.turn.value,
                "updated": _instant(row.updated_at),
                "messages": row.messages,
                "unread": listed.unread(row),
            }
            | ({"state": own} if own else {})
            | _promised(row)
        )


def _promised(row: Row) -> dict[str, object]:
    """Tell by when the next thing is promised; nothing without a promise."""
    if row.promise is None:
        return {}
    answer, solution = row.promise.answer, row.promise.solution
    return {
        "promise": {
            "answer_by": _instant(answer.by) if answer and not answer.done_at else None,
            "solve_by": _instant(solution.by) if solution and solution.runs else None,
            "waits_since": _instant(waits_since(row.promise, row.turn)),
        }
    }


def _instant(at: datetime | None) -> str | None:
    if at is None:
        return None
    written = at.astimezone(UTC).isoformat(timespec="seconds")
    return written.replace("+00:00", "Z")
