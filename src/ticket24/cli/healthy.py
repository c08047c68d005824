"""`healthy`: whether web or worker of this machine or container works."""

import re
import socket

import click

from ticket24.cli.surroundings import Failure
from ticket24.settings import Settings
from ticket24.store.stores import open_stores


async def check(settings: Settings) -> None:
    """Fail unless a web or a worker here has just reported.

    A process that was killed is remembered beside its successor.
    """
    ours = re.compile(rf"{re.escape(socket.gethostname())}-\d+-[0-9a-f]+")
    async with open_stores(settings) as stores:
        found = (await stores.presence.all()).all
    here = [one for one in found if one.here and ours.fullmatch(one.name)]
    if not here:
        raise Failure(
            "neither a web nor a worker on this machine has reported recently"
        )
    click.echo(", ".join(f"{one.role} {one.build}" for one in here))
