"""Ports at which nobody listens, and that nobody else is given meanwhile."""

import socket
from contextlib import contextmanager


@contextmanager
def deaf(port=0):
    """Keep a port, or this one: who asks there is refused, whatever else is started.

    A server that is meant to have it may still listen there.
    """
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind(("127.0.0.1", port))
        yield place.getsockname()[1]
