"""What tests of installing and uninstalling share."""

from urllib.parse import urlencode

from desk import CLIENT_ID, EVENTS, SETTINGS, until

from bitrix24_sandbox import app as sandbox_app
from bitrix24_sandbox.apps import applications
from ticket24.cli import settings as settling
from ticket24.store import keys

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def application(desk):
    return desk.world.applications[CLIENT_ID]


def events(desk):
    """Return the events that lead to us."""
    url = f"{desk.settings.public_url}{EVENTS}"
    return sorted(b.event for b in application(desk).bindings if b.handler == url)


def places(desk):
    return [(row.placement, row.handler) for row in application(desk).placements]


async def choose(desk, account):
    """Give an account its departments, as the operator can."""
    support, sales = desk.groups[:2]
    file = desk.folder / "chosen.toml"
    file.write_text(SETTINGS.format(support=support, sales=sales))
    await settling.import_(desk.settings, account.slug, file, desk.pace)
    return await desk.stores.accounts.get(account.id)


async def post_event(desk, fields):
    """Post an event's form to us; return the answer's status."""
    url = f"{desk.settings.public_url}{EVENTS}"
    async with desk.http.post(url, data=urlencode(fields), headers=FORM) as answer:
        return answer.status


def install_event(desk, *, by=1, world=None, **changed):
    """Return ONAPPINSTALL's fields with fresh tokens of a user."""
    world = world or desk.world
    token, refresh = applications.issue(world, CLIENT_ID, by)
    host = world.address.partition("://")[2]
    fields = {
        "event": "ONAPPINSTALL",
        "data[VERSION]": "1",
        "data[ACTIVE]": "Y",
        "data[INSTALLED]": "Y",
        "data[LANGUAGE_ID]": "de",
        "ts": "1760000000",
        "auth[access_token]": token.value,
        "auth[expires_in]": "3600",
        "auth[refresh_token]": refresh.value,
        "auth[domain]": host,
        "auth[client_endpoint]": f"{world.address}/rest/",
        "auth[server_endpoint]": f"{world.oauth_address}/rest/",
        "auth[member_id]": world.member_id,
        "auth[application_token]": world.applications[CLIENT_ID].application_token,
        "auth[user_id]": str(by),
    }
    return fields | changed


async def waiting(redis):
    """Return how many installations wait to be verified."""
    return await redis.hlen(keys.INSTALLATIONS)


async def bad_posts(desk, count):
    """Count this many bad posts of frames, as if they had come from here."""
    for _ in range(count):
        assert await desk.stores.opened_frames.comes("127.0.0.1")


async def forgive_bad_post(desk):
    """Let the last bad post from here not count any more."""
    frames = desk.stores.opened_frames
    counted = await frames.comes("127.0.0.1")
    for _ in range(2):
        await frames.was_good(counted)


async def handled(desk):
    """Wait until every event was sent, and every installation looked at."""
    sender = desk.sandbox.app[sandbox_app.SENDER]

    async def done():
        await sender.idle()
        return not (
            await desk.stores.journal.backlog() or await waiting(desk.stores.redis)
        )

    await until(done)


async def remove(desk, *, clean):
    """Delete the application in Bitrix24, and let the news be handled to the end."""
    account = await desk.stores.accounts.by_member(desk.world.member_id)
    applications.remove(desk.world, 1, CLIENT_ID, clean=clean)
    await handled(desk)
    await until(lambda: _is_out(desk, account.id, clean=clean))


async def left(desk, account_id):
    """Return what is kept of an account, except what goes by itself."""
    redis = desk.stores.redis
    found = [key async for key in redis.scan_iter(keys.everything(account_id))]
    return {key.decode() for key in found if -1 == await redis.ttl(key)}


async def _is_out(desk, account_id, *, clean):
    account = await desk.stores.accounts.get(account_id)
    if account:
        return not account.by_app
    return not clean or not await left(desk, account_id)


async def imported(desk, account):
    """Wait until the first import is over; return the account."""

    async def done():
        now = await desk.stores.accounts.get(account.id)
        return now if now and now.imported else None

    return await until(done)
