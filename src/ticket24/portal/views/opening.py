"""The form for a new ticket."""

from datetime import UTC, datetime

from aiohttp import web

from ticket24.domain.commands import forms
from ticket24.domain.commands.model import OpenTicket, Progress
from ticket24.domain.settings.model import AccountSettings
from ticket24.portal.asker import Asker
from ticket24.portal.forms import drafts, sending
from ticket24.portal.forms.form import Form, command_id, form_id_of
from ticket24.portal.forms.uploading import Posted, read_form
from ticket24.portal.pages import asker_of, page, portal_of, url
from ticket24.portal.views import drafting
from ticket24.site.walk import walk_of

routes = web.RouteTableDef()


@routes.get("/p/{slug}/tickets/new", name="new")
async def show_form(request: web.Request) -> web.Response:
    """Show the form, with the draft if there is one."""
    asker = asker_of(request)
    form = await drafting.restored(request, asker, drafts.NEW)
    response = await _page(request, asker, form)
    drafting.forget_kept(request, response)
    return response


@routes.post("/p/{slug}/tickets/new")
async def open_ticket(request: web.Request) -> web.Response:
    """Put the new ticket on its way, and show it as soon as it is there."""
    asker = asker_of(request)
    posted = await read_form(walk_of(request), asker)
    command, faults = command_of(asker, posted)
    sent = await sending.send(asker, command, posted, faults, drafts.NEW)
    if sent.faults:
        form = sent.form(asker, drafts.NEW, posted)
        return sent.tell(await _page(request, asker, form, status=sent.status))
    patience = portal_of(request).pace.ticket_patience_seconds
    done = await sending.wait(asker, command.id, patience)
    if done and done.progress is Progress.DONE and await sending.shown(asker, done):
        raise web.HTTPSeeOther(url(request, "ticket", number=done.task_id))
    raise web.HTTPSeeOther(url(request, "received", command_id=command.id))


def command_of(asker: Asker, posted: Posted) -> tuple[OpenTicket, list[forms.Fault]]:
    """Read the form of whoever asks; the command is good without faults."""
    login, account = asker.login, asker.account
    ticket, faults = forms.read_new_ticket(posted.fields, account.settings)
    posted.fields["form_id"] = form_id = form_id_of(posted.fields)
    words = (ticket.group_id, ticket.tags, ticket.cc, ticket.subject, ticket.text)
    command = OpenTicket(
        id=command_id("open", login.owner, form_id, *words),
        account=account.id,
        contact_id=login.owner,
        name=login.name or login.email,
        at=datetime.now(UTC),
        group_id=ticket.group_id,
        subject=ticket.subject,
        text=ticket.text,
        cc=ticket.cc,
        tags=ticket.tags,
    )
    return command, faults


def offered(settings: AccountSettings) -> dict[str, object]:
    """Return what the form offers to choose from."""
    sections = {
        name: [(word, word) for word in words]
        for name in forms.SECTIONS
        if (words := forms.words_of(settings, name))
    }
    return {
        "departments": forms.offered_departments(settings),
        "sections": sections,
    }


async def _page(
    request: web.Request, asker: Asker, form: Form, *, status: int = 200
) -> web.Response:
    context = {"form": form} | offered(asker.account.settings)
    return await page(request, "new.html", context, status=status)
