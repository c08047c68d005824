"""Which parts of a mail are its words, and which are files."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from ticket24.domain.arrivals.gestures.reactions import is_emoji, reaction_in
from ticket24.domain.arrivals.model import Attachment, Trouble
from ticket24.domain.lines import visible
from ticket24.mail.arriving import files, opaque
from ticket24.mail.arriving.bodies import text
from ticket24.mail.arriving.html_words import html_words
from ticket24.mail.arriving.outlook import InOutlooks, unfolded
from ticket24.mail.arriving.parts import Part

# Exchange makes "mixed" of the type that says the same of the whole mail.
_ENCRYPTED = opaque.TYPES | {"application/pgp-encrypted"}
_ARMOURED = "-----BEGIN PGP MESSAGE-----"
# A text that is signed in itself: its head, the dashes that it doubles, its signature.
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----\n"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n", "-----END PGP SIGNATURE-----"
_DASHED = re.compile(r"^- (?=-)", re.MULTILINE)
# What Gmail sends for an emoji below a mail, and for others the words that it did so:
# https://developers.google.com/workspace/gmail/reactions/format
_REACTION = "text/vnd.google.email-reaction+json"
# Of some mails the plain text only says that they have another one.
_STUB, _TIMES_LONGER = 300, 4
# Of a longer text only the beginning is read as HTML.
MOST_HTML = 2_000_000


@dataclass(slots=True)
class Choosing:
    """The words and the files of one mail."""

    troubles: list[Trouble] = field(default_factory=list)
    files: tuple[Attachment, ...] = ()
    reaction: str = ""
    _places: dict[str, str] = field(default_factory=dict)

    def words(self, whole: Part, name: str = "") -> str:
        """Return all that is written in a mail by somebody, and keep its files."""
        inline = {
            files.content_id(part): part
            for part in whole.leaves()
            if part.type.startswith("image/") and files.content_id(part)
        }
        shown = self._shown(whole, inline)
        filed = [
            files.attached(part, inline=files.content_id(part) in shown)
            for part in _filed(whole)
        ]
        hidden = [
            unfolded(one.content) if files.is_outlooks(one) else None for one in filed
        ]
        pairs = zip(filed, hidden, strict=True)
        held = [one for file, inside in pairs for one in _held(file, inside, whole)]
        named = self.files = files.named_apart(held)
        self._places = {one.content_id: one.place for one in named if one.inline}
        self._note(named)
        # A text with a name is a file, except where nothing else is said.
        parts = self._visible(whole) or self._visible(whole, named=True)
        said = "\n\n".join(parts or _of_outlook(filter(None, hidden)))
        return self._without_reaction(said, name, _reaction(whole))

    def _without_reaction(self, said: str, name: str, emoji: str) -> str:
        """Return what is said; of an emoji below a mail that, without its picture."""
        found = emoji or (None if _others(self.files) else reaction_in(said, name))
        if found is None:
            return said
        self.reaction, self.files = found, ()
        return found

    def _shown(self, whole: Part, inline: dict[str, Part]) -> set[str]:
        """Return the content ids of pictures that a text of this mail shows."""
        bodies = [one for one in whole.leaves() if _is_text(one, top=one is whole)]
        said = _readings(bodies) if inline else []
        return {one for one in inline if any(_shows(each, one) for each in said)}

    def _note(self, named: tuple[Attachment, ...]) -> None:
        for one in named:
            if one.type in _ENCRYPTED or one.name.lower() == "smime.p7m":
                self.troubles.append(Trouble.ENCRYPTED)
            elif files.is_outlooks(one):
                self.troubles.append(Trouble.OUTLOOK)

    def _note_armour(self, said: str) -> None:
        if _ARMOURED in said:
            self.troubles.append(Trouble.ENCRYPTED)

    def _visible(self, whole: Part, *, named: bool = False) -> list[str]:
        said = self._said(whole, named=named or not whole.parts)
        return [one for one in said if visible(one)]

    def _said(self, part: Part, *, named: bool) -> Iterator[str]:
        if part.type == "multipart/alternative" and part.parts:
            yield self._best(part)
        elif part.type == "multipart/encrypted":
            self.troubles.append(Trouble.ENCRYPTED)
        elif part.parts:
            for one in part.parts:
                yield from self._said(one, named=named)
        elif _is_text(part, top=named):
            yield self._read(part)

    def _best(self, part: Part) -> str:
        """Return the plain words, but the HTML's where they say more."""
        leaves = [one for one in part.leaves() if _is_text(one, top=False)]
        plain = "\n\n".join(self._read(one) for one in leaves if not _is_html(one))
        html = [one for one in leaves if _is_html(one)]
        if not html or (visible(plain) and not self._needs_html(html)):
            longer = html and len(plain) < _STUB and self._longer(html, plain)
            return longer or plain
        return "\n\n".join(self._read(one) for one in html)

    def _longer(self, html: list[Part], plain: str) -> str:
        rich = "\n\n".join(self._read(one) for one in html)
        speaks = "html" in plain.casefold() and "html" not in rich.casefold()
        if speaks and visible(rich):
            return rich
        return rich if len(rich) > _TIMES_LONGER * max(len(plain), 50) else ""

    def _needs_html(self, html: list[Part]) -> bool:
        """Whether pictures have their places in it."""
        said = _readings(html) if self._places else []
        return any(_shows(each, one) for one in self._places for each in said)

    def _read(self, part: Part) -> str:
        said = text(part)
        if _is_html(part):
            if len(said) > MOST_HTML:
                self.troubles.append(Trouble.CUT_SHORT)
            said = html_words(said[:MOST_HTML], self._places)
            self._note_armour(said)
            return said
        self._note_armour(said)
        said = _unarmoured(said)
        for content_id, place in self._places.items():
            said = said.replace(f"[cid:{content_id}]", place)
        return said


def _readings(parts: Iterable[Part]) -> list[str]:
    """Return texts, also as they are where their addresses are encoded."""
    said = [text(one) for one in parts]
    return said + [unquote(one) for one in said if "%" in one]


def _shows(html: str, content_id: str) -> bool:
    """Whether a text shows a picture: by its address, or by its name alone."""
    return f"cid:{content_id}" in html or f'src="{content_id}"' in html


def _unarmoured(said: str) -> str:
    """Return a text without what signs it in itself."""
    above, begun, rest = said.partition(_SIGNED)
    inside, signed, below = rest.partition(_SIGNATURE[0])
    _, ended, after = below.partition(_SIGNATURE[1])
    if not (begun and signed and ended):
        return said
    head, empty, words = inside.partition("\n\n")
    words = words if empty and head.startswith("Hash:") else inside
    return above + _DASHED.sub("", words) + after.removeprefix("\n")


def _reaction(whole: Part) -> str:
    """Return the emoji of a mail that says by a part of it that it is one, "" else."""
    for part in whole.leaves():
        if part.type == _REACTION:
            try:
                emoji = str(json.loads(text(part))["emoji"])
            except (ValueError, TypeError, LookupError, RecursionError):
                return ""
            return emoji if is_emoji(emoji) else ""
    return ""


def _others(named: Iterable[Attachment]) -> bool:
    """Whether there are files that are more than a picture in the text."""
    return any(not one.inline for one in named)


def _of_outlook(hidden: Iterable[InOutlooks]) -> Iterator[str]:
    """Yield words that are nowhere but in files of Outlook's."""
    for one in hidden:
        said = html_words(one.html[:MOST_HTML], {}) if one.html else one.text
        if visible(said):
            yield said


def _held(
    file: Attachment, inside: InOutlooks | None, whole: Part
) -> Iterator[Attachment]:
    """Yield a file, or those that Outlook put into it.

    It stays, too, where its words may be nowhere else.
    """
    if inside is None:
        yield file
        return
    words = bool(inside.html or inside.text)
    elsewhere = any(
        _is_text(one, top=one is whole) and visible(text(one)) for one in whole.leaves()
    )
    if not (inside.whole and (words or (inside.files and elsewhere))):
        yield file
    for name, content in inside.files:
        yield files.of_outlook(name, content)


def _filed(whole: Part) -> Iterator[Part]:
    """Yield the parts that are files: all that is not a text to be read."""
    for part in whole.leaves():
        if part.type != _REACTION and not _is_text(part, top=part is whole):
            yield part


def _is_html(part: Part) -> bool:
    return part.type == "text/html"


def _is_text(part: Part, *, top: bool) -> bool:
    if part.type not in {"text/plain", "text/html", "text/enriched", "text/markdown"}:
        return False
    if top:
        return part.head.disposition != "attachment"
    return part.head.disposition != "attachment" and not files.said_name(part)
