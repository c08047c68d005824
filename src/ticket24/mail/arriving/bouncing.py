"""Mails that say that one of ours did not arrive, in the words of a mail server."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes

from flufl.bounce import all_failures

from ticket24.domain.arrivals.model import Bounce
from ticket24.domain.lines import shortened
from ticket24.mail.arriving import heads
from ticket24.mail.arriving.bodies import content
from ticket24.mail.arriving.parts import Head, Part, head_of
from ticket24.mail.server.verdicts import Meant, Phase, meant

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -])")
_BLOCKS = re.compile(rb"\n[ \t]*\r?\n")
_OF_OURS = frozenset({"message/rfc822", "text/rfc822-headers", "message/global"})
_MOST_WORDS = 500
_MOST_BEGINNING = 1_500
_MOST_RECIPIENTS = 50

# The library reads whole mails with Python's parser, so it gets small and plain ones.
_MOST_BYTES, _MOST_PARTS = 60_000, 10
# Addresses that are wrong or gone (RFC 3463); a full mailbox or a filter may change.
_HARD = re.compile(r"5\.(?:1\.(?:[12369]|10)|2\.1|4\.4)(?!\d)")
# Nor is an address gone because a mail is too large, or not what a server takes.
_SOFT = re.compile(r"5\.(?:2\.[234]|3\.[0-9]|6\.[0-9])(?!\d)")
# What servers say that go on trying, in words alone.
_LATE = re.compile(
    r"\bwarning message only|\bwarning: could not send|\bnot need to resend"
    r"|\bwill (?:continue|keep)(?: on)?(?: trying| to (?:try|be))|\bstill being retried"
    r"|\bnot yet been delivered|\bdelayed\b|\bverz(?:ö|oe)gert|\batrasad[ao]\b"
    r"|\bretard[ée]|\bopóźnion",
    re.IGNORECASE,
)
# What is ours in a bounce says nothing of it: the subject, and the mail that follows.
_OUR_SUBJECT = re.compile(r"\[#\d[^\n]*")
_COPY_BEGINS = re.compile(
    r"\n(?:received|return-path):|\bcopy of (?:the|your) (?:message|mail)\b"
    r"|-- ?original message\b|\bbelow this line\b",
    re.IGNORECASE,
)
_TOO_LARGE = re.compile(
    r"\btoo (?:large|big)|\bsize\b|\bmessage length|\battachment", re.IGNORECASE
)


def bounces(whole: Part, raw: bytes, text: str) -> tuple[Bounce, ...]:
    """Return what a bounce says, for each recipient; never raises.

    One that says nothing of recipients has none, and its words.
    """
    sent = [head_of(content(part)) for part in whole.leaves() if part.type in _OF_OURS]
    ours, answers = _our_message(whole, sent), _reply_to(sent)
    reports = [*_of_reports(whole)]
    if reports:
        found = (replace(one, message_id=ours, reply_to=answers) for one in reports)
        return tuple(found)[:_MOST_RECIPIENTS]
    failed = _of_header(whole.head) or _by_library(whole, raw)
    words = shortened(_server_words(text), _MOST_WORDS)
    begins = f"{heads.words(whole.head.get('subject'))}\n{text[:_MOST_BEGINNING]}"
    theirs = _COPY_BEGINS.split(_OUR_SUBJECT.sub("", begins), maxsplit=1)[0]
    late = _LATE.search(theirs) is not None
    hard = not late and _hard("", words)
    return (Bounce(failed[:_MOST_RECIPIENTS], hard, words, ours, late, answers),)


def _of_reports(whole: Part) -> Iterator[Bounce]:
    """Read the reports for machines (RFC 3464): one block for each recipient."""
    for part in whole.leaves():
        if part.type not in {
            "message/delivery-status",
            "message/global-delivery-status",
        }:
            continue
        for block in _BLOCKS.split(content(part))[:_MOST_RECIPIENTS]:
            fields = Head(block.strip())
            action = fields.get("action").lower()
            if not action:
                continue
            said = fields.get("original-recipient") or fields.get("final-recipient")
            recipient = said.partition(";")[2] or said
            words = fields.get("diagnostic-code").removeprefix("smtp;")
            words = shortened(words or fields.get("status"), _MOST_WORDS)
            late = action != "failed"
            hard = not late and _hard(fields.get("status"), words)
            yield Bounce(_folded(recipient), hard, words, late=late)


def _folded(value: str) -> tuple[str, ...]:
    return tuple(address for _, address in heads.mailboxes([value]))


def _hard(status: str, words: str) -> bool:
    """Whether an address is gone for good; the server's own words say it best."""
    inner = _STATUS.search(words) or _STATUS.search(status)
    if inner and _HARD.match(inner[0]):
        return True
    if (inner and _SOFT.match(inner[0])) or _TOO_LARGE.search(words):
        return False
    if code := _CODE.search(words):
        return meant(Phase.RECIPIENT, int(code[1]), words) is Meant.RECIPIENT
    return False


def _our_message(whole: Part, sent: Sequence[Head]) -> str:
    """Return the id of our mail: that of the one sent back, or referred to."""
    for one in sent:
        if found := heads.ids(one.get("message-id")):
            return found[0]
    referred = heads.ids(whole.head.get("in-reply-to"), whole.head.get("references"))
    return referred[-1] if referred else ""


def _reply_to(sent: Sequence[Head]) -> str:
    """Return where answers go to our mail, if it was sent back."""
    found = [two for one in sent for two in heads.mailboxes(one.all("reply-to"))]
    return found[0][1] if found else ""


def _of_header(head: Head) -> tuple[str, ...]:
    found = heads.mailboxes(head.all("x-failed-recipients"))
    return tuple(address for _, address in found)


def _by_library(whole: Part, raw: bytes) -> tuple[str, ...]:
    if sum(1 for _ in whole.leaves()) > _MOST_PARTS:
        return ()
    try:
        temporary, permanent = all_failures(message_from_bytes(raw[:_MOST_BYTES]))
    except Exception:  # noqa: BLE001  It reads what strangers made; see above.
        return ()
    names = [one.decode("utf-8", "replace") for one in {*temporary, *permanent}]
    return tuple(sorted(address for name in names for address in _folded(name)))


def _server_words(text: str) -> str:
    """Return the line in which a mail server speaks, else how the text begins."""
    lines = [line.strip() for line in text[:_MOST_BYTES].split("\n") if line.strip()]
    spoken = (line for line in lines if _STATUS.search(line) or _CODE.search(line))
    return next(spoken, " ".join(lines[:3]))
