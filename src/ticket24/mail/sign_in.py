"""The mail with a link to sign in."""

import secrets
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from ticket24 import i18n
from ticket24.domain.settings import AccountSettings
from ticket24.mail.address import Sender, mailbox, named, one_line
from ticket24.mail.render import NAME_LENGTH, fill

KIND = "sign_in"


def write(
    recipient: str,
    name: str,
    link: str,
    *,
    settings: AccountSettings,
    sender: Sender,
    at: datetime,
) -> EmailMessage:
    """Write the mail in the account's language; `link` is good for 15 minutes.

    ValueError where the recipient or the sender is no address. Each mail has its
    own `Message-ID` and begins a conversation: links are not to be piled up in
    one that looks read.
    """
    company = one_line(
        settings.company_name or sender.name or sender.domain, NAME_LENGTH
    )
    name = one_line(name, NAME_LENGTH)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = named(company, sender.mailbox)
    mail["To"] = named(name, mailbox(recipient))
    mail["Date"] = at
    mail["Message-ID"] = f"<{KIND}.{secrets.token_hex(16)}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Ticket24-Kind"] = KIND
    context = {
        "lang": i18n.language_tag(settings.language),
        "company": company,
        "name": name,
        "link": link,
    }
    fill(mail, KIND, context, settings.language)
    return mail
