"""What a log line contains, and what it never does."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
import structlog

from ticket24.telemetry import logs
from ticket24.telemetry.counters import Faults

Lines = Callable[[], list[dict[str, object]]]


class Stderr(io.StringIO):
    """Standard error, on a terminal or not."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stderr]:
    """What is written to standard error; afterwards logging is restored."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configured = structlog.get_config()
    # configure() closes the handlers it finds, and these are not ours.
    root.handlers.clear()
    stderr = Stderr()
    monkeypatch.setattr("ticket24.telemetry.logs.sys", SimpleNamespace(stderr=stderr))

    yield stderr

    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.configure(**configured)


@pytest.fixture
def lines(stderr: Stderr) -> Lines:
    """Log as JSON, and read back what was written."""
    logs.configure("json", "info", faults=Faults())
    return lambda: [json.loads(line) for line in stderr.getvalue().splitlines()]


def log_failure(text: str, **fields: object) -> None:
    def fail() -> None:
        raise ValueError(text)

    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("failed", **fields)


def test_line_has_a_static_name_and_fields(lines: Lines) -> None:
    """Machines find a line by its name and read the rest from fields."""
    structlog.get_logger("ticket24.mail").info("mail_sent", template="reply", tries=1)

    (line,) = lines()
    assert str(line.pop("timestamp")).endswith("Z")
    assert {
        "event": "mail_sent",
        "level": "info",
        "logger": "ticket24.mail",
        "template": "reply",
        "tries": 1,
    } == line


def test_bound_context_stands_in_every_line(lines: Lines) -> None:
    """What a job binds once is in the lines of libraries too."""
    with structlog.contextvars.bound_contextvars(ticket="acme/51"):
        structlog.get_logger().info("ticket_reconciled")
        logging.getLogger("aiohttp.client").warning("slow answer from %s", "acme")

    ours, theirs = lines()
    assert "acme/51" == ours["ticket"] == theirs["ticket"]
    assert "slow answer from acme" == theirs["event"]
    assert "aiohttp.client" == theirs["logger"]


def test_lines_below_the_level_are_left_out(lines: Lines) -> None:
    """Only what was asked for is written."""
    structlog.get_logger().debug("looked")
    logging.getLogger("asyncio").debug("selected")

    assert [] == lines()


def test_traceback_shows_no_local_variables(lines: Lines) -> None:
    """An error tells where it happened, not what was in the variables."""

    def sign_in(password: str) -> None:
        raise RuntimeError("out of luck")

    try:
        sign_in("hush")
    except RuntimeError:
        structlog.get_logger().exception("sign_in_failed")

    (line,) = lines()
    assert "out of luck" in json.dumps(line["exception"])
    assert "sign_in" in json.dumps(line["exception"])
    assert "hush" not in json.dumps(line)


@pytest.mark.parametrize(
    "name",
    [
        "application_token",
        "AUTH_ID",
        "auth",
        "auth[refresh_token]",
        "Authorization",
        "client_secret",
        "password",
        "redis_url",
        "Set-Cookie",
        "smtp_url",
        "UF_CRM_TICKET24_PASSWORD",
        "webhook_url",
    ],
)
def test_fields_with_a_secret_are_hidden(lines: Lines, name: str) -> None:
    """A field whose name says secret is not written, however deep it is."""
    structlog.get_logger().info("seen", **{name: "hush"}, data=[{name: ["hush"]}])

    (line,) = lines()
    assert "***" == line[name]
    assert [{name: "***"}] == line["data"]


@pytest.mark.parametrize(
    "text",
    [
        "POST https://acme.bitrix24.com/rest/1/hush/tasks.task.get.json",
        "POST https://acme.bitrix24.com/rest/api/1/hush/tasks.task.get",
        "GET /oauth/token/?client_secret=hush&code=hush&refresh_token=hush",
        "auth[access_token]=hush&auth%5Bapplication_token%5D=hush",
        "AUTH_ID=hush",
        "redis://:hush@localhost:6379",
        "smtp://user:hush@mail.example.com",
        '{"access_token": "hush"}',
        "{'password': 'hush'}",
        "Authorization: Bearer hush",
    ],
)
def test_secrets_inside_text_are_hidden(lines: Lines, text: str) -> None:
    """A secret in a message, a field, an exception or a URL object is not written."""
    log = structlog.get_logger()
    logging.getLogger("aiohttp.access").warning(text)
    log.info("asked", url=text)
    log.info("refused", error=ValueError(text))
    log_failure(text)

    written = json.dumps(lines())
    assert "hush" not in written
    assert 4 <= written.count("***")


@pytest.mark.parametrize(
    "begun",
    [
        "POST https://acme.bitrix24.com/rest/1/",
        "GET /oauth/token/?client_secret=",
        "auth[access_token]=",
        "redis://:",
        "smtp://user:",
        '{"access_token": "',
        "Authorization: Bearer ",
    ],
)
@pytest.mark.parametrize("after", ["", "@example.com", '"', " and more"])
def test_secrets_that_are_cut_are_hidden(lines: Lines, begun: str, after: str) -> None:
    """The beginning of a long text is written, without any part of a secret."""
    for place in (0, 1, 7, 8, 9, 200):
        ahead = "x" * (logs.LONGEST - len(begun) - place - 1)
        structlog.get_logger().info(
            "asked", text=f"{ahead} {begun}{'hush' * 100}{after}{'x' * 20_000}"
        )

    written = lines()
    assert "hu" not in json.dumps(written)
    assert {True} == {len(str(line["text"])) <= logs.LONGEST + 4 for line in written}


def test_harmless_fields_stay(lines: Lines) -> None:
    """Hiding secrets removes nothing else."""
    facts = {
        "author": "Anna",
        "code": "insufficient_scope",
        "exit": "code=3",
        "member_id": "abc",
        "path": "/rest/documentation",
        "password": "",
        "none": None,
        "seconds": 0.5,
        "url": "https://help.example.com/p/acme/tickets/51?closed=1",
    }

    structlog.get_logger().info("seen", **facts)

    (line,) = lines()
    assert facts == {name: line[name] for name in facts}


def test_console_is_for_eyes(stderr: Stderr) -> None:
    """On a console lines are text, with the same secrets hidden."""
    logs.configure("console", "info", faults=Faults())
    log_failure("redis://:hush@localhost", token="hush", account="acme")

    written = stderr.getvalue()
    assert "failed" in written
    assert "Traceback (most recent call last)" in written
    assert "acme" in written
    assert "hush" not in written


@pytest.mark.parametrize(
    "sign", ["\x1b[2J", "\x9b31m", "\r", "\x00", "\u202e", "\u2066"]
)
def test_no_word_moves_the_terminal(stderr: Stderr, sign: str) -> None:
    """Strangers' words are escaped, in fields, lists and tracebacks."""
    logs.configure("console", "info", faults=Faults())

    structlog.get_logger().info("met", one=f"{sign}x", more=[f"{sign}y"])
    log_failure(f"{sign}z")

    assert sign not in stderr.getvalue()
    assert "Traceback (most recent call last):\n" in stderr.getvalue()


def test_auto_means_json_away_from_a_terminal(stderr: Stderr) -> None:
    """Under a supervisor or in a container lines are JSON without being asked."""
    logs.configure("auto", "warning", faults=Faults())
    structlog.get_logger().warning("redis_away")

    assert "redis_away" == json.loads(stderr.getvalue())["event"]


def test_auto_means_console_on_a_terminal(stderr: Stderr) -> None:
    """A person who starts it by hand gets readable lines."""
    stderr.terminal = True
    logs.configure("auto", "info", faults=Faults())
    structlog.get_logger().info("started")

    assert "started" in stderr.getvalue()
    assert not stderr.getvalue().startswith("{")
