"""One ticket: its page, and the two buttons that move it.

A long ticket is folded. `?at=chat-123` asks for a folded message and its neighbours;
`&until=chat-456` is of open pages, which need nothing that comes after that message.
"""

import re
import secrets
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from aiohttp import web

from ticket24.domain.commands.after_the_end import is_over, past_of_page
from ticket24.domain.commands.model import MoveTicket, Progress, Waiting
from ticket24.domain.customers import budgets
from ticket24.domain.customers.followers import current
from ticket24.domain.portal.folding import NOTHING, Asked
from ticket24.domain.portal.lists import is_closed
from ticket24.domain.portal.pages import TicketPage, with_quotes
from ticket24.domain.portal.under_way import page_with
from ticket24.domain.tickets.model import MessageKey, Source, Status
from ticket24.portal.asker import Asker
from ticket24.portal.display import colleagues, talk
from ticket24.portal.display.copies import NOT_COPYING, Copying, copies_of
from ticket24.portal.display.facts import facts
from ticket24.portal.display.naming import Naming
from ticket24.portal.display.signs import signs
from ticket24.portal.following import FOLLOWER
from ticket24.portal.forms import drafts, sending
from ticket24.portal.forms.form import COPY_IN, RATING_TEXT, Form, command_id
from ticket24.portal.forms.giving_back import read_so_far
from ticket24.portal.forms.rating import rating_form
from ticket24.portal.parts import PORTAL_ACCOUNT
from ticket24.portal.rendering import (
    OnlyReading,
    asker_of,
    page,
    page_of,
    portal_of,
    url,
)
from ticket24.portal.sign_in import keeping
from ticket24.portal.sign_in.owners import marks_of
from ticket24.portal.views import drafting
from ticket24.portal.views.polling import behind_since
from ticket24.portal.views.retrieving import COMES, retrieved
from ticket24.site.machines import by_machine
from ticket24.site.walk import walk_of
from ticket24.store.tickets.pages import Found

routes = web.RouteTableDef()

_TICKET = r"/p/{slug}/tickets/{number:[0-9]{1,9}}"
_REOPENED = frozenset({Status.IN_REVIEW, Status.COMPLETED, Status.DEFERRED})

_KEY = re.compile(f"({'|'.join(Source)})-([0-9]{{1,18}})", re.ASCII)

# Marks a page that is fetched while nobody looks at it: its messages stay unread.
_GLANCE = "X-Ticket24-Glance"


class _Kin(NamedTuple):
    before: int = 0
    after: tuple[int, ...] = ()


@routes.get(_TICKET, name="ticket")
async def show_ticket(request: web.Request) -> web.Response:
    """Show a ticket to the customer it belongs to, and note that it was read."""
    asker = asker_of(request)
    # What a page leaves out must not be noted as read.
    glance = asker.login.read_only or _GLANCE in request.headers or by_machine(request)
    asked = Asked(_key(request, "at"), _key(request, "until") if glance else None)
    found = await find(request, asker, whole=asked.at is not None)
    if found.page.archived:
        seconds = asker.settings.sweep_seconds
        patient = behind_since(request[PORTAL_ACCOUNT], seconds) is None
        found, comes = await retrieved(
            asker, found, whole=asked.at is not None, patient=patient
        )
        request[COMES] = comes
    number = found.page.ref.task_id
    form = await drafting.restored(request, asker, str(number))
    response = await show(request, asker, found, form=form, asked=asked)
    drafting.forget_kept(request, response)
    seen = found.page.answers
    if seen != found.seen and not (glance or found.page.archived):
        await asker.note_seen(found, seen)
    return response


async def show(
    request: web.Request,
    asker: Asker,
    found: Found,
    *,
    form: Form,
    status: int = 200,
    asked: Asked = NOTHING,
    copying: Copying = NOT_COPYING,
) -> web.Response:
    """Render a ticket's page, with the reply form as it is.

    `copying` is who was to be put in copy, and what is wrong with that.
    """
    settings, ticket = asker.account.settings, found.page
    # A post takes its time, and more may have been sent meanwhile.
    posted = request.method == "POST"
    waiting = await (asker.waiting() if posted else asker.under_way())
    ticket = page_with(with_quotes(ticket, await asker.quoted(found)), waiting)
    path = page_of(request, ticket.ref.task_id)
    follower = request.get(FOLLOWER)
    aside = bool(follower) or found.role is not None
    naming = Naming(settings, asker.language, to_copied=aside)
    said = talk.messages(
        ticket,
        waiting,
        found.seen,
        asker.language,
        path,
        asker.account.zone,
        asked,
    )
    return await page(
        request,
        "ticket.html",
        {
            "ticket": ticket,
            "path": path,
            "reader": asker.login,
            "owner": marks_of(request).of(asker.login),
            "follower": follower,
            "copies": copies_of(
                ticket,
                found.said,
                await asker.returned(current(ticket.followers, found.said)),
                on=settings.followers and found.may_act,
            ),
            "comes": request.get(COMES, True),
            "copying": copying if copying.wrong else Copying(form.value(COPY_IN)),
            "there": path if follower else f"/p/{asker.account.slug}",
            "badge": naming.badge(ticket),
            "said": naming.said(ticket),
            "own": naming.own(ticket),
            "at": str(asked.at or ""),
            "number": ticket.ref.task_id,
            "messages": said,
            "news": any(getattr(one, "first_new", False) for one in said),
            "sender": await colleagues.sender_of(asker, found),
            "of_other": found.role is not None,
            "privacy": await _privacy(asker, found),
            "moving": moving(request, waiting, ticket),
            "can_mute": asker.may_move and await asker.hears_of(found),
            "kin": await _kin(asker, ticket),
            "move_id": secrets.token_hex(16),
            "form": form,
            "behind_since": behind_since(
                request[PORTAL_ACCOUNT], asker.settings.sweep_seconds
            ),
            "etag": asker.version if found.role is None else asker.company_version,
        }
        | facts(ticket, asker.account, asker.language)
        | _acts(asker, found, ticket, waiting, form)
        | signs(asker.language, asker.account.zone),
        status=status,
    )


def _acts(
    asker: Asker, found: Found, ticket: TicketPage, waiting: list[Waiting], form: Form
) -> dict[str, object]:
    """Return what they may do with a ticket that they see."""
    moves = asker.may_move and found.may_act
    rates = asker.may_move and found.role is None
    past, settings = past_of_page(ticket), asker.account.settings
    rated = rating_form(asker, ticket, waiting, text=form.value(RATING_TEXT))
    return {
        "may_act": found.may_act,
        "can_complete": moves and _may_complete(ticket.status),
        "can_reopen": moves and may_reopen(ticket.status),
        "becomes_ticket": moves and is_over(past, settings, datetime.now(UTC)),
        "rating": rated if rates else None,
    }


@routes.post(f"{_TICKET}/complete", name="complete")
async def complete(request: web.Request) -> web.Response:
    """Complete a ticket: its customer says that it is solved."""
    return await _move(request, "completed")


@routes.post(f"{_TICKET}/reopen", name="reopen")
async def reopen(request: web.Request) -> web.Response:
    """Reopen a ticket."""
    return await _move(request, "open")


@routes.post(f"{_TICKET}/private", name="private")
async def change_privacy(request: web.Request) -> web.Response:
    """Hide a ticket from others of the company, or show it to them again."""
    asker = asker_of(request)
    found = await find(request, asker)
    if not asker.account.settings.company_view.on:
        raise web.HTTPNotFound  # Nobody else sees it anyway.
    if found.role is not None:
        raise OnlyReading  # It is for the owner to say.
    fields, number = await walk_of(request).heard(), found.page.ref.task_id
    private = fields.get("do") == "hide" or fields.get("private") == "1"
    await _keep_reply(request, asker, number)
    await asker.make_private(found, private=private)
    raise web.HTTPSeeOther(f"{page_of(request, number)}#facts")


async def find_acting(request: web.Request, asker: Asker) -> Found:
    """Return the ticket as `find` does; raise OnlyReading if they only read it."""
    found = await find(request, asker)
    if not found.may_act:
        raise OnlyReading
    return found


async def find(request: web.Request, asker: Asker, *, whole: bool = False) -> Found:
    """Return the ticket that the path names; raise 404 if they see no such ticket.

    Unless it is `whole`, the first messages of a long one are left out.
    """
    found = await asker.ticket(int(request.match_info["number"]), whole=whole)
    if found is None:
        raise web.HTTPNotFound  # Also when it is someone else's.
    return found


async def _privacy(asker: Asker, found: Found) -> str:
    """Return whether others of the company see a ticket: "open", "private", or ""."""
    shared = found.page.group_id in asker.account.settings.shared_group_ids
    if not (asker.may_move and shared and found.role is None):
        return ""
    private = await asker.is_private(found.page.ref.task_id)
    return "private" if private else "open"


async def _kin(asker: Asker, ticket: TicketPage) -> _Kin:
    """Return which of their tickets this one follows, and which follow it."""
    if ticket.solved_at is None and not ticket.follows:
        return _Kin()
    rows, number = (await asker.listing()).rows, ticket.ref.task_id
    before = ticket.follows if any(r.task_id == ticket.follows for r in rows) else 0
    after = sorted(row.task_id for row in rows if row.follows == number)
    return _Kin(before, tuple(after))


def _key(request: web.Request, name: str) -> MessageKey | None:
    """Return the message that the address names; nonsense names none."""
    found = _KEY.fullmatch(request.query.get(name, ""))
    return MessageKey(Source(found[1]), int(found[2])) if found else None


async def _move(request: web.Request, to: Literal["completed", "open"]) -> web.Response:
    asker = asker_of(request)
    found = await find_acting(request, asker)
    contact_id = asker.speaks_as(found)
    ref, status = found.page.ref, found.page.status
    fields = await walk_of(request).heard()
    await _keep_reply(request, asker, ref.task_id)
    if _may_complete(status) if to == "completed" else may_reopen(status):
        command = MoveTicket(
            command_id("move", contact_id, ref, to, fields.get("form_id", "")),
            ref,
            contact_id,
            await asker.name_of(contact_id),
            datetime.now(UTC),
            to,
        )
        known = await _known(asker, command)
        if known is None:
            await sending.spend_or_refuse(asker, budgets.REPLIES)
            await asker.put(command)

        async def moved(_: Waiting) -> bool:
            return (await find(request, asker)).page.status is not status

        patience = portal_of(request).pace.ticket_patience_seconds
        await sending.wait(asker, (known or command).id, patience, moved)
    raise web.HTTPSeeOther(url(request, "ticket", number=ref.task_id))


async def _keep_reply(request: web.Request, asker: Asker, number: int) -> None:
    """Keep the reply that came along with a button for something else, if one did."""
    posted = read_so_far(request)
    if keeping.OWNER in posted.fields:
        await drafts.keep_typed(asker, str(number), posted)


async def _known(asker: Asker, command: MoveTicket) -> MoveTicket | None:
    """Return the same wish if it is on its way: a hundred clicks are one move."""
    for one in await asker.waiting():
        known = one.command
        if not isinstance(known, MoveTicket) or one.progress is Progress.DONE:
            continue
        if (known.ref, known.to) == (command.ref, command.to):
            return known
    return None


def _may_complete(status: Status) -> bool:
    return not is_closed(status)


def may_reopen(status: Status) -> bool:
    """Whether a customer may reopen a ticket with this status."""
    return status in _REOPENED


def moving(
    request: web.Request, waiting: list[Waiting], ticket: TicketPage
) -> Waiting | None:
    """Return the latest wish to move the ticket that its page does not show yet.

    A wish that is done counts only until the next look: staff may have moved it since.
    """
    for one in reversed(waiting):
        if isinstance(one.command, MoveTicket) and one.command.ref == ticket.ref:
            ahead = request[PORTAL_ACCOUNT].ahead
            looked = ticket.looked_at - ahead > one.command.at
            done = one.progress is Progress.DONE
            return None if done and (looked or _arrived(one.command, ticket)) else one
    return None


def _arrived(command: MoveTicket, ticket: TicketPage) -> bool:
    if command.to == "completed":
        return ticket.status in {Status.COMPLETED, Status.IN_REVIEW}
    return not may_reopen(ticket.status)
