"""The mail with a link to sign in."""

from datetime import datetime
from email.message import EmailMessage

from ticket24.domain.settings.model import AccountSettings
from ticket24.mail.address import Sender
from ticket24.mail.paper import PLAIN, Paper
from ticket24.mail.sign_in import with_link

KIND = "sign_in"


def write(
    recipient: str,
    name: str,
    link: str,
    *,
    settings: AccountSettings,
    sender: Sender,
    at: datetime,
    paper: Paper = PLAIN,
) -> EmailMessage:
    """Write the mail in the account's language; `link` is valid for 15 minutes.

    Raises ValueError if the recipient or the sender is not an address.
    """
    return with_link.write(
        KIND,
        recipient,
        name,
        {"link": link},
        settings=settings,
        sender=sender,
        at=at,
        paper=paper,
    )
