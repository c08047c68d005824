"""All that a mail may repeat of a ticket: its messages, and our mails about it.

Our mails are written once more rather than kept, in both of their forms: what a mail
program quotes is the text, or the HTML as it reads. So whatever the templates say is
recognised, in every language.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC

from ticket24 import i18n
from ticket24.domain.accounts.model import Account
from ticket24.domain.arrivals.likeness import OurWords, our_words
from ticket24.domain.messages.voices import split_customer_line
from ticket24.domain.news.attached import files_of
from ticket24.domain.news.letters import Kind, Letter, Notice
from ticket24.domain.news.notices import letter_of
from ticket24.domain.tickets.descriptions import parse_bbcode, restored
from ticket24.domain.tickets.model import Message, Status, Ticket, Turn, Voice
from ticket24.mail.arriving.html_words import html_words
from ticket24.mail.paper import PLAIN, Paper
from ticket24.mail.writing import Writer
from ticket24.markup import to_text

# What stands for a message where only the frame around it is wanted.
_MESSAGE = "\ue000"
# What a mail says of a ticket that may have changed since.
_LABELS = ("Status", "Assignee")
_MOST_MAILS, _MOST_MESSAGES = 5, 200
_TOKEN = "0" * 32


@dataclass(frozen=True, slots=True)
class Repeated:
    """What a mail is compared with, and in whose names something is quoted.

    `earlier` is what this person has said in the ticket before.
    """

    ours: OurWords
    names: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()


def repeated(  # noqa: PLR0913  To whom a mail went, and why.
    ticket: Ticket,
    account: Account,
    writer: Writer,
    paper: Paper = PLAIN,
    *,
    recipient: str,
    name: str,
    in_copy: bool = False,
    manager: int = 0,
    whose: str = "",
) -> Repeated:
    """Return what a mail from a recipient of ours may repeat of a ticket.

    The account's settings are read in the language of that person, who is `in_copy`,
    the contact who is its `manager`, or its customer. `whose` names its customers.
    """
    said = [one for one in ticket.messages if one.public][-_MOST_MESSAGES:]
    texts = [parse_bbcode(ticket.description).text, *map(_words, said)]
    letters = [
        replace(
            one,
            recipient=recipient,
            recipient_name=name,
            in_copy=in_copy,
            follows=in_copy,
            contact_id=manager,
            of_company=bool(manager),
            whose=whose if manager else "",
        )
        for one in _letters(ticket, said)
        if account.settings.ratings.ask or not one.rating_token
    ]

    def written(one: Letter) -> tuple[str, str]:
        files = files_of(one, account.settings.mail_megabytes)
        there = replace(paper, files={file.file: b"" for file in files})
        text, html = writer.words(one, account, there)
        return text, html_words(html, {})

    mails = [written(one) for one in letters]
    kinds = {(one.kind, one.turn): one for one in letters}.values()
    bare = [written(_without_words(one)) for one in kinds]
    frames = [
        frame
        for mail in bare
        for text in mail
        for frame in text.split(_MESSAGE)
        if frame.strip()
    ]
    sender = writer.sender
    names = [
        *(sender.mailbox, sender.name, account.settings.sender_name),
        *(account.settings.company_name, recipient, name),
    ]
    texts = [restored(to_text(text)) for text in texts]
    texts += [text for mail in mails for text in mail]
    say = i18n.translations(account.settings.language).gettext
    ours = our_words(texts, frames, map(say, _LABELS))
    earlier = (
        restored(to_text(_words(one)))
        for one in said
        if one.voice is Voice.CUSTOMER and one.author == name
    )
    return Repeated(ours, tuple(filter(None, dict.fromkeys(names))), tuple(earlier))


def _words(message: Message) -> str:
    """Return the words of a message, without what the portal puts around them."""
    split = None
    if message.voice is Voice.CUSTOMER:
        split = split_customer_line(message.text)
    return split[1] if split else message.text


def _letters(ticket: Ticket, said: list[Message]) -> Iterator[Letter]:
    """Yield what was probably mailed, as it was when it was sent.

    Whose turn it is changes what a mail asks for: of the newest answer both are likely.
    """
    at = ticket.looked_at.astimezone(UTC)
    created = letter_of(Notice(Kind.CREATED, "ticket"), ticket, at)
    yield replace(created, turn=Turn.NEW, status=Status.NEW)
    answers = [one for one in said if one.voice is Voice.STAFF][-_MOST_MAILS:]
    for answer in answers:
        notice = Notice(Kind.REPLIED, str(answer.key), (answer,))
        yield replace(letter_of(notice, ticket, at), turn=Turn.YOURS)
    if answers:
        notice = Notice(Kind.REPLIED, "all", tuple(answers[-2:]))
        yield replace(letter_of(notice, ticket, at), turn=Turn.OURS)
    others = [one for one in said if one.voice is Voice.CUSTOMER][-1:]
    if others and ticket.followers:
        notice = Notice(Kind.SAID, str(others[0].key), (others[0],))
        yield letter_of(notice, ticket, at)
    completed = letter_of(Notice(Kind.COMPLETED, "completed"), ticket, at)
    completed = replace(completed, turn=Turn.SOLVED, status=Status.COMPLETED)
    yield completed
    # It may have asked for a rating; in an address of ours any token is one.
    yield replace(completed, rating_token=_TOKEN)
    yield letter_of(Notice(Kind.STATUS, "status"), ticket, at)


def _without_words(letter: Letter) -> Letter:
    def emptied(message: Message) -> Message:
        return replace(message, text=_MESSAGE, original="")

    # A subject is mostly the first words of whoever opened the ticket.
    return replace(
        letter,
        subject=_MESSAGE,
        text=_MESSAGE if letter.text else "",
        messages=tuple(map(emptied, letter.messages)),
        before=emptied(letter.before) if letter.before else None,
    )
