"""A ticket's customer says who is in copy: adds people, takes them out, says no."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import hdrs, web

from ticket24.domain.commands.forms import Fault, Wrong, read_copies
from ticket24.domain.customers import budgets
from ticket24.domain.customers.followers import MOST_COPIES
from ticket24.domain.customers.mailboxes import readable
from ticket24.domain.tickets.model import Ticket
from ticket24.flows.customers import copying_in
from ticket24.portal.asker import Asker
from ticket24.portal.display.copies import Copying
from ticket24.portal.forms import drafts
from ticket24.portal.forms.form import COPY_IN, say_all
from ticket24.portal.forms.giving_back import read_so_far
from ticket24.portal.forms.sending import over_faults, too_many_copies
from ticket24.portal.rendering import asker_of, page_of, portal_of
from ticket24.portal.views import drafting, tickets
from ticket24.site.walk import walk_of
from ticket24.store.stores import Stores

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Whom the customer wants to add, and why that is not possible."""

    emails: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


@routes.post(r"/p/{slug}/tickets/{number:[0-9]{1,9}}/copies", name="copies")
async def change(request: web.Request) -> web.Response:
    """Change who is in copy, and show the ticket.

    A button may name somebody itself, as in `do=remove eve@example.org`.
    """
    asker, stores = asker_of(request), portal_of(request).stores
    found = await tickets.find_acting(request, asker)
    ticket = await asker.picture(found.page.ref.task_id)
    form = await walk_of(request).heard()
    beside = form.get(COPY_IN)
    pressed, _, named = form.get("do", "").partition(" ")
    typed = named or (form.get("email", "") if beside is None else beside)
    by = await asker.name_of(asker.speaks_as(found))
    if ticket is None or not asker.account.settings.followers:
        raise web.HTTPNotFound
    if beside is not None:  # It came with the reply, which stays.
        number = str(ticket.ref.task_id)
        but = "" if named else COPY_IN
        await drafts.keep_typed(asker, number, read_so_far(request), but=but)
    if pressed == "remove":
        await copying_in.take_out(ticket, typed, by, stores)
    elif pressed == "add":
        wanted = await _wanted(asker, ticket, typed, stores)
        if wanted.faults:
            return await _refused(request, asker, beside or typed, wanted.faults)
        await copying_in.add(ticket, wanted.emails, by, stores)
    raise web.HTTPSeeOther(f"{page_of(request, ticket.ref.task_id)}#copies")


async def _wanted(asker: Asker, ticket: Ticket, typed: str, stores: Stores) -> _Wanted:
    """Read who is to be added, and pay for them; nothing is paid if it is refused."""
    faults: list[Fault] = []
    emails = read_copies(typed, faults)
    if not faults and not emails:
        faults.append(Fault("cc", Wrong.ADDRESS, ""))
    asked = () if faults else emails
    new, unwilling = await copying_in.newcomers(ticket, asked, stores)
    faults += (Fault("cc", Wrong.LEFT, readable(one)) for one in unwilling)
    there = await copying_in.followers(ticket, stores)
    if new and len(there) + len(new) > MOST_COPIES:
        faults.append(Fault("cc", Wrong.ADDRESSES))
    if new and not faults:
        spent = budgets.copies(asker.login.owner, len(new))
        faults += over_faults(await asker.spend(spent, new), too_many_copies)
    return _Wanted(tuple(new), tuple(faults))


async def _refused(
    request: web.Request, asker: Asker, typed: str, faults: Iterable[Fault]
) -> web.Response:
    seconds = max((one.seconds for one in faults), default=0)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if seconds:
        status = HTTPStatus.TOO_MANY_REQUESTS
    found = await tickets.find(request, asker)
    form = await drafting.restored(request, asker, str(found.page.ref.task_id))
    told = say_all(faults, asker.language, asker.settings)
    copying = Copying(typed[:1_000], ". ".join(words for _, words in told))
    answer = await tickets.show(
        request, asker, found, form=form, status=status, copying=copying
    )
    if seconds:
        answer.headers[hdrs.RETRY_AFTER] = str(seconds)
    return answer
