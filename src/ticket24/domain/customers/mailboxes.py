"""E-mail addresses: which of them are equal, and which mailbox a mail goes to.

Two addresses are equal exactly if our mail to them goes to one mailbox: so nobody who
reads a mailbox can be taken for the owner of another. Whatever compares addresses,
writes to them or looks them up does it with what stands here.

Domains become ASCII by UTS 46 without transitional mappings: ß stays ß, and
`straße.example` is another's domain than `strasse.example`. Python's codec `idna` is
older, and sends mail for the one to the other. Before the @ nothing but the case of
A to Z is the same: servers may tell all other letters apart.
"""

import re
import unicodedata
from collections.abc import Iterable

import idna

from ticket24.domain.lines import laid_bare, pasted

_LONGEST = 254
_LONGEST_LOCAL = 64
_LONGEST_DOMAIN = 253

# More than this is no address, whatever it may shrink to.
_LONGEST_TYPED = 1_000

# The last three become ASCII when their letters are composed (NFC): no mailbox has
# them, and they shall not pass for what they become. Nor has one =?, where many
# programs begin to decode what they should leave alone.
_LOCAL = re.compile(r"(?!.*=\?)[^\s@\[\]<>()\",;:\\\x00-\x1f\x7f\u037e\u1fef\u212a]+")
_DOMAIN = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")

# Ends of domains that mean something at home, or nothing (RFC 6761, 6762, 7686, 9476).
_NOWHERE = frozenset({"alt", "arpa", "invalid", "local", "localhost", "onion"})


def tidy(email: str) -> str:
    """Return an address as it was typed, without what nobody sees."""
    return pasted(email)


def fold(email: str) -> str:
    """Return the one spelling by which addresses are compared and found.

    What is no address equals itself alone.
    """
    email = tidy(email)
    try:
        local, domain = _parts(email)
    except ValueError:
        return email
    # Bytes know the case of ASCII only.
    return f"{local}@{domain}".encode().lower().decode()


def spelled(email: str, emails: Iterable[str]) -> str | None:
    """Return that of these addresses that is this one, as it is spelled there."""
    wanted = fold(email)
    return next((one for one in emails if wanted and fold(one) == wanted), None)


def plausible(email: str) -> bool:
    """Whether this can be an address at all.

    What passes holds no bracket, so Bitrix24 takes nothing in it for a
    reference to another command of a batch.
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
    """Whether it is `reachable`, and can be somebody's anywhere in the world.

    What only our own network knows is no address that a stranger may name.
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


def mailbox(email: str) -> str:
    """Return the address as every mail server takes it: in ASCII, its case kept.

    ValueError where it is none, or where the part before the @ is not ASCII.
    """
    try:
        local, domain = _parts(tidy(email))
    except ValueError:
        raise ValueError(f"not an e-mail address: {_shown(email)}") from None
    if not local.isascii():
        raise ValueError(
            "not an e-mail address that we can write to, since letters before the @"
            f" are not plain ones (ASCII): {_shown(email)}"
        )
    return f"{local}@{domain}"


def writable(emails: Iterable[str], never: Iterable[str] = ()) -> str | None:
    """Return the first of these addresses that mail can be sent to, if there is one.

    A domain without a dot is mostly one whose end was forgotten: it comes last.
    """
    barred = {fold(one) for one in never}
    found = [one for one in emails if reachable(one) and fold(one) not in barred]
    whole = (one for one in found if "." in mailbox(one).rpartition("@")[2])
    return next(whole, found[0] if found else None)


def readable(email: str) -> str:
    """Return an address as people read it: its domain in its own letters."""
    local, _, domain = email.rpartition("@")
    if len(email) > _LONGEST_TYPED or "xn--" not in domain.lower():
        return email
    try:
        shown = f"{local}@{idna.decode(domain)}"
    except UnicodeError:
        return email
    return shown if fold(shown) == fold(email) else email


def spellings(email: str) -> tuple[str, ...]:
    """Return how this address may stand where people typed it, as typed here first."""
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
    """Take an address apart: before the @ composed letters, behind it ASCII."""
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
