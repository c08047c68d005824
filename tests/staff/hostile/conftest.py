"""An account with the application, its tab, and somebody who listens."""

from dataclasses import replace

import pytest
import pytest_asyncio
from hostile_frames import ADMIN, AT_CONTACT, SETTINGS

from bitrix24_sandbox import app as sandbox_app
from ticket24.pace import Pace


@pytest.fixture
def pace():
    return Pace(ticket_patience_seconds=0.0)


@pytest_asyncio.fixture(loop_scope="module")
async def account(app_desk):
    account = await app_desk.install()
    await app_desk.sandbox.app[sandbox_app.SENDER].idle()
    for key in await app_desk.stores.redis.keys("*installations*"):
        await app_desk.stores.redis.delete(key)
    settings = replace(SETTINGS, password_field=account.settings.password_field)
    return await app_desk.stores.accounts.update(
        account.id, lambda now: now.with_settings(settings, now.connected_at)
    )


@pytest.fixture
def mehmet(app_desk):
    return app_desk.customer()[0]


@pytest.fixture
def tab(app_desk, account, mehmet):
    """Open the tab on a contact's card."""

    async def tab(contact=mehmet, by=ADMIN):
        options = {"ID": str(contact.id)}
        return await app_desk.frame(by=by, placement=AT_CONTACT, options=options)

    return tab
