"""`sandbox`: a Bitrix24 account to develop against, in the foreground."""

import asyncio
import signal
import socket
from pathlib import Path
from typing import cast

import click
from pydantic import ValidationError

from ticket24.commands.surroundings import Failure
from ticket24.demo import serving
from ticket24.sandbox.app import create_app
from ticket24.sandbox.records import Card
from ticket24.sandbox.sample import sample_world
from ticket24.sandbox.world import World, load

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  Recognised, not bound.


def serve(host: str, port: int, card: str | None, data: Path | None) -> None:
    """Serve an account until SIGINT or SIGTERM; `data` replaces the sample."""
    world = _world(cast("Card | None", card), data)
    listening = _listen(host, port)
    asyncio.run(_serve(world, listening))


async def _serve(world: World, listening: socket.socket) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    world.address = _reachable(serving.address(listening))
    async with serving.serving(create_app(world), listening):
        _tell(world)
        await stop.wait()


def _world(card: Card | None, data: Path | None) -> World:
    if data is None:
        return sample_world(card)
    try:
        world = load(data)
    except OSError as error:
        raise Failure(f"{data} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise Failure(f"{data}: {where}: {first['msg']}") from error
    except ValueError as error:
        raise Failure(f"{data}: {error}") from error
    for group in world.workgroups.values():
        group.card = card or group.card
    return world


def _listen(host: str, port: int) -> socket.socket:
    try:
        return serving.listen(port, host)
    except serving.BadPort as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise Failure(
            f"--host {host} is no address of this machine: {error.strerror}"
        ) from error


def _reachable(address: str) -> str:
    """Name this machine instead of all its addresses."""
    for host in _EVERYWHERE:
        address = address.replace(f"//{host}:", "//127.0.0.1:")
    return address.replace("//[::]:", "//[::1]:")


def _tell(world: World) -> None:
    click.echo(f"The sandbox, a Bitrix24 account of {len(world.users)} staff:")
    click.echo(f"  pages             {world.address}/")
    for hook in world.webhooks:
        url = f"{world.address}/rest/{hook.user_id}/{hook.code}/"
        click.echo(f"  inbound webhook   {url}  ({', '.join(hook.scopes)})")
    click.echo(
        "  outgoing webhook  add one, so that the account sends its events:\n"
        f"    curl {world.address}/sandbox/api/webhooks --json"
        ' \'{"url": "http://127.0.0.1:8024/bitrix24/events",'
        ' "application_token": "any-words"}\''
    )
    for outgoing in world.outgoing:
        click.echo(f"  sends events to   {outgoing.url}")
    click.echo("Ctrl-C ends it; what happened in it is forgotten then.")
