"""What mail servers say when they have accepted enough of our mails."""

import re

# A server that has had enough of us for an hour or a day says so with 5xx: Google with
# 5.4.5, Exchange Online with 5.1.90, those of hosting companies only in words. A full
# mailbox, or a mail too large for its recipient, is another matter.
_ENOUGH = re.compile(
    r"\b5\.(?:4\.5|1\.9[02]|7\.(?:23[236]|70[58]))\b"
    r"|\brate[- ]?(?:over)?limit|\bmore than \d+ (?:e-?mails|mails|messages)\b"
    r"|\btoo many (?:e-?mails|messages|recipients)\b"
    r"|\b\d+ (?:outgoing )?(?:e-?mails|mails|messages|recipients) (?:per|an?|every) ",
    re.IGNORECASE,
)
_SO_LONG = re.compile(
    r"\b(?:daily|hourly|per (?:hour|day|minute)|24[- ]hours?"
    r"|sending|submission|outgoing)\b",
    re.IGNORECASE,
)
_LIMIT = re.compile(r"\b(?:limit|quota|exceeded|reached)\b", re.IGNORECASE)
_ITS_OWN = re.compile(r"\b5\.(?:2\.\d+|3\.4)\b|^552\b|\bmail ?box\b", re.IGNORECASE)


def is_enough(words: str) -> bool:
    """Whether a server says that it accepts no more from us for an hour or a day."""
    if "SubmissionQuotaExceeded" in words:
        return True
    if _ITS_OWN.search(words):
        return False
    limit = _SO_LONG.search(words) and _LIMIT.search(words)
    return bool(limit or _ENOUGH.search(words))
