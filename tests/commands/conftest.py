"""How commands are run: as a person does, or by their own functions."""

import asyncio
import logging
import os
import signal
import sys
from dataclasses import dataclass

import pytest
import structlog
from click.testing import CliRunner
from desk import end
from doctors import unwell
from structlog.testing import capture_logs

from ticket24.cli.doctor import doctor as doctoring
from ticket24.cli.program import main
from ticket24.pace import Pace
from ticket24.settings import PREFIX
from ticket24.telemetry.counters import FAULTS


@dataclass
class Done:
    """What a process left: its exit code and the lines it wrote."""

    code: int
    out: list[str]
    err: list[str]


@pytest.fixture
def pace():
    """Looks follow each other at once, however many requests were made."""
    return Pace(gathering_seconds=0, linger_seconds=0)


@pytest.fixture
def clean_environment(monkeypatch):
    """Nothing of one's own settings."""
    for name in os.environ:
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)


@pytest.fixture
def invoke(clean_environment, redis_url, monkeypatch):
    """Run a command in this process, its settings as words; logging stays as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configured = structlog.get_config()
    root.handlers.clear()
    monkeypatch.setenv("TICKET24_REDIS_URL", redis_url)
    monkeypatch.setenv("TICKET24_SECRET_KEY", "s" * 32)

    def invoke(*words, lines=None, **variables):
        env = {f"TICKET24_{name.upper()}": value for name, value in variables.items()}
        words = [str(word) for word in words]
        done = CliRunner().invoke(main, words, input=lines, env=env)
        return Done(done.exit_code, done.stdout.splitlines(), done.stderr.splitlines())

    yield invoke

    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configured)


@pytest.fixture
async def processes(clean_environment):
    """Run the command in processes of its own; `start` leaves one running."""
    running = Processes()
    yield running
    for process in running.started:
        await end(process)


class Processes:
    def __init__(self):
        self.started = []

    @staticmethod
    def words(*words):
        return (sys.executable, "-m", "ticket24", *map(str, words))

    @staticmethod
    def environment(**variables):
        return os.environ | {
            f"TICKET24_{name.upper()}": value for name, value in variables.items()
        }

    async def start(self, *words, **variables):
        process = await asyncio.create_subprocess_exec(
            *self.words(*words),
            env=self.environment(**variables),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self.started.append(process)
        return process

    async def run(self, *words, **variables):
        return await self.finish(await self.start(*words, **variables))

    async def interrupt(self, process):
        """End a process as Ctrl-C does."""
        process.send_signal(signal.SIGINT)
        return await self.finish(process)

    @staticmethod
    async def finish(process):
        async with asyncio.timeout(90):
            out, err = await process.communicate()
        return Done(
            process.returncode, out.decode().splitlines(), err.decode().splitlines()
        )


@pytest.fixture
def variables(desk):
    """The desk's own settings, for a process."""
    return {
        "redis_url": desk.settings.redis_url.get_secret_value(),
        "secret_key": desk.settings.secret_key.get_secret_value(),
        "smtp_url": desk.settings.smtp_url.get_secret_value(),
        "mail_from": desk.settings.mail_from,
        "bitrix24__allow_loopback": "true",
    }


@pytest.fixture
def said(capsys):
    """What was printed on standard output since the last question, line by line."""
    with capture_logs():
        yield lambda: capsys.readouterr().out.splitlines()  # noqa: PLW0108  Read anew each time.


@pytest.fixture
def examine(desk, said):
    """Ask the doctor; return whether all is well, and the lines by subject."""

    async def examine(**changed):
        said()
        settings = desk.settings.model_copy(update=changed)
        others = FAULTS.of_late()
        well = await doctoring.examine(settings, pace=desk.pace)
        lines = dict(line.split(": ", 1) for line in said())
        if others:  # What tests before this one provoked in this process.
            lines.pop("faults", None)
            well = not unwell(lines)
        return well, lines

    return examine
