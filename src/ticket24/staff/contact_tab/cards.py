"""Whose card the tab is on, and how the tab works for this customer.

A visit names its contact, and no form of the tab can name another one. Bitrix24 is
asked, with the viewer's own token, whether the viewer may see the contact, and which of
the tickets.
"""

import asyncio
import hmac
from contextlib import suppress
from dataclasses import replace

from aiohttp import web

from ticket24.bitrix.rest.errors import BitrixError
from ticket24.bitrix.tickets.readable import readable
from ticket24.domain.customers.logins import Login
from ticket24.flows.customers.keeping import ReadContacts, keep
from ticket24.flows.customers.setting_passwords import Card, read_card
from ticket24.portal.asker import Asker
from ticket24.staff.frames import WrongPlace
from ticket24.staff.parts import VISIT, account_of, bitrix_of, staff_of, visit_of


async def card_of(request: web.Request) -> Card:
    """Read the contact with the viewer's rights, and keep what customers' pages need.

    Meanwhile Bitrix24 is asked which tickets the viewer may read. Raises CardUnread, a
    BitrixError, or TimeoutError: somebody waits.
    """
    staff, account, visit = staff_of(request), account_of(request), visit_of(request)
    reading = await staff.stores.readings.begin(account.id)
    async with asyncio.timeout(staff.pace.reading_patience_seconds):
        seeing = asyncio.create_task(see_tickets(request, (visit.contact_id,)))
        try:
            card = await read_card(bitrix_of(request), account, visit.contact_id)
            await seeing
        finally:
            seeing.cancel()
    read = ReadContacts(reading, {visit.contact_id: card.customer})
    await keep(account, read, staff.stores)
    return card


async def see_new_tickets(request: web.Request) -> None:
    """Ask Bitrix24 about tickets that came since it was asked, if there are any.

    They are not shown while it does not answer.
    """
    with suppress(BitrixError, TimeoutError):
        async with asyncio.timeout(staff_of(request).pace.reading_patience_seconds):
            visit = visit_of(request)
            await see_tickets(request, (visit.contact_id,), visit.asked_about)


async def see_tickets(
    request: web.Request,
    contact_ids: tuple[int, ...],
    known: frozenset[int] = frozenset(),
) -> None:
    """Learn which of the contacts' tickets the viewer may read, but for those known."""
    visit = visit_of(request)
    if visit.admin:
        return
    groups = account_of(request).settings.group_ids
    lists = staff_of(request).stores.lists
    rows = (await lists.listing(visit.account, contact_ids, groups)).rows
    asked = frozenset(row.task_id for row in rows)
    found = await readable(bitrix_of(request), asked - known)
    seen = replace(
        visit,
        asked_about=asked,
        readable=found | (visit.readable & known & asked),
    )
    if seen != visit:
        request[VISIT] = seen
        await staff_of(request).stores.visits.note(seen)


def proof_of(request: web.Request) -> str:
    """Return the proof that the viewer has seen the card, for the card's page."""
    return _proofs(request)[0]


def _proofs(request: web.Request) -> list[str]:
    visit = visit_of(request)
    about = f"card:{visit.contact_id}:{visit.token}".encode()
    secrets = staff_of(request).secrets
    return [hmac.digest(secret, about, "sha256").hex()[:32] for secret in secrets]


def require_seen(request: web.Request) -> None:
    """Raise WrongPlace unless the viewer has seen the customer's card."""
    sent = request.query.get("card", "").encode(errors="backslashreplace")
    proofs = [proof.encode() for proof in _proofs(request)]
    if not any(hmac.compare_digest(proof, sent) for proof in proofs):
        raise WrongPlace


def asker_for(request: web.Request, card: Card | None = None) -> Asker:
    """Return the customer for whom the viewer acts: the one whose card this is.

    Only some pages read the card; without it the customer has no name.
    """
    staff, account, visit = staff_of(request), account_of(request), visit_of(request)
    email, name = (card.email, card.customer.name) if card else ("", "")
    only = None if visit.admin else visit.readable
    login = Login(account.id, (visit.contact_id,), email, name, "", only=only)
    return Asker(account, login, visit.language, staff.settings, staff.stores)
