"""Files in a mail, with names that every mail program reads."""

import base64
import mimetypes
from collections.abc import Mapping
from email.message import EmailMessage
from secrets import token_hex

from ticket24.domain.commands.files import file_name
from ticket24.domain.tickets.model import File
from ticket24.mail import head

# Mail programs open these themselves, or take them for parts of the mail.
_PLAIN = ("text/", "message/", "multipart/")
_ANYTHING = "application/octet-stream"


def attach(mail: EmailMessage, files: Mapping[File, bytes]) -> None:
    """Put files below all that a mail says; what was set in its head stays there."""
    if not files:
        return
    language = mail["Content-Language"]
    mail.make_mixed(f"=_{token_hex(12)}")  # Never in base64.
    if language:
        mail["Content-Language"] = language
    for file, content in files.items():
        mail.attach(_part(file_name(file.name), content))


def has_files(mail: EmailMessage) -> bool:
    """Whether there are files in a mail, besides pictures that its words show."""
    return bool(mail.get_content_type() == "multipart/mixed")


def _part(name: str, content: bytes) -> EmailMessage:
    part = head.new_mail()
    kind = mimetypes.guess_type(name)[0] or _ANYTHING
    kind = _ANYTHING if kind.startswith(_PLAIN) else kind
    part["Content-Type"] = head.with_name("Content-Type", kind, "name", name)
    part["Content-Disposition"] = head.with_name(
        "Content-Disposition", "attachment", "filename", name
    )
    part["Content-Transfer-Encoding"] = "base64"
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    part.set_payload(encoded.decode("ascii"))
    return part
