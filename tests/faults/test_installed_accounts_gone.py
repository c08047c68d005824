"""An account with the application that loses all of its access, and comes back."""

import asyncio
import io
from dataclasses import replace

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from desk import CLIENT_ID, until
from installations import (
    application,
    choose,
    events,
    handled,
    imported,
    install_event,
    places,
    post_event,
    remove,
)
from living import (
    CARDS,
    HURRY,
    answer,
    mailed,
    promote,
    reply,
    settled,
    through,
    through_both,
    visit,
    waits,
    well,
    written,
)
from PIL import Image
from plainbrowser import PlainBrowser
from savings import save

from bitrix24_sandbox.apps import applications
from ticket24.cli import accounts as listing
from ticket24.cli.doctor import doctor as doctoring
from ticket24.domain.accounts.condition import NOBODY_LEFT
from ticket24.flows.settings.logos import scaled
from ticket24.store.accounts.logos import RedisLogos
from ticket24.web.app import create_app


@pytest.fixture
def pace():
    return HURRY


@pytest.fixture
def desk(shared_app_desk):
    return shared_app_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    """An installed account with all its tickets; its installer is user 1."""
    return await desk.prepared("unlimited", lambda: unlimited(desk))


async def unlimited(desk):
    """Install it where no call has to wait."""
    desk.world.limits.burst = 0
    return await settled(desk)


@pytest_asyncio.fixture(loop_scope="module")
async def plain():
    async with PlainBrowser() as browser:
        yield browser


async def signed_in(desk, account, plain, task):
    """Sign the customer of a ticket in."""
    contact = desk.world.contacts[task.contact_ids[0]]
    contact.custom[account.settings.password_field] = "a-good-password"
    page = await plain.open(desk.portal(slug=account.slug))
    email = contact.emails[0].value
    form = page.form("/login").fill(email=email, password="a-good-password")
    page = await plain.send(page, form)
    assert task.title in page.words


@pytest.mark.parametrize("pace", [replace(HURRY, reply_patience_seconds=0.5)])
async def test_the_last_administrator_is_gone(desk, account, plain, capsys):
    """Operators read what to do; customers notice nothing; a visit mends it all."""
    async with desk.worker():
        task = desk.ticket()
        await signed_in(desk, account, plain, task)
        applications.expire(desk.world, CLIENT_ID, refresh=True)
        answer(desk, "In between")
        replied = await reply(desk, account, "Customer: In between")
        await waits(desk, account, NOBODY_LEFT)

        capsys.readouterr()
        await listing.show_all(desk.settings)
        assert not await doctoring.examine(desk.settings, pace=desk.pace)
        lines = capsys.readouterr().out.splitlines()
        assert f"helpdesk  app  30 tickets  {NOBODY_LEFT}" in lines
        assert f"account helpdesk: {NOBODY_LEFT}" in lines
        assert f"administrators of helpdesk: {NOBODY_LEFT}" in lines
        line = "bindings of helpdesk: cannot be asked for: see account helpdesk"
        assert line in lines

        page = await plain.open(desk.portal(f"tickets/{task.id}", slug=account.slug))
        assert task.title in page.words
        page = await plain.send(page, page.form("/replies").fill(text="By the portal"))
        assert "By the portal" in page.words
        assert 0 == written(desk, "By the portal")
        assert set() == mailed(desk, "In between")

        await visit(desk, 1)
        await through(desk, account, "In between", replied)
        await until(lambda: written(desk, "By the portal"))
        await well(desk, account)

    assert 1 == written(desk, "By the portal")


async def test_another_administrator_mends_a_lost_installation(desk, account):
    """We missed that it was deleted and added again: his or her visit is enough."""
    promote(desk, 2)
    app = application(desk)
    desk.world.switches.market_token_stays = False
    async with desk.worker():
        await through_both(desk, account, "Before")
        bindings, app.bindings = app.bindings, []
        applications.remove(desk.world, 1, CLIENT_ID, clean=False)
        await waits(desk, account, "install")
        answer(desk, "In between")
        replied = await reply(desk, account, "Customer: In between")
        again = await desk.install(by=2)
        await through(desk, account, "In between", replied)
        await well(desk, account)
        await through_both(desk, account, "Afterwards")

    assert bindings
    assert account.id == again.id
    assert 2 == (await desk.stores.accounts.get(account.id)).user_id


async def test_redis_is_lost_in_the_middle(desk, account):
    """A visit brings back slug, settings and logo; nothing is mailed twice."""
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(picture, "PNG")
    logo = scaled(picture.getvalue())
    account = await save(desk, account, company_name="Ümläut & Co", logo=logo)
    async with desk.worker():
        await until(lambda: "Ümläut" in str(application(desk).options))
        await through_both(desk, account, "Before")
        before = len(desk.mailbox.mails)
        await desk.stores.redis.flushall()
        answer(desk, "Unheard")
        await asyncio.sleep(0.3)
        assert 200 == (await desk.frame()).status
        (restored,) = await desk.stores.accounts.all()
        restored = await imported(desk, restored)
        await desk.quiet(restored)
        assert before == len(desk.mailbox.mails)

        desk.world.skew_seconds += 5
        await through_both(desk, restored, "Afterwards")

    assert (account.slug, account.settings) == (restored.slug, restored.settings)
    assert logo == await RedisLogos(desk.stores.redis).get(restored.id)
    assert set() == mailed(desk, "Unheard")


async def test_it_is_uninstalled_while_work_waits(desk, account):
    """Nothing is sent after it; back again, commands are carried out, once."""
    async with desk.worker():
        desk.mailbox.answer = "451 Come again"
        answer(desk, "In between")
        await until(lambda: desk.stores.outbox.count(account.id))
        desk.world.faults.rest = "502"
        replied = await reply(desk, account, "Customer: In between")
        await asyncio.sleep(0.2)
        await remove(desk, clean=False)
    # A letter that was just being handed over has been refused, too.
    desk.world.faults.rest, desk.mailbox.answer = "", "250 OK"
    async with desk.worker():
        await asyncio.sleep(1.0)
        assert (0, []) == (written(desk, "Customer: In between"), desk.mailbox.mails)

        again = await imported(desk, await desk.install())
        await replied()
        await desk.quiet(again)
        assert len(CARDS) == written(desk, "Customer: In between")
        assert [] == desk.mailbox.mails
        desk.world.skew_seconds += 5
        await through_both(desk, again, "Afterwards")

    assert account.id == again.id
    assert set() == mailed(desk, "In between")


@pytest.mark.parametrize("heard", [True, False])
async def test_a_local_application_is_made_anew(desk, heard):
    """Deleting it cleans up; if we missed that, the account goes on unchanged."""
    desk.world.applications.clear()
    desk.register(desk.world, kind="local")
    first = await unlimited(desk)
    token = application(desk).application_token
    async with desk.worker():
        await through_both(desk, first, "Before")
        if heard:
            await remove(desk, clean=True)
        else:
            application(desk).bindings.clear()
            applications.remove(desk.world, 1, CLIENT_ID)
        mails = len(desk.mailbox.mails)
        desk.register(desk.world, kind="local")
        desk.world.skew_seconds += 5
        again = await desk.install()
        assert token != application(desk).application_token
        again = await imported(desk, await choose(desk, again))
        await desk.quiet(again)
        assert mails == len(desk.mailbox.mails)
        desk.world.skew_seconds += 5
        await through_both(desk, again, "Afterwards")

    assert heard == (first.id != again.id)
    assert first.slug == again.slug
    assert [again.id] == [one.id for one in await desk.stores.accounts.all()]


async def test_two_web_processes_and_two_workers_install_at_once(desk):
    """With frames and events at both there is one account, and everything once."""
    desk.world.limits.burst = 0
    promote(desk, 2)
    applications.add(desk.world, 1, CLIENT_ID)
    other = TestServer(create_app(desk.settings, desk.pace))
    await other.start_server()
    here = desk.settings.public_url
    posts = []
    for url in (here, str(other.make_url("")).rstrip("/")):
        for by in (1, 2):
            at, *fields = applications.frame_fields(desk.world, by, CLIENT_ID)
            posts.append((at.replace(here, url), *fields))
    async with desk.worker(), desk.worker():
        *opened, _, _ = await asyncio.gather(
            *(desk.open_frame(*post) for post in posts),
            *(post_event(desk, install_event(desk, by=by)) for by in (1, 2)),
        )
        await handled(desk)
    await other.close()

    assert [200] * 4 == [frame.status for frame in opened]
    (account,) = await desk.stores.accounts.all()
    assert "helpdesk" == account.slug
    names = [field.name for field in desk.world.userfields.values()]
    assert 1 == names.count(account.settings.password_field)
    assert "TICKET24" in account.settings.password_field
    assert 11 == len(events(desk)) == len(set(events(desk)))
    assert 2 == len(places(desk)) == len(set(places(desk)))
    users = {pair.user_id for pair in await desk.stores.pairs.all(account.id)}
    assert {1, 2} == users
