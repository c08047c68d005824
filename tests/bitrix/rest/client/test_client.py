"""Calls to a Bitrix24 that answers, refuses, stalls and moves."""

import math
from importlib.metadata import version
from unittest.mock import Mock

import aiohttp
import pytest
from aiohttp import web
from rest_answers import (
    AT,
    BLOCKED,
    CODE,
    EXPIRED,
    LIMIT,
    SHORT,
    TIME,
    FakeTokens,
    cut,
    drop,
    stall,
)

from ticket24.bitrix.rest import transport
from ticket24.bitrix.rest.access import OAuth
from ticket24.bitrix.rest.client import Answer, Bitrix
from ticket24.bitrix.rest.errors import (
    AccountClosed,
    BitrixBroken,
    OutOfRunTime,
    Permanent,
    TooManyRequests,
)
from ticket24.pace import PACE

DISMISSED = ({"error": "authorization_error"}, 401)


class OneToken(FakeTokens):
    """Has nothing to replace its token with."""

    async def renew(self, refused, fault):
        return False


async def test_call_posts_json(fake, bitrix, limiter):
    """A call is a POST of JSON to the webhook, in the name of ticket24."""
    await bitrix.call("tasks.task.get", {"taskId": 5, "select": ["ID"]}, urgent=True)

    seen = fake.seen[0]
    assert f"/rest/1/{CODE}/tasks.task.get" == seen.path
    assert {"taskId": 5, "select": ["ID"]} == seen.params
    assert f"ticket24/{version('ticket24')}" == seen.headers["User-Agent"]
    assert "application/json" == seen.headers["Content-Type"]
    assert [("acme", {"tasks.task.get"}, True)] == limiter.taken


async def test_parameters_keep_their_order(fake, app_bitrix):
    """Positional methods get their parameters in order, the token comes last."""
    await app_bitrix.call("task.commentitem.add", {"TASKID": 1, "A": 2, "0": 3})

    assert ["TASKID", "A", "0", "auth"] == list(fake.seen[0].params)


async def test_answer_has_result_total_next_and_time(fake, bitrix):
    """An answer tells its result, the paging and Bitrix24's clock in UTC."""
    fake.will({"result": [1], "total": "120", "next": 50, "time": TIME})

    assert Answer([1], 120, 50, AT) == await bitrix.call("user.get")


@pytest.mark.parametrize(
    "time",
    [
        *(None, [], {}, {"date_start": "soon"}, {"date_start": "2026-08-20T11:52"}),
        *(
            {"date_start": f"{at}T12:00:00-14:00"}
            for at in ("9999-12-31", "0000-01-01")
        ),
        {"date_start": "0001-01-01T00:00:00+14:00"},
    ],
)
async def test_answer_may_lack_all_but_the_result(fake, bitrix, time):
    """A box leaves out paging and time: then they are unknown."""
    fake.will({"result": [], "time": time, "total": None, "next": "x"})

    assert Answer([]) == await bitrix.call("user.get")


@pytest.mark.parametrize("odd", [0, "0", False, True, [], {}, "", None, 50.5])
async def test_an_odd_next_page_is_none(fake, bitrix, odd):
    """Nothing leads back to the first page."""
    fake.will({"result": [1], "next": odd})

    assert (await bitrix.call("user.get")).next is None


async def test_application_sends_its_token(fake, app_bitrix):
    """An application puts its token into the body."""
    await app_bitrix.call("profile")

    assert ["/rest/profile"] == [seen.path for seen in fake.seen]
    assert [{"auth": "token-1"}] == [seen.params for seen in fake.seen]


async def test_expired_token_is_renewed_once(fake, app_bitrix):
    """After expired_token the call is repeated with a new token."""
    fake.will(EXPIRED, {"result": 7})

    assert 7 == (await app_bitrix.call("profile")).result
    assert ["token-1", "token-2"] == [seen.params["auth"] for seen in fake.seen]


async def test_token_that_stays_expired_closes_the_account(fake, app_bitrix):
    """A new token that is refused too is not renewed again."""
    fake.will(EXPIRED)

    with pytest.raises(AccountClosed):
        await app_bitrix.call("profile")
    assert 2 == len(fake.seen)


async def test_tokens_of_dismissed_users_are_replaced_one_by_one(fake, app_bitrix):
    """Each may be of a dismissed user, and the next one's be expired."""
    fake.will(EXPIRED, DISMISSED, DISMISSED, EXPIRED, {"result": 7})

    assert 7 == (await app_bitrix.call("profile")).result
    used = [f"token-{number}" for number in range(1, 6)]
    assert used == [seen.params["auth"] for seen in fake.seen]


@pytest.mark.parametrize("body", [EXPIRED, DISMISSED])
async def test_a_token_that_nothing_replaces_closes_the_account(
    fake, session, limiter, body
):
    """A viewer's token, or a webhook, is asked once."""
    fake.will(body)
    access = OAuth(f"{fake.address}/rest/", OneToken(), allow_loopback=True)

    with pytest.raises(AccountClosed) as caught:
        await Bitrix(session, "acme", access, limiter).call("profile")
    assert (body[0]["error"], 1) == (caught.value.code, len(fake.seen))


async def test_error_at_200_is_an_error(fake, bitrix):
    """The body tells whether a call succeeded, not the status."""
    fake.will({"error": "ERROR_CORE", "error_description": "No"})

    with pytest.raises(Permanent, match="No"):
        await bitrix.call("placement.bind")


@pytest.mark.parametrize(
    "answer",
    [
        ("<html>Maintenance</html>", 200),
        ("<html>Bad gateway</html>", 502),
        ("<html>Forbidden</html>", 403),
        ("", 200),
        ("[" * 100_000, 200),
        ({"odd": 1}, 200),
        ({"result": 1}, 500),
        ([], 200),
        (None, 200),
    ],
)
async def test_unexpected_answer_is_broken(fake, bitrix, answer):
    """Anything but a JSON answer is worth a later try, and none is made inside."""
    fake.will(answer)

    with pytest.raises(BitrixBroken):
        await bitrix.call("profile")
    assert 1 == len(fake.seen)


async def test_rate_limit_is_retried(fake, bitrix, limiter):
    """A 503 of the limit makes everybody pause, and the call goes again."""
    fake.will(LIMIT, LIMIT, {"result": 7})

    assert 7 == (await bitrix.call("profile")).result
    assert [("acme", 1), ("acme", 2)] == limiter.pauses
    assert 3 == len(limiter.taken)


async def test_rate_limit_is_retried_no_more_than_three_times(fake, bitrix, limiter):
    """When pauses do not help the call fails and says how long to wait."""
    fake.will(LIMIT)

    with pytest.raises(TooManyRequests) as caught:
        await bitrix.call("profile")

    assert [1, 2, 4, 8] == [seconds for _, seconds in limiter.pauses]
    assert (4, 8) == (len(fake.seen), caught.value.retry_after)


async def test_method_out_of_run_time_is_blocked(fake, bitrix, limiter):
    """A 429 blocks the method for all until Bitrix24 frees it; no retry."""
    fake.will((BLOCKED, 429))

    with pytest.raises(OutOfRunTime):
        await bitrix.call("crm.contact.list")

    assert [("acme", "crm.contact.list", 240)] == limiter.blocks
    assert 1 == len(fake.seen)


async def test_blocked_method_is_not_even_sent(fake, bitrix, limiter):
    """What the limiter refuses does not reach Bitrix24."""
    refusal = OutOfRunTime("", "", retry_after=9, method="profile")
    limiter.take = Mock(side_effect=refusal)

    with pytest.raises(OutOfRunTime):
        await bitrix.call("profile")
    assert ([], []) == (fake.seen, limiter.blocks)


async def flood(request):
    return web.json_response({"result": "x" * 100_000})


@pytest.mark.parametrize(
    ("pace", "trouble", "words"),
    [
        (PACE, drop, "broke off"),
        (SHORT, stall, "did not answer in time"),
        (PACE, cut, "broke off"),
    ],
)
async def test_lost_connection_is_never_retried_inside(fake, bitrix, trouble, words):
    """A request that may have been carried out is sent once."""
    fake.will(trouble)

    with pytest.raises(BitrixBroken, match=words):
        await bitrix.call("tasks.task.add", {"fields": {"TITLE": "x"}})
    assert 1 == len(fake.seen)


async def test_an_answer_far_too_large_is_not_read_to_its_end(fake, session):
    """No account fills our memory."""
    fake.will(flood)

    url = f"{fake.address}/rest/1/{CODE}/user.get"
    async with session.post(url, json={}) as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await transport.read_all(response, most_bytes=10_000)


async def test_broken_json_is_never_sent(fake, bitrix):
    """Bitrix24 reads broken JSON as no parameters, so we never send any."""
    with pytest.raises(ValueError, match="JSON"):
        await bitrix.call("tasks.task.list", {"filter": {">ID": math.nan}})
    assert [] == fake.seen
