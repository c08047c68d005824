"""Connections that break in all ways, said in words."""

import socket
import ssl
from unittest.mock import Mock

import aiohttp
import pytest
import shims
from aioresponses import aioresponses
from rest_answers import CODE, everything_shown

from ticket24.bitrix.rest.access import Webhook
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import BitrixBroken, NotReached

URL = f"https://acme.example.com/rest/1/{CODE}/profile"
KEY = Mock(host="acme.example.com", port=443, ssl=True)


@pytest.fixture
def wire(monkeypatch):
    shims.mend_aioresponses(monkeypatch)
    with aioresponses() as wire:
        yield wire


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (aiohttp.ClientConnectorDNSError(KEY, OSError("no")), "no such host"),
        (
            aiohttp.ClientConnectorDNSError(
                KEY, socket.gaierror(socket.EAI_AGAIN, "Temporary failure")
            ),
            "no name server answers",
        ),
        (aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLError()), "certificate"),
        (aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError()), "certificate"),
        (aiohttp.ConnectionTimeoutError(f"to {URL}"), "did not answer in time"),
        (aiohttp.ClientPayloadError(URL), "broke off"),
        (aiohttp.InvalidURL(URL), "broke off"),
        (ConnectionResetError(URL), "broke off"),
    ],
)
async def test_wire_errors_have_words(session, limiter, wire, fault, words):
    """Each fault of the connection says what to look at, and hides the address."""
    wire.post(URL, exception=fault)
    webhook = Webhook(URL.removesuffix("profile"))

    with pytest.raises(BitrixBroken, match=words) as caught:
        await Bitrix(session, "acme", webhook, limiter).call("profile")
    assert CODE not in everything_shown(caught.value)
    # A request that broke off may have been carried out all the same.
    assert (words != "broke off") is isinstance(caught.value, NotReached)


async def test_answer_without_a_length_is_read(session, limiter, wire):
    """An answer that comes in pieces of any kind is read to its end."""
    wire.post(URL, payload={"result": {"ID": "1"}}, headers={"X-Odd": "1"})
    webhook = Webhook(URL.removesuffix("profile"))

    answer = await Bitrix(session, "acme", webhook, limiter).call("profile")

    assert {"ID": "1"} == answer.result


async def test_aioresponses_still_needs_its_shim(session):
    """Once aioresponses works without it, tests/shims.py can be removed."""
    with aioresponses() as unmended:
        unmended.post(URL, payload={})
        with pytest.raises(TypeError, match="stream_writer"):
            await session.post(URL)
