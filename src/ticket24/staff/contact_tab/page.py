"""The page of the tab on a contact's card, as it looks after each form."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from aiohttp import web

from ticket24.domain.commands.forms import offered_departments
from ticket24.domain.commands.model import OpenTicket, Progress, Waiting
from ticket24.domain.customers.followers import current
from ticket24.domain.customers.invitations import Fate, Invitation
from ticket24.domain.customers.mailboxes import fold, readable
from ticket24.domain.news.addressing import written_to
from ticket24.domain.portal.lists import is_closed
from ticket24.domain.portal.rows import Row
from ticket24.domain.settings.model import Language
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.customers.setting_passwords import LONGEST, SHORTEST, Card
from ticket24.portal.display import listing, promises
from ticket24.portal.display.naming import Naming, in_both
from ticket24.portal.forms.form import Form
from ticket24.portal.forms.giving_back import given_back
from ticket24.portal.forms.new_ticket import offered
from ticket24.portal.forms.promising import offers
from ticket24.staff.contact_tab.cards import asker_for, proof_of
from ticket24.staff.contact_tab.companies import companies_of
from ticket24.staff.contact_tab.quotes import quotes
from ticket24.staff.contact_tab.why import why
from ticket24.staff.parts import account_of, language_of, staff_of, visit_of
from ticket24.staff.rendering import page
from ticket24.staff.set_aside import held, untold

FORM = "contact-tab"
NAMES: dict[Language, str] = {"en": "English", "de": "Deutsch", "pt": "Português"}


class Theirs(TypedDict):
    """The arguments that select a contact's part of the news that was not told."""

    contact_id: int
    task_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Said:
    """What came of the form that was sent; each field is empty unless it applies.

    `password` and `invitation` name what went right or wrong, and `seconds` is how long
    to wait. `typed` is a password that was not saved, or None if there is none. `sent`
    is the id of a new ticket's command, and `form` is the form of a ticket with faults.
    `untold` says in words what came of a line in the list of what was not told.
    `held` does so of a mail that waits, and `language` says that the customer's
    language was saved.
    """

    password: str = ""
    invitation: str = ""
    seconds: int = 0
    typed: str | None = field(default=None, repr=False)
    chosen: str = ""
    sent: str = ""
    untold: str = ""
    held: str = ""
    language: bool = False
    role: bool = False
    form: Form | None = None


async def show(
    request: web.Request, card: Card, said: Said, *, status: int = 200
) -> web.Response:
    """Render the whole tab."""
    settings = account_of(request).settings
    form = said.form or Form(FORM, staff_of(request).settings)
    context: dict[str, object] = {
        "card": card,
        "written_to": written_to(card.customer),
        "said": said,
        "form": form,
        "password": card.password if said.typed is None else said.typed,
        "shortest": SHORTEST,
        "longest": LONGEST,
    }
    context |= await _language(request)
    context["companies"] = await companies_of(request)
    context |= offered(settings, language_of(request))
    departments = offered_departments(settings)
    context["promises"] = await offers(asker_for(request), form, departments)
    context |= await _news(request, said.sent)
    of_theirs = await theirs(request)
    context["untold"] = await untold.listed_for(request, **of_theirs, said=said.untold)
    context["held"] = await held.listed_for(request, **of_theirs, said=said.held)
    return await page(request, "contact_tab.html", context, status=status)


async def show_news(request: web.Request) -> web.Response:
    """Render for scripts what changes by itself."""
    context = await _news(request, request.query.get("sent", ""))
    return await page(request, "contact_tab_news.html", context)


async def show_refusal(request: web.Request, reason: str) -> web.Response:
    """Say why nothing of this contact can be shown."""
    context = {"reason": reason, "given_back": await given_back(request)}
    return await page(request, "contact_tab_refused.html", context, status=200)


async def theirs(request: web.Request) -> Theirs:
    """Return what belongs to this contact: the contact itself, and its tickets."""
    asker = asker_for(request)
    numbers = frozenset(row.task_id for row in (await asker.listing()).rows)
    return {"contact_id": asker.login.owner, "task_ids": numbers}


async def _language(request: web.Request) -> dict[str, object]:
    """Gather what is known of the language in which the customer reads."""
    account, contact_id = account_of(request), visit_of(request).contact_id
    stores = staff_of(request).stores
    languages, preferences = stores.languages, stores.preferences
    return {
        "tongue": await languages.tongue(account.id, [contact_id]),
        "watches": contact_id in await preferences.watchers(account.id),
        "wishes": (await preferences.of(account.id, [contact_id]))[contact_id],
        "languages": NAMES,
    }


async def _news(request: web.Request, sent: str) -> dict[str, object]:
    """Gather the tickets, the invitation, and who has looked as the customer."""
    asker, visit = asker_for(request), visit_of(request)
    account, stores = asker.account, staff_of(request).stores
    listed = await asker.listing()
    waiting = await asker.waiting()
    opened = await asker.outcome(sent) if sent else None
    number = _number(opened)
    seen = asker.login.may_see(number)
    if not seen and number not in visit.asked_about:
        number = 0  # It is on its way until Bitrix24 has said who may read it.
    if opened:
        waiting = [one for one in waiting if one.command.id != opened.command.id]
        if seen or not number:  # Whoever opened it knows it, in whatever workgroup.
            waiting.append(opened)
    invitation = await stores.invitations.latest(account.id, visit.contact_id)
    onlookers = await stores.onlookers.latest(account.id, visit.contact_id)

    passing = listing.passing_on(waiting, listed.rows)
    open_, closed = _divided(listed.rows)
    language = language_of(request)
    naming = Naming(account.settings, language)

    def lines(rows: Sequence[Row]) -> list[listing.Line]:
        return listing.lines(
            rows,
            listed,
            account,
            language,
            lambda row: in_both(row, naming, language),
            lambda row: promises.line(
                row.promise, row.turn, language, account.zone, to_staff=True
            ),
        )

    shown = [row.task_id for row in (*open_, *closed)]
    return {
        "why": await why(request, shown),
        "quotes": await quotes(request, shown),
        "copies": await _copies(request, [*open_, *closed]),
        "ratings": await stores.ratings.of(account.id, _rated(listed.rows)),
        "card_proof": proof_of(request),
        "open": lines(open_),
        "closed": lines(closed),
        "hidden": listed.hidden,
        "passing": passing,
        "sent": sent,
        "opened": number,
        "elsewhere": bool(number) and not asker.login.may_see(number),
        "invitation": invitation,
        "onlookers": onlookers,
        "busy": _busy(passing) or _waits(invitation),
        "task": f"{visit.origin}/company/personal/user/{visit.user_id}/tasks/task/view",
    }


def _rated(rows: Sequence[Row]) -> list[int]:
    return [row.task_id for row in rows if row.rated]


async def _copies(
    request: web.Request, rows: Sequence[Row]
) -> dict[int, list[tuple[str, str, bool]]]:
    """Gather who follows these tickets: the address, how people read it.

    The last tells whether mails come back from there.
    """
    account, stores = account_of(request), staff_of(request).stores
    followed = [row for row in rows if row.followers]
    if not followed or not account.settings.followers:
        return {}
    refs = [TicketRef(account.id, row.task_id) for row in followed]
    said = await stores.followers.said_in_all(refs)
    now = {row.task_id: current(row.followers, said[row.task_id]) for row in followed}
    every = {email for emails in now.values() for email in emails}
    returned = await stores.returned.among(account.id, every)
    return {
        task_id: [(one, readable(one), fold(one) in returned) for one in emails]
        for task_id, emails in now.items()
    }


def _divided(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    parts: tuple[list[Row], list[Row]] = ([], [])
    for row in rows:
        parts[is_closed(row.status)].append(row)
    return parts


def _number(opened: Waiting | None) -> int:
    """Return the number of the ticket that was just opened; 0 if it has none yet."""
    if opened is None or not isinstance(opened.command, OpenTicket):
        return 0
    return opened.task_id if opened.progress is Progress.DONE else 0


def _busy(passing: Sequence[Waiting]) -> bool:
    return any(one.progress is not Progress.PARKED for one in passing)


def _waits(invitation: Invitation | None) -> bool:
    return invitation is not None and invitation.fate is Fate.WAITING
