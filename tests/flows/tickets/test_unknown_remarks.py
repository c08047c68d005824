"""A remark in a language that nobody has a table for, and staff's words beside it."""

import pytest
from desk import until

from bitrix24_sandbox.account.conversations import remarks
from bitrix24_sandbox.rest.views import task as task_view

REMARK = "Feladat lezárva."
WORDS = "It was the fuse."


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.mark.parametrize("counted", [True, False])
async def test_staffs_words_go_out_and_the_remark_waits(desk, monkeypatch, counted):
    """Whether the account counts its remarks or not."""
    monkeypatch.setitem(remarks.FORUM["en"], "completed", REMARK)
    if not counted:
        monkeypatch.setitem(task_view.FIELDS, "SERVICE_COMMENTS_COUNT", lambda *_: None)
    account = await desk.connect()
    ticket = desk.ticket("forum")
    async with desk.worker():
        await until(lambda: desk.stores.tickets.count(account.id))
        await desk.quiet(account)
        desk.act(ticket, "complete", desk.staff(ticket))
        desk.world.skew_seconds += 60
        desk.comment(ticket, WORDS)
        await until(lambda: desk.mailbox.of_kind("replied"))
        await desk.quiet(account)
        parked = [one async for one in desk.stores.parked.all(account.id)]

    assert [] == [text for text in desk.mailbox.texts() if REMARK in text]
    told = [
        mail["X-Ticket24-Kind"] for mail, text in desk.mailbox.read() if WORDS in text
    ]
    assert ["replied"] == [kind for kind in told if kind != "completed"]
    assert 1 == len(parked)
    assert REMARK in parked[0].about
