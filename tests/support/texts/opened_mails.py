"""Mails as they are opened: rendered, read again, and their HTML taken apart."""

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

from ticket24.domain.news.letters import Kind
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import File, MessageKey, Source, Voice
from ticket24.mail.paper import PLAIN
from ticket24.mail.render import Sender, render

SENDER = Sender("Desk <desk@example.org>", "tickets.example.org")
ENGLISH = AccountSettings(company_name="Acme Support")
HOSTILE = (
    "[b]never closed <script>alert(1)</script> <img src=x onerror=alert(1)>"
    "[url=javascript:alert(1)]click[/url] [img]https://evil.example/pixel.png[/img]"
    "<style>@import 'https://evil.example/a.css'</style>"
    '[url=https://example.com/" onmouseover="alert(1)]hover[/url]'
)


def open_mail(letter, settings=ENGLISH, sender=SENDER, paper=PLAIN) -> EmailMessage:
    """Render a letter, and read it as its recipient's mail program does."""
    origin = "https://help.example.org"
    rendered = render(letter, settings, "acme", sender, origin, paper)
    return message_from_bytes(rendered.as_bytes(), policy=policy.default)


def text_of(mail: EmailMessage) -> str:
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(mail: EmailMessage) -> str:
    return mail.get_body(("html",)).get_content()


class Page(HTMLParser):
    """The tags, attributes and visible words of an HTML mail."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.styles = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data):
        if self.lasttag == "style":
            self.styles += data
        else:
            self.words += data

    def named(self, name: str) -> list[str]:
        return [value for found, value in self.attributes if found == name]


def created(make_letter, **changes):
    fields = {
        "kind": Kind.CREATED,
        "about": "ticket",
        "messages": (),
        "text": "It burns.",
        "files": (File(9, "photo.jpg", 12_345),),
        "opened_by": "Maria Souza",
    }
    return make_letter(**fields | changes)


def asked(make_message, text="Will it burn again?", **changes):
    at = make_message().at - timedelta(hours=2)
    key = MessageKey(Source.CHAT, 880)
    fields = {"key": key, "voice": Voice.CUSTOMER, "author": "Maria Souza", "at": at}
    return make_message(text=text, **fields | changes)
