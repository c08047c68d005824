"""An account that has moved is followed, and nobody else."""

import asyncio

import pytest
from aiohttp import web
from rest_answers import CODE, redirect

from ticket24.bitrix.rest.errors import BitrixBroken


@pytest.fixture
async def new_host(start):
    host = await start()
    host.will({"result": {"ID": "1", "NAME": "Ann"}}, {"result": 7})
    return host


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_renamed_account_is_followed(
    fake, new_host, moving, webhook, renamed, status
):
    """The POST is repeated at the new host, whose address is reported and kept."""
    redirect(fake, new_host.address + "{path}", status)

    answers = [await moving.call("tasks.task.add", {"a": 1}) for _ in range(2)]

    methods = [seen.path.rpartition("/")[2] for seen in new_host.seen]
    assert [7, 7] == [answer.result for answer in answers]
    assert ["profile", "tasks.task.add", "tasks.task.add"] == methods
    assert {"a": 1} == new_host.seen[1].params
    assert 1 == len(fake.seen)
    assert [webhook.moved(new_host.address)] == renamed


async def test_a_crowd_moves_once(fake, new_host, moving, renamed):
    """Calls that meet the redirect together ask the new host who it is once."""
    redirect(fake, new_host.address + "{path}")

    await asyncio.gather(*(moving.call("user.get") for _ in range(5)))

    assert 1 == len(renamed)
    assert 6 == len(new_host.seen)


async def test_renamed_account_of_an_application_is_followed(
    fake, new_host, app_bitrix, tokens
):
    """An application's account is where the authorization server says it is."""
    redirect(fake, new_host.address + "{path}")
    tokens.known = f"{new_host.address}/rest/"

    assert 7 == (await app_bitrix.call("user.get")).result


@pytest.mark.parametrize("known", ["", "SELF", "https://acme.example.com/rest/", "x"])
async def test_a_token_goes_to_no_other_host(fake, new_host, app_bitrix, tokens, known):
    """A new host that the authorization server does not name gets nothing."""
    redirect(fake, new_host.address + "{path}")
    tokens.known = known.replace("SELF", f"{fake.address}/rest/")

    with pytest.raises(BitrixBroken, match="nobody vouches"):
        await app_bitrix.call("user.get")
    assert [] == new_host.seen


@pytest.mark.parametrize(
    "profile",
    [
        {"result": {"ID": "2"}},
        {"result": []},
        {"result": {}},
        ({"error": "INVALID_CREDENTIALS"}, 401),
        "<html>",
    ],
)
async def test_stranger_is_not_followed(fake, new_host, moving, renamed, profile):
    """A host that does not know our user gets nothing but the question."""
    redirect(fake, new_host.address + "{path}")
    new_host.will(profile)

    with pytest.raises(BitrixBroken):
        await moving.call("tasks.task.add", {"fields": {"TITLE": "x"}})

    assert [f"/rest/1/{CODE}/profile"] == [seen.path for seen in new_host.seen]
    assert [] == renamed


@pytest.mark.parametrize(
    "location",
    [
        "",
        "{path}",
        "/login/",
        "http://acme.example.com{path}",
        "https://acme.example.com/elsewhere",
        "https://user@acme.example.com{path}",
        "https://[::1{path}",
        "ftp://127.0.0.1{path}",
        "SELF{path}",
    ],
)
async def test_other_redirects_are_broken(fake, moving, renamed, location):
    """Only the same path on another safe host is a renamed account."""
    redirect(fake, location.replace("SELF", fake.address))

    with pytest.raises(BitrixBroken):
        await moving.call("profile")
    assert [] == renamed


async def test_another_path_is_not_followed(fake, new_host, moving):
    """A redirect to a sign-in page elsewhere is not a renamed account."""
    redirect(fake, new_host.address + "/auth{path}")

    with pytest.raises(BitrixBroken, match="somewhere else"):
        await moving.call("profile")
    assert [] == new_host.seen


async def test_second_redirect_is_broken(fake, new_host, moving):
    """A call follows one redirect; the next one waits for a later try."""
    redirect(fake, new_host.address + "{path}")

    async def onward(request):
        return web.Response(status=302, headers={"Location": fake.address})

    new_host.will({"result": {"ID": 1}}, onward)

    with pytest.raises(BitrixBroken):
        await moving.call("user.get")
    assert 2 == len(new_host.seen)
