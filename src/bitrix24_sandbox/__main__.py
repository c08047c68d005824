"""`python -m bitrix24_sandbox`: an account to develop against."""

from pathlib import Path

import click

from bitrix24_sandbox.command import CannotServe, serve
from bitrix24_sandbox.options import options


@click.command()
@options
def main(
    host: str, port: int, oauth_port: int | None, card: str | None, data: Path | None
) -> None:
    """Serve a Bitrix24 account to develop against, with pages for the staff."""
    try:
        serve(host, port, oauth_port, card, data)
    except CannotServe as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main(prog_name="python -m bitrix24_sandbox")
