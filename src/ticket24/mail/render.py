"""A letter becomes a mail: headers, a text part and an HTML part."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from css_inline import CSSInliner
from jinja2 import Environment
from markupsafe import Markup, escape

from ticket24 import i18n
from ticket24.domain.customers.mailboxes import mailbox
from ticket24.domain.lines import one_line, shortened
from ticket24.domain.messages.voices import NAMELESS
from ticket24.domain.settings.model import AccountSettings, Language
from ticket24.domain.tickets.descriptions import harmless, restored
from ticket24.domain.tickets.inline import looks_like_picture
from ticket24.domain.tickets.model import File, Kind, Letter, Matter, Message, Voice
from ticket24.i18n import noop
from ticket24.mail import copies, head
from ticket24.mail.address import Sender
from ticket24.mail.paper import PLAIN, Paper, Picture, colours
from ticket24.mail.preheader import filled
from ticket24.markup import FILE_SIGN, at_their_places, begun, matched, to_html, to_text
from ticket24.markup.tree import Node

__all__ = ["Sender", "company_name", "fill", "render", "sent_by"]

SUBJECT_LENGTH = 200
NAME_LENGTH = 80
FILE_NAME_LENGTH = 120

# Mail programs show at most 102 kB of HTML, and ask readers to go elsewhere for the
# rest. So several limits for a letter's words are tried, the largest first.
_MOST_HTML_BYTES = 90_000
_SPACES = (60_000, 30_000, 15_000, 6_000, 2_000)
# The space that the frame of a message and the line of a file take, the least space for
# the words of a message, and the most rows that anybody reads in a mail.
_FRAME, _FILE = 800, 250
_LEAST = 400
_MOST_ROWS = 100
# How much lists of mails show, and how much of what was answered is repeated.
_FIRST_WORDS = 140
_BEFORE, _BEFORE_LINES = 280, 4

_NAME = "{name}"
_HELLO, _HELLO_NAME = noop("Hello,"), noop("Hello %(name)s,")

# Of a message's width in a mail of 600 pixels.
_WIDEST = 480

_TEMPLATES = Path(__file__).parent / "templates"
_INLINER = CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
# With one of U+0080 to U+009F in it, Gmail says that it has clipped a short mail.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# All of it, except one space after the two dashes that begin a signature.
_TRAILING_SPACE = re.compile(
    r"(?<!^--)(?<![ \t])[ \t]++$|(?<=^--[ \t])[ \t]++$", re.MULTILINE
)
_EMPTY_LINES = re.compile(r"\n{3,}")


def render(
    letter: Letter,
    settings: AccountSettings,
    slug: str,
    sender: Sender,
    public_url: str,
    paper: Paper = PLAIN,
) -> EmailMessage:
    """Write a letter in the account's language, with a link to its ticket.

    The same letter always has the same `Message-ID`. Every word in it may be
    hostile; the only fault that raises (ValueError) is a sender or a recipient
    without an address.
    """
    context = _context(letter, settings, sender, paper)
    context["cids"] = {
        file: _message_id("picture", (*_conversation(letter), file.id), sender.domain)
        for file in paper.pictures
    }
    context["widths"] = {
        file: min(picture.width, _WIDEST) for file, picture in paper.pictures.items()
    }
    context["link"] = f"{public_url}/p/{quote(slug)}/tickets/{letter.ref.task_id}"
    mail = head.new_mail()
    _address(mail, letter, settings, sender)
    _name(mail, letter, slug, sender.domain)

    folder, said = letter.kind.value, context["messages"]
    for space in _SPACES:
        context |= _shown(said, space)
        context["first_words"] = _first_words(context["messages"], letter)
        html = _body(folder, context, settings.language)
        if len(html.encode(errors="replace")) <= _MOST_HTML_BYTES:
            break
    fill(mail, folder, context, settings.language, html)
    shown = (file for one in context["messages"] for file in one.files)
    enclose(mail, shown, paper.pictures, context["cids"])
    return mail


def company_look(settings: AccountSettings, paper: Paper) -> dict[str, Any]:
    """Gather what the templates need for the company's logo and colours."""
    return {
        "logo": paper.logo,
        "colours": colours(settings.accent),
        "zone": paper.zone,
        "signature": settings.signature.of(settings.language),
        "legal_footer": settings.legal_footer.of(settings.language),
    }


def greeting(name: str, settings: AccountSettings) -> str:
    """Return the words with which a mail begins; the name may be unknown.

    A company's own greeting of a name is of no use without one.
    """
    own = settings.greeting.of(settings.language)
    if own and (name or _NAME not in own):
        return own.replace(_NAME, name)
    say = i18n.translations(settings.language).gettext
    return say(_HELLO_NAME) % {"name": name} if name else say(_HELLO)


def company_name(settings: AccountSettings, sender: Sender) -> str:
    """Return how mails call the company, in one line."""
    name = shortened(settings.company_name, NAME_LENGTH)
    return name or shortened(sender.name or sender.domain, NAME_LENGTH)


def sent_by(settings: AccountSettings, sender: Sender) -> str:
    """Return the value of `From`: the company's name, and our one mailbox.

    Raises ValueError if the sender has no address.
    """
    name = shortened(settings.sender_name, NAME_LENGTH)
    return head.mailbox("From", name or company_name(settings, sender), sender.mailbox)


def fill(
    mail: EmailMessage,
    folder: str,
    context: Mapping[str, Any],
    language: Language,
    html: str = "",
) -> None:
    """Write subject and both parts of a mail from the templates in a folder."""
    templates = _templates(language)
    subject = templates.get_template(f"{folder}/subject.txt").render(context)
    text = templates.get_template(f"{folder}/body.txt").render(context)

    mail["Subject"] = head.text("Subject", shortened(subject, SUBJECT_LENGTH))
    mail.set_content(_tidy(text), cte="quoted-printable")
    mail.add_alternative(
        html or _body(folder, context, language),
        subtype="html",
        cte="quoted-printable",
    )
    mail.set_boundary(f"=_{secrets.token_hex(12)}")  # Never in quoted-printable.
    # If it were set earlier, it would move into the text part.
    mail["Content-Language"] = i18n.language_tag(language)


def enclose(
    mail: EmailMessage,
    shown: Iterable[File],
    pictures: Mapping[File, Picture],
    cids: Mapping[File, str],
) -> None:
    """Put those pictures into a mail that its HTML shows, as parts of that.

    They say that they are `inline` and belong to the HTML: else programs list them
    among the attachments.
    """
    files = [file for file in shown if file in pictures]
    body = mail.get_body(("html",))
    if not files or body is None:
        return
    for number, file in enumerate(dict.fromkeys(files), 1):
        picture = pictures[file]
        body.add_related(
            picture.content,
            "image",
            picture.kind,
            cid=cids[file],
            disposition="inline",
            filename=f"picture-{number}.{picture.kind}",
        )
    body.set_param("type", "text/html")
    body.set_boundary(f"=_{secrets.token_hex(12)}")


def _body(folder: str, context: Mapping[str, Any], language: Language) -> str:
    """Write the HTML of a mail, its styles in its elements."""
    template = _templates(language).get_template(f"{folder}/body.html")
    return _INLINER.inline(_UNPRINTABLE.sub("", template.render(context)))


def _context(
    letter: Letter, settings: AccountSettings, sender: Sender, paper: Paper
) -> dict[str, Any]:
    """Gather what the templates may use; names and titles are one line each."""
    company = company_name(settings, sender)
    name = shortened(letter.recipient_name, NAME_LENGTH)
    return company_look(settings, paper) | {
        "lang": i18n.language_tag(settings.language),
        "company": company,
        "number": letter.ref.task_id,
        "subject": shortened(letter.subject, SUBJECT_LENGTH - 20)
        or f"#{letter.ref.task_id}",
        "greeting": greeting(name, settings),
        "status": letter.status,
        "turn": letter.turn,
        "responsible": shortened(letter.responsible, NAME_LENGTH),
        "in_copy": letter.in_copy,
        "opened": bool(letter.opened_by),
        "opened_by": _words(_opener(letter), letter.in_copy),
        "by_guest": letter.by_guest,
        "messages": list(_said(letter, company)),
        "before": _before(letter, settings.language, paper.zone),
    }


@dataclass(frozen=True, slots=True)
class _Said:
    """Words in a mail, BBCode and hostile; `at` is None for a ticket's own.

    `tree` is the part of them that is shown. `whole` says that this is all of them,
    files included.
    """

    author: str
    at: datetime | None
    text: str
    files: tuple[File, ...]
    matter: Matter = Matter.WORDS
    tree: Node | None = None
    whole: bool = True


def _said(letter: Letter, company: str) -> Iterator[_Said]:
    """Yield the words that the mail repeats, oldest first.

    An author without a name speaks for the company; a customer without one has no
    heading.
    """
    if letter.text or letter.files:
        guest = letter.opened_by or letter.by_guest
        author = _opener(letter) if guest else company
        text = _with_file_names(letter.text, letter.files)
        yield _Said(author, None, text, letter.files)
    for message in sorted(_messages(letter), key=lambda message: message.at):
        # Nothing internal is ever sent, however it came into the letter.
        if message.public:
            author = shortened(message.author, NAME_LENGTH)
            if message.voice is not Voice.CUSTOMER:
                author = author or company
            text = _with_file_names(message.text, message.files)
            yield _Said(author, message.at, text, message.files, message.matter)


def _messages(letter: Letter) -> Iterator[Message]:
    """Yield what is shown in full: the news, or the last answer before the end."""
    yield from letter.messages
    if letter.before and letter.kind is Kind.COMPLETED:
        yield letter.before


def _before(letter: Letter, language: Language, zone: str) -> dict[str, Any] | None:
    """Return shortly what was answered, as plain text; None if nothing was."""
    before = letter.before
    if before is None or letter.kind is not Kind.REPLIED or not before.public:
        return None
    tree, _ = begun(_with_file_names(before.text, before.files), _BEFORE, _BEFORE_LINES)
    lines = [line for line in restored(to_text(tree)).splitlines() if line.strip()]
    if not lines:
        return None
    if len(lines) > _BEFORE_LINES:
        lines[_BEFORE_LINES - 1 :] = [f"{lines[_BEFORE_LINES - 1]} …"]
    said = i18n.translations(language).gettext("In reply to:")
    author = shortened(before.author, NAME_LENGTH)
    named = ", ".join(filter(None, (author, i18n.when(before.at, language, zone))))
    return {"heading": f"{said} {named}", "lines": lines}


def _first_words(said: Sequence[_Said], letter: Letter) -> str:
    """Return what lists of mails show, in one line; "" if there are no words."""
    if not said:
        return ""
    first = said[0]
    words = restored(to_text(first.tree)) if first.tree else ""
    names = [file.name for file in first.files[:1]]
    line = shortened(one_line(words), _FIRST_WORDS)
    line = line or shortened(" ".join(names), FILE_NAME_LENGTH)
    author = f"{first.author}: " if first.author else ""
    return _words(f"{author}{line}", letter.in_copy) if line else ""


def _shown(said: Sequence[_Said], space: int) -> dict[str, Any]:
    """Return what a mail shows if there is not room for everything.

    Each message gets its share, and what others leave of theirs. Messages that would
    get too little are only counted.
    """
    count = min(len(said), max(1, space // (_FRAME + _LEAST)))
    space = max(space - count * _FRAME, 0)
    shown = list(said[:count])
    shortest_first = sorted(range(count), key=lambda place: _size(said[place]))
    for number, place in enumerate(shortest_first):
        share = space // (count - number)
        shown[place] = _begun(said[place], share)
        space -= min(_size(said[place]), share)
    return {"messages": shown, "left_out": len(said) - count}


def _begun(one: _Said, space: int) -> _Said:
    files = one.files[: space // _FILE + 1]
    tree, whole = begun(one.text, max(space - _FILE * len(files), 0), _MOST_ROWS)
    return replace(one, tree=tree, files=files, whole=whole and files == one.files)


def _size(one: _Said) -> int:
    return len(one.text.encode(errors="replace")) + _FILE * len(one.files)


def _with_file_names(text: str, files: tuple[File, ...]) -> str:
    """Return a text in which names replace the numbers of files."""
    known = matched(text, [(file.id, file) for file in files], {})

    def say(number: str) -> str:
        if number not in known:
            return FILE_SIGN
        name = shortened(known[number].name, FILE_NAME_LENGTH)
        return harmless(name).replace("://", ":\u2060//") or FILE_SIGN

    return at_their_places(text, say)


def _opener(letter: Letter) -> str:
    """Return the name of the person who opened the ticket, "" if there is none."""
    name = shortened(letter.opened_by, NAME_LENGTH)
    return "" if name == NAMELESS else name


def _html(text: Node, in_copy: bool) -> Markup:  # noqa: FBT001  A filter's.
    if in_copy:
        return copies.as_html(restored(to_text(text)))
    return Markup(restored(to_html(text)))  # noqa: S704  Safe before, and no less now.


def _text(text: Node, in_copy: bool) -> str:  # noqa: FBT001  A filter's.
    return _words(restored(to_text(text)), in_copy)


def _broken(words: str) -> Markup:
    """Return plain words as HTML, with their line breaks."""
    return Markup("<br>").join(escape(line) for line in words.split("\n"))


def _words(line: str, in_copy: bool) -> str:  # noqa: FBT001  A filter's.
    return copies.unlinked(line) if in_copy else line


def _address(
    mail: EmailMessage, letter: Letter, settings: AccountSettings, sender: Sender
) -> None:
    mail["From"] = sent_by(settings, sender)
    name = shortened(letter.recipient_name, NAME_LENGTH)
    mail["To"] = head.mailbox("To", name, mailbox(letter.recipient))
    mail["Date"] = format_datetime(letter.decided_at)


def _name(mail: EmailMessage, letter: Letter, slug: str, domain: str) -> None:
    """Tell mail programs and scripts which news about which ticket this is.

    All mails of a ticket to one recipient refer to one message that was never sent. So
    they form one conversation, whichever of them arrives first.
    """
    ticket = _conversation(letter)
    conversation = _message_id("ticket", ticket, domain)
    mail["Message-ID"] = _message_id(letter.kind.value, (*ticket, letter.about), domain)
    mail["In-Reply-To"] = conversation
    mail["References"] = conversation
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Ticket24-Kind"] = letter.kind.value
    mail["X-Ticket24-Ticket"] = head.text(
        "X-Ticket24-Ticket", f"{shortened(slug, NAME_LENGTH)}/{letter.ref.task_id}"
    )


def _conversation(letter: Letter) -> tuple[object, ...]:
    return (letter.ref.account, letter.ref.task_id, letter.recipient)


def _message_id(word: str, parts: tuple[object, ...], domain: str) -> str:
    digest = hashlib.sha256(json.dumps([word, *parts]).encode()).hexdigest()
    return f"<{word}.{digest[:32]}@{domain}>"


def _tidy(text: str) -> str:
    """Remove invisible characters, spaces at line ends and double empty lines."""
    printable = _UNPRINTABLE.sub("", text)
    return _EMPTY_LINES.sub("\n\n", _TRAILING_SPACE.sub("", printable)).strip() + "\n"


@cache
def _templates(language: Language) -> Environment:
    environment = i18n.templates_in(_TEMPLATES, language)
    environment.filters |= {
        "html": _html,
        "text": _text,
        "words": _words,
        "preheader": filled,
        "broken": _broken,
        "is_picture": looks_like_picture,
        "line": partial(shortened, limit=NAME_LENGTH),
        "file_name": partial(shortened, limit=FILE_NAME_LENGTH),
    }
    return environment
