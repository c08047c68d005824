"""Asks for a yes before what cannot be undone, or shows secrets."""

import sys

import click

from ticket24.cli.surroundings import Failure


def want(costs: str, question: str, otherwise: str) -> None:
    """Ask a person; fail without a yes, or if nobody can be asked.

    Nothing else may run meanwhile: an event loop would keep Ctrl-C from the prompt.
    """
    if not sys.stdin.isatty():
        raise Failure(f"{costs}: say --yes if you mean it")
    click.echo(f"{costs}.", err=True)
    if not click.confirm(question, err=True):
        raise Failure(otherwise)
