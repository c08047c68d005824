"""Somebody has read a form by which a page of ours was opened, and posts it again."""

import pytest
from desk import CLIENT_ID

from bitrix24_sandbox.apps.applications import frame_fields
from ticket24.store.accounts import opened_frames
from ticket24.store.accounts.visits import GRACE_SECONDS

ADMIN = 1
LEFT = 120


@pytest.fixture
async def form(app_desk):
    """Return an administrator's form whose token lives for two more minutes."""
    await app_desk.install()
    url, query, form = frame_fields(app_desk.world, ADMIN, CLIENT_ID)
    world = app_desk.world
    world.tokens[form["AUTH_ID"]].expires_at = world.timestamp() + LEFT
    for key in await visits(app_desk):
        await app_desk.stores.redis.delete(key)
    return url, query, form | {"AUTH_EXPIRES": "3600"}


async def visits(desk):
    return [key async for key in desk.stores.redis.scan_iter("t24:*:visit:*")]


async def lives(desk):
    """Return how long each visit lasts, in seconds by the clock of its token."""
    ahead = desk.world.skew_seconds
    return [await desk.stores.redis.ttl(key) - ahead for key in await visits(desk)]


async def test_another_app_sid_opens_no_more_than_the_token_allows(app_desk, form):
    """It cannot be told from a reload; what it opens ends with the viewer's token.

    The authorization server says when that is, not the form.
    """
    await app_desk.open_frame(*form)
    again = await app_desk.open_frame(*form, APP_SID="5" * 32)

    assert 200 == again.status
    first, second = await lives(app_desk)
    assert GRACE_SECONDS < first <= LEFT + GRACE_SECONDS
    assert GRACE_SECONDS < second <= LEFT + GRACE_SECONDS


async def test_an_old_token_prolongs_nothing(app_desk, form):
    """A visit is renewed for as long as the token lives that was sent for it."""
    frame = await app_desk.open_frame(*form)
    async with app_desk.http.post(
        f"{app_desk.settings.public_url}/bitrix24/renew",
        headers={"Authorization": f"Bearer {frame.token}"},
        data={"AUTH_ID": form[2]["AUTH_ID"], "AUTH_EXPIRES": "3600"},
    ) as answer:
        told = await answer.json()

    assert 200 == answer.status
    assert told["seconds"] <= LEFT + app_desk.world.skew_seconds
    assert max(await lives(app_desk)) <= LEFT + GRACE_SECONDS


async def test_a_dead_token_opens_nothing(app_desk, form):
    """When the token is over, so is every use of the form."""
    app_desk.world.tokens[form[2]["AUTH_ID"]].expires_at = 0

    assert 401 == (await app_desk.open_frame(*form, APP_SID="5" * 32)).status
    assert [] == await visits(app_desk)


async def test_one_token_opens_so_many_pages(app_desk, form):
    """A person who replays a form over and over has to wait; new tokens open pages."""
    for _ in range(opened_frames.MOST_OF_TOKEN - 2):
        assert await app_desk.stores.opened_frames.opens(form[2]["AUTH_ID"])
    statuses = [
        (await app_desk.open_frame(*form, APP_SID=f"{n:032x}")).status for n in range(4)
    ]

    assert [200, 200, 429, 429] == statuses
    assert 2 == len(await visits(app_desk))
    assert 200 == (await app_desk.frame()).status


async def test_a_visit_asks_only_so_often(app_desk, form):
    """A visit cannot make us ask the authorization server without end."""
    frame = await app_desk.open_frame(*form)
    statuses, most = [], opened_frames.MOST_OF_VISIT
    for n in range(most + 3):
        async with app_desk.http.post(
            f"{app_desk.settings.public_url}/bitrix24/renew",
            headers={"Authorization": f"Bearer {frame.token}"},
            data={"AUTH_ID": f"{n:070x}"},
        ) as answer:
            statuses.append(answer.status)

    assert [401] * most + [429] * 3 == statuses
