"""`ticket24 sandbox`, as a process of its own."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from ticket24.sandbox.sample import sample_world
from ticket24.sandbox.world import dump

COMMAND = [sys.executable, "-m", "ticket24", "sandbox"]


@pytest.fixture
def sandbox():
    """Start sandboxes on free ports; answers what they printed."""
    started = []

    def start(*options):
        process = subprocess.Popen(
            [*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, text=True
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


def test_prints_addresses_that_answer_until_ctrl_c(sandbox):
    """The printed webhook is called as it stands, and Ctrl-C ends the account."""
    process, printed = sandbox("--card", "forum")
    webhook = re.search(r"inbound webhook +(\S+)", printed)[1]
    world = ask(re.search(r"http://[\d.:]+", printed)[0] + "/sandbox/api/world")

    assert "1" == ask(f"{webhook}profile")["result"]["ID"]
    assert {"forum"} == {group["card"] for group in world["workgroups"].values()}

    process.send_signal(signal.SIGINT)

    assert 0 == process.wait(timeout=5)


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
    """A file that is no account ends the start in one clear line."""
    file = tmp_path / "world.json"
    if content is not None:
        file.write_bytes(content)

    done = subprocess.run(
        [*COMMAND, "--data", str(file)], capture_output=True, text=True, check=False
    )

    assert 1 == done.returncode
    [line] = done.stderr.splitlines()
    assert line.startswith(f"ticket24: {file}")
    assert fault in line


def test_taken_port_is_one_line():
    """A port that somebody else uses ends the start in one clear line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--port", port], capture_output=True, text=True, check=False
        )

    assert 1 == done.returncode
    [line] = done.stderr.splitlines()
    assert line.startswith(f"ticket24: port {port} is taken")
