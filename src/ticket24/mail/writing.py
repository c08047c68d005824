"""Every mail that a worker sends, with links into our portal."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import TypeVar
from urllib.parse import quote

from ticket24.domain.accounts.model import Account
from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.news.letters import Letter
from ticket24.mail import digest
from ticket24.mail.address import Sender
from ticket24.mail.follower_links import links_of
from ticket24.mail.paper import PLAIN, Paper
from ticket24.mail.render import render, words
from ticket24.mail.sign_in import confirmation, invitation, link

_Written = TypeVar("_Written")


class Writer:
    """Writes mails from one sender, for accounts whose portals this server has.

    `link_key` makes the links of people in copy. With `own_returns` each letter has an
    address of its own to which it comes back.
    """

    def __init__(
        self,
        sender: Sender,
        public_url: str,
        link_key: bytes,
        replies: ReplyAddresses | None = None,
        *,
        own_returns: bool = False,
    ) -> None:
        self.sender = sender
        self._link_key = link_key
        self._replies = replies
        self._own_returns = own_returns
        self.public_url = public_url

    def letter(
        self, letter: Letter, account: Account, paper: Paper = PLAIN
    ) -> EmailMessage:
        """Write what is new in a ticket, or in several."""
        write = digest.render if letter.parts else render
        return self._written(write, letter, account, paper)

    def words(
        self, letter: Letter, account: Account, paper: Paper = PLAIN
    ) -> tuple[str, str]:
        """Return the text and the HTML of the mail about what is new in a ticket."""
        return self._written(words, letter, account, paper)

    def link(
        self,
        account: Account,
        recipient: str,
        name: str,
        token: str,
        paper: Paper = PLAIN,
    ) -> EmailMessage:
        """Write the mail with a link to sign in."""
        return link.write(
            recipient,
            name,
            f"{self._portal(account)}login/link/{token}",
            settings=account.settings,
            sender=self.sender,
            at=datetime.now(UTC),
            paper=paper,
        )

    def confirmation(
        self, account: Account, recipient: str, token: str, paper: Paper = PLAIN
    ) -> EmailMessage:
        """Write the mail that asks a stranger to confirm an address."""
        return confirmation.write(
            recipient,
            f"{self._portal(account)}contact/{token}",
            settings=account.settings,
            sender=self.sender,
            at=datetime.now(UTC),
            paper=paper,
        )

    def invitation(
        self,
        account: Account,
        recipient: str,
        name: str,
        token: str,
        paper: Paper = PLAIN,
    ) -> EmailMessage:
        """Write the mail that invites into the portal."""
        portal = self._portal(account)
        return invitation.write(
            recipient,
            name,
            portal,
            f"{portal}login/link/{token}",
            settings=account.settings,
            sender=self.sender,
            at=datetime.now(UTC),
            paper=paper,
        )

    def _written(
        self,
        write: Callable[..., _Written],
        letter: Letter,
        account: Account,
        paper: Paper,
    ) -> _Written:
        return write(
            letter,
            account.settings,
            account.slug,
            self.sender,
            self.public_url,
            paper,
            self._reply_to(letter),
            links=links_of(letter, account.slug, self.public_url, self._link_key),
        )

    def _reply_to(self, letter: Letter) -> str:
        """Return where an answer goes.

        Nowhere if it would be of staff, or about several tickets.
        """
        several = len({one.ref for one in letter.parts or (letter,)}) > 1
        if not self._replies or letter.link or several:
            return ""
        return self._replies.of(letter.ref, letter.recipient)

    def returns_to(self, letter: Letter, at: datetime) -> str:
        """Return the address to which a letter comes back; "" for the sender's own.

        A letter to staff belongs to nobody of the ticket.
        """
        if not (self._replies and self._own_returns) or letter.link:
            return ""
        return self._replies.for_returns(letter.ref, letter.recipient, at)

    def _portal(self, account: Account) -> str:
        return f"{self.public_url}/p/{quote(account.slug)}/"
