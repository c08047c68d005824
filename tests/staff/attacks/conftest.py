"""An attacker at all routes of our pages inside Bitrix24."""

import pytest
import pytest_asyncio
from inside_attacks import FOLLOWED, Attacker

from bitrix24_sandbox.account.world import PASSWORD_FIELD
from ticket24.domain.settings.model import AccountSettings, CompanyView, Department
from ticket24.domain.tickets.model import TicketRef
from ticket24.pace import Pace


@pytest.fixture
def pace():
    return Pace(ticket_patience_seconds=0.0)


@pytest_asyncio.fixture(loop_scope="module")
async def account(app_desk):
    """An account with a company, departments and a contact person."""
    account = await app_desk.install()
    app_desk.customer()[0].custom[PASSWORD_FIELD] = "acme-password-77"
    for group in app_desk.world.workgroups.values():
        group.name = f"Room {group.id} of Acme"
    settings = AccountSettings(
        "Only For Acme",
        departments=(Department(7, "Support desk of Acme", 3, 2),),
        password_field=account.settings.password_field,
        company_view=CompanyView("own"),
    )
    return await app_desk.stores.accounts.update(
        account.id, lambda now: now.with_settings(settings, now.connected_at)
    )


@pytest_asyncio.fixture(loop_scope="module")
async def attacker(app_desk, account):
    attacker = Attacker(app_desk, account, app_desk.customer()[0])
    await attacker.follow(TicketRef(account.id, FOLLOWED))
    await attacker.settle()
    for key in await app_desk.stores.redis.keys("*:visit:*"):
        await app_desk.stores.redis.delete(key)
    return attacker
