"""What an error shows: never a secret."""

import pytest
from aiohttp import web
from rest_answers import (
    CODE,
    EXPIRED,
    LIMIT,
    SHORT,
    cut,
    drop,
    everything_shown,
    redirect,
    stall,
)

from ticket24.bitrix.rest.access import Webhook
from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import BitrixBroken, BitrixError


async def echo(request):
    """Repeat everything in an error, as a careless front end might."""
    told = f"{request.path} {await request.text()}"
    return web.json_response({"error": told, "error_description": told}, status=400)


async def echo_in_batch(request):
    told = f"{request.path} {await request.text()}"
    error = {"error": "X", "error_description": told}
    return web.json_response({"result": {"result": [], "result_error": {"a": error}}})


@pytest.mark.parametrize("pace", [SHORT])
@pytest.mark.parametrize(
    "answer", [echo, drop, stall, EXPIRED, ("<html>", 502), LIMIT, cut]
)
async def test_errors_show_no_secret(fake, bitrix, app_bitrix, answer):
    """No error contains the webhook's code or a token."""
    fake.will(answer)

    for client in (bitrix, app_bitrix):
        with pytest.raises(BitrixError) as caught:
            await client.call("user.get", {"ID": 1})

        shown = everything_shown(caught.value)
        assert (False, False) == (CODE in shown, "token-" in shown)
        assert "user.get" in shown


async def test_errors_in_batches_show_no_secret(fake, bitrix):
    """A command's error is as silent as a call's."""
    fake.will(echo_in_batch)

    error = (await bitrix.batch({"a": Call("user.get")})).errors["a"]

    assert CODE not in everything_shown(error)
    assert "/rest/1/***/batch" in error.text


async def test_unreachable_account_shows_its_address_only(session, limiter):
    """An error of the connection names the host and hides the rest."""
    webhook = Webhook(f"http://127.0.0.1:1/rest/1/{CODE}/", allow_loopback=True)

    with pytest.raises(BitrixBroken) as caught:
        await Bitrix(session, "acme", webhook, limiter).call("profile")

    assert "profile: http://127.0.0.1:1 cannot be reached" == str(caught.value)
    assert CODE not in everything_shown(caught.value)


async def test_redirect_errors_show_no_secret(fake, moving):
    """A redirect's target holds the code and is not shown."""
    redirect(fake, "http://acme.example.com{path}")

    with pytest.raises(BitrixBroken) as caught:
        await moving.call("profile")
    assert CODE not in everything_shown(caught.value)
