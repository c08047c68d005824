"""The mail that invites a customer into the portal."""

from datetime import datetime
from email.message import EmailMessage

from ticket24.domain.settings.model import AccountSettings
from ticket24.mail.address import Sender
from ticket24.mail.paper import PLAIN, Paper
from ticket24.mail.sign_in import with_link

KIND = "invitation"


def write(  # noqa: PLR0913  What a mail is made of.
    recipient: str,
    name: str,
    portal: str,
    link: str,
    *,
    settings: AccountSettings,
    sender: Sender,
    at: datetime,
    paper: Paper = PLAIN,
) -> EmailMessage:
    """Write the mail in the account's language; `link` is valid for 7 days.

    `portal` is the address of the portal. The mail names the recipient's address as the
    user name, and never contains a password. Raises ValueError if the recipient or the
    sender is not an address.
    """
    return with_link.write(
        KIND,
        recipient,
        name,
        {"email": recipient, "portal": portal, "link": link},
        settings=settings,
        sender=sender,
        at=at,
        paper=paper,
    )
