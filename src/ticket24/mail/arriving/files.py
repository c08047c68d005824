"""The files of a mail: their names, and which of them are worth a line."""

import mimetypes
from collections.abc import Sequence
from dataclasses import replace

from ticket24.domain.arrivals.model import Attachment
from ticket24.domain.commands.files import file_name, picture_type
from ticket24.mail.arriving import heads
from ticket24.mail.arriving.bodies import content
from ticket24.mail.arriving.parts import Part, head_of

# Invitations, cards of people, and signatures of the mail itself.
_FOLDED = frozenset(
    {"text/calendar", "application/ics", "text/vcard", "text/x-vcard"}
    | {"text/directory", "application/pgp-signature", "application/pgp-keys"}
    | {"application/pkcs7-signature", "application/x-pkcs7-signature"}
    | {"application/pgp-encrypted", "application/applefile"}
)
_FOLDED_ENDINGS = (".ics", ".vcf", ".p7s", ".asc")
# Of the pictures in the text, those that show nothing: rules, dots, icons.
_TINY_BYTES = 1_500
_ENDINGS = {"application/ms-tnef": ".dat", "application/pkcs7-mime": ".p7m"}


def attached(part: Part, *, inline: bool) -> Attachment:
    """Return a part as a file; `inline` says that the text shows where it belongs."""
    held = content(part)
    name = _name(part)
    folded = (
        part.type in _FOLDED
        or name.lower().endswith(_FOLDED_ENDINGS)
        or (inline and len(held) < _TINY_BYTES)
    )
    return Attachment(
        name,
        picture_type(held[:64]) or part.type,
        held,
        content_id(part),
        inline,
        folded,
    )


def is_outlooks(file: Attachment) -> bool:
    """Whether it is the file into which Outlook puts others."""
    return file.type == "application/ms-tnef" or file.name.lower() == "winmail.dat"


def of_outlook(name: str, content: bytes) -> Attachment:
    """Return a file that was inside of it."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    folded = name.lower().endswith(_FOLDED_ENDINGS)
    type_ = picture_type(content[:64]) or kind
    return Attachment(file_name(name), type_, content, folded=folded)


def content_id(part: Part) -> str:
    """Return the id by which HTML names a part, "" if it has none."""
    return part.head.get("content-id").strip().strip("<>")


def said_name(part: Part) -> str:
    """Return the name that a part has in its head, as it came."""
    found = part.head.parameter("filename", "content-disposition")
    return heads.words(found or part.head.parameter("name"))


def _name(part: Part) -> str:
    if said := said_name(part):
        return file_name(said)
    if part.type == "message/rfc822":
        subject = heads.words(head_of(content(part)).get("subject"))
        return file_name(f"{subject or 'mail'}.eml")
    ending = _ENDINGS.get(part.type) or mimetypes.guess_extension(part.type) or ""
    return f"{'picture' if part.type.startswith('image/') else 'file'}{ending}"


def named_apart(files: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """Return files of which no two have one name, so that each has its place."""
    taken: set[str] = set()
    found = []
    for file in files:
        stem, dot, ending = file.name.rpartition(".")
        name, number = file.name, 1
        while name in taken:
            number += 1
            name = f"{stem or ending} ({number}){dot}{ending if stem else ''}"
        taken.add(name)
        found.append(replace(file, name=name))
    return tuple(found)
