"""The command line: names, options and help; the files beside do the work."""

import asyncio
import sys
from pathlib import Path

import click

from bitrix24_sandbox.options import options
from ticket24.build import build
from ticket24.cli import accounts as listing
from ticket24.cli import connect as connecting
from ticket24.cli import consent, secrets_given
from ticket24.cli import failed as failing
from ticket24.cli import healthy as checking
from ticket24.cli import held as holding
from ticket24.cli import mail as mailing
from ticket24.cli import rekey as rekeying
from ticket24.cli import settings as settling
from ticket24.cli.doctor import doctor as doctoring
from ticket24.cli.surroundings import (
    Failure,
    clear_failures,
    raise_limits,
    run,
    settings_alone,
    settings_with_redis,
)
from ticket24.domain.lines import pasted
from ticket24.pace import PACE

_SLUG_HELP = "the account's short name"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(build(), prog_name="ticket24")
def main() -> None:
    """ticket24: a customer ticket portal for companies that work in Bitrix24."""


@main.command()
@click.option("--port", default=8024, show_default=True, help="of the web pages")
def demo(port: int) -> None:
    """Start everything on this machine, to try it. Nothing to configure."""
    try:
        from ticket24.demo import everything  # noqa: PLC0415  Needs embedded parts.
    except ModuleNotFoundError as error:
        raise Failure(
            f"the demo needs {error.name}: pip install 'ticket24[embedded]'"
        ) from error
    with clear_failures():
        everything.run(port)


@main.command()
def web() -> None:
    """Serve HTTP: Bitrix24's events, health and metrics."""
    from ticket24.web import app  # noqa: PLC0415  Other commands start faster.

    raise_limits()
    with settings_with_redis(quiet=False) as settings:
        asyncio.run(doctoring.refuse_bad_redis(settings))
        try:
            app.run(settings)
        except OSError as error:
            raise Failure(
                f"cannot listen on {settings.host}, port {settings.port}"
                f" (TICKET24_HOST, TICKET24_PORT): {error.strerror or error}"
            ) from error


@main.command()
def worker() -> None:
    """Handle events, reconcile tickets, send mail. Any number may run."""
    from ticket24 import worker as process  # noqa: PLC0415  As above.

    raise_limits()
    with settings_with_redis(quiet=False) as settings:
        asyncio.run(doctoring.refuse_bad_redis(settings))
        asyncio.run(process.run(settings))


@main.command()
def inbox() -> None:
    """Take in what customers answer to mails, by LMTP and from a mailbox."""
    from ticket24 import inbox as process  # noqa: PLC0415  As above.

    raise_limits()
    with settings_with_redis(quiet=False) as settings:
        asyncio.run(doctoring.refuse_bad_redis(settings))
        try:
            asyncio.run(process.run(settings))
        except OSError as error:
            raise Failure(
                f"cannot listen at {settings.lmtp} (TICKET24_LMTP):"
                f" {error.strerror or error}"
            ) from error


@main.command()
@options
def sandbox(
    host: str, port: int, oauth_port: int | None, card: str | None, data: Path | None
) -> None:
    """Serve a Bitrix24 account to develop against, with pages for the staff."""
    from bitrix24_sandbox.command import CannotServe, serve  # noqa: PLC0415  As above.

    try:
        serve(host, port, oauth_port, card, data)
    except CannotServe as error:
        raise Failure(str(error)) from error


@main.command()
@click.option("--slug", required=True, help=_SLUG_HELP)
@click.option(
    "--webhook-url",
    required=True,
    callback=secrets_given.one,
    help="inbound webhook: we call it; - reads it",
)
@click.option(
    "--application-token",
    "tokens",
    required=True,
    multiple=True,
    callback=secrets_given.each,
    help="of the outgoing webhook: it calls us; - reads it; may be repeated",
)
@click.option("--settings", "toml", type=click.Path(path_type=Path), help="TOML file")
def connect(
    slug: str, webhook_url: str, tokens: tuple[str, ...], toml: Path | None
) -> None:
    """Connect a Bitrix24 account by its webhooks and import its tickets."""
    run(lambda s: connecting.connect(s, slug, webhook_url, tokens, toml))


@main.group(invoke_without_command=True)
@click.pass_context
def accounts(context: click.Context) -> None:
    """List, show or disconnect accounts."""
    if context.invoked_subcommand is None:
        run(listing.show_all)


@accounts.command("list")
def accounts_list() -> None:
    """List the connected accounts."""
    run(listing.show_all)


@accounts.command("show")
@click.argument("slug")
@click.option(
    "--secrets", is_flag=True, help="what connecting it again needs, in the clear"
)
@click.option("--yes", is_flag=True, help="do not ask before secrets are shown")
def accounts_show(slug: str, *, secrets: bool, yes: bool) -> None:
    """Show one account."""
    if not secrets:
        run(lambda s: listing.show(s, slug))
        return
    if not yes:
        shown = "This shows webhook and tokens, by which all its tickets can be read"
        consent.want(shown, f"Show the secrets of {slug}?", "nothing was shown")
    run(lambda s: listing.show_secrets(s, slug))


@accounts.command("disconnect")
@click.argument("slug")
@click.option("--yes", is_flag=True, help="do not ask")
def accounts_disconnect(slug: str, *, yes: bool) -> None:
    """Forget an account with all that is kept of it."""
    if not yes:
        costs = run(lambda s: listing.costs(s, slug))
        consent.want(costs, f"Disconnect {slug}?", "nothing was changed")
    run(lambda s: listing.disconnect(s, slug))


@main.command()
@click.argument("slug")
@click.option("--export", "target", type=click.Path(path_type=Path), help="- prints")
@click.option("--import", "source", type=click.Path(path_type=Path))
def settings(slug: str, target: Path | None, source: Path | None) -> None:
    """Show, export or import an account's settings as TOML."""
    if target and source:
        raise click.UsageError("either --export or --import")
    if source:
        run(lambda s: settling.import_(s, slug, source))
    else:
        run(lambda s: settling.export(s, slug, target))


@main.command()
@click.argument("slug")
@click.option("--full", is_flag=True, help="every ticket, not only what moved")
@click.option(
    "--as-history",
    is_flag=True,
    help="every ticket, and nothing is mailed: after an old copy of Redis",
)
def sync(slug: str, *, full: bool, as_history: bool) -> None:
    """Reconcile an account now."""
    run(lambda s: connecting.sync(s, slug, full=full, as_history=as_history))


@main.command()
def rekey() -> None:
    """Seal what is kept with a new secret key; safe to repeat.

    TICKET24_SECRET_KEY is the new key, TICKET24_SECRET_KEY_OLD the one until now,
    in all processes.
    """
    run(rekeying.rekey)


@main.group(invoke_without_command=True)
@click.pass_context
def failed(context: click.Context) -> None:
    """List, show, replay or drop what could not be processed or sent."""
    if context.invoked_subcommand is None:
        run(failing.show_all)


@failed.command("list")
def failed_list() -> None:
    """List everything that failed."""
    run(failing.show_all)


@failed.command("show")
@click.argument("failed_id", metavar="ID")
def failed_show(failed_id: str) -> None:
    """Show one failure."""
    run(lambda s: failing.show(s, failed_id))


@failed.command("replay")
@click.argument("failed_id", metavar="ID", required=False)
@click.option("--all", "everything", is_flag=True, help="all but held messages")
def failed_replay(failed_id: str | None, *, everything: bool) -> None:
    """Try one again, or all."""
    if bool(failed_id) == everything:
        raise click.UsageError("name one ID, or give --all")
    run(lambda s: failing.replay(s, failed_id))


@failed.command("drop")
@click.argument("failed_id", metavar="ID")
def failed_drop(failed_id: str) -> None:
    """Forget one failure."""
    run(lambda s: failing.drop(s, failed_id))


@main.group(invoke_without_command=True)
@click.pass_context
def held(context: click.Context) -> None:
    """List, show, release or drop mails that wait for a person."""
    if context.invoked_subcommand is None:
        run(holding.show_all)


@held.command("list")
def held_list() -> None:
    """List every held mail: id, sender, ticket, and why."""
    run(holding.show_all)


@held.command("show")
@click.argument("held_id", metavar="ID")
def held_show(held_id: str) -> None:
    """Show one with its words."""
    run(lambda s: holding.show(s, held_id))


@held.command("release")
@click.argument("held_id", metavar="ID")
@click.option("--remember", is_flag=True, help="this is the customer's address")
def held_release(held_id: str, *, remember: bool) -> None:
    """Let one speak: it becomes a message, or a ticket."""
    run(lambda s: holding.release(s, held_id, remember=remember))


@held.command("drop")
@click.argument("held_id", metavar="ID")
def held_drop(held_id: str) -> None:
    """Forget one."""
    run(lambda s: holding.drop(s, held_id))


@main.command()
@click.option(
    "--test", "recipient", required=True, metavar="ADDRESS", help="whom to send it"
)
def mail(recipient: str) -> None:
    """Send one mail as a worker does, and show what the mail server says."""
    with settings_alone() as settings:
        asyncio.run(mailing.test(settings, pasted(recipient), PACE))


@main.command()
def healthy() -> None:
    """Tell whether web and worker of this machine work: for a container's engine."""
    run(checking.check)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="for programs")
def doctor(*, as_json: bool) -> None:
    """Check everything; say what is wrong and how to put it right."""
    doctoring.hurry()
    with settings_with_redis(look_only=True) as settings:
        well = asyncio.run(doctoring.examine(settings, as_json=as_json))
    sys.exit(0 if well else 1)
