"""The form for a new ticket."""

from dataclasses import replace

from aiohttp import web

from ticket24.domain.commands.forms import offered_departments
from ticket24.domain.commands.model import OpenTicket, Progress
from ticket24.portal.asker import Asker
from ticket24.portal.display.own_fields import shown_fields
from ticket24.portal.forms import answering, drafts, sending
from ticket24.portal.forms.form import Form
from ticket24.portal.forms.new_ticket import command_of, offered, prefilled
from ticket24.portal.forms.promising import offers
from ticket24.portal.forms.uploading import read_form
from ticket24.portal.rendering import asker_of, page, portal_of, url
from ticket24.portal.views import drafting
from ticket24.site.mounting import wants_json
from ticket24.site.walk import walk_of

routes = web.RouteTableDef()


@routes.get("/p/{slug}/tickets/new", name="new")
async def show_form(request: web.Request) -> web.Response:
    """Show the form, with the draft if there is one."""
    asker = asker_of(request)
    form = await drafting.restored(request, asker, drafts.NEW)
    filled = prefilled(request.query.items(), asker.account.settings, asker.language)
    # What somebody typed before counts more than what an address says.
    form = replace(form, values={**filled, **form.values})
    response = await _page(request, asker, form)
    drafting.forget_kept(request, response)
    return response


@routes.post("/p/{slug}/tickets/new")
async def open_ticket(request: web.Request) -> web.Response:
    """Put the new ticket on its way, and show it as soon as it is there."""
    asker, by_script = asker_of(request), wants_json(request.headers)
    posted = await read_form(walk_of(request), asker)
    command, faults = command_of(asker, posted)
    sent = await sending.send(asker, command, posted, faults, drafts.NEW)
    if sent.faults:
        form = sent.form(asker, drafts.NEW, posted)
        if by_script:
            return sent.tell(answering.refused(form, sent.status))
        return sent.tell(await _page(request, asker, form, status=sent.status))
    there = await where(request, asker, command)
    if by_script:
        return answering.taken(posted.fields["form_id"], there)
    raise web.HTTPSeeOther(there)


async def where(request: web.Request, asker: Asker, command: OpenTicket) -> str:
    """Wait a moment for a new ticket; return where it can be seen."""
    patience = portal_of(request).pace.ticket_patience_seconds
    done = await sending.wait(asker, command.id, patience)
    if done and done.progress is Progress.DONE and await sending.shown(asker, done):
        return url(request, "ticket", number=done.task_id)
    return url(request, "received", command_id=command.id)


async def _page(
    request: web.Request, asker: Asker, form: Form, *, status: int = 200
) -> web.Response:
    settings = asker.account.settings
    context = {"form": form} | offered(settings, asker.language)
    context["own_fields"] = shown_fields(form, settings, asker.language)
    context["promises"] = await offers(asker, form, offered_departments(settings))
    return await page(request, "new.html", context, status=status)
