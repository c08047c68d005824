"""How a solved ticket is rated: what its pages show, and what they send."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Literal

from aiohttp import web

from ticket24.domain.commands import forms
from ticket24.domain.commands.model import Progress, RateTicket, Waiting
from ticket24.domain.customers import budgets
from ticket24.domain.portal.pages import TicketPage
from ticket24.domain.tickets.happened import Rating
from ticket24.domain.tickets.ratings import TEXT_LENGTH, VALUES, may_be_rated
from ticket24.portal.asker import Asker
from ticket24.portal.forms import sending
from ticket24.portal.forms.form import command_id
from ticket24.store.tickets.pages import Found


@dataclass(frozen=True, slots=True)
class RatingForm:
    """A form that rates a ticket; `given` is what was said, `chosen` what is offered.

    `id` makes two presses of its buttons one rating. `text` is what was typed already.
    """

    given: Literal["", "good", "bad"]
    chosen: str = ""
    text: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(16))

    most_text: ClassVar = TEXT_LENGTH


def rating_form(
    asker: Asker,
    page: TicketPage,
    waiting: Iterable[Waiting],
    chosen: str = "",
    text: str = "",
) -> RatingForm | None:
    """Return the form for a ticket; None if it cannot be rated."""
    if not (asker.account.settings.ratings.ask and asker.may_move):
        return None
    if not may_be_rated(page.solved_at, datetime.now(UTC)):
        return None
    given = page.rated
    for one in waiting:
        command = one.command
        if not isinstance(command, RateTicket) or command.ref != page.ref:
            continue
        if command.rating.of == page.solved_at and one.progress is not Progress.DONE:
            given = command.rating.value
    return RatingForm(given, chosen if chosen in VALUES else "", text)


async def take(
    asker: Asker, found: Found, fields: Mapping[str, str], seconds: float
) -> None:
    """Put a rating on its way, and wait a moment until the ticket shows it.

    Where nothing can be rated nothing is done; what is no rating raises 422.
    """
    page = found.page
    if rating_form(asker, page, ()) is None or page.solved_at is None:
        return
    faults: list[forms.Fault] = []
    text = forms.read_text(fields.get("text", ""), faults)
    value = next((one for one in VALUES if one == fields.get("rating")), None)
    if faults or value is None:
        raise web.HTTPUnprocessableEntity
    form_id = fields.get("form_id", "")
    command = RateTicket(
        command_id("rate", found.contact_id, page.ref, form_id, value, text),
        page.ref,
        found.contact_id,
        await asker.name_of(found.contact_id),
        at := datetime.now(UTC),
        Rating(value, at, page.solved_at),
        text,
    )
    if await asker.outcome(command.id) is None:
        await sending.spend_or_refuse(asker, budgets.REPLIES)
        await asker.put(command)

    async def arrived(_: Waiting) -> bool:
        now = await asker.ticket(page.ref.task_id)
        return now is None or now.page.rated == value

    await sending.wait(asker, command.id, seconds, arrived)
