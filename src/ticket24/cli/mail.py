"""`mail --test`: send one mail as a worker does, and show what is said."""

from datetime import UTC, datetime
from email.utils import parseaddr

import click

from ticket24.addresses import SmtpAddress
from ticket24.cli.doctor.mail import begins_with_tls, not_reached
from ticket24.cli.surroundings import Failure
from ticket24.domain.customers.mailboxes import mailbox
from ticket24.domain.lines import laid_bare
from ticket24.mail.address import Sender
from ticket24.mail.server import trial
from ticket24.mail.server.causes import cause, speaks_tls
from ticket24.mail.server.dialogue import Dialogue
from ticket24.mail.server.refusals import NotNow, Refused
from ticket24.mail.server.smtp import Mailer, options
from ticket24.pace import Pace
from ticket24.settings import Settings


async def test(settings: Settings, recipient: str, pace: Pace) -> None:
    """Send one mail and print the dialogue without secrets; fail if it is not taken.

    TLS, login and sender are those of a worker, and so is the way of handing it over.
    """
    address = settings.require_mail()
    try:
        to = mailbox(recipient)
    except ValueError as error:
        raise Failure(f"{laid_bare(recipient)}: {error}") from error
    own = mailbox(parseaddr(settings.mail_from)[1])
    sender = Sender(settings.mail_from, own.rpartition("@")[2])
    if why := await not_reached(address, own):
        raise Failure(why)
    used: list[Dialogue] = []

    def connect(address: SmtpAddress, sender: str, seconds: float) -> Dialogue:
        dialogue = Dialogue(address, click.echo, **options(address, sender, seconds))
        used.append(dialogue)
        return dialogue

    mailer = Mailer(
        *(address, sender),
        answer_seconds=pace.smtp_seconds,
        connections=1,
        connect=connect,
    )
    written = trial.write(
        to, sender=sender, public_url=settings.public_url, at=datetime.now(UTC)
    )
    try:
        await mailer.send(written, to)
    except (NotNow, Refused) as error:
        step = used[-1].step if used else "connect"
        silent = step == "connect" and address.tls != "implicit"
        if silent and await begins_with_tls(address, pace.greeting_seconds):
            raise Failure(speaks_tls(address)) from error
        raise Failure(_why(address, own, step, error)) from error
    finally:
        await mailer.close()
    click.echo(f"{address.host} accepted the mail to {to}: look into that mailbox now.")


def _why(address: SmtpAddress, own: str, step: str, error: NotNow | Refused) -> str:
    root = error.__cause__ or error
    if step == "RCPT" and isinstance(error, Refused) and error.sure:
        return f"{address.host}:{address.port} refuses this recipient: {error.words}"
    return cause(address, own, step, root)
