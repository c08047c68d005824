"""A desk with the tab on the card of a contact."""

from dataclasses import replace

import pytest
import pytest_asyncio
from contact_tab import CONNECTED, SETTINGS, TAB

from ticket24.pace import Pace


@pytest_asyncio.fixture(loop_scope="module")
async def desk(app_desk):
    account = await app_desk.install()
    app_desk.account = await app_desk.stores.accounts.update(
        account.id,
        lambda known: known.with_settings(
            replace(SETTINGS, password_field=known.settings.password_field), CONNECTED
        ),
    )
    return app_desk


@pytest.fixture
def pace():
    return Pace(ticket_patience_seconds=0.1)


@pytest.fixture
def mehmet(desk):
    return desk.customer()[0]


@pytest.fixture
def tab(desk, mehmet):
    """Open the tab on a contact's card."""

    async def tab(contact=mehmet, *, by=1, **more):
        options = {"ID": str(getattr(contact, "id", contact))}
        return await desk.frame(by=by, placement=TAB, options=options, **more)

    return tab
