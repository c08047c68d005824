"""What mail servers of tests are sent."""

from collections.abc import Callable
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from typing import Literal

from ticket24.mail.address import Sender
from ticket24.mail.server.smtp import Mailer

MailerMaker = Callable[..., Mailer]
SENDER = Sender("Acme Söpport <desk@example.org>", "tickets.example.org")
MARIA = "maria@example.com"


@dataclass(frozen=True)
class Address:
    port: int
    host: str = "127.0.0.1"
    user: str = ""
    password: str = ""
    tls: Literal["auto", "required", "never", "implicit"] = "auto"


def mail(text: str = "Es grüßt 🔥\n.\nEnde\n") -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = SENDER.address
    message["To"] = MARIA
    message["Subject"] = "Drucker brennt"
    message.set_content(text)
    return message
