"""Secrets that are not part of a command, whose words others can see or look up.

Options with these callbacks read a line of standard input for each `-`, in the order of
the command. On a terminal they ask, and do not show what is typed.
"""

import sys

import click

from ticket24.domain.lines import pasted


def one(_: click.Context, option: click.Parameter, given: str) -> str:
    """Return the option's value; `-` is read from standard input."""
    return _read(option) if given == "-" else pasted(given)


def each(
    context: click.Context, option: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Return every value of the option; each `-` is read from standard input."""
    return tuple(one(context, option, value) for value in given)


def _read(option: click.Parameter) -> str:
    if sys.stdin.isatty():
        secret: str = click.prompt(option.opts[0], hide_input=True, err=True)
        return pasted(secret)
    secret = pasted(sys.stdin.readline())
    if not secret:
        raise click.BadParameter("- reads a line of standard input, and there is none")
    return secret
