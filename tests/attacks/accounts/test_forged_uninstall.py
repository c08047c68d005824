"""A person with an application's token cannot remove the account by a forged report."""

import time
from urllib.parse import parse_qsl

import pytest
import pytest_asyncio
from desk import CLIENT_ID, event_body, until
from installations import (
    application,
    choose,
    handled,
    left,
    post_event,
    remove,
)
from orders import Customer, said

from bitrix24_sandbox.apps import applications
from ticket24.cli import accounts as listing
from ticket24.cli.doctor import doctor as doctoring
from ticket24.store import keys

# The sandbox's own is `invalid_client`.
REFUSALS = ("NOT_INSTALLED", "invalid_grant")


@pytest.fixture
def desk(shared_app_desk):
    return shared_app_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    """An installed account whose tickets are known."""

    async def install():
        return await choose(desk, await desk.install())

    return await desk.prepared("with tickets", install)


async def tell(desk, **fields):
    """Post ONAPPUNINSTALL as an employee can; return the answer's status."""
    body = event_body(
        desk.world.member_id,
        name="ONAPPUNINSTALL",
        token=application(desk).application_token,
        **{"data[CLEAN]": "1", "ts": str(int(desk.world.timestamp())), **fields},
    )
    return await post_event(desk, dict(parse_qsl(body)))


async def memory(desk, account):
    return await desk.stores.accounts.remembered(account.id)


async def refused(desk, account):
    return (await memory(desk, account)).uninstall_refused_at


async def is_gone(desk, account):
    return not await desk.stores.accounts.get(account.id)


async def is_empty(desk, account):
    return not await left(desk, account.id)


@pytest.mark.parametrize("expired", [False, True])
async def test_a_living_application_is_not_removed(desk, account, capsys, expired):
    """Working tokens keep it, even with CLEAN and the right time; we are told."""
    async with desk.worker():
        await handled(desk)
        if expired:
            applications.expire(desk.world, CLIENT_ID)
        assert 200 == await tell(desk)
        await until(lambda: refused(desk, account))
        again = await desk.stores.accounts.get(account.id)

    assert (True, 30) == (again.by_app, await desk.stores.tickets.count(account.id))
    await doctoring.examine(desk.settings, pace=desk.pace)
    await listing.show(desk.settings, account.slug)
    words = capsys.readouterr().out
    assert "told us that it was deleted, and it was not" in words
    assert "false ends     2" in words


async def test_a_time_that_proves_nothing_is_not_even_asked_about(desk, account):
    """None, an old one, one from the future: the authorization server has its peace."""
    async with desk.worker():
        await handled(desk)
        for ts in (None, "0", "1", str(int(desk.world.timestamp()) + 3_600)):
            assert 200 == await tell(desk, ts=ts)
        await handled(desk)

        assert not (await memory(desk, account)).uninstall
    assert await desk.stores.accounts.get(account.id)


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_the_truth_is_believed_however_it_is_said(desk, account, refusal):
    """Whatever the authorization server says of applications that are not installed."""
    desk.world.switches.uninstalled_refusal = refusal
    async with desk.worker():
        await remove(desk, clean=True)

    assert set() == await left(desk, account.id)


async def test_the_authorization_server_is_waited_for(desk, account):
    """While it is away nothing is removed, and nothing forgotten."""
    async with desk.worker():
        desk.world.faults.oauth = "502"
        applications.remove(desk.world, 1, CLIENT_ID, clean=True)
        await until(lambda: told(desk, account))
        assert await desk.stores.accounts.get(account.id)
        desk.world.faults.oauth = ""
        await until(lambda: is_empty(desk, account))


async def told(desk, account):
    """Whether the report has arrived, and a turn has passed since."""
    known = await memory(desk, account)
    return known.uninstall and known.trouble


async def test_what_customers_wrote_is_kept_for_a_day(desk, account):
    """CLEAN waits for what Bitrix24 has not got: installed again, it is passed on."""
    ticket = desk.ticket("forum")
    customer = Customer(desk, account, ticket.contact_ids[0])
    reply = await customer.put(customer.reply(ticket, "Do not lose this."))
    desk.world.faults.rest = "503"
    desk.world.faults.methods = {"task.commentitem.add"}
    async with desk.worker():
        applications.remove(desk.world, 1, CLIENT_ID, clean=True)
        await until(lambda: is_gone(desk, account))
        score = await desk.stores.redis.zscore(keys.GONE, account.id)
        assert abs(score / 1000 - time.time() - 86_400) < 60
        desk.world.faults.rest = ""
        again = await desk.install()
        assert account.id == again.id
        await customer.finished(reply)

    assert 1 == sum("Do not lose this." in text for text, _ in said(desk.world, ticket))


async def test_saying_it_over_and_over_costs_a_few_questions(desk, account):
    """A hundred times the same lie: the authorization server is asked once a turn."""
    async with desk.worker():
        await handled(desk)
        asked, begun = desk.world.oauth_calls["app.info"], time.monotonic()
        for _ in range(100):
            assert 200 == await tell(desk)
        await until(lambda: refused(desk, account))
        await handled(desk)
        again = desk.world.oauth_calls["app.info"]
        turns = int(time.monotonic() - begun) + 2  # One each second.

    assert 1 <= again - asked <= turns


async def test_without_any_token_nothing_is_erased_at_once(desk, account):
    """Dead tokens of the last administrator are no proof, so CLEAN waits a day."""
    async with desk.worker():
        await handled(desk)
        applications.expire(desk.world, CLIENT_ID, refresh=True)
        await until(lambda: nobody_left(desk, account))
        assert 200 == await tell(desk)
        await until(lambda: is_gone(desk, account))
        assert 30 == await desk.stores.tickets.count(account.id)
        assert 200 == (await desk.frame()).status
        again = await desk.stores.accounts.get(account.id)

    assert account.settings == again.settings


async def nobody_left(desk, account):
    return not await desk.stores.pairs.all(account.id)
