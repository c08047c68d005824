"""Whose card the tab is on, and how the tab works for this customer.

A visit names its contact, and no form of the tab can name another one. Bitrix24 is
asked, with the viewer's own token, whether the viewer may see the contact.
"""

import asyncio
import hmac

from aiohttp import web

from ticket24.bitrix.rest.client import Bitrix
from ticket24.domain.customers.logins import Login
from ticket24.flows.customers.setting_passwords import Card, read_card
from ticket24.portal.asker import Asker
from ticket24.staff.frames import WrongPlace
from ticket24.staff.parts import account_of, staff_of, visit_of


async def card_of(request: web.Request) -> Card:
    """Read the contact with the viewer's rights, and keep what customers' pages need.

    Raises CardUnread, a BitrixError, or TimeoutError: somebody waits.
    """
    staff, account, visit = staff_of(request), account_of(request), visit_of(request)
    async with asyncio.timeout(staff.pace.reading_patience_seconds):
        card = await read_card(bitrix_of(request), account, visit.contact_id)
    await staff.stores.customers.put_all(account.id, [card.customer])
    return card


def bitrix_of(request: web.Request) -> Bitrix:
    """Return a client that has the viewer's rights."""
    visit = visit_of(request)
    endpoint = f"{visit.origin}/rest/"
    return staff_of(request).clients.viewer(visit.account, endpoint, visit.auth)


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
    login = Login(account.id, (visit.contact_id,), email, name, "")
    return Asker(account, login, visit.language, staff.settings, staff.stores)
