"""Mails that wait until staff decide: a list, with what can be done about each."""

from dataclasses import dataclass

import structlog
from aiohttp import web

from ticket24 import i18n
from ticket24.domain.arrivals.fates import HeldFor, HeldMail
from ticket24.domain.lines import one_line
from ticket24.domain.settings.model import Language
from ticket24.flows.arrivals import releasing
from ticket24.i18n import noop
from ticket24.staff.frames import fields_of
from ticket24.staff.parts import Colleague, account_of, language_of, staff_of, visit_of
from ticket24.staff.rendering import page

log = structlog.get_logger()
routes = web.RouteTableDef()

# The oldest come first; more are shown when these are done.
_MOST_SHOWN = 50

_GONE = noop("Someone has already taken care of this.")
_RELEASED = noop("It’s on its way into the ticket.")
_BEGUN = noop("A ticket is being created from it.")
_REMEMBERED = noop("It’s on its way, and the address is remembered.")
_DROPPED = noop("It was discarded.")


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One mail of the list in words; `name` is that of its contact, if it is known."""

    mail: HeldMail
    why: str
    name: str = ""

    @property
    def may_speak(self) -> bool:
        """Whether it is clear for whom it would."""
        return bool(self.mail.contact_id)

    @property
    def may_remember(self) -> bool:
        """Whether its sender may be the customer by another address."""
        return self.may_speak and self.mail.why is HeldFor.STRANGER


@dataclass(frozen=True, slots=True)
class HeldList:
    """The list, and what came of a button; `said` is empty if none was pressed."""

    lines: tuple[HeldLine, ...] = ()
    more: int = 0
    said: str = ""


@routes.post("/bitrix24/app/held")
async def look(request: web.Request) -> web.Response:
    """Show which mails of the account wait; do what a button asks for."""
    said = await done(request)
    visit = visit_of(request)
    context = {
        "held": await listed_for(request, said=said),
        "task": f"{visit.origin}/company/personal/user/{visit.user_id}/tasks/task/view",
        "contact": f"{visit.origin}/crm/contact/details",
    }
    return await page(request, "held.html", context)


async def listed_for(
    request: web.Request,
    *,
    contact_id: int = 0,
    task_ids: frozenset[int] = frozenset(),
    said: str = "",
) -> HeldList:
    """Gather the list of the account, or that of a contact and its tickets."""
    found = await _held(request, contact_id, task_ids)
    language, shown = language_of(request), found[:_MOST_SHOWN]
    customers = await staff_of(request).stores.customers.get_all(
        account_of(request).id, {mail.contact_id for mail in shown}
    )
    names = {
        id_: one_line(one.name) or next(iter(one.emails), str(id_))
        for id_, one in customers.items()
    }
    lines = [_line(mail, names.get(mail.contact_id, ""), language) for mail in shown]
    return HeldList(tuple(lines), len(found) - len(lines), said)


async def count(colleague: Colleague) -> int:
    """Return how many mails of the account wait."""
    return await colleague.staff.stores.held.count(colleague.account.id)


async def done(
    request: web.Request,
    *,
    contact_id: int = 0,
    task_ids: frozenset[int] = frozenset(),
) -> str:
    """Do what a button of the list asks for; return in words what came of it.

    Only what is on the viewer's list can be released or dropped.
    """
    fields = await fields_of(request)
    do = next((one for one in ("release", "remember", "discard") if one in fields), "")
    if not do:
        return ""
    say = i18n.translations(language_of(request)).gettext
    found = await _held(request, contact_id, task_ids)
    mail = next((one for one in found if one.id == fields[do]), None)
    stores = staff_of(request).stores
    if mail is None or not (mail.contact_id or do == "discard"):
        return say(_GONE)
    if do == "discard":
        ended = await releasing.drop(mail, stores)
    else:
        ended = await releasing.release(mail, stores, remember=do == "remember")
    if not ended:
        return say(_GONE)
    log.info(
        "held_decided_by",
        what=do,
        account=account_of(request).slug,
        id=mail.id[:12],
        user=visit_of(request).user_id,
    )
    if do == "discard":
        return say(_DROPPED)
    if do == "remember":
        return say(_REMEMBERED)
    return say(_RELEASED if releasing.ticket_of(mail) else _BEGUN)


async def _held(
    request: web.Request, contact_id: int, task_ids: frozenset[int]
) -> list[HeldMail]:
    """Return the mails of the account; of a contact's only those of what is theirs."""
    stores = staff_of(request).stores
    found = await stores.held.all(account_of(request).id)
    if not contact_id:
        return found
    return [
        one
        for one in found
        if one.task_id in task_ids or (one.contact_id == contact_id and not one.task_id)
    ]


def _line(mail: HeldMail, name: str, language: Language) -> HeldLine:
    say = i18n.translations(language).gettext
    return HeldLine(mail, say(releasing.WHY[mail.why]), name)
