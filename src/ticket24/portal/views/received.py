"""The page of a new ticket that Bitrix24 does not have yet."""

from datetime import UTC, datetime, timedelta

from aiohttp import web

from ticket24.domain.commands.forms import offered_departments
from ticket24.domain.commands.model import OpenTicket, Progress, Waiting
from ticket24.domain.commands.own_fields import named
from ticket24.domain.customers.mailboxes import readable
from ticket24.domain.portal.absences import Absence
from ticket24.domain.portal.names import in_words
from ticket24.domain.tickets.descriptions import as_bbcode
from ticket24.domain.tickets.field_values import FieldValue
from ticket24.field_words import filled_in
from ticket24.portal.asker import Asker
from ticket24.portal.forms import sending
from ticket24.portal.parts import PORTAL_ACCOUNT
from ticket24.portal.rendering import asker_of, page, url
from ticket24.portal.views.polling import behind_since

routes = web.RouteTableDef()


@routes.get(r"/p/{slug}/received/{command_id:[0-9a-f]{1,64}}", name="received")
async def show_received(request: web.Request) -> web.Response:
    """Show what was received; lead to the ticket as soon as there is one."""
    asker = asker_of(request)
    waiting = await asker.outcome(request.match_info["command_id"])
    if waiting is None or not isinstance(waiting.command, OpenTicket):
        raise web.HTTPNotFound  # Also when it is someone else's.
    if waiting.progress is Progress.DONE and await sending.shown(asker, waiting):
        raise web.HTTPSeeOther(url(request, "ticket", number=waiting.task_id))
    settings = asker.account.settings
    departments = offered_departments(settings)
    labels = settings.tag_labels.of(asker.language)
    department = settings.department(waiting.command.group_id)
    behind = behind_since(request[PORTAL_ACCOUNT], asker.settings.sweep_seconds)
    ended = await _ended(asker, waiting, behind=behind is not None)
    return await page(
        request,
        "received.html",
        {
            "command": waiting.command,
            "words": as_bbcode(waiting.command.text),
            "tags": [in_words(tag, labels) for tag in waiting.command.tags],
            "filled": [*filled_in(_values(waiting.command), settings, asker.language)],
            "cc": [readable(one) for one in waiting.command.cc],
            "parked": waiting.progress is Progress.PARKED,
            "progress": ended or waiting.progress,
            "ended": ended,
            "number": waiting.task_id,
            "department": departments.get(department.group_id, ""),
            "opening_hours": department.opening_hours.nearest(
                asker.language, settings.language
            ),
        },
    )


def _values(command: OpenTicket) -> tuple[FieldValue, ...]:
    return named(command.values, command.uploads)


async def _ended(asker: Asker, waiting: Waiting, *, behind: bool) -> Absence | None:
    """Say what became of a ticket that Bitrix24 has but its customer does not see."""
    if waiting.progress is not Progress.DONE or waiting.done_at is None:
        return None
    # While Bitrix24 cannot be asked, nobody knows what became of it.
    waited = timedelta(0) if behind else datetime.now(UTC) - waiting.done_at
    return await asker.absence(waiting.task_id, waited)
