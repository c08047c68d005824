"""A mail as it arrived becomes an arrival."""

import hashlib

from ticket24.domain.arrivals.model import Arrival, Trouble
from ticket24.mail.arriving import heads
from ticket24.mail.arriving.choosing import Choosing
from ticket24.mail.arriving.parts import Head, Taking

MOST_BYTES = 40_000_000
MOST_LETTERS = 500_000
_MOST_ADDRESSES = 100


def read(
    raw: bytes,
    *,
    authserv_id: str = "",  # noqa: ARG001  Verdicts come next.
    most_bytes: int = MOST_BYTES,
    most_letters: int = MOST_LETTERS,
) -> Arrival:
    """Read a mail; never raises, whatever it is, and takes linear time.

    `authserv_id` names our own mail server in Authentication-Results: nobody else's
    verdict counts.
    """
    taking = Taking(raw[:most_bytes])
    if len(raw) > most_bytes:
        taking.troubles.append(Trouble.TOO_LARGE)
    whole = taking.whole()
    choosing = Choosing(taking.troubles)
    text = choosing.words(whole)
    if len(text) > most_letters:
        text = text[:most_letters]
        taking.troubles.append(Trouble.CUT_SHORT)
    head = whole.head
    senders = heads.mailboxes(head.all("from"))
    return Arrival(
        hashlib.sha256(raw).hexdigest(),
        next(iter(heads.ids(head.get("message-id"))), ""),
        tuple(dict.fromkeys(address for _, address in senders)),
        next((name for name, _ in senders), ""),
        _addresses(head, "to"),
        _addresses(head, "cc"),
        heads.words(head.get("subject")),
        heads.ids(head.get("references"), head.get("in-reply-to")),
        heads.moment(head.get("date")),
        text=text,
        attachments=choosing.files,
        troubles=tuple(dict.fromkeys(taking.troubles)),
    )


def _addresses(head: Head, name: str) -> tuple[str, ...]:
    found = dict.fromkeys(address for _, address in heads.mailboxes(head.all(name)))
    return tuple(found)[:_MOST_ADDRESSES]
