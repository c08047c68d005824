"""The mail catcher: SMTP in, a page and JSON out."""

import contextlib
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import aiohttp
import aiosmtplib
import pytest

from bitrix24_sandbox import serving
from ticket24.demo.answering import MailAnswer, answer
from ticket24.demo.catcher import catching, create_app
from ticket24.demo.mailbox import Mailbox
from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.inbox.lmtp import Reception, listening_at
from ticket24.store.arrivals.mails import RedisArrivals
from ticket24.ways_in import LmtpPlace

HOSTILE = "<script>alert(1)</script>"


class Catcher:
    def __init__(self, url, smtp_port, session):
        self.url = url
        self.smtp_port = smtp_port
        self.session = session

    async def send(self, mail=None, recipients=("peter@example.com",)):
        await aiosmtplib.send(
            mail or make_mail(),
            recipients=list(recipients),
            hostname="127.0.0.1",
            port=self.smtp_port,
            start_tls=False,
        )

    async def get(self, path):
        async with self.session.get(self.url + path) as answer:
            assert 200 == answer.status
            return await (answer.json() if "json" in path else answer.text())


def make_mail(subject="Re: [#67] Report", text="Hello\n", html="<p>Hello</p>"):
    mail = EmailMessage()
    mail["From"] = "Acme Support <support@example.com>"
    mail["To"] = "Peter <peter@example.com>"
    mail["Subject"] = subject
    mail["Message-ID"] = "<replied.1@example.com>"
    mail["X-Ticket24-Kind"] = "replied"
    mail["X-Ticket24-Ticket"] = "acme/67"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


@pytest.fixture
async def catcher():
    async with contextlib.AsyncExitStack() as stack:
        mailbox, smtp, pages = Mailbox(most=3), serving.listen(0), serving.listen(0)
        await stack.enter_async_context(catching(mailbox, smtp))
        await stack.enter_async_context(
            serving.serving(create_app(mailbox, LmtpPlace("/nowhere")), pages)
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Catcher(serving.address(pages), smtp.getsockname()[1], session)


async def test_mail_is_listed_with_what_it_is_about(catcher):
    """Scripts read which ticket and what news a mail is about, and to whom it went."""
    await catcher.send(recipients=["peter@example.com", "copy@example.com"])

    [mail] = await catcher.get("/mails.json")

    assert mail.pop("received").endswith("+00:00")
    assert {
        "id": 1,
        "to": "peter@example.com, copy@example.com",
        "subject": "Re: [#67] Report",
        "message_id": "<replied.1@example.com>",
        "kind": "replied",
        "ticket": "acme/67",
    } == mail


async def test_one_mail_has_both_parts(catcher):
    """Text and HTML come out as they were sent."""
    await catcher.send(make_mail(text="Grüße\nTomás\n", html="<p>Grüße</p>\n"))

    mail = await catcher.get("/mails/1.json")

    assert ("Grüße\nTomás\n", "<p>Grüße</p>\n") == (mail["text"], mail["html"])


async def test_a_mail_names_what_is_attached_to_it(catcher):
    """With how large it is; pictures in its words are none of that."""
    mail = make_mail(text="Here.", html="<p>Here.</p>")
    content = {"maintype": "application", "subtype": "pdf"}
    mail.add_attachment(b"%PDF", filename="<b>März.pdf", **content)
    await catcher.send(mail)

    page = await catcher.get("/mails/1")

    assert "<bdi>&lt;b&gt;März.pdf</bdi> (4 Bytes)" in page


async def test_newest_comes_first_and_the_oldest_goes(catcher):
    """The list is bounded, and begins with the latest mail."""
    for number in range(1, 6):
        await catcher.send(make_mail(f"Mail {number}"))

    subjects = [mail["subject"] for mail in await catcher.get("/mails.json")]

    assert ["Mail 5", "Mail 4", "Mail 3"] == subjects


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/mails"), ("POST", "/clear")])
async def test_all_can_be_forgotten(catcher, method, path):
    """Scripts and the button clear the list; another site's page cannot."""
    await catcher.send()
    foreign = {"Sec-Fetch-Site": "cross-site"}
    async with catcher.session.request(
        method, catcher.url + path, headers=foreign
    ) as answer:
        assert 403 == answer.status
    assert 1 == len(await catcher.get("/mails.json"))

    async with catcher.session.request(method, catcher.url + path) as answer:
        assert answer.ok

    assert [] == await catcher.get("/mails.json")


async def test_hostile_mail_stays_text(catcher):
    """What a mail says never becomes part of the page around it."""
    await catcher.send(make_mail(f"Subject {HOSTILE}", text=HOSTILE))

    for path in ("/", "/mails/1", "/mails/1?part=text", "/mails/1?part=headers"):
        page = await catcher.get(path)

        assert HOSTILE not in page
        assert "&lt;script&gt;alert(1)" in page


async def test_html_part_can_do_nothing(catcher):
    """The HTML of a mail runs nothing, loads nothing, and opens links elsewhere."""
    await catcher.send(make_mail(html=f"<html><head></head>{HOSTILE}</html>"))

    async with catcher.session.get(f"{catcher.url}/mails/1/html") as answer:
        policy = answer.headers["Content-Security-Policy"]
        html = await answer.text()

    assert "default-src 'none'" in policy
    assert "img-src data: http://localhost:* http://127.0.0.1:*;" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert '<head><base target="_blank"></head>' in html
    assert 'sandbox="allow-popups' in await catcher.get("/mails/1")


async def test_mail_of_text_alone_shows_its_text(catcher):
    """A mail without HTML opens with its text and offers no HTML."""
    await catcher.send(make_mail(text="Only words\n", html=""))

    page = await catcher.get("/mails/1")

    assert "Only words" in page
    assert "<iframe" not in page


async def test_unknown_mail_is_not_found(catcher):
    """A mail that was cleared or never came is 404, page and JSON."""
    for path in ("/mails/7", "/mails/7.json", "/mails/7/html"):
        async with catcher.session.get(catcher.url + path) as answer:
            assert 404 == answer.status


async def test_unknown_character_set_is_shown_anyway(catcher):
    """A part in a character set that nobody knows does not break the list."""
    mail = make_mail(html="")
    mail.set_param("charset", "x-nobody")
    await catcher.send(mail)

    assert "Hello\n" == (await catcher.get("/mails/1.json"))["text"]


async def test_a_mail_can_be_answered(tmp_path, redis):
    """By anybody, with files or as out-of-office; it goes where answers go."""
    place = LmtpPlace(str(tmp_path / "lmtp.sock"))
    replies = ReplyAddresses("support+{token}@example.com", lambda _: ["00" * 32])
    arrivals = RedisArrivals(redis, most_bytes=1_000_000)
    reception = Reception(arrivals, replies, "support@example.com", lambda: None)
    caught = make_mail()
    caught["Reply-To"] = "Acme <support+abc@example.com>"
    mailbox = Mailbox()
    back = "support+back@example.com"
    mail = mailbox.add(caught.as_bytes(), ["peter@example.com"], back)
    reply = MailAnswer("Peter <peter@example.com>", "Works.", [("a.txt", b"hello")])
    async with listening_at(place, reception, 1_000_000):
        assert "sent" == await answer(mail, reply, place)
        assert "sent" == await answer(mail, replace(reply, away=True), place)
        assert "sent" == await answer(mail, replace(reply, returned=True), place)

    came = {
        (one.recipients, str(mail["Subject"])): mail
        for one in await arrivals.claim(9)
        for mail in [message_from_bytes(one.raw, policy=default)]
    }
    assert ((back,), "failure notice") in came
    first = came[("support+abc@example.com",), "Re: [#67] Report"]
    away = came[(back,), "Re: [#67] Report"]
    assert first.get_body().get_content().startswith("Works.\r\n\r\nOn ")
    assert "> Hello" in first.get_body().get_content()
    assert ["a.txt"] == [one.get_filename() for one in first.iter_attachments()]
    assert "<replied.1@example.com>" == first["In-Reply-To"]
    assert "auto-replied" == away["Auto-Submitted"]
    said = await answer(mail, reply, place)
    assert said.startswith("nobody takes it")
