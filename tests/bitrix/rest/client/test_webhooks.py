"""How an account is reached, read from what people paste."""

import traceback
from dataclasses import replace

import pytest
from rest_answers import CODE

from ticket24.bitrix.rest.access import OAuth, Webhook


@pytest.mark.parametrize(
    "url",
    [
        f"https://acme.bitrix24.com/rest/1/{CODE}/",
        f" https://ACME.bitrix24.com/rest/1/{CODE}\n",
    ],
)
def test_webhook_is_read(url):
    """A webhook's address is put in order; it knows its host and its user."""
    webhook = Webhook(url)

    assert f"https://acme.bitrix24.com/rest/1/{CODE}/" == webhook.url
    assert ("https://acme.bitrix24.com", 1) == (webhook.address, webhook.user_id)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", "https://"),
        ("acme.bitrix24.com", "https://"),
        (f"http://acme.bitrix24.com/rest/1/{CODE}/", "https://"),
        (f"http://127.0.0.1/rest/1/{CODE}/", "https://"),
        (f"https:///rest/1/{CODE}/", "host name"),
        (f"https://acme.example.com:x/rest/1/{CODE}/", "not a web address"),
        (f"https://[acme/rest/1/{CODE}/", "not a web address"),
        (f"https://me:pw@acme.example.com/rest/1/{CODE}/", "before @"),
        (f"https://acme.example.com/rest/1/{CODE}/?a=1", r"after \?"),
        (f"https://acme.example.com/rest/1/{CODE}/#a", "or #"),
        (f"https://acme.example.com/rest/1/{CODE}/profile.json", "USER/CODE/"),
        (f"https://acme.example.com/rest/api/1/{CODE}/", "USER/CODE/"),
        (f"https://acme.example.com/rest/0/{CODE}/", "USER/CODE/"),
        ("https://acme.example.com/rest/1/", "USER/CODE/"),
        ("https://acme.example.com/rest/1/a%2Fb/", "USER/CODE/"),
        (f"http://localhost:8034/rest/1/{CODE}/", "ALLOW_LOOPBACK=true$"),
    ],
)
def test_bad_webhook_is_explained(url, fault):
    """A wrong address gets one line that says what is wrong, without the code."""
    with pytest.raises(ValueError, match=fault) as caught:
        Webhook(url)

    shown = "".join(traceback.format_exception_only(caught.value))
    assert (1, False) == (shown.count("\n"), CODE in shown)


@pytest.mark.parametrize("host", ["127.0.0.1:8025", "localhost", "[::1]:80"])
def test_loopback_may_be_plain_http(host):
    """With permission, http goes to this machine and to no other."""
    url = f"http://{host}/rest/1/{CODE}/"

    assert url == Webhook(url, allow_loopback=True).url
    with pytest.raises(ValueError, match="https"):
        Webhook(f"http://10.0.0.1/rest/1/{CODE}/", allow_loopback=True)


def test_access_shows_no_secret(webhook, tokens):
    """The repr of a webhook or an application shows where, not with what."""
    access = OAuth("https://acme.bitrix24.com/rest/", tokens)

    assert (False, False) == (CODE in repr(webhook), CODE in str(webhook))
    assert "FakeTokens" not in repr(access)
    assert "https://acme.bitrix24.com" == access.address


def test_equal_webhooks_are_equal(webhook):
    """An access is a value: a change of host makes another one."""
    assert webhook == replace(webhook)
    assert webhook != webhook.moved("https://acme.example.com")


@pytest.mark.parametrize(
    "endpoint", ["https://acme.example.com/", "https://acme.example.com/rest/api/"]
)
def test_bad_client_endpoint_is_explained(endpoint, tokens):
    """An application's endpoint is the folder of the classic methods."""
    with pytest.raises(ValueError, match="https://HOST/rest/"):
        OAuth(endpoint, tokens)
