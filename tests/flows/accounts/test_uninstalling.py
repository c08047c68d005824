"""The application is uninstalled, and perhaps installed again."""

import asyncio
import io
import time
from urllib.parse import parse_qsl

import pytest
import pytest_asyncio
from desk import event_body, until
from installations import (
    FORM,
    application,
    choose,
    events,
    handled,
    imported,
    install_event,
    left,
    post_event,
    remove,
)
from PIL import Image

from ticket24.cli import settings as settling
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.uninstalls import ApplicationState, News, Removal
from ticket24.flows.accounts.uninstalling import hear, purge_overdue, settle
from ticket24.flows.settings.logos import scaled
from ticket24.store import keys
from ticket24.store.accounts.logos import RedisLogos


@pytest.fixture
def desk(shared_app_desk):
    return shared_app_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    """An installed account whose tickets are known."""

    async def install():
        return await choose(desk, await desk.install())

    return await desk.prepared("with tickets", install)


async def purge(desk):
    """Let the time of everything that is gone be over."""
    for account_id in await desk.stores.redis.zrange(keys.GONE, 0, -1):
        await desk.stores.redis.zadd(keys.GONE, {account_id: 1})
    await purge_overdue(desk.stores)


async def told(desk, text):
    """Say something in a ticket, after everything that was said before."""
    desk.world.skew_seconds += 5
    desk.comment(desk.ticket("forum"), text)


async def mirrored(desk, text):
    await until(lambda: text in application(desk).options["settings"])


async def test_without_clean_the_data_waits(desk, account):
    """Nobody finds the account, its tokens are gone, its tickets are still here."""
    async with desk.worker():
        await remove(desk, clean=False)

        assert None is await desk.stores.accounts.get(account.id)
        assert None is await desk.stores.accounts.by_slug(account.slug)
        assert [] == await desk.stores.pairs.all(account.id)
        assert not await desk.stores.sweeps.accounts(10)
        async with desk.http.get(desk.portal(slug=account.slug)) as answer:
            assert 404 == answer.status
    assert 30 == await desk.stores.tickets.count(account.id)


async def test_with_clean_everything_goes(desk, account):
    """CLEAN means at once."""
    async with desk.worker():
        await remove(desk, clean=True)

    assert [] == await desk.stores.accounts.all()
    assert set() == await left(desk, account.id)


async def test_after_30_days_everything_goes(desk, account):
    """A worker looks after it; before that nothing is touched."""
    async with desk.worker():
        await remove(desk, clean=False)
    score = await desk.stores.redis.zscore(keys.GONE, account.id)
    now, _ = await desk.stores.redis.time()
    assert abs(score / 1000 - now - 30 * 86_400) < 60
    kept = await left(desk, account.id)
    await purge_overdue(desk.stores)
    assert kept == await left(desk, account.id)
    await desk.stores.redis.zadd(keys.GONE, {account.id: 1})
    async with desk.worker():
        await until(lambda: _none(left(desk, account.id)))

    assert set() == await left(desk, account.id)
    assert None is await desk.stores.accounts.by_slug(account.slug)


async def _none(question):
    return not await question


async def test_late_events_are_taken_and_dropped(desk, account):
    """Bitrix24's queue lags: 200, and nothing happens."""
    token = application(desk).application_token
    body = event_body(desk.world.member_id, token=token)
    async with desk.worker():
        await remove(desk, clean=False)
        for _ in range(3):
            async with desk.http.post(
                f"{desk.settings.public_url}/bitrix24/events", data=body, headers=FORM
            ) as answer:
                assert 200 == answer.status
        await handled(desk)

    assert [] == desk.mailbox.mails
    assert None is await desk.stores.accounts.get(account.id)


async def test_an_onappinstall_after_the_uninstallation_is_refused(desk, account):
    """Its tokens died with the application."""
    late = install_event(desk)
    async with desk.worker():
        await remove(desk, clean=False)
        assert 200 == await post_event(desk, late)
        await handled(desk)

    assert [] == await desk.stores.accounts.all()


async def test_another_token_uninstalls_nothing(desk, account):
    """The news of an earlier installation, or of a stranger, is refused."""
    body = event_body(
        desk.world.member_id,
        name="ONAPPUNINSTALL",
        token="e" * 32,
        **{"data[CLEAN]": "1"},
    )
    url = f"{desk.settings.public_url}/bitrix24/events"
    async with desk.http.post(url, data=body, headers=FORM) as answer:
        assert 403 == answer.status

    assert await desk.stores.accounts.get(account.id)


async def test_an_adopted_account_goes_on_by_its_webhook(desk):
    """The application goes, the account stays: its webhook is still good."""
    before = await desk.connect()
    adopted = await desk.install()
    async with desk.worker():
        await remove(desk, clean=True)
        after = await desk.stores.accounts.get(adopted.id)

        assert (before.id, False) == (after.id, after.by_app)
        assert before.settings == after.settings
        assert [] == await desk.stores.pairs.all(after.id)
        await told(desk, "By the webhook.")
        await until(lambda: desk.mailbox.mails)

    assert "By the webhook." in desk.mailbox.texts()[0]


async def test_a_webhook_cannot_say_that_the_application_went(desk):
    """Its token is good for events, and for no removal."""
    await desk.connect()
    await desk.install()
    body = event_body(desk.world.member_id, name="ONAPPUNINSTALL")

    assert 403 == await post_event(desk, dict(parse_qsl(body)))
    assert (await desk.stores.accounts.by_slug("acme")).by_app


async def test_an_adopted_account_can_be_adopted_again(desk):
    """Uninstalling and installing changes nothing of it."""
    before = await desk.connect()
    await desk.install()
    async with desk.worker():
        await remove(desk, clean=False)
        again = await desk.install()
        await desk.quiet(again)

    assert (before.id, "acme", True) == (again.id, again.slug, again.by_app)
    assert [] == desk.mailbox.mails


@pytest.mark.parametrize("same_token", [True, False])
async def test_installed_again_within_30_days(desk, account, same_token):
    """Tickets, settings and slug are back; what came meanwhile is mailed to nobody."""
    desk.world.switches.market_token_stays = same_token
    async with desk.worker():
        await told(desk, "Before.")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)
        mailed = len(desk.mailbox.mails)
        await remove(desk, clean=False)
        await told(desk, "Meanwhile.")
        desk.act(desk.ticket("chat"), "complete")
        desk.world.skew_seconds += 5
        again = await desk.install()
        assert (account.id, account.slug) == (again.id, again.slug)
        assert account.settings == again.settings
        again = await imported(desk, again)
        await desk.quiet(again)

        assert mailed == len(desk.mailbox.mails)
        assert 30 == await desk.stores.tickets.count(again.id)
        assert None is await desk.stores.redis.zscore(keys.GONE, again.id)
        assert 11 == len(events(desk))
        await told(desk, "Afterwards.")
        await until(lambda: len(desk.mailbox.mails) > mailed)
        await desk.quiet(again)

    assert mailed + 1 == len(desk.mailbox.mails)
    assert "Afterwards." in desk.mailbox.texts()[-1]
    assert "Meanwhile." not in desk.mailbox.texts()[-1]


async def test_installed_again_after_the_purge(desk, account):
    """The mirror in Bitrix24 has kept settings and slug; the import mails nothing."""
    async with desk.worker():
        await mirrored(desk, "Acme Support")
        await remove(desk, clean=False)
        await purge(desk)
        assert None is await desk.stores.accounts.by_slug(account.slug)
        again = await desk.install()
        assert account.id != again.id
        assert (account.slug, account.settings) == (again.slug, again.settings)
        again = await imported(desk, again)
        await desk.quiet(again)

    assert 30 == await desk.stores.tickets.count(again.id)
    assert [] == desk.mailbox.mails


async def test_installed_again_after_clean_is_new(desk, account):
    """Nothing is left of it, here or there."""
    async with desk.worker():
        await remove(desk, clean=True)
        again = await desk.install()

    assert account.slug == again.slug
    assert () == again.settings.departments


async def test_an_installation_makes_earlier_news_outdated(desk, account):
    """It lay there while the application was installed again: nobody is asked."""
    accounts = desk.stores.accounts
    memory = await accounts.remembered(account.id)
    sent_at = int(memory.visited_at)
    await hear(Removal(account.id, clean=True, sent_at=sent_at), desk.stores)
    await accounts.remember(account.id, Memory(visited_at=sent_at + 1))

    assert not await settle(account, never, desk.stores)
    assert not (await accounts.remembered(account.id)).uninstall


@pytest.mark.parametrize("clean", [False, True])
async def test_who_installs_it_while_we_ask_keeps_it(desk, account, clean):
    """The old tokens are dead, and the answer says so; there are new ones by then."""
    stores = desk.stores
    memory = await stores.accounts.remembered(account.id)
    await hear(Removal(account.id, clean, int(memory.visited_at)), stores)

    async def gone_and_back():
        desk.world.skew_seconds += 2
        assert 200 == (await desk.frame()).status
        return ApplicationState.GONE

    assert not await settle(account, gone_and_back, stores)
    assert 30 == await stores.tickets.count(account.id)
    now = await stores.accounts.get(account.id)

    assert not await settle(now, never, stores)


async def never():
    raise AssertionError


async def test_a_flushed_redis_is_restored_by_a_visit(desk, account):
    """An administrator opens the settings: all is back, and nobody is mailed."""
    toml = desk.folder / "more.toml"
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(picture, "PNG")
    (desk.folder / "logo.png").write_bytes(scaled(picture.getvalue()).content)
    support, _ = desk.groups[:2]
    toml.write_text(
        f'company_name = "Ümläut & Co"\naccent = "#0b6e4f"\nlogo = "logo.png"\n'
        'dark_logo = "logo.png"\n'
        f"[[departments]]\nname = 'Hilfe'\ngroup_id = {support}\n"
    )
    await settling.import_(desk.settings, account.slug, toml, desk.pace)
    account = await desk.stores.accounts.get(account.id)
    logo = await RedisLogos(desk.stores.redis).get(account.id)
    async with desk.worker():
        await mirrored(desk, "Ümläut")
    await desk.stores.redis.flushall()
    assert 200 == (await desk.frame()).status
    (restored,) = await desk.stores.accounts.all()
    async with desk.worker():
        restored = await imported(desk, restored)
        await desk.quiet(restored)
        assert [] == desk.mailbox.mails
        await told(desk, "News.")

    assert (account.slug, account.settings) == (restored.slug, restored.settings)
    assert account.person == restored.person
    assert logo == await RedisLogos(desk.stores.redis).get(restored.id)
    assert logo == await desk.stores.dark_logos.get(restored.id)
    assert 19 == await desk.stores.tickets.count(restored.id)


async def test_an_account_whose_clock_is_ahead_is_believed(desk, account):
    """Its news bear its own time, which resyncs compare with ours."""
    accounts, now, ahead = desk.stores.accounts, time.time(), 3 * 3600
    await accounts.remember(account.id, Memory(seen_at=now, asked_at=now + ahead))
    for sent_at, noted in ((now + 2 * ahead, False), (now + ahead, True)):
        removal = Removal(account.id, clean=True, sent_at=int(sent_at))
        await hear(removal, desk.stores)

        assert noted is bool((await accounts.remembered(account.id)).uninstall)


async def test_two_workers_uninstall_once(desk, account):
    """Both have the news: the second one finds nothing to do."""
    stores = desk.stores
    news = News(clean=False, sent_at=int(time.time()), told_at=time.time())
    await stores.accounts.remember(account.id, Memory(uninstall=str(news)))

    async def gone():
        await asyncio.sleep(0.01)
        return ApplicationState.GONE

    await asyncio.gather(*(settle(account, gone, stores) for _ in range(2)))

    assert None is await stores.accounts.get(account.id)
    assert 30 == await stores.tickets.count(account.id)


async def test_only_the_webhook_of_a_webhook_account_ends_it(desk):
    """ONAPPUNINSTALL by an outgoing webhook is somebody else's application."""
    account = await desk.connect()
    removal = Removal(account.id, clean=True, sent_at=int(time.time()))
    await hear(removal, desk.stores)

    assert not (await desk.stores.accounts.remembered(account.id)).uninstall
