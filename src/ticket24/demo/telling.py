"""What the demo says, on a terminal of any kind or on one that is gone."""

import os
import sys
from io import TextIOWrapper

import click


def say_any_name() -> None:
    """From now on print `?` for what the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def tell(text: str, *, err: bool = False) -> None:
    """Print a text; if nobody reads it any more, the demo goes on without a word.

    That is so after `| head`, and at the end after `| tee`, which Ctrl-C ends too.
    """
    try:
        click.echo(text, err=err)
    except OSError:
        # Python itself would complain at the end about what it could not print.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (sys.stderr if err else sys.stdout).fileno())
        os.close(nowhere)
