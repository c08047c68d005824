"""Tells systemd how far we are, so that it knows when a start or restart is done."""

import asyncio
import os
import signal
import socket
from contextlib import suppress

import structlog

from ticket24.build import build

log = structlog.get_logger()


def stop_on_signals() -> asyncio.Event:
    """Return an event that is set when SIGTERM or SIGINT asks this process to stop.

    SIGHUP ends nothing: settings are read at the start, and the log says so.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def asked(number: signal.Signals) -> None:
        if not stop.is_set():
            log.info("stopping", signal=number.name)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked, number)
    loop.add_signal_handler(signal.SIGHUP, log.warning, "hangup_ignored")
    return stop


def ready() -> None:
    """Say that this process is working from now on, and which build it is."""
    _notify(f"READY=1\nSTATUS=ticket24 {build()}")


def stopping() -> None:
    """Say that work under way is being finished."""
    _notify("STOPPING=1\nSTATUS=finishing what is under way")


def _notify(news: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # A name without a file begins with a null byte.
    name = f"\0{address[1:]}" if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, suppress(OSError):
        line.sendto(news.encode(), name)
