"""The examples for nginx and systemd hold what the documents promise of them."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from ticket24.settings import load
from ticket24.web.app import create_app

DEPLOY = Path(__file__).parent.parent / "config/deploy"
UNITS = ("ticket24-web.service", "ticket24-worker.service")

TOKEN = "tHe-sEcReT_of-a-link"


@pytest.fixture(scope="module")
def nginx():
    """Return the sample without its comments."""
    return re.sub(r"(?m)^\s*#.*\n", "", (DEPLOY / "nginx.conf").read_text())


@pytest.fixture(scope="module")
def routes():
    """Return every address that something can be posted to, filled in."""
    app = create_app(
        load(redis_url=SecretStr("redis://x"), secret_key=SecretStr("s" * 32))
    )
    canonical = {
        route.resource.canonical for route in app.router.routes() if route.resource
    }
    return {
        path.replace("{slug}", "acme")
        .replace("{token}", TOKEN)
        .replace("{number}", "7")
        for path in canonical
    }


def typed(path):
    """Return an address as people type it; a page's is then redirected."""
    return path.upper().replace(TOKEN.upper(), TOKEN) + "/"


def block(text, head):
    """Return what stands in the braces after a line."""
    found = re.search(re.escape(head) + r" \{\n(.*?)\n *\}", text, re.DOTALL)
    return found[1]


def test_no_secret_of_an_address_is_logged(nginx, routes):
    """Links, queries and referrers stay out of the access log, on every route."""
    shape = re.search(r"log_format ticket24 (.*?);", nginx, re.DOTALL)[1]
    before, kept = re.search(r'"~\*(\S+)" "\$\{before\}(\S+)"', nginx).groups()
    pattern = re.compile(before.replace("(?<", "(?P<"), re.IGNORECASE)

    logged = []
    for path in {*routes, *(typed(path) for path in routes)}:
        found = pattern.match(path)
        logged.append(found["before"] + kept if found else path)

    assert not re.findall(
        r"\$(?:request|request_uri|uri|args|query_string|http_referer|http_cookie|"
        r"arg_\w+|http_authorization|is_args|document_uri)\b",
        shape,
    )
    assert "$address_without_secrets" in shape
    assert ["ticket24"] == re.findall(r"access_log \S+ (\S+);", nginx)
    assert any(TOKEN in path for path in routes)
    assert [] == [path for path in logged if TOKEN in path]
    assert re.search(r"error_log \S+ crit;", nginx)


def test_only_forms_with_files_are_streamed(nginx, routes):
    """Bodies are passed on whole, but for the few that carry files."""
    locations = re.findall(r"location ~ (\S+) \{", nginx)
    streamed = next(
        one
        for one in locations
        if "proxy_request_buffering off" in block(nginx, f"location ~ {one}")
    )
    elsewhere = nginx.replace(block(nginx, f"location ~ {streamed}"), "")

    assert {
        "/bitrix24/app/settings",
        "/bitrix24/contact-tab/tickets",
        "/bitrix24/contact-tab/uploads",
        "/p/acme/tickets/7/replies",
        "/p/acme/tickets/new",
        "/p/acme/uploads",
    } == {path for path in routes if re.search(streamed, path)}
    assert "proxy_request_buffering" not in elsewhere


@pytest.mark.parametrize("path", ["/bitrix24/events", "/bitrix24/events/"])
def test_events_have_a_limit_of_their_own(nginx, path):
    """Bitrix24 may call as often as all accounts have news, however it was told to."""
    locations = re.findall(r"location ~ (\S+) \{", nginx)
    first = next(one for one in locations if re.search(one, path))

    assert "zone=ticket24_events burst=5000" in block(nginx, f"location ~ {first}")


@pytest.mark.parametrize(
    "directive",
    [
        "ssl_protocols TLSv1.2 TLSv1.3;",
        "ssl_session_tickets off;",
        "server_tokens off;",
        "client_header_timeout 10s;",
        "client_body_timeout 15s;",
        "send_timeout 30s;",
        "limit_conn ticket24_at_once 200;",
        "limit_req zone=ticket24_per_second burst=300 nodelay;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "location = /metrics { deny all; }",
        "location = /health/ready { deny all; }",
    ],
)
def test_the_proxy_takes_the_weather(nginx, directive):
    """Time, number, speed and ciphers are bounded in front of us."""
    assert directive in nginx


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(
    "directive",
    [
        "CapabilityBoundingSet=",
        "LimitNOFILE=20480",
        "LockPersonality=yes",
        "MemoryDenyWriteExecute=yes",
        "NoNewPrivileges=yes",
        "PrivateDevices=yes",
        "PrivateTmp=yes",
        "PrivateUsers=yes",
        "ProtectHome=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes",
        "ProtectProc=invisible",
        "ProtectSystem=strict",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "RestrictNamespaces=yes",
        "RestrictSUIDSGID=yes",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged @resources",
        "UMask=0077",
        "User=ticket24",
    ],
)
def test_the_units_give_no_more_than_needed(unit, directive):
    """Whoever takes over a process of ours has little of the machine."""
    assert directive in (DEPLOY / unit).read_text().splitlines()
