"""Several letters to one customer become one mail, each with all that it says."""

from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from ticket24 import i18n
from ticket24.domain.lines import shortened
from ticket24.domain.news.letters import Letter
from ticket24.domain.settings.model import AccountSettings
from ticket24.mail import head, message_ids
from ticket24.mail.address import Sender
from ticket24.mail.attaching import attach
from ticket24.mail.contents import fitting
from ticket24.mail.envelope import (
    NAME_LENGTH,
    SUBJECT_LENGTH,
    as_sent,
    body,
    company_look,
    company_name,
    fill,
    greeting,
    news_of,
)
from ticket24.mail.follower_links import NO_LINKS, FollowerLinks, offer_to_leave
from ticket24.mail.paper import Paper
from ticket24.mail.render import MOST_HTML_BYTES, SPACES, address, context_of

_FOLDER = "digest"


def render(  # noqa: PLR0913  What a mail is made of.
    letter: Letter,
    settings: AccountSettings,
    slug: str,
    sender: Sender,
    public_url: str,
    paper: Paper,
    reply_to: str = "",
    *,
    links: FollowerLinks = NO_LINKS,
) -> EmailMessage:
    """Write a digest in the account's language; what does not fit is in the portal.

    The same digest always has the same `Message-ID`. Answers go to `reply_to` if all of
    it is about one ticket, whose conversation it belongs to then.
    """
    portal = f"{public_url}/p/{quote(slug)}"
    context: dict[str, Any] = company_look(settings, paper) | {
        "lang": i18n.language_tag(settings.language),
        "company": company_name(settings, sender),
        "greeting": greeting(shortened(letter.recipient_name, NAME_LENGTH), settings),
        "answerable": bool(reply_to),
        "several": not is_of_one_ticket(letter),
        "portal": portal,
        "preferences": f"{portal}/preferences",
        "title": _title(letter),
        "leave": links.leave,
        "attached": paper.files,
    }
    parts = [context_of(one, settings, sender, paper) for one in letter.parts]
    for space in SPACES:
        context["sections"] = [*_sections(parts, settings, portal, space)]
        html = body(_FOLDER, context, settings.language)
        if len(html.encode(errors="replace")) <= MOST_HTML_BYTES:
            break
    mail = head.new_mail()
    address(mail, letter, settings, sender, reply_to)
    _name(mail, letter, slug, sender.domain)
    if all(one.of_company for one in letter.parts):
        offer_to_leave(mail, links)
    fill(mail, _FOLDER, context, settings.language, html)
    attach(mail, paper.files)
    return mail


def is_of_one_ticket(letter: Letter) -> bool:
    """Whether all of a digest is about the same ticket."""
    return len({one.ref for one in letter.parts}) == 1


def _title(letter: Letter) -> str:
    """Return the subject that all mails of one ticket have; "" if it is of several."""
    if not is_of_one_ticket(letter):
        return ""
    first = letter.parts[0]
    subject = shortened(first.subject, SUBJECT_LENGTH - 20)
    return f"Re: [#{first.ref.task_id}] {subject}"


def _sections(
    parts: list[dict[str, Any]], settings: AccountSettings, portal: str, space: int
) -> Iterator[Mapping[str, Any]]:
    """Yield what the mail says of each letter; they share the space for words."""
    said = [message for part in parts for message in part["messages"]]
    shown = fitting(said, space)["messages"]
    for part in parts:
        count = len(part["messages"])
        mine, shown = shown[:count], shown[count:]
        whole = part | {"left_out": 0}
        folder = part["kind"]
        html = news_of(folder, whole, settings.language, "html")
        yield {
            "number": part["number"],
            "subject": as_sent(part["subject"], part["in_copy"]),
            "whose": part["whose"],
            "filled": part["filled"],
            "link": f"{portal}/tickets/{part['number']}",
            "messages": mine,
            "left_out": count - len(mine),
            "news": Markup(html),  # noqa: S704  A template of ours wrote it.
            "said": news_of(folder, whole, settings.language, "txt"),
        }


def _name(mail: EmailMessage, letter: Letter, slug: str, domain: str) -> None:
    about = letter.about
    if is_of_one_ticket(letter):
        ref, to = letter.parts[0].ref, letter.recipient
        conversation = message_ids.conversation(ref, to, domain)
        mail["Message-ID"] = message_ids.of_news(_FOLDER, ref, to, about, domain)
        mail["In-Reply-To"] = conversation
        mail["References"] = conversation
    else:
        mail["Message-ID"] = f"<{_FOLDER}.{about}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-MS-Reactions"] = "disallow"  # Outlook's would come as mails of their own.
    mail["X-Ticket24-Kind"] = _FOLDER
    numbers = dict.fromkeys(one.ref.task_id for one in letter.parts)
    tickets = ", ".join(f"{shortened(slug, NAME_LENGTH)}/{one}" for one in numbers)
    mail["X-Ticket24-Ticket"] = head.text("X-Ticket24-Ticket", tickets)
