"""Completing and reopening a ticket, all the way to Bitrix24 and back."""

from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, DummyCookieJar
from formfilling import hidden_fields

from bitrix24_sandbox.account.records import Status
from ticket24.store.sign_in.sessions import RedisSessions


@asynccontextmanager
async def signed_in(desk, account, task):
    sessions = RedisSessions(desk.stores.redis)
    contact = task.contact_ids[0]
    cookie = await sessions.start(account.id, [contact], "anna@example.com", "Anna")
    headers = {"Cookie": f"ticket24_session={cookie}"}
    async with ClientSession(headers=headers, cookie_jar=DummyCookieJar()) as browser:
        yield browser


async def press(desk, browser, task, action):
    """Press a button; return the page that comes next."""
    address = desk.portal(f"tickets/{task.id}")
    async with browser.get(address) as answer:
        page = await answer.text()
    assert f'/{action}"' in page
    async with browser.post(f"{address}/{action}", data=hidden_fields(page)) as answer:
        assert answer.status == 200
        return await answer.text()


@pytest.mark.parametrize("card", ["forum", "chat"])
async def test_customers_complete_and_reopen(desk, card):
    """The next page shows the new status, and so does Bitrix24: on both cards."""
    account = await desk.connect()
    task = desk.ticket(card)
    async with desk.worker(), signed_in(desk, account, task) as browser:
        page = await press(desk, browser, task, "complete")
        assert Status.COMPLETED == task.status
        assert "This ticket is solved." in page

        page = await press(desk, browser, task, "reopen")
        assert Status.COMPLETED != task.status
        assert "This ticket is solved." not in page
        assert "/complete" in page
