"""Tell systemd how far we are, so that a start or a restart ends when it is done."""

import os
import socket
from contextlib import suppress

from ticket24.build import build


def ready() -> None:
    """Say that this process does its work from now on, and which build it is."""
    _notify(f"READY=1\nSTATUS=ticket24 {build()}")


def stopping() -> None:
    """Say that what is under way is being finished."""
    _notify("STOPPING=1\nSTATUS=finishing what is under way")


def _notify(news: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # Of a name without a file the first byte is a null.
    name = f"\0{address[1:]}" if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, suppress(OSError):
        line.sendto(news.encode(), name)
