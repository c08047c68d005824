"""The mail that shows an operator that mails arrive."""

import secrets
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from ticket24.domain.customers.mailboxes import mailbox
from ticket24.mail import head
from ticket24.mail.address import Sender

_SUBJECT = "ticket24: mail arrives"
_WORDS = """\
This mail was sent by the command "ticket24 mail --test" of {public_url}, to see that
mails arrive. Look at its sender, and that it is not among the unwanted mail.
"""


def write(
    recipient: str, *, sender: Sender, public_url: str, at: datetime
) -> EmailMessage:
    """Write the mail; ValueError if the recipient or the sender is not an address."""
    mail = head.new_mail()
    mail["From"] = head.mailbox("From", sender.name, sender.mailbox)
    mail["To"] = head.mailbox("To", "", mailbox(recipient))
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<trial.{secrets.token_hex(16)}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Ticket24-Kind"] = "trial"
    mail["Subject"] = head.text("Subject", _SUBJECT)
    mail.set_content(_WORDS.format(public_url=public_url))
    return mail
