"""The mail that asks somebody who is not in the CRM to confirm an address."""

from datetime import datetime
from email.message import EmailMessage

from ticket24.domain.settings.model import AccountSettings
from ticket24.mail.address import Sender
from ticket24.mail.paper import PLAIN, Paper
from ticket24.mail.sign_in import with_link

KIND = "confirmation"


def write(
    recipient: str,
    link: str,
    *,
    settings: AccountSettings,
    sender: Sender,
    at: datetime,
    paper: Paper = PLAIN,
) -> EmailMessage:
    """Write the mail in the account's language; `link` is valid for 7 days.

    No word of a stranger is in it, nor a name. Raises ValueError if the recipient or
    the sender is not an address.
    """
    return with_link.write(
        *(KIND, recipient, "", {"link": link}),
        settings=settings,
        sender=sender,
        at=at,
        paper=paper,
    )
