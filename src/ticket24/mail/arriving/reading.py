"""A mail as it arrived becomes an arrival."""

import hashlib
import re

from ticket24.domain.arrivals.automatic import automatic, returning
from ticket24.domain.arrivals.model import Arrival, Automatic, Trouble
from ticket24.mail.arriving import heads
from ticket24.mail.arriving.bouncing import bounces
from ticket24.mail.arriving.choosing import Choosing
from ticket24.mail.arriving.embedded import lifted
from ticket24.mail.arriving.opaque import opened
from ticket24.mail.arriving.parts import Head, Taking
from ticket24.mail.arriving.vouching import verdict

MOST_BYTES = 40_000_000
MOST_LETTERS = 500_000
_MOST_ADDRESSES = 100
# Empty lines above a head: some programs write one into what they pass on.
_ABOVE = re.compile(rb"\A[\r\n]{1,9}(?=[\w-]{1,60}:)")


def read(
    raw: bytes,
    *,
    authserv_id: str = "",
    our_domain: str = "",
    returned: bool = False,
    most_bytes: int = MOST_BYTES,
    most_letters: int = MOST_LETTERS,
) -> Arrival:
    """Read a mail; never raises, whatever it is, and takes linear time.

    `authserv_id` names our own mail server in Authentication-Results: nobody else's
    verdict counts. A list at `our_domain` is none. `returned`: it came to where our own
    mails come back.
    """
    taking = Taking(_ABOVE.sub(b"", raw[:most_bytes], count=1))
    if len(raw) > most_bytes:
        taking.troubles.append(Trouble.TOO_LARGE)
    whole = lifted(opened(taking.whole(), taking))
    choosing = Choosing(taking.troubles)
    named = heads.mailboxes(whole.head.all("from"))
    name = next((name for name, _ in named), "")
    text = choosing.words(whole, name)
    if len(text) > most_letters:
        text = text[:most_letters]
        taking.troubles.append(Trouble.CUT_SHORT)
    head = whole.head
    message_id = next(iter(heads.ids(head.get("message-id"))), "")
    senders = tuple(dict.fromkeys(address for _, address in named))
    subject = heads.words(head.get("subject"))
    kind = automatic(head.values(), senders, subject, message_id, our_domain)
    if returned:
        kind = returning(kind, head.values(), "".join(senders[:1]), subject)
    return Arrival(
        hashlib.sha256(raw).hexdigest(),
        message_id,
        senders,
        name,
        _addresses(head, "to"),
        _addresses(head, "cc"),
        subject,
        heads.ids(head.get("references"), head.get("in-reply-to")),
        heads.moment(head.get("date")),
        kind,
        bounces(whole, raw, text) if kind is Automatic.BOUNCE else (),
        verdict(head, senders, authserv_id),
        text,
        choosing.files,
        tuple(dict.fromkeys(taking.troubles)),
        choosing.reaction,
    )


def _addresses(head: Head, name: str) -> tuple[str, ...]:
    found = dict.fromkeys(address for _, address in heads.mailboxes(head.all(name)))
    return tuple(found)[:_MOST_ADDRESSES]
