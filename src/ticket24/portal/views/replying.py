"""The reply form below a ticket, for browsers and for the script of its page."""

from datetime import UTC, datetime

from aiohttp import web

from ticket24.domain.commands import after_the_end, forms
from ticket24.domain.commands.model import MoveTicket, OpenTicket, PostReply, Progress
from ticket24.portal.asker import Asker
from ticket24.portal.forms import answering, sending
from ticket24.portal.forms.form import command_id, form_id_of
from ticket24.portal.forms.uploading import SentForm, read_form
from ticket24.portal.rendering import asker_of, page_of, portal_of
from ticket24.portal.views import opening, tickets
from ticket24.site.mounting import wants_json
from ticket24.site.walk import walk_of
from ticket24.store.tickets.pages import Found

routes = web.RouteTableDef()


@routes.post(r"/p/{slug}/tickets/{number:[0-9]{1,9}}/replies", name="replies")
async def reply(request: web.Request) -> web.Response:
    """Put the reply on its way; the ticket shows it as being sent, then as sent.

    A script is told that we have it, at once; its page finds out about the rest.
    """
    asker, by_script = asker_of(request), wants_json(request.headers)
    found = await tickets.find_acting(request, asker)
    posted = await read_form(walk_of(request), asker)
    faults: list[forms.Fault] = []
    contact_id = asker.speaks_as(found)
    who = contact_id, await asker.name_of(contact_id)
    reply = _command(who, found, posted, faults)
    draft = str(reply.ref.task_id)
    command = _as_ticket(asker, reply, found, posted, faults)
    sent = await sending.send(
        asker, command, posted, faults, draft, alone=not by_script
    )
    if sent.faults:
        form = sent.form(asker, draft, posted)
        if by_script:
            return sent.tell(answering.refused(form, sent.status))
        page = await tickets.show(request, asker, found, form=form, status=sent.status)
        return sent.tell(page)
    if isinstance(command, OpenTicket):
        where = await opening.where(request, asker, command)
        if by_script:
            return answering.taken(posted.fields["form_id"], where)
        raise web.HTTPSeeOther(where)
    if posted.fields.get("reopen") and asker.may_move:
        await asker.put(_reopening(command))
    if by_script:
        return answering.taken(posted.fields["form_id"], f"c-{command.id}")
    patience = portal_of(request).pace.reply_patience_seconds
    done = await sending.wait(asker, command.id, patience)
    here = f"c-{command.id}"
    if done and done.progress is Progress.DONE and done.key:
        here = f"m-{done.key}"
    ticket = page_of(request, command.ref.task_id)
    raise web.HTTPSeeOther(f"{ticket}#{here}")


def _as_ticket(
    asker: Asker,
    reply: PostReply,
    found: Found,
    posted: SentForm,
    faults: list[forms.Fault],
) -> PostReply | OpenTicket:
    """Return a reply, or the ticket that it opens: the old one ended too long ago.

    Whoever wants the old one opened again gets that. People in copy open none.
    """
    if posted.fields.get("reopen") or not asker.may_move:
        return reply
    past = after_the_end.past_of_page(found.page)
    files = bool(posted.uploads or posted.kept)
    command, *_ = after_the_end.becomes(
        reply, past, asker.account.settings, files=files
    )
    empty = not (command.text or posted.uploads or posted.kept or posted.faults)
    if isinstance(command, OpenTicket) and empty:
        faults.append(forms.Fault("text", forms.Wrong.NO_REPLY))
    return command


def _command(
    who: tuple[int, str],
    found: Found,
    posted: SentForm,
    faults: list[forms.Fault],
) -> PostReply:
    contact_id, name = who
    ref = found.page.ref
    text = forms.read_text(posted.fields.get("text", ""), faults)
    posted.fields["form_id"] = form_id = form_id_of(posted.fields)
    return PostReply(
        id=command_id("reply", contact_id, ref, form_id, text),
        ref=ref,
        contact_id=contact_id,
        name=name,
        at=datetime.now(UTC),
        text=text,
        heard=(),
        form=form_id,
    )


def _reopening(command: PostReply) -> MoveTicket:
    """Return the command that reopens the ticket once the reply has arrived."""
    return MoveTicket(
        command_id("reopen", command.id),
        command.ref,
        command.contact_id,
        command.name,
        command.at,
        "open",
    )
