"""What customers were not told: a list for staff, with what to do about each line."""

from dataclasses import dataclass, replace

import structlog
from aiohttp import web

from ticket24 import i18n
from ticket24.domain.lines import one_line
from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.model import Language
from ticket24.flows.news import shelf
from ticket24.flows.news.shelf import Shelf, Shelved, Why
from ticket24.flows.tickets.reasons import said
from ticket24.i18n import noop
from ticket24.markup import to_text
from ticket24.staff.frames import fields_of
from ticket24.staff.parts import Colleague, account_of, language_of, staff_of, visit_of
from ticket24.staff.rendering import page

log = structlog.get_logger()
routes = web.RouteTableDef()

_LONGEST = 300

_ABOUT = {
    Kind.CREATED: noop("The ticket was created."),
    Kind.REPLIED: noop("There’s a message."),
    Kind.SAID: noop("There’s a message."),
    Kind.STATUS: noop("The ticket’s status has changed."),
    Kind.COMPLETED: noop("The ticket was solved."),
    Kind.NOTICE: noop("A rule of your company has something to say."),
}
_WHY = {
    Why.ADDRESS: noop(
        "The contact has no email address we can send to. Add one, and the"
        " email goes out automatically."
    ),
    Why.CONTACT: noop(
        "The contact was deleted or merged, or Ticket24 can’t see it. Link the"
        " ticket to another contact, and the email goes out automatically."
    ),
    Why.DOUBTFUL: noop(
        "We’re not sure this is meant for the customer. Send it only if it is."
    ),
    Why.REFUSED: noop(
        "The email to %(recipient)s was rejected. If the address is wrong,"
        " correct it on the contact and the email goes there. Otherwise, send"
        " it again."
    ),
    Why.UNSURE: noop(
        "We don’t know whether the email to %(recipient)s arrived. Ask the"
        " customer before you send it again."
    ),
    Why.UNREAD: noop(
        "Bitrix24 didn’t show us the ticket, so nobody has heard what’s new in it."
    ),
    Why.ASKED: noop(
        "The customer sent this, but Bitrix24 didn’t accept it, so your team"
        " hasn’t received it yet. The reason is below."
    ),
}
_TELL = {
    Why.ADDRESS: noop("Try now"),
    Why.CONTACT: noop("Try now"),
    Why.DOUBTFUL: noop("Send to the customer"),
    Why.REFUSED: noop("Send again"),
    Why.UNSURE: noop("Send again"),
    Why.UNREAD: noop("Try now"),
    Why.ASKED: noop("Try now"),
}
_TOLD = {
    Why.DOUBTFUL: noop("Sending to the customer…"),
    Why.REFUSED: noop("Sending the email again…"),
    Why.UNSURE: noop("Sending the email again…"),
}
_TRYING = noop("Trying now. It will be sent as soon as possible.")
_DROPPED = noop("It won’t be sent.")
_GONE = noop("Someone has already taken care of this.")


@dataclass(frozen=True, slots=True)
class UntoldLine:
    """One line of the list in words; `whom` are contacts with their names."""

    shelved: Shelved
    about: str
    why: str
    reason: str
    tell: str
    may_drop: bool
    whom: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class UntoldList:
    """The list, and what came of a button; `said` is empty if none was pressed."""

    lines: tuple[UntoldLine, ...] = ()
    more: int = 0
    said: str = ""


@routes.post("/bitrix24/app/untold")
async def look(request: web.Request) -> web.Response:
    """Show what the company's customers were not told; do what a button asks for."""
    said = await done(request)
    listed = await listed_for(request, said=said)
    visit = visit_of(request)
    task = f"{visit.origin}/company/personal/user/{visit.user_id}/tasks/task/view"
    context = {
        "untold": await _named(request, listed),
        "task": task,
        "contact": f"{visit.origin}/crm/contact/details",
    }
    return await page(request, "untold.html", context)


async def listed_for(
    request: web.Request,
    *,
    contact_id: int = 0,
    task_ids: frozenset[int] = frozenset(),
    said: str = "",
) -> UntoldList:
    """Gather the list of the account, or that of a contact and its tickets."""
    found = await _shelf(request, contact_id, task_ids)
    language = language_of(request)
    lines = tuple(_line(one, language) for one in found.shelved)
    return UntoldList(lines, found.count - len(lines), said)


async def _named(request: web.Request, listed: UntoldList) -> UntoldList:
    """Name the customers whose lines these are, as far as we know them."""
    ids = {id_ for line in listed.lines for id_ in line.shelved.whom}
    customers = await staff_of(request).stores.customers.get_all(
        account_of(request).id, ids
    )
    names = {
        id_: one_line(one.name) or next(iter(one.emails), str(id_))
        for id_, one in customers.items()
    }
    lines = (
        replace(
            line,
            whom=tuple((id_, names[id_]) for id_ in line.shelved.whom if id_ in names),
        )
        for line in listed.lines
    )
    return replace(listed, lines=tuple(lines))


async def count(colleague: Colleague) -> int:
    """Return how many pieces of news the account's customers were not told."""
    stores = colleague.staff.stores
    return (await shelf.shelf_of(colleague.account, stores)).count


async def done(
    request: web.Request,
    *,
    contact_id: int = 0,
    task_ids: frozenset[int] = frozenset(),
) -> str:
    """Do what a button of the list asks for; return in words what came of it.

    Only what is on the viewer's list can be told or dropped.
    """
    fields = await fields_of(request)
    wanted = fields.get("tell") or fields.get("drop")
    if not wanted:
        return ""
    say = i18n.translations(language_of(request)).gettext
    found = await _shelf(request, contact_id, task_ids)
    shelved = next((one for one in found.shelved if one.id == wanted), None)
    tell = "tell" in fields
    account, visit = account_of(request), visit_of(request)
    if shelved is None or not await shelf.act(
        account, shelved, staff_of(request).stores, tell=tell
    ):
        return say(_GONE)
    log.info(
        "untold_told_by" if tell else "untold_dropped_by",
        account=account.slug,
        id=shelved.id,
        user=visit.user_id,
    )
    return say(_TOLD.get(shelved.why, _TRYING) if tell else _DROPPED)


async def _shelf(
    request: web.Request, contact_id: int, task_ids: frozenset[int]
) -> Shelf:
    staff = staff_of(request)
    return await shelf.shelf_of(
        account_of(request),
        staff.stores,
        contact_id=contact_id,
        task_ids=task_ids,
    )


def _line(shelved: Shelved, language: Language) -> UntoldLine:
    say = i18n.translations(language).gettext
    words = to_text(shelved.text) if shelved.text else ""
    if shelved.why is Why.DOUBTFUL:
        # A person who decides about words has to read all of them, just as they are.
        about = "\n".join(one_line(row) for row in words.splitlines()).strip()
    else:
        words = one_line(words)
        about = words[:_LONGEST] + ("…" if len(words) > _LONGEST else "")
    if not about and shelved.ticket and shelved.why not in {Why.UNREAD, Why.ASKED}:
        about = say(_ABOUT[shelved.kind])
    return UntoldLine(
        shelved,
        about,
        say(_WHY[shelved.why]) % {"recipient": shelved.recipient},
        said(shelved.reason, language),
        say(_TELL[shelved.why]),
        shelved.why not in {Why.UNREAD, Why.ASKED},
    )
