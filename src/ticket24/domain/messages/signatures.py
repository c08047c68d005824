"""The link "Open in Ticket24" that ends what we write for customers in Bitrix24.

Its address leads to the ticket and bears the mark of the command that wrote it. By the
address we know our own work, on whatever host it was and whatever the label says:
addresses of servers change, and Bitrix24's editor writes tags in small letters.

Versions up to 2026-11 wrote "· ticket24" behind the name, and a line "ticket24 · mark".
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from ticket24.domain.messages import quotes
from ticket24.domain.settings.model import Language

# What was written once is recognised for ever: change a label, and keep the old one.
LABELS: Mapping[Language, str] = {
    "en": "Open in Ticket24",
    "de": "In Ticket24 öffnen",
    "pt": "Abrir no Ticket24",
}

# The mark in an address, also where something puts the address into another one.
LINK = (
    r"\[URL=[^\[\]\n]{0,500}?(?:/|%2F)go(?:/|%2F)(?P<mark>[0-9a-f]{16})"
    r"(?![0-9A-Za-z])[^\[\]\n]{0,200}\](?P<label>[^\[\]\n]{0,200})\[/URL\]"
)
_LINK = re.compile(LINK, re.IGNORECASE)
# With the blank lines around it, and the tags of paragraphs in which editors put it.
_FOOTER = re.compile(rf"(?<!\s)\s*+(?:\[P\]\s*+)?{LINK}", re.IGNORECASE)
_PARAGRAPH_END = re.compile(r"\[/P\]", re.IGNORECASE)

# What a quote may keep of it: the label alone, and what earlier versions wrote.
_LABEL = "|".join(map(re.escape, LABELS.values()))
_REMNANT = re.compile(
    r"(?:\n[ \t]*+(?:(?:>|&gt;)++[ \t]*+)?|(?<=[\]>]))"
    rf"(?:{_LABEL}|ticket24 · [\w-]++)[ \t]*+(?=\n|\[/|\Z)"
    r"| · ticket24[ \t]*+(?=\n|\[/|\Z)",
    re.IGNORECASE,
)
_ANY = re.compile("ticket24", re.IGNORECASE)


class Signed(NamedTuple):
    """A text without the links in it, and the mark of the last, which may end it."""

    text: str
    mark: str
    at_end: bool


def signature(public_url: str, slug: str, mark: str, language: Language) -> str:
    """Write the link of an account's command; `mark` has 16 hexadecimal digits."""
    address = f"{public_url}/p/{quote(slug)}/go/{mark}"
    return f"[URL={address}]{LABELS[language]}[/URL]"


def unsigned(text: str) -> Signed | None:
    """Take the links out of what we wrote; None if there are none.

    Brackets that customers type are no tags, so a link in their words is ours.
    """
    links = [*_LINK.finditer(text)]
    if not links:
        return None
    last = links[-1]
    at_end = not _PARAGRAPH_END.sub("", text[last.end() :]).strip()
    return Signed(_FOOTER.sub("", text), last["mark"].lower(), at_end)


def marks_in(text: str) -> set[str]:
    """Return the marks of the links in a text."""
    return {found["mark"].lower() for found in _LINK.finditer(text)}


def links_in(text: str) -> str:
    """Return the links in a text, and nothing else of it."""
    return "".join(found[0] for found in _LINK.finditer(text))


def without(text: str) -> str:
    """Return what staff wrote, without signatures that they quoted or copied.

    A link with words of their own stays: they want it to be followed.
    """
    if not _ANY.search(text):
        return text
    lines = quotes.in_lines(text)
    labels = {label.casefold() for label in LABELS.values()}
    shown = _FOOTER.sub(
        lambda one: "" if one["label"].strip().casefold() in labels else one[0], lines
    )
    for quote_ in reversed(quotes.quotes(shown)):
        body = _REMNANT.sub("", quote_.body)
        shown = shown[: quote_.start] + body + shown[quote_.end :]
    return text if shown == lines else shown
