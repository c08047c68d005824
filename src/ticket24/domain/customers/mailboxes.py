"""E-mail addresses: which of them are equal, and which mailbox a mail reaches.

Two addresses are equal exactly if our mail to them reaches one mailbox, so nobody who
reads a mailbox can be taken for the owner of another. All code that compares addresses,
writes to them or looks them up uses this module.

Domains become ASCII by UTS 46 without transitional mappings: ß stays ß, because
`straße.example` and `strasse.example` belong to different owners. Python's codec `idna`
is older, and sends the mail of one to the other. Before the @ only the case of A to Z
is ignored: servers may distinguish all other letters.
"""

import re
import unicodedata
from collections.abc import Iterable

import idna

from ticket24.domain.lines import laid_bare, pasted
from ticket24.domain.tickets.reasons import Cause, reason

_LONGEST = 254
_LONGEST_LOCAL = 64
_LONGEST_DOMAIN = 253

# A longer text is not an address, whatever remains of it.
_LONGEST_TYPED = 1_000

# The last three become ASCII when their letters are composed (NFC). No mailbox has
# them, and they must not pass for what they become. Nor has any mailbox =?, where many
# programs begin to decode what they should leave alone.
_LOCAL = re.compile(r"(?!.*=\?)[^\s@\[\]<>()\",;:\\\x00-\x1f\x7f\u037e\u1fef\u212a]+")
_DOMAIN = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")

# Last labels that mean something only locally, or nothing (RFC 6761, 6762, 7686, 9476).
_NOWHERE = frozenset({"alt", "arpa", "invalid", "local", "localhost", "onion"})


_GMAILS = frozenset({"gmail.com", "googlemail.com"})


def tidy(email: str) -> str:
    """Return an address as it was typed, without invisible characters."""
    return pasted(email)


def fold(email: str) -> str:
    """Return the canonical spelling by which addresses are compared and found.

    Text that is not an address equals only itself.
    """
    email = tidy(email)
    try:
        local, domain = _parts(email)
    except ValueError:
        return email
    # Bytes only know the case of ASCII letters.
    return f"{local}@{domain}".encode().lower().decode()


def spelled(email: str, emails: Iterable[str]) -> str | None:
    """Return the spelling of this address among `emails`, None if it is not there."""
    wanted = fold(email)
    return next((one for one in emails if wanted and fold(one) == wanted), None)


def at_gmail(email: str) -> str:
    """Return whose mailbox at Gmail an address reaches, "" if it reaches none.

    Google gives it out once, whatever dots, tag and which of both domains it is written
    with: https://support.google.com/mail/answer/7436150
    """
    local, _, domain = fold(email).rpartition("@")
    return local.partition("+")[0].replace(".", "") if domain in _GMAILS else ""


def plausible(email: str) -> bool:
    """Whether this can be an address at all.

    An address that passes holds no bracket, so Bitrix24 takes no part of it for a
    reference to another call of a batch.
    """
    try:
        return bool(_parts(tidy(email)))
    except ValueError:
        return False


def reachable(email: str) -> bool:
    """Whether a mail to it can be handed to a mail server."""
    try:
        return bool(mailbox(email))
    except ValueError:
        return False


def public(email: str) -> bool:
    """Whether an address is `reachable` and can belong to somebody on the internet.

    A stranger must not name an address that only our own network knows.
    """
    if not reachable(email):
        return False
    labels = fold(email).rpartition("@")[2].split(".")
    return (
        len(labels) > 1
        and labels[-1] not in _NOWHERE
        and not labels[-1].isdecimal()
        and not any(one.startswith("-") or one.endswith("-") for one in labels)
    )


class NoMailbox(ValueError):
    """No mail can be sent there; `why` is what staff are told."""

    def __init__(self, cause: Cause, what: str, email: str) -> None:
        shown = _shown(email)
        super().__init__(f"{what}: {shown}")
        self.why = reason(cause, words=shown)


def mailbox(email: str) -> str:
    """Return the address in the form that every mail server accepts: ASCII, case kept.

    Raises NoMailbox for text that is not an address, and for a local part that is not
    ASCII.
    """
    try:
        local, domain = _parts(tidy(email))
    except ValueError:
        raise NoMailbox(Cause.NO_ADDRESS, "not an e-mail address", email) from None
    if not local.isascii():
        raise NoMailbox(
            Cause.FOREIGN_ADDRESS,
            "not an e-mail address that we can write to, since letters before the @"
            " are not plain ones (ASCII)",
            email,
        )
    return f"{local}@{domain}"


def writable(emails: Iterable[str], never: Iterable[str] = ()) -> str | None:
    """Return the first of these addresses that mail can be sent to, or None.

    A domain without a dot comes last: its end was probably forgotten. Addresses in
    `never` are left out.
    """
    barred = {fold(one) for one in never}
    found = [one for one in emails if reachable(one) and fold(one) not in barred]
    whole = (one for one in found if "." in mailbox(one).rpartition("@")[2])
    return next(whole, found[0] if found else None)


def readable(email: str) -> str:
    """Return an address as people read it, its domain in its own script."""
    local, _, domain = email.rpartition("@")
    if len(email) > _LONGEST_TYPED or "xn--" not in domain.lower():
        return email
    try:
        shown = f"{local}@{idna.decode(domain)}"
    except UnicodeError:
        return email
    return shown if fold(shown) == fold(email) else email


def masked(email: str) -> str:
    """Return what its owner recognises an address by, and nobody can write to."""
    local, at, domain = email.rpartition("@")
    # A letter may consist of several characters.
    ends = (i for i, one in enumerate(local) if i and not unicodedata.combining(one))
    return f"{local[: next(ends, 0)]}•••{at}{domain}" if at else "•••"


def spellings(email: str) -> tuple[str, ...]:
    """Return the spellings that people may have used, the one typed here first."""
    typed = tidy(email)
    if len(typed) > _LONGEST_TYPED:
        return (typed,)
    plain = fold(typed)
    folded, _, domain = plain.rpartition("@")
    local = typed.rpartition("@")[0] or folded
    letters = readable(plain).rpartition("@")[2]
    domains = (letters, domain, unicodedata.normalize("NFD", letters))
    pairs = [f"{part}@{end}" for end in domains for part in (folded, local)]
    return tuple(dict.fromkeys((typed, *pairs)))


def ascii_domain(domain: str) -> str:
    """Write a domain as servers know it; raise ValueError if it is none."""
    if not domain.isascii():
        mapped = idna.uts46_remap(domain, std3_rules=False, transitional=False)
        domain = ".".join(
            label if label.isascii() else idna.alabel(label).decode()
            for label in mapped.split(".")
        )
    domain = domain.removesuffix(".")
    if len(domain) > _LONGEST_DOMAIN or not _DOMAIN.fullmatch(domain):
        raise ValueError
    return domain


def _parts(email: str) -> tuple[str, str]:
    """Split an address: composed letters before the @, ASCII after it."""
    local, _, domain = email.partition("@")
    if len(email) > _LONGEST_TYPED or not _LOCAL.fullmatch(local):
        raise ValueError
    local, domain = unicodedata.normalize("NFC", local), ascii_domain(domain)
    size = len(local.encode())
    if (
        not local.isprintable()
        or size > _LONGEST_LOCAL
        or size + 1 + len(domain) > _LONGEST
    ):
        raise ValueError
    return local, domain


def _shown(email: str) -> str:
    return f"“{laid_bare(email[:100])}”"
