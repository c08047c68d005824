"""The files for an installation work as they are, read by the programs they are for.

nginx, systemd and logrotate are asked where the machine has them; what is asked of the
text alone holds everywhere. A server that speaks Redis is always there.
"""

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import trustme
from desk import until
from pydantic import SecretStr
from redis.exceptions import ConnectionError as RedisConnectionError

from ticket24.embedded import find_server
from ticket24.environment import load
from ticket24.settings import variables
from ticket24.store.connection import connect
from ticket24.store.health import faults
from ticket24.web.app import create_app

DEPLOY = Path(__file__).parents[2] / "config/deploy"
CONFIG = DEPLOY.parent
UNITS = (
    *("ticket24-web@.service", "ticket24-worker.service", "ticket24-inbox.service"),
    "ticket24-doctor.service",
)

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
    """Return the text in the braces after a line."""
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


def test_largest_message_fits_through_the_proxy(nginx):
    """The sample takes what the defaults allow, and each of them names the other."""
    settings = load(redis_url="redis://localhost", secret_key="k" * 32)
    sizes = re.findall(r"client_max_body_size (\d+)m;", nginx)
    defaults = (CONFIG / "ticket24.toml").read_text()
    mentioned = defaults.partition("\nupload_megabytes")[0]

    assert settings.message_bytes < max(map(int, sizes)) * 1_000_000
    assert "client_max_body_size" in mentioned.rpartition("\n\n")[2]
    assert "TICKET24_UPLOAD_MEGABYTES" in (DEPLOY / "nginx.conf").read_text()


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


def run(*command, **more):
    """Return exit code and all that a program says."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **more,
    )
    return done.returncode, done.stdout


@pytest.fixture
def site(tmp_path):
    """Return nginx's configuration around the sample, all of it in one folder."""
    certificate = trustme.CA().issue_cert("help.example.com")
    key, chain = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    certificate.private_key_pem.write_to_path(key)
    certificate.cert_chain_pems[0].write_to_path(chain)
    text = (DEPLOY / "nginx.conf").read_text()
    for ours, here in (
        ("/etc/letsencrypt/live/help.example.com", str(tmp_path)),
        ("/var/log/nginx", str(tmp_path)),
    ):
        assert ours in text
        text = text.replace(ours, here)
    (tmp_path / "ticket24.conf").write_text(text)
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}}"
        f" http {{ include {tmp_path}/ticket24.conf; }}"
    )
    return main


def test_nginx_takes_the_site(site, nginx):
    """Every block ends, and nginx loads it whole where there is one."""
    said = (0, "")
    if program := shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
        said = run(program, "-t", "-c", site)
    # One line for each statement, or a block on one line.
    loose = [
        line
        for line in nginx.splitlines()
        if line.strip() and not re.search(r"[;{}]$|^log_format|^ +'.*'$", line)
    ]

    assert 0 == said[0], said[1]
    assert [] == loose


@pytest.mark.parametrize(
    "directive",
    [
        "listen 80;",
        "listen [::]:80;",
        "listen 443 ssl http2;",
        "location /.well-known/acme-challenge/ { root /var/www/html; }",
        "location / { return 301 https://$server_name$request_uri; }",
        "server 127.0.0.1:8024 max_fails=0;",
        "server 127.0.0.1:8025 max_fails=0;",
        "proxy_next_upstream error timeout non_idempotent;",
    ],
)
def test_one_of_two_webs_may_be_away(nginx, directive):
    """Each is asked all the time; what is in the clear is led to TLS."""
    assert directive in nginx
    assert "proxy_pass http://ticket24;" in nginx
    assert not re.search(r"proxy_pass http://\d", nginx)


@pytest.mark.parametrize("unit", [*UNITS, "ticket24-doctor.timer"])
def test_systemd_takes_the_units(tmp_path, unit):
    """Each line is a setting; systemd finds no fault, and calls it well protected."""
    text = (DEPLOY / unit).read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    odd = [one for one in lines if not re.match(r"\[\w+\]$|[A-Z]\w+=", one)]
    said, score = (0, ""), (0, "")
    if program := shutil.which("systemd-analyze"):
        for each in (*UNITS, "ticket24-doctor.timer"):
            here = (DEPLOY / each).read_text().replace("/opt/ticket24/bin/", "/bin/")
            here = here.replace("/bin/ticket24", "/bin/true")
            (tmp_path / each.replace("@", "@8024")).write_text(here)
        there = tmp_path / unit.replace("@", "@8024")
        said = run(program, "verify", "--man=no", there)
        if unit in UNITS:
            # In tenths.
            score = run(program, "security", "--offline=yes", "--threshold=20", there)

    assert [] == odd
    assert (0, "") == said
    assert 0 == score[0], score[1]


@pytest.mark.parametrize("unit", UNITS[:2])
def test_a_start_ends_when_it_works(unit):
    """systemd is told: a restart of the second need not wait for the clock."""
    assert "Type=notify" in (DEPLOY / unit).read_text().splitlines()


@pytest.mark.parametrize("unit", UNITS)
def test_the_journal_names_who_speaks(unit):
    """Not the program that started it: web is started by `env`."""
    assert "SyslogIdentifier=%p" in (DEPLOY / unit).read_text().splitlines()


def test_no_documented_restart_closes_the_door():
    """Where one command restarts both webs, nobody answers until they are back."""
    folder = DEPLOY.parents[1]
    pages = [*folder.glob("docs/*.md"), *DEPLOY.iterdir(), folder / "README.md"]
    said = re.findall(
        r"systemctl restart [^&`\n]*", "".join(map(Path.read_text, pages))
    )
    both = [one for one in said if one.count("ticket24-web@") > 1 or "@*" in one]

    assert said
    assert [] == both


def test_the_port_stands_behind_the_at():
    """It wins over the file of settings, as that is the same for both."""
    lines = (DEPLOY / UNITS[0]).read_text().splitlines()
    command = "/usr/bin/env TICKET24_PORT=%i /opt/ticket24/bin/ticket24 web"

    assert f"ExecStart={command}" in lines


async def answers(redis):
    """Tell whether a server takes connections; its socket is there a little earlier."""
    with contextlib.suppress(RedisConnectionError):
        return await redis.ping()


@contextlib.asynccontextmanager
async def served(folder):
    """Start a server with the file of the documents, its data in a folder."""
    text = (CONFIG / "redis.conf").read_text()
    (place,) = re.findall(r"^dir (.*)$", text, re.MULTILINE)
    here = text.replace(place, str(folder))
    here = here.replace("port 6379", f"port 0\nunixsocket {folder}/s")
    (folder / "redis.conf").write_text(here)
    process = await asyncio.create_subprocess_exec(
        find_server(), folder / "redis.conf", stdout=subprocess.DEVNULL
    )
    redis = connect(f"unix://{folder}/s")
    try:
        await until(lambda: answers(redis))
        yield redis
    finally:
        await redis.aclose()
        process.terminate()
        await process.wait()


async def test_redis_takes_its_file(tmp_path):
    """It starts with it, keeps its data where that says, and loses nothing."""
    async with served(tmp_path) as redis:
        await redis.set("mail", "decided")
        wrong = await faults(redis)

    assert [] == wrong
    assert (tmp_path / "appendonlydir").is_dir()
    assert "\ndir /var/lib/redis\n" in (CONFIG / "redis.conf").read_text()


async def test_a_copy_of_redis_is_put_back_as_the_documents_say(tmp_path):
    """The snapshot becomes the base of an append-only file, and all of it is there."""
    text = (CONFIG.parent / "docs/operating.md").read_text()
    (manifest,) = re.findall(r'"(file \S+ seq 1 type b)"', text)
    place = tmp_path / "appendonlydir"

    async with served(tmp_path) as redis:
        await redis.set("mail", "decided")
        # As redis-cli --rdb gets it from the server.
        await redis.save()
        await redis.set("mail", "later than the copy")
    shutil.rmtree(place)
    place.mkdir()
    shutil.copy(tmp_path / "dump.rdb", place / manifest.split()[1])
    (place / "appendonly.aof.manifest").write_text(f"{manifest}\n")
    (tmp_path / "dump.rdb").unlink()
    async with served(tmp_path) as redis:
        found = await redis.get("mail")
        await redis.set("mail", "new")
    async with served(tmp_path) as redis:
        found_again = await redis.get("mail")

    assert [b"decided", b"new"] == [found, found_again]


def test_settings_read_the_same_for_systemd_and_for_a_shell(tmp_path):
    """The example holds settings; a command of a person has what the units have."""
    text = (DEPLOY / "environment.example").read_text()
    plain = "s3cr$t&`#;% key".ljust(40, "x")
    text = text.replace("SECRET_KEY=''", f"SECRET_KEY='{plain}'")
    # systemd takes a value without its quotes.
    for_systemd = dict(re.findall(r"^(TICKET24_\w+)='(.*)'$", text, re.MULTILINE))
    (tmp_path / "environment").write_text(text)
    (tmp_path / "ticket24").write_text('#!/bin/sh\nenv; echo "$@"\n')
    (tmp_path / "ticket24").chmod(0o755)
    wrapper = (DEPLOY / "ticket24").read_text()
    wrapper = wrapper.replace("/etc/ticket24", str(tmp_path))
    wrapper = wrapper.replace("/opt/ticket24/bin", str(tmp_path))

    said = run("/bin/sh", "-c", wrapper, "ticket24", "failed", "two words")[1]
    lines = said.splitlines()

    assert "failed two words" == lines[-1]
    assert {f"{name}={value}" for name, value in for_systemd.items()} <= set(lines)
    assert plain == for_systemd["TICKET24_SECRET_KEY"]
    assert set(for_systemd) <= {name for name, _ in variables()}
    assert "TICKET24_PORT" not in text
    assert os.access(DEPLOY / "ticket24", os.X_OK)


def test_logs_in_files_are_rotated(tmp_path):
    """The process keeps writing to its file, so the file is emptied in place."""
    text = (DEPLOY / "logrotate").read_text()
    said = (0, "")
    if program := shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin"):
        said = run(program, "-d", "-s", tmp_path / "state", DEPLOY / "logrotate")

    assert 0 == said[0], said[1]
    assert "copytruncate" in text
    assert "/var/log/ticket24/*.log {" in text


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
    """An attacker who takes over a process of ours gets little of the machine."""
    assert directive in (DEPLOY / unit).read_text().splitlines()


@pytest.mark.parametrize("unit", ["ticket24-web@.service", "ticket24-worker.service"])
def test_the_units_let_checks_of_passwords_step_back(unit):
    """What whole sets of calls took away, a later line gives back."""
    lines = (DEPLOY / unit).read_text().splitlines()

    assert lines.index("SystemCallFilter=setpriority") > lines.index(
        "SystemCallFilter=~@privileged @resources"
    )
