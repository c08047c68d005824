"""The whole of ticket24 on one machine, on embedded parts, to try it.

This process serves the sandbox and the mail catcher. web and worker are processes of
their own. All of them share an embedded server that speaks Redis. Everything they keep
is in one temporary folder and is removed with it.
"""

import asyncio
import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import socket
from typing import IO, Any

import aiohttp
import click
from click.core import ParameterSource

from bitrix24_sandbox import serving
from bitrix24_sandbox.app import create_app
from bitrix24_sandbox.apps.oauth_server import oauth_app
from bitrix24_sandbox.apps.records import Application
from bitrix24_sandbox.sample import WEBHOOK, offer_ticket24, sample_world
from ticket24.demo import catcher
from ticket24.demo.account import begin, connect_command, found_companies
from ticket24.demo.beside import write_command
from ticket24.demo.children import ChildFailed, running
from ticket24.demo.ending import WishToEnd, disturb_no_more, interrupt_once
from ticket24.demo.mailbox import Mailbox
from ticket24.demo.story import story
from ticket24.demo.telling import say_any_name, tell
from ticket24.embedded import EmbeddedRedis
from ticket24.settings import PREFIX
from ticket24.ways_in import LmtpPlace

WEB, SANDBOX, MAILS, OAUTH = 8024, 8025, 8026, 8027

# The socket to which answers to mails are handed.
LMTP = "lmtp.sock"

_READY_SECONDS = 180.0
_POLL_SECONDS = 0.05
_SWEEP_SECONDS = 20


class DemoFailed(click.ClickException):
    """The demo cannot go on: one clear line, exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:  # noqa: ARG002  Click's own.
        """Print the line where errors belong."""
        tell(f"ticket24: {self.format_message()}", err=True)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the demo listens; `web` is free for the process that will need it."""

    web: int
    sandbox: socket
    mails: socket
    oauth: socket
    smtp: socket

    @property
    def web_url(self) -> str:
        """The address of web."""
        return f"http://{serving.HOST}:{self.web}"


def run(port: int) -> None:
    """Run the demo in the foreground until SIGINT, SIGTERM or SIGHUP comes.

    A default port that is taken is replaced by a free one, but a `port` that was asked
    for is not; 0 means free ports for everything. Raises DemoFailed if a part cannot
    start or ends by itself, and NoServer without an embedded server.
    """
    say_any_name()
    try:
        ports = _choose(port)
    except serving.BadPort as error:
        raise DemoFailed(str(error)) from error
    failures: list[str] = []
    interrupt_once()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ticket24-demo-") as folder,
            EmbeddedRedis(Path(folder)) as redis,
        ):
            tell("Starting ...")
            failures = asyncio.run(_run(ports, Path(folder), redis))
    except KeyboardInterrupt:  # It came before the loop listened to signals.
        pass
    if failures:
        raise DemoFailed(failures[0])
    tell("The demo has ended; nothing of it is left.")


def _choose(port: int) -> Ports:
    """Find a port for each part."""
    context = click.get_current_context(silent=True)
    source = context.get_parameter_source("port") if context else None
    asked = port != WEB or source is not ParameterSource.DEFAULT
    with (serving.listen if asked else serving.listen_or_any)(port) as web:
        return Ports(
            web.getsockname()[1],
            serving.listen_or_any(SANDBOX if port else 0),
            serving.listen_or_any(MAILS if port else 0),
            serving.listen_or_any(OAUTH if port else 0),
            serving.listen(0),
        )


async def _run(ports: Ports, folder: Path, redis: EmbeddedRedis) -> list[str]:
    """Run until a signal comes or something fails; return what failed."""
    failures: list[str] = []
    try:
        await _play(ports, folder, redis, WishToEnd())
    except* ChildFailed as group:
        failures = [str(failure) for failure in group.exceptions]
    finally:
        disturb_no_more()
    return failures


async def _play(
    ports: Ports, folder: Path, redis: EmbeddedRedis, ending: WishToEnd
) -> None:
    """Start every part in order, then wait; the parts end in the opposite order."""
    mailbox, world = Mailbox(), sample_world()
    found_companies(world)
    world.address = serving.address(ports.sandbox)
    world.oauth_address = serving.address(ports.oauth)
    application = offer_ticket24(world, ports.web_url)
    token = secrets.token_hex(16)
    world.add_outgoing(f"{ports.web_url}/bitrix24/events", token)
    webhook_url = f"{world.address}/rest/{WEBHOOK.user_id}/{WEBHOOK.code}/"
    environment = _environment(ports, folder, redis.url, application)
    command = write_command(folder, environment)
    start = partial(running, environment=environment, logs=folder)
    async with (
        catcher.catching(mailbox, ports.smtp),
        serving.serving(
            catcher.create_app(mailbox, LmtpPlace(str(folder / LMTP))), ports.mails
        ),
        serving.serving(oauth_app(world), ports.oauth),
        serving.serving(create_app(world), ports.sandbox),
    ):
        async with start(*connect_command(folder, webhook_url, token)) as connect:
            if await ending.comes_before(connect.succeed()):
                return
        async with (
            start("worker") as worker,
            start("inbox") as inbox,
            start("web") as web,
        ):

            def welcome() -> None:
                mails_url = serving.address(ports.mails)
                begin(world)
                tell(story(world, mails_url, ports.web_url, folder, command))

            lives = (worker.live(), inbox.live(), web.live(), _live(redis))
            await ending.comes_before(_all(lives, ports.web_url, welcome))


async def _all(
    lives: Iterable[Coroutine[Any, Any, None]],
    web_url: str,
    welcome: Callable[[], None],
) -> None:
    """Welcome people once web is ready; raise ChildFailed when a part has ended."""
    async with asyncio.TaskGroup() as group:
        for life in lives:
            group.create_task(life)
        await _ready(web_url)
        welcome()


async def _live(redis: EmbeddedRedis) -> None:
    """Raise ChildFailed as soon as the server has ended."""
    with contextlib.suppress(OSError):
        listening, line = await asyncio.open_unix_connection(redis.socket)
        with contextlib.closing(line):
            # It says nothing by itself, and hangs up on nobody while it runs.
            await listening.read()
    raise ChildFailed("Redis has ended by itself")


def _environment(
    ports: Ports, folder: Path, redis_url: str, application: Application
) -> dict[str, str]:
    """Return the environment of ticket24's processes, without one's own settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(PREFIX)
    }
    smtp_port = ports.smtp.getsockname()[1]
    return kept | {
        "TICKET24_REDIS_URL": redis_url,
        "TICKET24_DATA_DIR": str(folder),
        "TICKET24_SECRET_KEY": secrets.token_urlsafe(48),
        "TICKET24_HOST": serving.HOST,
        "TICKET24_PORT": str(ports.web),
        "TICKET24_PUBLIC_URL": ports.web_url,
        "TICKET24_SMTP_URL": f"smtp://{serving.HOST}:{smtp_port}?starttls=never",
        "TICKET24_MAIL_FROM": "Acme Support <support@example.com>",
        "TICKET24_REPLY_ADDRESS": "support+{token}@example.com",
        "TICKET24_LMTP": f"unix:{folder / LMTP}",
        "TICKET24_BITRIX24__ALLOW_LOOPBACK": "true",
        "TICKET24_BITRIX24__CLIENT_ID": application.client_id,
        "TICKET24_BITRIX24__CLIENT_SECRET": application.client_secret,
        "TICKET24_BITRIX24__OAUTH_URL": serving.address(ports.oauth),
        "TICKET24_SWEEP_SECONDS": str(_SWEEP_SECONDS),
        "TICKET24_LOG_FORMAT": "json",
    }


async def _ready(web_url: str) -> None:
    """Wait until web says that it is ready."""
    try:
        async with asyncio.timeout(_READY_SECONDS), aiohttp.ClientSession() as session:
            while True:
                if await _is_ready(session, web_url):
                    return
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise ChildFailed(f"web was not ready within {_READY_SECONDS:.0f} s") from None


async def _is_ready(session: aiohttp.ClientSession, web_url: str) -> bool:
    try:
        async with session.get(f"{web_url}/health/ready") as answer:
            return answer.ok
    except (aiohttp.ClientError, OSError):
        return False
