"""A letter becomes a mail: headers, a text part and an HTML part."""

from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from ticket24 import i18n
from ticket24.domain.customers.mailboxes import mailbox, readable
from ticket24.domain.lines import shortened
from ticket24.domain.news.letters import Kind, Letter
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.field_values import headed
from ticket24.domain.tickets.model import Turn
from ticket24.domain.tickets.ratings import VALUES
from ticket24.domain.working.pledges import Promise
from ticket24.field_words import filled_in
from ticket24.mail import head, message_ids
from ticket24.mail.address import Sender
from ticket24.mail.attaching import attach
from ticket24.mail.contents import before, first_words, fitting, opener, said_in
from ticket24.mail.envelope import (
    NAME_LENGTH,
    SUBJECT_LENGTH,
    as_sent,
    body,
    company_look,
    company_name,
    enclose,
    fill,
    greeting,
    plain,
    sent_by,
)
from ticket24.mail.follower_links import NO_LINKS, FollowerLinks, offer_to_leave
from ticket24.mail.own_states import own_state
from ticket24.mail.paper import PLAIN, Paper

__all__ = ["Sender", "render"]

# Mail programs show at most 102 kB of HTML, and ask readers to go elsewhere for the
# rest. So several limits for a letter's words are tried, the largest first.
MOST_HTML_BYTES = 90_000
SPACES = (60_000, 30_000, 15_000, 6_000, 2_000)

# How much is shown of what was filled in in one of the company's own fields.
_FILLED = 280

# Of a message's width in a mail of 600 pixels.
_WIDEST = 480


def render(  # noqa: PLR0913  What a mail is made of.
    letter: Letter,
    settings: AccountSettings,
    slug: str,
    sender: Sender,
    public_url: str,
    paper: Paper = PLAIN,
    reply_to: str = "",
    *,
    links: FollowerLinks = NO_LINKS,
) -> EmailMessage:
    """Write a letter in the account's language, with a link to its ticket.

    People in copy have links of their own, or none.

    The same letter always has the same `Message-ID`. Every word in it may be
    hostile; the only fault that raises (ValueError) is a sender or a recipient
    without an address. Answers go to `reply_to`; without it nobody reads them.
    """
    context, html = _shown(
        *(letter, settings, slug, sender, public_url, paper, reply_to), links=links
    )
    folder = _folder(letter)
    mail = head.new_mail()
    address(mail, letter, settings, sender, reply_to)
    _name(mail, letter, slug, sender.domain)
    offer_to_leave(mail, links)
    fill(mail, folder, context, settings.language, html)
    shown = (file for one in context["messages"] for file in one.files)
    enclose(mail, shown, paper.pictures, context["cids"])
    attach(mail, paper.files)
    return mail


def words(  # noqa: PLR0913  What a mail is made of.
    letter: Letter,
    settings: AccountSettings,
    slug: str,
    sender: Sender,
    public_url: str,
    paper: Paper = PLAIN,
    reply_to: str = "",
    *,
    links: FollowerLinks = NO_LINKS,
) -> tuple[str, str]:
    """Return the text and the HTML of the mail that `render` makes, without making it.

    A mail's heads and encodings take a quarter of the time.
    """
    context, html = _shown(
        *(letter, settings, slug, sender, public_url, paper, reply_to), links=links
    )
    return plain(_folder(letter), context, settings.language), html


def _shown(  # noqa: PLR0913  What a mail is made of.
    letter: Letter,
    settings: AccountSettings,
    slug: str,
    sender: Sender,
    public_url: str,
    paper: Paper,
    reply_to: str,
    *,
    links: FollowerLinks,
) -> tuple[dict[str, Any], str]:
    """Return what the templates use, and the HTML of a mail."""
    context = context_of(letter, settings, sender, paper)
    context["answerable"] = bool(reply_to)
    context["cids"] = {
        file: message_ids.of_picture(
            letter.ref, letter.recipient, file.id, sender.domain
        )
        for file in paper.pictures
    }
    context["widths"] = {
        file: min(picture.width, _WIDEST) for file, picture in paper.pictures.items()
    }
    portal = f"{public_url}/p/{quote(slug)}"
    ticket = f"{portal}/tickets/{letter.ref.task_id}"
    context["link"] = letter.link or (links.read if letter.in_copy else ticket)
    context["leave"] = links.leave
    theirs = not (letter.link or letter.in_copy)
    context["preferences"] = f"{portal}/preferences" if theirs else ""
    if letter.rating_token:
        address = f"{portal}/rate/{letter.rating_token}?rating="
        context["rate"] = {one: f"{address}{one}" for one in VALUES}
    said = context["messages"]
    for space in SPACES:
        context |= fitting(said, space)
        context["first_words"] = first_words(context["messages"])
        html = body(_folder(letter), context, settings.language)
        if len(html.encode(errors="replace")) <= MOST_HTML_BYTES:
            break
    return context, html


def context_of(
    letter: Letter, settings: AccountSettings, sender: Sender, paper: Paper
) -> dict[str, Any]:
    """Gather what the templates may use; names and titles are one line each."""
    company = company_name(settings, sender)
    name = shortened(letter.recipient_name, NAME_LENGTH)
    state = own_state(letter, settings)
    of_status = letter.kind is Kind.STATUS
    return (
        company_look(settings, paper)
        | {
            "lang": i18n.language_tag(settings.language),
            "company": company,
            "kind": letter.kind.value,
            "number": letter.ref.task_id,
            "subject": shortened(letter.subject, SUBJECT_LENGTH - 20)
            or f"#{letter.ref.task_id}",
            "greeting": greeting(name, settings),
            "status": letter.status,
            "turn": letter.turn,
            "state": state,
            "own": state and (letter.turn is not Turn.YOURS or of_status),
            "responsible": shortened(letter.responsible, NAME_LENGTH),
            "in_copy": letter.in_copy or letter.of_company,
            "of_company": letter.of_company,
            "whose": shortened(letter.whose, NAME_LENGTH),
            "followers": [
                as_sent(readable(one), letter.in_copy or letter.of_company)
                for one in letter.followers
            ],
            "opened": bool(letter.opened_by),
            "opened_by": as_sent(opener(letter), letter.in_copy or letter.of_company),
            "by_guest": letter.by_guest,
            "filled": [
                (headed(one.label), shortened(one.words, _FILLED))
                for one in filled_in(letter.values, settings, settings.language)
            ],
            "opening_hours": settings.department(letter.group_id).opening_hours.of(
                settings.language
            ),
            "messages": list(said_in(letter, company)),
            "reminder": letter.reminder,
            "closes_at": letter.closes_at,
            "unanswered": letter.unanswered,
            "own_words": letter.own_words.get(settings.language, ""),
            "continues": letter.continues,
            "promise": letter.promise or Promise(),
            "attached": paper.files,
            "before": before(letter, settings.language, paper.zone),
        }
        | (_for_staff(letter, settings) if letter.link else {})
    )


def _folder(letter: Letter) -> str:
    """Return where its templates are, which is also its name for scripts."""
    return "staff" if letter.link else letter.kind.value


def _for_staff(letter: Letter, settings: AccountSettings) -> dict[str, Any]:
    """Return what is other than for customers: no words of the company's own."""
    name = shortened(letter.recipient_name, NAME_LENGTH)
    plain = AccountSettings(language=settings.language)
    return {
        "lead": letter.lead,
        "greeting": greeting(name, plain),
        "signature": "",
        "legal_footer": "",
    }


def address(
    mail: EmailMessage,
    letter: Letter,
    settings: AccountSettings,
    sender: Sender,
    reply_to: str,
) -> None:
    """Say from whom a mail is, to whom it goes, when, and where answers go, if any."""
    mail["From"] = sent_by(settings, sender)
    if reply_to:
        company = company_name(settings, sender)
        mail["Reply-To"] = head.mailbox("Reply-To", company, mailbox(reply_to))
    name = shortened(letter.recipient_name, NAME_LENGTH)
    mail["To"] = head.mailbox("To", name, mailbox(letter.recipient))
    mail["Date"] = format_datetime(letter.decided_at)


def _name(mail: EmailMessage, letter: Letter, slug: str, domain: str) -> None:
    """Tell mail programs and scripts which news about which ticket this is.

    All mails of a ticket to one recipient refer to one message that was never sent. So
    they form one conversation, whichever of them arrives first.
    """
    ref, recipient, kind = letter.ref, letter.recipient, _folder(letter)
    conversation = message_ids.conversation(ref, recipient, domain)
    mail["Message-ID"] = message_ids.of_news(kind, ref, recipient, letter.about, domain)
    mail["In-Reply-To"] = conversation
    mail["References"] = conversation
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-MS-Reactions"] = "disallow"  # Outlook's would come as mails of their own.
    mail["X-Ticket24-Kind"] = kind
    mail["X-Ticket24-Ticket"] = head.text(
        "X-Ticket24-Ticket", f"{shortened(slug, NAME_LENGTH)}/{letter.ref.task_id}"
    )
