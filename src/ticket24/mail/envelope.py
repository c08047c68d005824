"""What every mail has: the company's look, subject and parts, pictures in it."""

import re
import secrets
from collections.abc import Iterable, Mapping
from email.message import EmailMessage
from functools import cache, partial
from pathlib import Path
from typing import Any

from css_inline import CSSInliner
from jinja2 import Environment
from markupsafe import Markup, escape

from ticket24 import i18n
from ticket24.domain.lines import shortened
from ticket24.domain.news.inline import looks_like_picture
from ticket24.domain.settings.model import AccountSettings, Language
from ticket24.domain.tickets.descriptions import restored
from ticket24.domain.tickets.model import File
from ticket24.i18n import noop
from ticket24.mail import copies, head
from ticket24.mail.address import Sender
from ticket24.mail.paper import Paper, Picture, colours
from ticket24.mail.preheader import filled
from ticket24.markup import to_html, to_text
from ticket24.markup.tree import Node

SUBJECT_LENGTH = 200
NAME_LENGTH = 80
FILE_NAME_LENGTH = 120

_NAME = "{name}"
_HELLO, _HELLO_NAME = noop("Hello,"), noop("Hello %(name)s,")

_TEMPLATES = Path(__file__).parent / "templates"
_INLINER = CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
# With one of U+0080 to U+009F in it, Gmail says that it has clipped a short mail.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# All of it, except one space after the two dashes that begin a signature.
_TRAILING_SPACE = re.compile(
    r"(?<!^--)(?<![ \t])[ \t]++$|(?<=^--[ \t])[ \t]++$", re.MULTILINE
)
_EMPTY_LINES = re.compile(r"\n{3,}")


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
    subject = _templates(language).get_template(f"{folder}/subject.txt").render(context)

    mail["Subject"] = head.text("Subject", shortened(subject, SUBJECT_LENGTH))
    mail.set_content(plain(folder, context, language), cte="quoted-printable")
    mail.add_alternative(
        html or body(folder, context, language),
        subtype="html",
        cte="quoted-printable",
    )
    mail.set_boundary(f"=_{secrets.token_hex(12)}")  # Never in quoted-printable.
    # If it were set earlier, it would move into the text part.
    mail["Content-Language"] = i18n.language_tag(language)


def news_of(
    folder: str, context: Mapping[str, Any], language: Language, suffix: str
) -> str:
    """Write only the sentence of a mail that says what is new."""
    template = _templates(language).get_template(f"{folder}/body.{suffix}")
    said = template.blocks["news"](template.new_context(dict(context)))
    return " ".join("".join(said).split())


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


def plain(folder: str, context: Mapping[str, Any], language: Language) -> str:
    """Write the text of a mail."""
    return tidy(_templates(language).get_template(f"{folder}/body.txt").render(context))


def body(folder: str, context: Mapping[str, Any], language: Language) -> str:
    """Write the HTML of a mail, its styles in its elements."""
    template = _templates(language).get_template(f"{folder}/body.html")
    return _INLINER.inline(_UNPRINTABLE.sub("", template.render(context)))


def _html(text: Node, in_copy: bool) -> Markup:  # noqa: FBT001  A filter's.
    if in_copy:
        return copies.as_html(restored(to_text(text)))
    return Markup(restored(to_html(text)))  # noqa: S704  Safe before, and no less now.


def _text(text: Node, in_copy: bool) -> str:  # noqa: FBT001  A filter's.
    return as_sent(restored(to_text(text)), in_copy)


def _broken(words: str) -> Markup:
    """Return plain words as HTML, with their line breaks."""
    return Markup("<br>").join(escape(line) for line in words.split("\n"))


def as_sent(line: str, in_copy: bool) -> str:  # noqa: FBT001  A filter's.
    """Return words as their reader gets them: without links for people in copy."""
    return copies.unlinked(line) if in_copy else line


def tidy(text: str) -> str:
    """Remove invisible characters, spaces at line ends and double empty lines."""
    printable = _UNPRINTABLE.sub("", text)
    return _EMPTY_LINES.sub("\n\n", _TRAILING_SPACE.sub("", printable)).strip() + "\n"


@cache
def _templates(language: Language) -> Environment:
    environment = i18n.templates_in(_TEMPLATES, language)
    environment.filters |= {
        "html": _html,
        "text": _text,
        "words": as_sent,
        "preheader": filled,
        "broken": _broken,
        "is_picture": looks_like_picture,
        "line": partial(shortened, limit=NAME_LENGTH),
        "file_name": partial(shortened, limit=FILE_NAME_LENGTH),
    }
    return environment
