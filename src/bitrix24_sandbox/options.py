"""The options of the sandbox's command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--host", default="127.0.0.1", show_default=True),
    click.option("--port", default=8025, show_default=True),
    click.option(
        "--oauth-port",
        type=int,
        help="of the authorization server  [default: port + 2]",
    ),
    click.option(
        "--card", type=click.Choice(["chat", "forum"]), help="all tasks on this card"
    ),
    click.option(
        "--data", type=click.Path(path_type=Path), help="start with this world"
    ),
)


def options(function: F) -> F:
    """Give a command the sandbox's options."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function
