"""What mails to one person with a link to sign in have in common."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from ticket24 import i18n
from ticket24.domain.customers.mailboxes import mailbox
from ticket24.domain.lines import shortened
from ticket24.domain.settings.model import AccountSettings
from ticket24.mail import head
from ticket24.mail.address import Sender
from ticket24.mail.envelope import (
    NAME_LENGTH,
    company_look,
    company_name,
    fill,
    greeting,
    sent_by,
)
from ticket24.mail.paper import Paper


def write(  # noqa: PLR0913  What a mail is made of.
    kind: str,
    recipient: str,
    name: str,
    words: Mapping[str, str],
    *,
    settings: AccountSettings,
    sender: Sender,
    at: datetime,
    paper: Paper,
) -> EmailMessage:
    """Write the mail of the folder `kind` in the account's language.

    `words` are what its templates say besides the company and the name. Each mail has
    its own `Message-ID` and begins a conversation, because links must not pile up in
    one that looks read. Raises ValueError if the recipient or the sender is not an
    address.
    """
    name = shortened(name, NAME_LENGTH)
    mail = head.new_mail()
    mail["From"] = sent_by(settings, sender)
    mail["To"] = head.mailbox("To", name, mailbox(recipient))
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{kind}.{secrets.token_hex(16)}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Ticket24-Kind"] = kind
    context = {
        "lang": i18n.language_tag(settings.language),
        "company": company_name(settings, sender),
        "greeting": greeting(name, settings),
        **company_look(settings, paper),
        **words,
    }
    fill(mail, kind, context, settings.language)
    return mail
