"""What every command needs: settings, logs, Redis, clear failures."""

import asyncio
import os
import resource
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import click
import structlog
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ticket24.bitrix.rest.errors import BitrixError
from ticket24.domain.accounts.model import Account
from ticket24.domain.lines import laid_bare, pasted
from ticket24.embedded import EmbeddedRedis, NoServer
from ticket24.environment import load
from ticket24.flows.accounts.connect import Unfit
from ticket24.flows.reach.clients import Clients, NotConnected, Reached
from ticket24.flows.settings.password_fields import NoField
from ticket24.settings import BadSettings, Settings
from ticket24.store.accounts.connected import RedisAccounts, SlugTaken
from ticket24.store.connection import connect
from ticket24.store.running.trouble import explained
from ticket24.store.sealing import WrongKey
from ticket24.telemetry import logs

T = TypeVar("T")

log = structlog.get_logger()

_CLEAR = (
    *(BadSettings, NoServer, SlugTaken, WrongKey),
    *(BitrixError, Unfit, NoField),
)


class Failure(click.ClickException):
    """A failure that a user can cause: one clear line, exit code 1."""

    def show(self, file: Any = None) -> None:  # noqa: ANN401, ARG002  Click's own.
        """Print the line where errors belong, however many the reason had."""
        click.echo(f"ticket24: {' '.join(self.format_message().split())}", err=True)


@contextmanager
def clear_failures() -> Iterator[None]:
    """Turn failures that a user can cause into one line instead of a traceback."""
    try:
        yield
    except _CLEAR as error:
        raise Failure(str(error)) from error
    except RedisError as error:
        said = explained(error).replace(
            "does not answer:", "does not answer (TICKET24_REDIS_URL):"
        )
        raise Failure(f"Redis {said}") from error


@contextmanager
def settings_alone() -> Iterator[Settings]:
    """Read the settings, for a command that needs no Redis."""
    with clear_failures():
        settings = load()
        logs.configure(settings.log_format, "error")
        yield settings


@contextmanager
def settings_with_redis(
    *, quiet: bool = True, look_only: bool = False
) -> Iterator[Settings]:
    """Read the settings; start the embedded server if they name no other.

    `quiet` keeps all but errors out of the log, for commands whose output a person
    reads. With `look_only` nothing is started and nothing is made.
    """
    with clear_failures():
        settings = load(look_only=look_only)
        logs.configure(settings.log_format, "error" if quiet else settings.log_level)
        if not settings.embedded:
            _refuse_odd_address(settings)
            yield settings
            return
        with _embedded(settings, look_only=look_only) as server:
            _say_where(server, quiet=quiet)
            url = SecretStr(server.url)
            yield settings.model_copy(update={"redis_url": url})


def raise_limits() -> None:
    """Let this process open as many files and connections as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS names a hard limit that it does not grant.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def run(job: Callable[[Settings], Coroutine[Any, Any, T]]) -> T:
    """Run a command's job to its end."""
    with settings_with_redis() as settings:
        return asyncio.run(job(settings))


async def the_account(accounts: RedisAccounts, slug: str) -> Account:
    """Return the account that a command names, or fail."""
    account = await accounts.by_slug(pasted(slug))
    if account is None:
        raise Failure(
            f"no account is named {laid_bare(slug)};"
            " `ticket24 accounts` lists those there are"
        )
    return account


async def reach(clients: Clients, account: Account) -> Reached:
    """Return how to call an account, or fail."""
    try:
        return await clients.reach(account)
    except ValueError as error:
        raise Failure(f"the address of {account.slug}: {error}") from error
    except NotConnected as error:
        raise Failure(f"{account.slug} is not connected any more") from error


def interactive() -> bool:
    """Whether a person watches."""
    return sys.stderr.isatty()


def _refuse_odd_address(settings: Settings) -> None:
    """Fail on what only the client notices: a scheme or an option it cannot use."""
    try:
        client = connect(settings.redis_url.get_secret_value())
        if isinstance(client, Redis):  # A cluster's client has already checked them.
            pool: Any = client.connection_pool
            pool.make_connection()
    except (ValueError, TypeError, RedisError) as error:
        words = str(error).rpartition("__init__() ")[2]
        raise Failure(f"TICKET24_REDIS_URL: {words}") from None


@contextmanager
def _embedded(settings: Settings, *, look_only: bool) -> Iterator[EmbeddedRedis]:
    if _is_service():
        raise Failure(
            "TICKET24_REDIS_URL is not set, and a service starts no Redis of its own:"
            " set it in the file that EnvironmentFile= of the unit names; for example"
            " TICKET24_REDIS_URL=redis://localhost:6379/0"
        )
    server = EmbeddedRedis(settings.data_dir)
    if look_only:
        if not server.up:
            raise Failure(
                "TICKET24_REDIS_URL is not set and no embedded server runs in"
                f" {server.folder}, so there is nothing to examine: give this command"
                " the environment of web and worker (set -a; ."
                " /etc/ticket24/environment; set +a)"
            )
        yield server
        return
    try:
        server.start()
    except OSError as error:
        raise Failure(f"TICKET24_DATA_DIR cannot be used: {error}") from error
    try:
        yield server
    finally:
        server.stop()


def _is_service() -> bool:
    """Whether systemd started this very process, not a shell in one of its units.

    Since version 248 systemd names the process; a process that a person starts has
    another number.
    """
    return os.environ.get("SYSTEMD_EXEC_PID") == str(os.getpid())


def _say_where(server: EmbeddedRedis, *, quiet: bool) -> None:
    """Say which Redis is used, because nobody named it."""
    if quiet:
        click.echo(
            "ticket24: TICKET24_REDIS_URL is not set: this is about the embedded server"
            f" in {server.folder}",
            err=True,
        )
    else:
        log.warning("redis_embedded", folder=str(server.folder))
