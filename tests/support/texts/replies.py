"""The corpus of replies: what customers write, as their mail programs send it.

What they say stands in `tests/samples/replies/`, one file a language; what is quoted is
a mail that our own templates wrote.
"""

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import mail_programs
from examples import message, ticket
from mail_programs import PROGRAMS, Original

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.letters import Kind, Notice
from ticket24.domain.news.notices import letter_of
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.model import Status, Turn, Voice
from ticket24.mail.address import Sender
from ticket24.mail.arriving import heads
from ticket24.mail.arriving.repeated import repeated
from ticket24.mail.paper import MailLogo, Paper
from ticket24.mail.writing import Writer

LANGUAGES = ("en", "de", "pt", "es", "fr", "pl")
_FOLDER = Path(__file__).parents[2] / "samples" / "replies"
_AT = datetime(2026, 11, 30, 11, 20, tzinfo=UTC)
_ADDRESS = "customer@example.org"
_PAPER = Paper(
    MailLogo("https://help.example.com/p/acme/logo.png", 55), "Europe/Berlin"
)


@dataclass(frozen=True)
class Reply:
    """A mail, what its writer said in it, and whether he answered between our lines."""

    name: str
    raw: bytes
    said: str
    repeated: object
    between: bool = False


@cache
def words_of(language):
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text())


@cache
def ticket_of(language):
    words = words_of(language)
    return ticket(
        subject=words["asked"].split("\n")[0][:50],
        description=words["asked"],
        status=Status.IN_PROGRESS,
        messages=(
            message(1, words["answered"], author="Ana Silva", at=_AT),
            message(
                *(2, words["again"]),
                voice=Voice.CUSTOMER,
                author=words["customer"],
                at=_AT,
            ),
            message(3, words["answered_again"], author="Ana Silva", at=_AT),
        ),
        looked_at=_AT,
    )


@cache
def _account(language):
    ours = language if language in {"en", "de", "pt"} else "en"
    return Account(
        id="acme",
        slug="acme",
        user_id=1,
        connected_at=_AT,
        settings=AccountSettings(company_name="Acme Support", language=ours),
    )


WRITER = Writer(
    Sender("Acme Support <support@acme.example>", "acme.example"),
    "https://help.example.com",
    b"key",
)


@cache
def repeated_in(language):
    return repeated_again(language, ticket_of(language))


def repeated_again(language, ticket):
    """Return what a mail may repeat of a ticket that has changed."""
    return repeated(
        *(ticket, _account(language), WRITER, _PAPER),
        recipient=_ADDRESS,
        name=words_of(language)["customer"],
    )


@cache
def original(language, number):
    """Return our mail about one answer of the staff."""
    now = ticket_of(language)
    answer = now.messages[number]
    letter = letter_of(Notice(Kind.REPLIED, str(answer.key), (answer,)), now, _AT)
    name = words_of(language)["customer"]
    # When it was sent, much was other than it is now.
    then = {"status": Status.NEW, "turn": Turn.OURS, "responsible": "Carl Then"}
    letter = replace(letter, recipient=_ADDRESS, recipient_name=name, **then)
    mail = WRITER.letter(letter, _account(language), _PAPER)
    return Original(
        *(
            "Acme Support",
            "support@acme.example",
            name,
            _ADDRESS,
            heads.words(mail["Subject"]),
        ),
        *(_AT, mail.get_body(("plain",)).get_content()),
        mail.get_body(("html",)).get_content(),
    )


def _sent(name, parts, language, said, **more):
    words = words_of(language)
    head = (
        f"From: {words['customer']} <{_ADDRESS}>\r\nTo: support+token@acme.example\r\n"
        f"Subject: Re: {ticket_of(language).subject}"
    )
    repeats = repeated_in(language)
    return Reply(f"{language}-{name}", parts.raw(head), said, repeats, **more)


@cache
def replies():
    """Return all of the corpus."""
    return tuple(one for language in LANGUAGES for one in _in(language))


def _in(language):
    words = words_of(language)
    first, last = original(language, 0), original(language, 2)
    own = [words["route"], words["log"], words["list"]]
    for number, program in enumerate(PROGRAMS):
        name = program.__name__
        phone = f"\n\n{words['labels']['phone']}" if name == "ios" else ""

        answer = words["answers"][number % 5]
        mail = program(answer, last, words)
        yield _sent(f"{name}-top", mail, language, answer + phone)

        answer = own[number % 3]
        mail = program(answer, first, words)
        yield _sent(f"{name}-own", mail, language, answer + phone)

        if number % 3 == 0:
            answer = pasted(language)
            mail = program(answer, first, words)
            yield _sent(f"{name}-pasted", mail, language, answer + phone)

        answer = words["answers"][(number + 1) % 5]
        mail = program(answer, _earlier(program, first, words), words)
        yield _sent(f"{name}-third", mail, language, answer + phone)
    yield from _ways(language, words, first)
    yield from _without_quotes(language, words)


def pasted(language):
    """Return what somebody writes who copies lines of our mails."""
    words, title = words_of(language), ticket_of(language).subject
    asked = words["asked"].split("\n")[0]
    twice = f"Ticket #51: {title}\nTicket #51: {title}"
    return f"{twice}\n\nAcme Support:\n{asked}\n{words['inline'][0]}"


def _earlier(program, first, words):
    """Return the customer's own earlier reply, as he finds it among his sent mails."""
    mail = program(words["again"], first, words)
    plain = mail.plain or mail_programs.shown(mail.html)
    return replace(
        first,
        name=words["customer"],
        address=_ADDRESS,
        to_name="Acme Support",
        to_address="support@acme.example",
        text=plain,
        html=mail.html or f"<html><body>{mail_programs.as_html(plain)}</body></html>",
    )


def _ways(language, words, first):
    for number, program in enumerate(("thunderbird", "roundcube", "k9", "apple")):
        answer = words["answers"][number]
        mail = mail_programs.bottom(answer, first, words, program)
        yield _sent(f"{program}-bottom", mail, language, answer)

        paragraphs = words["answered"].split("\n\n")
        answers = dict(zip(paragraphs, words["inline"], strict=True))
        mail = mail_programs.between(answers, first, words, program)
        said = "\n".join(words["inline"])
        yield _sent(f"{program}-between", mail, language, said, between=True)
    mail = mail_programs.between_unmarked(answers, first, words)
    yield _sent("outlook-between", mail, language, said, between=True)

    mail = mail_programs.forwarded(words["forwarded"], first, words)
    yield _sent("gmail-forwarded", mail, language, words["forwarded"])

    said, signature = words["signed"]
    for program in (mail_programs.thunderbird, mail_programs.gmail):
        mail = program(f"{said}\n\n-- \n{signature}", first, words)
        yield _sent(f"{program.__name__}-signed", mail, language, said)


def _without_quotes(language, words):
    for name in ("route", "log", "list", "asked", "answered"):
        mail = mail_programs.Parts(words[name])
        yield _sent(f"alone-{name}", mail, language, words[name])
