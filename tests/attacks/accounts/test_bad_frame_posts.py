"""A web page that somebody in an office visits posts to our pages in Bitrix24."""

import asyncio
from urllib.parse import urlsplit

import pytest
from desk import CLIENT_ID
from installations import bad_posts

from bitrix24_sandbox.apps.applications import frame_address, frame_fields
from ticket24.bitrix.apps.oauth import AuthServer
from ticket24.store.accounts import opened_frames

ADMIN = 1


@pytest.fixture
async def account(app_desk):
    return await app_desk.install()


async def post(desk, *, origin=None, address="", **fields):
    """Open the settings as a browser does; `origin` is where it says it comes from."""
    url, query, form = frame_fields(desk.world, ADMIN, CLIENT_ID)
    query = query | {n: v for n, v in fields.items() if n in query}
    form = form | {n: v for n, v in fields.items() if n not in query}
    headers = {"Origin": origin} if origin else {}
    async with desk.http.post(
        frame_address(url, query), data=form, headers=headers
    ) as answer:
        return answer.status


@pytest.fixture
def questions(monkeypatch):
    """Return what the authorization server was asked about."""
    asked, ask = [], AuthServer.app_info

    async def noted(server, access_token):
        asked.append(access_token)
        return await ask(server, access_token)

    monkeypatch.setattr(AuthServer, "app_info", noted)
    return asked


def bitrix24(desk):
    """Return what browsers call the origin of Bitrix24's own pages."""
    return "http://" + urlsplit(desk.world.address).netloc


async def test_posts_of_other_pages_cost_nothing(app_desk, account, questions):
    """What a browser says to come from elsewhere is refused without a question."""
    questions.clear()
    statuses = await asyncio.gather(
        *(
            post(app_desk, origin="https://evil.example", AUTH_ID=f"{n:070x}")
            for n in range(100)
        )
    )

    assert {403} == set(statuses)
    assert [] == questions
    assert 200 == await post(app_desk, origin=bitrix24(app_desk))
    assert 200 == await post(app_desk)


@pytest.mark.parametrize("origin", ["file://", "capacitor://localhost", "app://x"])
async def test_apps_on_phones_and_desks_open_pages(app_desk, account, origin):
    """An origin that is no web origin is ignored: no web page can have one."""
    assert 200 == await post(app_desk, origin=origin)


async def test_an_office_is_not_locked_out(app_desk, account, questions):
    """Bad posts that hide their origin stop none that comes from Bitrix24's pages."""
    questions.clear()
    statuses = await asyncio.gather(
        *(post(app_desk, origin="null", AUTH_ID=f"{n:070x}") for n in range(300))
    )

    # Counted before they are asked about, however many come at once.
    assert opened_frames.MOST_BAD >= len(questions)
    assert 300 - opened_frames.MOST_BAD == statuses.count(429)
    assert 200 == await post(app_desk, origin=bitrix24(app_desk))


async def test_who_is_at_work_goes_on(app_desk, account, questions):
    """A person who opened a page a while ago opens more, even without an origin."""
    await bad_posts(app_desk, opened_frames.MOST_BAD - 2)
    url, query, form = frame_fields(app_desk.world, ADMIN, CLIENT_ID)
    assert 200 == (await app_desk.open_frame(url, query, form)).status
    for n in range(4):
        await post(app_desk, AUTH_ID=f"{n:070x}")

    frame = await app_desk.open_frame(url, query, form, APP_SID="5" * 32)

    assert 200 == frame.status
    assert 429 == await post(app_desk)  # Whom nobody knows has to wait.


async def test_a_page_cannot_name_itself(app_desk, account, questions):
    """It does not help a stranger that DOMAIN and origin agree."""
    await bad_posts(app_desk, opened_frames.MOST_BAD - 2)
    questions.clear()
    evil = {"origin": "https://evil.example", "DOMAIN": "evil.example"}
    for n in range(6):
        await post(app_desk, **evil, AUTH_ID=f"{n:070x}")

    assert 2 == len(questions)
    assert 200 == await post(app_desk, origin=bitrix24(app_desk))


async def test_a_no_is_remembered(app_desk, account, questions):
    """The same bad post is asked about once, and counts once."""
    questions.clear()
    statuses = [await post(app_desk, AUTH_ID="f" * 70) for _ in range(100)]

    assert {401} == set(statuses)
    assert 1 == len(questions)
    assert 200 == await post(app_desk)


async def test_a_no_to_one_post_is_none_to_another(app_desk, account, questions):
    """Posting a good token with a wrong address blocks it for nobody."""
    url, query, form = frame_fields(app_desk.world, ADMIN, CLIENT_ID)
    wrong = await app_desk.open_frame(url, query, form, DOMAIN="evil.example")
    right = await app_desk.open_frame(url, query, form)

    assert (403, 200) == (wrong.status, right.status)


async def test_who_has_to_be_asked_again_is_no_stranger(app_desk, account, questions):
    """While the authorization server is away, honest openings are not counted."""
    await bad_posts(app_desk, opened_frames.MOST_BAD - 2)
    app_desk.world.faults.oauth = "503"
    away = [await post(app_desk) for _ in range(4)]
    app_desk.world.faults.oauth = ""

    assert [503] * 4 == away
    assert 200 == await post(app_desk)
