"""The image and compose.yaml hold what they name, and do what they promise.

No engine is needed: what the image copies is built from by `test_wheel.py`, its command
is the one that installs everywhere, and what runs in it is run here.
"""

import asyncio
import json
import re
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from click.testing import CliRunner
from desk import until

from ticket24.cli.program import main
from ticket24.domain.running.presence import Role
from ticket24.environment import files
from ticket24.settings import variables
from ticket24.store.running.presence import RedisPresence, present
from ticket24.store.stores import process_name

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "config/container"
REDIS_CONF = ROOT / "config/redis.conf"
IMAGE = (PLACE / "Containerfile").read_text()
COMPOSE = (PLACE / "compose.yaml").read_text()


def said_of(service):
    """Return the lines of a service in compose.yaml."""
    found = re.search(rf"^  {service}:\n((?:    .*\n|\n)+)", COMPOSE, re.MULTILINE)
    return found[1]


def test_what_is_copied_is_in_the_context():
    """Nothing that the image copies is missing, or kept from the engine."""
    sources = [
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", IMAGE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    assert [] == [source for source in sources if not (ROOT / source).exists()]
    assert set() == set(sources) & set(ignored)
    assert {"config/container/secrets", "config/container/certificate"} < set(ignored)
    assert "RUN python3 t24 install /opt/ticket24" in IMAGE
    assert 1 == len(set(re.findall(r"^FROM (\S+)", IMAGE, re.MULTILINE)))


def test_the_image_runs_commands_of_ours_as_nobody_in_particular():
    """What it starts and asks are commands; it is not root."""
    words = [
        json.loads(line)
        for line in re.findall(r"^(?:CMD|ENTRYPOINT) (.*)$", IMAGE, re.MULTILINE)
    ]
    (asked,) = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", IMAGE, re.MULTILINE)

    assert [["ticket24"], ["web"]] == words
    assert ["ticket24", "healthy"] == json.loads(asked)
    assert {"web", "worker", "healthy"} <= set(main.commands)
    assert re.search(r"^USER [1-9]\d+:[1-9]\d+$", IMAGE, re.MULTILINE)


def test_every_variable_of_the_containers_is_a_setting():
    """Every secret among them is also in a file."""
    named = set(re.findall(r"^ +(TICKET24_\w+):", COMPOSE, re.MULTILINE))
    named |= set(re.findall(r"TICKET24_\w+(?==)", IMAGE))
    settings = {name for name, _ in variables()}

    assert set() == named - settings - set(files())
    assert {"TICKET24_SECRET_KEY_FILE", "TICKET24_SMTP_URL_FILE"} <= named
    assert set() == named & (set(files().values()) - {"TICKET24_REDIS_URL"})
    assert all(name in COMPOSE for name in files())


@pytest.mark.parametrize("service", ["web-1", "web-2", "worker", "inbox"])
def test_our_containers_may_do_little(service):
    """A read-only root, no rights; they are asked whether they work."""
    common = COMPOSE[COMPOSE.index("x-ticket24:") : COMPOSE.index("\nservices:")]
    ours = said_of(service)

    assert "<<: *ticket24" in ours
    assert f"command: [{service.partition('-')[0]}]" in ours
    for line in ("read_only: true", "cap_drop: [ALL]", "stop_grace_period: 70s"):
        assert f"\n  {line}\n" in common


def test_what_compose_mounts_is_there():
    """Each file beside it has its name; certificate and secrets are the operator's."""
    mounted = re.findall(r"[ \"](\.{1,2}/[^:\"\s]+):/", COMPOSE)

    assert {"./proxy.sh", "../deploy/nginx.conf", "../redis.conf", "./certificate"} == {
        *mounted
    }
    assert [] == [one for one in mounted[:-1] if not (PLACE / one).exists()]


def test_redis_finds_the_folder_that_its_file_names():
    """Its server ends at once where that is missing, whatever --dir says later."""
    (folder,) = re.findall(r"^dir (\S+)$", REDIS_CONF.read_text(), re.MULTILINE)
    redis = said_of("redis")

    assert f"tmpfs: [{folder}]" in redis
    assert "--dir, /data," in redis
    assert '"redis:/data"' in redis


def test_addresses_that_stay_are_given_to_nobody_else():
    """A container that starts first cannot take the address of a web."""
    compose = COMPOSE.replace("${NET:-10.24.0}", "10.24.0")
    (all_of_it, given) = re.findall(r'(?:subnet|ip_range): "([\d./]+)"', compose)
    fixed = re.findall(r'ipv4_address: "([\d.]+)"', compose)

    assert ip_network(given).subnet_of(ip_network(all_of_it))
    assert 2 == len(fixed)
    for address in map(ip_address, fixed):
        assert address in ip_network(all_of_it)
        assert address not in ip_network(given)


def test_compose_asks_what_the_image_asks():
    """Podman's images keep no HEALTHCHECK: compose.yaml says it too, the same."""
    (seconds, asked) = re.search(
        r"^HEALTHCHECK (.*) CMD (\[.*\])$", IMAGE, re.MULTILINE
    ).groups()
    said = re.search(r"^  healthcheck:\n((?:    .*\n)+)", COMPOSE, re.MULTILINE)[1]
    test, *times = re.findall(r"(\w+): (.*)", said)

    assert ("test", f"[CMD, {', '.join(json.loads(asked))}]") == test
    assert seconds.split() == [f"--{k.replace('_', '-')}={v}" for k, v in times]


def test_the_proxy_asks_the_webs_at_their_addresses(tmp_path):
    """The site is the same; what differs is the host, the addresses and the logs."""
    script = (PLACE / "proxy.sh").read_text()
    script = script.replace("/ticket24.conf", str(ROOT / "config/deploy/nginx.conf"), 1)
    script = script.replace("/etc/nginx/conf.d", str(tmp_path)).replace(
        "exec ", "echo "
    )

    done = subprocess.run(
        ["/bin/sh", "-c", script],
        env={
            "HOST": "tickets.example.org",
            "NET": "10.99.7",
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    site = (tmp_path / "default.conf").read_text()

    assert "nginx -g daemon off;\n" == done.stdout
    assert "server_name tickets.example.org;" in site
    assert "/etc/letsencrypt/live/tickets.example.org/fullchain.pem" in site
    assert "/var/log" not in site
    compose = COMPOSE.replace("${NET:-10.24.0}", "10.99.7")
    assert set(re.findall(r"server (10[\d.]+):8024", site)) == set(
        re.findall(r'ipv4_address: "(\S+)"', compose)
    )
    assert "127.0.0.1" not in re.sub(r"#.*", "", site)


async def test_a_container_is_healthy_while_its_process_tells_so(
    redis, redis_url, monkeypatch
):
    """Before a worker, and after it, the engine hears no, with the reason."""
    monkeypatch.setenv("TICKET24_REDIS_URL", redis_url)
    monkeypatch.setenv("TICKET24_SECRET_KEY", "s" * 32)
    answers = []

    async def ask():
        answers.append(await asyncio.to_thread(CliRunner().invoke, main, ["healthy"]))
        return answers[-1].exit_code == 0

    await ask()
    async with present(RedisPresence(redis), process_name(), Role.WORKER):
        await until(ask)
    await ask()
    first, last_but_one, last = answers[0], answers[-2], answers[-1]

    assert (1, 0, 1) == (first.exit_code, last_but_one.exit_code, last.exit_code)
    assert last_but_one.output.startswith("worker 0.1.0+")
    assert "nor a worker on this machine has reported" in first.stderr
