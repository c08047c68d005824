"""Serve an account and its authorization server, in the foreground."""

import asyncio
import signal
import socket
from pathlib import Path
from typing import cast

import click

from bitrix24_sandbox import serving
from bitrix24_sandbox.account.records import Card
from bitrix24_sandbox.account.world import World, load
from bitrix24_sandbox.app import create_app
from bitrix24_sandbox.apps.oauth_server import oauth_app
from bitrix24_sandbox.sample import offer_ticket24, sample_world

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  Recognised, not bound.

# The address of ticket24 unless it is configured otherwise.
_PUBLIC_URL = "http://127.0.0.1:8024"
_OAUTH_AFTER = 2


class CannotServe(Exception):
    """A mistake of the user's, told in one clear line."""


def serve(
    host: str, port: int, oauth_port: int | None, card: str | None, data: Path | None
) -> None:
    """Serve an account and its authorization server until SIGINT or SIGTERM.

    `data` replaces the sample. If `oauth_port` is None, it is `port` plus two. Raises
    CannotServe.
    """
    world = _world(cast("Card | None", card), data)
    if not world.applications:
        offer_ticket24(world, _PUBLIC_URL)
    if oauth_port is None:
        oauth_port = port + _OAUTH_AFTER if port else 0
    listening = _listen(host, port, "--port")
    with listening, _listen(host, oauth_port, "--oauth-port") as oauth:
        asyncio.run(_serve(world, listening, oauth))


async def _serve(world: World, listening: socket.socket, oauth: socket.socket) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    world.address = _reachable(serving.address(listening))
    world.oauth_address = _reachable(serving.address(oauth))
    async with (
        serving.serving(oauth_app(world), oauth),
        serving.serving(create_app(world), listening),
    ):
        _tell(world)
        await stop.wait()


def _world(card: Card | None, data: Path | None) -> World:
    if data is None:
        return sample_world(card)
    try:
        world = load(data)
    except OSError as error:
        raise CannotServe(f"{data} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CannotServe(str(error)) from error
    for group in world.workgroups.values():
        group.card = card or group.card
    return world


def _listen(host: str, port: int, option: str) -> socket.socket:
    try:
        return serving.listen(port, host)
    except serving.BadPort as error:
        raise CannotServe(str(error).replace("--port", option)) from error
    except OSError as error:
        raise CannotServe(
            f"--host {host} is not an address of this machine: {error.strerror}"
        ) from error


def _reachable(address: str) -> str:
    """Replace the address that means all interfaces by this machine's own."""
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
        f"    curl {world.address}/sandbox/api/webhooks"
        " -H content-type:application/json -d"
        ' \'{"url": "http://127.0.0.1:8024/bitrix24/events",'
        ' "application_token": "any-words"}\''
    )
    click.echo(f"  authorization     {world.oauth_address}, for applications:")
    click.echo(f"    TICKET24_BITRIX24__OAUTH_URL={world.oauth_address}")
    for application in world.applications.values():
        click.echo(
            f"    TICKET24_BITRIX24__CLIENT_ID={application.client_id}\n"
            f"    TICKET24_BITRIX24__CLIENT_SECRET={application.client_secret}\n"
            f"    {application.title} opens {application.handler_url}"
        )
    for outgoing in world.outgoing:
        click.echo(f"  sends events to   {outgoing.url}")
    click.echo("Ctrl-C ends it; everything that happened in it is then forgotten.")
