"""Listens on this machine, and serves an application inside this process."""

import contextlib
import errno
import socket
from collections.abc import AsyncIterator

from aiohttp import web

HOST = "127.0.0.1"

_HIGHEST_PORT = 65535

# Connections that browsers keep open do not delay the end.
_GOODBYE_SECONDS = 0.5


class BadPort(Exception):
    """This port cannot be used now; the one-line message says why and what to do."""


def listen(port: int, host: str = HOST) -> socket.socket:
    """Return a listening socket; port 0 means any free one.

    Raises BadPort, or OSError for a host that is not this machine.
    """
    if not 0 <= port <= _HIGHEST_PORT:
        raise BadPort(
            f"{port} is not a port: choose one from 1024 to {_HIGHEST_PORT} with --port"
        )
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except PermissionError as error:
        raise BadPort(
            f"port {port} may not be used by you: choose one above 1023 with --port"
        ) from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise BadPort(
            f"port {port} is taken by another program: end it, or choose another"
            " port with --port"
        ) from error


def listen_or_any(port: int) -> socket.socket:
    """Return a socket that listens on the port, or on a free one if it is taken."""
    try:
        return listen(port)
    except BadPort:
        return listen(0)


def address(listening: socket.socket) -> str:
    """Return the http:// address of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.asynccontextmanager
async def serving(
    app: web.Application, listening: socket.socket
) -> AsyncIterator[None]:
    """Serve an application while the block runs."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GOODBYE_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield
    finally:
        await runner.cleanup()
