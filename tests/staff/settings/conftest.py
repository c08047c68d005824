"""The settings page of an account with departments."""

import pytest_asyncio
from settings_page import KEPT, keep


@pytest_asyncio.fixture(loop_scope="module")
async def account(app_desk):
    """An installed account that was set up before."""
    account = await app_desk.install()
    return await keep(app_desk, account, KEPT)


@pytest_asyncio.fixture(loop_scope="module")
async def frame(app_desk, account):
    """The settings page, as an administrator opens it."""
    return await app_desk.frame()
