"""The image is built and runs in the container engine that a variable names.

    TICKET24_TEST_ENGINE=podman ./t24 test tests/test_in_an_engine.py

Without it these tests do not exist, here as in CI, where no engine runs.
"""

import contextlib
import os
import subprocess
import time
import urllib.request
from pathlib import Path

from ports import deaf

from ticket24.embedded import DURABLE, find_server

ENGINE = os.environ.get("TICKET24_TEST_ENGINE", "")
FILE = "config/container/Containerfile"
IMAGE = "ticket24-test"


def engine(*words, check=True):
    """Return what a command of the engine printed, without white space around."""
    done = subprocess.run(
        [ENGINE, *words],
        cwd=Path(__file__).parents[1],
        check=check,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def until_it_says(words, said):
    """Ask the engine for up to two minutes until its answer begins with this."""
    end = time.monotonic() + 120
    while not engine(*words, check=False).startswith(said):
        assert time.monotonic() < end, engine("logs", words[1])
        time.sleep(0.2)


@contextlib.contextmanager
def running_redis(folder):
    """Give the address of a server that containers of the host's network reach."""
    settings = [word for pair in DURABLE.items() for word in pair]
    settings[::2] = [f"--{name}" for name in settings[::2]]
    with deaf() as port:
        command = [find_server(), "--port", str(port), "--dir", str(folder), *settings]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait()


@contextlib.contextmanager
def container(role, *settings):
    """Run `web` or `worker` as compose.yaml does: it may write only to /tmp."""
    name = f"{IMAGE}-{role}"
    given = [word for setting in settings for word in ("--env", setting)]
    bounds = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL")
    bounds += ("--security-opt=no-new-privileges",)
    # `healthy` asks for processes of its own host name.
    names = (f"--name={name}", f"--hostname={name}")
    run = ("run", "--detach", "--network=host", *names, *bounds, *given)
    engine("rm", "--force", name, check=False)
    engine(*run, IMAGE, role)
    try:
        yield name
    finally:
        engine("rm", "--force", name)


def web_and_worker_run_as_nobody_and_end_when_asked(tmp_path):
    """Both are healthy on a read-only root, are user 10024, and end when asked."""
    engine("build", f"--file={FILE}", f"--tag={IMAGE}", ".")
    with running_redis(tmp_path) as url, deaf() as port:
        settings = (
            f"TICKET24_REDIS_URL={url}",
            f"TICKET24_SECRET_KEY={'s' * 32}",
            f"TICKET24_PUBLIC_URL=http://127.0.0.1:{port}",
            f"TICKET24_PORT={port}",
            "TICKET24_SMTP_URL=smtp://127.0.0.1:9",
            "TICKET24_MAIL_FROM=support@example.com",
        )
        with (
            container("web", *settings) as web,
            container("worker", *settings) as worker,
        ):
            for name, role in ((web, "web "), (worker, "worker ")):
                until_it_says(("exec", name, "ticket24", "healthy"), role)
            live = f"http://127.0.0.1:{port}/health/live"
            with urllib.request.urlopen(live) as answer:
                assert 200 == answer.status
            for name in (web, worker):
                assert "10024" == engine("exec", name, "id", "-u")
                engine("stop", "--time=20", name)
                state = engine("inspect", "--format={{.State.ExitCode}}", name)
                assert "0" == state


if ENGINE:
    test_web_and_worker = web_and_worker_run_as_nobody_and_end_when_asked
