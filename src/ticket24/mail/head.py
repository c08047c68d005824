"""The head of a mail, written by ourselves, and not parsed again on its way out.

Python's header classes decode encoded words (RFC 2047) in everything that they are
given, so a stranger's `=?utf-8?q?x=0D=0ABcc=3A_...?=` would become lines of our head.
Here such words are encoded once more, like everything that is not plain, and the lines
stay as they are.
"""

import re
import textwrap
from email import base64mime, quoprimime
from email.message import EmailMessage
from email.policy import EmailPolicy
from urllib.parse import quote

from ticket24.domain.customers.mailboxes import NoMailbox
from ticket24.domain.lines import one_line
from ticket24.domain.tickets.reasons import Cause

# RFC 2047 allows a line 76 characters if it has an encoded word, and such a word 75.
_ENCODED_LINE = 76
_LINE = 78
_FOLD = "\r\n "
_FRAME = len("=?utf-8?q??=")

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ATOMS = re.compile(rf"{_ATOM}(?: {_ATOM})*")
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTABLE = re.compile(r"[A-Za-z0-9 !#$%&'()*+,./=?^_`{|}~-]{1,60}")
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+")
_DOMAIN = re.compile(r"[A-Za-z0-9._-]+")

_WRITTEN = re.compile(r"[ -~]*(?:\r\n [!-~][ -~]*)*")


class _AsWritten(EmailPolicy):
    """Keeps and sends each header exactly as it was set.

    Raises ValueError for one that is not ASCII, or would be more than one header.
    """

    def header_store_parse(self, name: str, value: object) -> tuple[str, str]:
        if not (isinstance(value, str) and _WRITTEN.fullmatch(value)):
            raise ValueError(f"not what the header {name} may hold: {value!r}")
        return name, value

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002
        return value

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}\r\n"

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


AS_WRITTEN = _AsWritten(linesep="\r\n", cte_type="7bit")


def new_mail() -> EmailMessage:
    """Begin a mail whose headers leave as they are set: each must be ASCII, folded."""
    return EmailMessage(policy=AS_WRITTEN)


def text(header: str, words: str) -> str:
    """Return any words as the value of a header that contains text."""
    words = one_line(words)
    begun = len(header) + len(": ")
    if words.isascii() and "=?" not in words:
        folded = _folded(words, begun)
        if folded is not None:
            return folded
    return _encoded(words, begun)


def mailbox(header: str, name: str, address: str) -> str:
    """Return an address, with a name of any words before it, as a header's value.

    Raises ValueError for text that is not an address, and for one that a program which
    decodes too much would read differently.
    """
    local, _, domain = address.rpartition("@")
    if "=?" in local or not (_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise NoMailbox(Cause.NO_ADDRESS, "not an e-mail address", address)
    if not _DOT_ATOM.fullmatch(local):
        address = f'"{local}"@{domain}'
    name = one_line(name)
    if not name:
        return address

    phrase = _phrase(name, len(header) + len(": "))
    last = f"{header}: {phrase}".rpartition("\n")[2]
    fits = len(f"{last} <{address}>") <= _ENCODED_LINE
    return f"{phrase}{' ' if fits else _FOLD}<{address}>"


def with_name(header: str, value: str, parameter: str, name: str) -> str:
    """Return a header's value with a name of any words as its parameter.

    In a disposition those that are not plain are written as RFC 2231 has it, else as
    encoded words: what reads one of the two headers only knows that way.
    """
    if "=?" not in name and _QUOTABLE.fullmatch(name):
        return f'{value};{_FOLD}{parameter}="{name}"'
    if header != "Content-Disposition":
        return f'{value};{_FOLD}{parameter}="{_encoded(name, len(parameter) + 4)}"'
    parts, space = [""], _ENCODED_LINE - len(f" {parameter}*99*=utf-8'';")
    for character in name:
        more = quote(character, safe="", errors="replace")
        if len(parts[-1]) + len(more) > space:
            parts.append("")
        parts[-1] += more
    first, *others = parts
    lines = [f"{parameter}*0*=utf-8''{first}"]
    lines += [f"{parameter}*{place}*={one}" for place, one in enumerate(others, 1)]
    if not others:
        lines = [f"{parameter}*=utf-8''{first}"]
    return f";{_FOLD}".join([value, *lines])


def _phrase(name: str, begun: int) -> str:
    """Return a name in the form for an address: atoms, quoted, or encoded.

    A quoted name contains nothing that a careless program takes for an address.
    """
    if "=?" not in name:
        folded = _folded(name, begun)
        if folded is not None and _ATOMS.fullmatch(name):
            return folded
        if _QUOTABLE.fullmatch(name):
            return f'"{name}"'
    return _encoded(name, begun)


def _folded(words: str, begun: int) -> str | None:
    """Break words into lines at spaces; None if one of them is too long."""
    lines = textwrap.wrap(
        words,
        _LINE,
        initial_indent=" " * begun,
        subsequent_indent=" ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    if any(len(line) > _LINE for line in lines):
        return None
    return _FOLD.join(line.strip() for line in lines)


def _encoded(words: str, begun: int) -> str:
    """Write words as encoded ones of whole characters, in the shorter of two ways."""
    whole = words.encode()
    shorter = quoprimime.header_length(whole) <= base64mime.header_length(whole)
    way = quoprimime if shorter else base64mime

    encoded, part, space = [], b"", _ENCODED_LINE - begun
    for character in words:
        more = part + character.encode()
        if part and way.header_length(more) + _FRAME > space:
            encoded.append(way.header_encode(part, "utf-8"))
            more, space = character.encode(), _ENCODED_LINE - len(" ")
        part = more
    encoded.append(way.header_encode(part, "utf-8"))
    return _FOLD.join(encoded)
