"""Whom a mail server means when it refuses: us, one recipient, or this mail."""

import re
from enum import Enum

from ticket24.mail.server.limits import is_enough


class Phase(Enum):
    """How far the dialogue has got."""

    OPENING = "opening"  # Greeting, TLS, login.
    SENDER = "MAIL"
    RECIPIENT = "RCPT"
    CONTENT = "DATA"


class Meant(Enum):
    """Whom a refusal concerns, which decides what is done about it.

    US: our sender, our login or our right to relay, so every mail waits until a person
    puts it right. ENOUGH: us, for an hour or a day. RECIPIENT: this address, for good.
    MAIL: this mail, or nobody can say. LATER: nothing is wrong, and it is to be tried
    again.
    """

    US = "us"
    ENOUGH = "enough"
    RECIPIENT = "recipient"
    MAIL = "mail"
    LATER = "later"


_PERMANENT = 500
_MOST = 2_000

# A name in angle brackets or with an @ may contain any words.
_ADDRESSES = re.compile(
    r"<[^<>\s]{0,320}>|[^\s<>\"'()\[\],;:@]{1,64}@[^\s<>\"'()\[\],;@]{1,255}"
)

_QUOTED = re.compile(r"\b(?:said|says|responded|answered|replied)\b:?", re.IGNORECASE)

# 530, 534, 535, 538: log in, or log in more securely.
_LOGIN_CODES = frozenset({530, 534, 535, 538})

# Bad senders (RFC 3463), logins and missing proofs of our identity (RFC 4954, 7372,
# 7505), and what Exchange Online says to senders and tenants.
_US_ENHANCED = re.compile(
    r"(?<![\d.])5\.(?:1\.[78]|2\.252"
    r"|7\.(?:3|8|9|11|14|2[0-9]|57|60|64|139|367|4\d\d|5\d\d|6[0-4]\d|7\d\d))(?![\d.])"
)
# Invalid addresses, mailboxes that are gone, full or closed (RFC 3463), and those that
# only accept mail from colleagues.
_RECIPIENT_ENHANCED = re.compile(
    r"(?<![\d.])5\.(?:1\.(?:[123469]|10|20)|2\.[0-9]|4\.(?:1|4|310)"
    r"|7\.(?:12[0-9]|13[0-8]))(?![\d.])"
)

_TO_THEM = re.compile(
    r"RESOLVER\.RST|SenderNotAuthenticatedFor|RecipientRestrict"
    r"|\b(?:send|sending|post|posting|write|writing|deliver|delivering|mail|mailing)"
    r"\b(?: (?:an?|any|mail|e-?mails?|messages?))* to (?:this|that|the|its?|such|your"
    r" intended)? ?(?:\w{1,20} )?"
    r"(?:recipient|user|list|group|mailbox|alias|distribution)"
    r"|\b(?:blocked|rejected|refused|denied)"
    r" by (?:the |its |this )?(?:recipient|user)\b"
    r"|\brecipient(?:'?s)? (?:\w{1,20} ){0,3}(?:block|black|deny|white|allow)",
    re.IGNORECASE,
)

_NO = (
    r"(?:not |in|un|dis|never )?"
    r"(?:denied|rejected|refused|prohibited|forbidden|blocked|banned|permitted"
    r"|allowed|accepted|acceptable|authori[sz]ed|approved|confirmed|verified|valid"
    r"|recogni[sz]ed|registered|known|owned|suspended|disabled|paused|locked)"
)
_US_WORDS = (
    # Relaying.
    re.compile(
        r"\brelay(?:ing|ed)?\b(?! (?:limit|quota|recipient|domain))"
        r"|\brcpthosts\b|\bdelivery is not allowed to this address",
        re.IGNORECASE,
    ),
    # Logins.
    re.compile(
        r"\b(?:un|not )authenticated\b"
        r"|\bauthenticat(?:e|ion) (?:is |was |has )?(?:first|required|requirement"
        r"|needed|failed|failure|missing|unsuccessful|credentials)"
        r"|\b(?:requires?|needs?|must|please|have to|need to|without|failed)"
        r" (?:\w{1,20} ){0,2}(?:authenticat\w+|AUTH|STARTTLS|log ?in)\b"
        r"|\bAUTH (?:first|needed|required)|\b(?:log|sign) ?in (?:first|required)"
        r"|\bnot logged in\b|\bpop before smtp|\bmust (?:check|read) (?:your )?mail",
        re.IGNORECASE,
    ),
    # Senders.
    re.compile(
        r"\b(?:sender|from|return[- ]path)(?: [a-z-]{1,10}){0,4} " + _NO,
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:e-?mail address|identit(?:y|ies)|domain) (?:is |was )?"
        + _NO
        + r"(?<!not valid)(?<!invalid)(?<!not known)(?<!unknown)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\bsender (?:verify|verification|callout|callback|denied|reject)"
        r"|\b(?:verification|callout) failed for\b"
        r"|\bsend(?:ing)?[ -]?(?:as|on behalf)\b|SendAsDenied|\bnot owned by\b"
        r"|\bsending (?:domain|address|account|ip|server|host|access)"
        r"|\bdoes ?n[o']t (?:own|match)\b|\bmismatch|\bfollowing identities failed",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:bad|invalid|unknown|unverified|unauthori[sz]ed|banned|forged|spoofed"
        r"|faked?|null) (?:e-?mail |envelope |return )?(?:sender|from|return)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\bnot (?:\w{1,20} ){0,2}"
        r"(?:allowed|permitted|authori[sz]ed|entitled|enabled|able)"
        r" to (?:use|send|submit|relay|perform)",
        re.IGNORECASE,
    ),
    # Hosts and proofs.
    re.compile(
        r"\b(?:SPF|DKIM|DMARC|openspf|ARC)\b|sender policy framework|\bclient host\b"
        r"|\b(?:helo|ehlo)\b|\breverse (?:dns|host|lookup)|\bPTR\b|\brDNS\b|\bfcrdns\b"
        r"|\bcannot find your|\bblocked using\b|\bspamhaus\b|\bDNS?BLs?\b|\bRBLs?\b"
        r"|\b(?:black|block|deny)[- ]?list",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:your|from|this|sending|client|source) (?:\w{1,20} ){0,2}"
        r"(?:ips?|ip[- ]address(?:es)?|host|server|network|addr(?:ess)?)\b"
        r"(?: \S{1,20}){0,2} " + _NO,
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:poor|bad|low) (?:\w{1,20} ){0,2}reputation", re.IGNORECASE),
    # Accounts.
    re.compile(
        r"\b(?:your|this|our|tenant|sender|sending|smtp|free|trial|test|mail) "
        r"(?:\w{1,20} )?"
        r"(?:account|tenant|organi[sz]ation|subscription|plan|company)s?\b"
        r"(?! (?:that|which) you (?:tried|try))"
        r"|\b(?:account|tenant) (?:is |has been |was )?"
        r"(?:suspended|blocked|locked|paused)"
        r"|\bsending (?:is |has been |was )?(?:paused|suspended|disabled|stopped)"
        r"|\bsandbox\b|\btest purposes\b|\bauthori[sz]ed recipients\b"
        r"|\binsufficient (?:credits?|balance|funds)|\bunpaid\b|\bbilling\b"
        r"|\blicen[cs]e (?:has |is )?(?:expired|exceeded)",
        re.IGNORECASE,
    ),
)

_RECIPIENT_WORDS = re.compile(
    r"\brecipient (?:address )?(?:rejected|refused|denied|unknown|not|does|is|has)"
    r"|\b(?:no|unknown|invalid|bad|nonexistent|non-existent|inactive|disabled|closed"
    r"|undeliverable|unrouteable|unroutable) (?:such )?(?:\w{1,20} ){0,2}"
    r"(?:user|recipient|mail ?box|alias|address|person|account|destination"
    r")\b"
    r"|\b(?:user|recipient|mail ?box|alias|address|account|destination) "
    r"(?:\S{1,40} ){0,4}(?:unknown|not found|not exist|doesn't exist|unavailable"
    r"|disabled|inactive|invalid|rejected|full|closed|suspended|not listed|not valid"
    r"|not available|over quota|exceeded)"
    r"|\bno \w+ here\b|\bno mail ?box|\bmail ?box\b|\bover ?quota\b"
    r"|\b(?:null|no) mx\b|\bhost (?:or domain name )?not found|\bunrouteable\b",
    re.IGNORECASE,
)

# Words about the mail itself.
_MAIL_WORDS = re.compile(
    r"\bspam|\bvirus|\bmalware|\bphish|\bcontent\b|\battachment|\btoo (?:large|big)"
    r"|\bmessage size|\bsize exceeds|\bsize limit|\bunsolicited|\bsuspicious|\bpolicy"
    r"|\bheader|\burl\b|\blinks?\b|\binfected",
    re.IGNORECASE,
)


def meant(phase: Phase, code: int, words: str) -> Meant:
    """Return whom a refusal means, from its code, its enhanced code and its words.

    Before a recipient was named, it can only be about us.
    """
    said = _ADDRESSES.sub(" ", words[:_MOST]).replace("\u2019", "'")
    # What the recipient's own server told ours concerns the recipient, whatever it is.
    said, quoted = (*_QUOTED.split(said, maxsplit=1), "")[:2]
    us = _means_us(phase, code, said)
    if code < _PERMANENT:
        opening = phase in {Phase.OPENING, Phase.SENDER}
        return Meant.US if us and not opening else Meant.LATER
    if is_enough(words):
        return Meant.ENOUGH
    if phase in {Phase.OPENING, Phase.SENDER} or us:
        return Meant.US
    theirs = _TO_THEM, _RECIPIENT_WORDS, _RECIPIENT_ENHANCED
    if quoted and phase is Phase.RECIPIENT:
        return Meant.RECIPIENT
    if any(pattern.search(said) for pattern in theirs):
        return Meant.RECIPIENT
    return Meant.MAIL


def _means_us(phase: Phase, code: int, said: str) -> bool:
    if _TO_THEM.search(said):
        return False
    if code in _LOGIN_CODES or _US_ENHANCED.search(said):
        return True
    if any(pattern.search(said) for pattern in _US_WORDS):
        return True
    # At RCPT the server has not seen the mail: 5.7 is about who may send to whom.
    return (
        phase is Phase.RECIPIENT
        and code >= _PERMANENT
        and " 5.7." in said.replace("-5.7.", " 5.7.")
        and not _RECIPIENT_WORDS.search(said)
        and not _MAIL_WORDS.search(said)
    )
