"""`ticket24 sandbox`, which is also `python -m bitrix24_sandbox`."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from click.testing import CliRunner

from bitrix24_sandbox.account.world import dump
from bitrix24_sandbox.sample import sample_world
from ticket24.cli.program import main


@pytest.fixture
def sandbox():
    """Start sandboxes on free ports; answers what they printed."""
    started = []

    def start(*options, way=("bitrix24_sandbox",)):
        process = subprocess.Popen(
            [sys.executable, "-m", *way, "--port", "0", *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith("Ctrl-C"):
                break
        return process, printed

    yield start
    for process in started:
        process.kill()
        process.communicate()


def ask(url):
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


@pytest.mark.parametrize("way", [("ticket24", "sandbox"), ("bitrix24_sandbox",)])
def test_prints_addresses_that_answer_until_ctrl_c(sandbox, way):
    """The printed webhook works unchanged, and Ctrl-C ends the account."""
    process, printed = sandbox("--card", "forum", way=way)
    webhook = re.search(r"inbound webhook +(\S+)", printed)[1]
    world = ask(re.search(r"http://[\d.:]+", printed)[0] + "/sandbox/api/world")

    assert "1" == ask(f"{webhook}profile")["result"]["ID"]
    assert {"forum"} == {group["card"] for group in world["workgroups"].values()}

    process.send_signal(signal.SIGINT)

    assert 0 == process.wait(timeout=60)


def test_serves_the_authorization_server(sandbox):
    """An application can be installed with the printed client id and secret."""
    _, printed = sandbox("--oauth-port", "0")
    address = re.search(r"http://[\d.:]+", printed)[0]
    setting = dict(re.findall(r"TICKET24_BITRIX24__(\w+)=(\S+)", printed))

    def order(do, **more):
        known = {"do": do, "client_id": setting["CLIENT_ID"], **more}
        return urllib.request.Request(
            f"{address}/sandbox/api/applications",
            json.dumps(known).encode(),
            {"Content-Type": "application/json"},
        )

    assert not ask(order("add"))["installed"]
    frame = ask(order("frame"))["form"]
    info = ask(f"{setting['OAUTH_URL']}/rest/app.info/?auth={frame['AUTH_ID']}")
    pair = ask(
        f"{setting['OAUTH_URL']}/oauth/token/?grant_type=refresh_token"
        f"&client_id={setting['CLIENT_ID']}&client_secret={setting['CLIENT_SECRET']}"
        f"&refresh_token={frame['REFRESH_ID']}"
    )

    assert f"{setting['OAUTH_URL']}/rest/" == frame["SERVER_ENDPOINT"]
    assert setting["CLIENT_ID"] == info["result"]["client_id"]
    assert (
        "1"
        == ask(f"{address}/rest/profile?auth={pair['access_token']}")["result"]["ID"]
    )


def test_taken_port_of_the_authorization_server():
    """A port that is taken is named with the option that chooses another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        options = ("--port", "0", "--oauth-port", port)

        assert_one_line(f"ticket24: port {port} is taken", "--oauth-port", *options)


def test_starts_with_the_given_world(sandbox, tmp_path):
    """An account that was saved is served again."""
    world = sample_world()
    world.users[2].last_name = "Kept"
    file = tmp_path / "world.json"
    file.write_bytes(dump(world))

    _, printed = sandbox("--data", str(file))
    served = ask(re.search(r"http://[\d.:]+", printed)[0] + "/sandbox/api/world")

    assert "Kept" == served["users"]["2"]["last_name"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b'{"users": 3}', "users: Input should be an object"),
        (b"{", "the file: Invalid JSON"),
        (None, "cannot be read: No such file or directory"),
    ],
    ids=["wrong", "broken", "missing"],
)
def test_bad_data_is_one_line(tmp_path, content, fault):
    """A file that is not an account ends the start with one clear line."""
    file = tmp_path / "world.json"
    if content is not None:
        file.write_bytes(content)

    assert_one_line(f"ticket24: {file}", fault, "--data", str(file))


def test_taken_port_is_one_line():
    """A port that somebody else uses ends the start in one clear line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        assert_one_line(f"ticket24: port {port} is taken", "--port", "--port", port)


def test_impossible_addresses_are_one_line():
    """A port or a host that cannot be listened on ends the start likewise."""
    assert_one_line("ticket24: 70000 is not a port", "65535", "--port", "70000")
    assert_one_line(
        "ticket24: --host 192.0.2.1 is not an address", "", "--host", "192.0.2.1"
    )


def assert_one_line(beginning, fault, *options):
    done = CliRunner().invoke(main, ["sandbox", *options])

    assert 1 == done.exit_code
    [line] = done.stderr.splitlines()
    assert line.startswith(beginning)
    assert fault in line
