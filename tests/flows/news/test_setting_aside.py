"""What an address does not take is set aside, the latest of it."""

from dataclasses import replace

import pytest
from examples import letter
from structlog.testing import capture_logs

from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.flows.news.setting_aside import set_aside
from ticket24.store import keys
from ticket24.store.letters.parked import MOST_OF_ADDRESS

WHY = reason(Cause.MAIL_REFUSED, words="550 5.1.1 no such mailbox here")


@pytest.fixture
def desk(shared_desk):
    return shared_desk


async def test_the_oldest_of_too_many_to_one_address_goes(desk):
    """It is named in the log; what somebody took off the shelf makes room first."""
    account, stores = await desk.connect(), desk.stores
    dead, other = "gone@example.com", "else@example.com"

    async def aside(number, recipient=dead):
        one = letter(id=f"{number:04}", recipient=recipient, contact_id=7)
        one = replace(one, ref=replace(one.ref, account=account.id))
        await set_aside(one, WHY, stores)

    await aside(9_000, other)
    for number in range(MOST_OF_ADDRESS + 1):
        await aside(number, dead if number % 2 else dead.upper())
        if number == 2:
            assert await stores.parked.remove(account.id, "mail-0001")
    with capture_logs() as logs:
        await aside(9_001)
        await aside(9_001)
        await aside(9_002)

    left = {*await stores.parked.ids(account.id)}
    told = [log["dropped"] for log in logs if log["event"] == "set_aside_too_many"]
    assert ["mail-0000", "mail-0002"] == told
    assert MOST_OF_ADDRESS + 1 == len(left)
    assert {"mail-0003", "mail-9000", "mail-9001", "mail-9002"} <= left
    watched = await stores.redis.hkeys(keys.untold(account.id))
    assert left == {one.decode() for one in watched}
