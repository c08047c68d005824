"""The reply form below a ticket."""

from datetime import UTC, datetime

from aiohttp import web

from ticket24.domain.commands import forms
from ticket24.domain.commands.model import MoveTicket, PostReply, Progress
from ticket24.portal.forms import sending
from ticket24.portal.forms.form import command_id, form_id_of
from ticket24.portal.forms.uploading import Posted, read_form
from ticket24.portal.pages import name_of, portal_of, url
from ticket24.portal.views import tickets
from ticket24.store.tickets.pages import Found

routes = web.RouteTableDef()


@routes.post(r"/p/{slug}/tickets/{number:[0-9]{1,9}}/replies", name="replies")
async def reply(request: web.Request) -> web.Response:
    """Put the reply on its way; the ticket shows it as being sent, then as sent."""
    found = await tickets.find(request)
    posted = await read_form(request)
    faults: list[forms.Fault] = []
    name = await name_of(request, found.contact_id)
    command = _command(name, found, posted, faults)
    draft = str(command.ref.task_id)
    sent = await sending.send(request, command, posted, faults, draft)
    if sent.faults:
        form = sent.form(request, draft, posted)
        page = await tickets.show(request, found, form=form, status=sent.status)
        return sent.tell(page)
    if posted.fields.get("reopen"):
        await portal_of(request).stores.commands.put(_reopening(command))
    patience = portal_of(request).pace.reply_patience_seconds
    done = await sending.wait(request, command.id, patience)
    here = f"c-{command.id}"
    if done and done.progress is Progress.DONE and done.key:
        here = f"m-{done.key}"
    ticket = url(request, "ticket", number=command.ref.task_id)
    raise web.HTTPSeeOther(f"{ticket}#{here}")


def _command(
    name: str, found: Found, posted: Posted, faults: list[forms.Fault]
) -> PostReply:
    ref = found.page.ref
    text = forms.read_text(posted.fields.get("text", ""), faults)
    posted.fields["form_id"] = form_id = form_id_of(posted.fields)
    return PostReply(
        id=command_id("reply", found.contact_id, ref, form_id, text),
        ref=ref,
        contact_id=found.contact_id,
        name=name,
        at=datetime.now(UTC),
        text=text,
    )


def _reopening(command: PostReply) -> MoveTicket:
    """Return what opens the ticket again, once the reply is there."""
    return MoveTicket(
        command_id("reopen", command.id),
        command.ref,
        command.contact_id,
        command.name,
        command.at,
        "open",
    )
