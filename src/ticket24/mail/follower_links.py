"""The links of mails to people in copy, to read and to leave, and of managers'."""

from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import quote

from ticket24.domain.customers.follower_tokens import Purpose, company_token, token
from ticket24.domain.news.letters import Letter


@dataclass(frozen=True, slots=True)
class FollowerLinks:
    """Links that are one person's, to one ticket; both are empty for others.

    Whoever gets a single mail, and does not follow, can only refuse all others.
    """

    read: str = ""
    leave: str = ""


NO_LINKS = FollowerLinks()


def links_of(letter: Letter, slug: str, public_url: str, key: bytes) -> FollowerLinks:
    """Return the links of a letter's reader."""
    portal = f"{public_url}/p/{quote(slug)}"
    if any(one.of_company for one in letter.parts or (letter,)):
        mine = company_token(key, letter.ref.account, letter.contact_id)
        leave = f"{portal}/unfollow/company-{letter.contact_id}-{mine}"
        return FollowerLinks(leave=leave)
    if not letter.in_copy:
        return NO_LINKS
    number = letter.ref.task_id

    def made(purpose: Purpose) -> str:
        mine = token(key, purpose, letter.ref, letter.recipient, letter.ended)
        return f"{number}-{mine}"

    read = f"{portal}/followed/{made(Purpose.READ)}" if letter.follows else ""
    return FollowerLinks(read, f"{portal}/unfollow/{made(Purpose.LEAVE)}")


def offer_to_leave(mail: EmailMessage, links: FollowerLinks) -> None:
    """Let mail programs offer one click that ends these mails (RFC 8058)."""
    if links.leave:
        mail["List-Unsubscribe"] = f"<{links.leave}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
