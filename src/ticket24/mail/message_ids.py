"""The names of our mails, by which answers find their ticket without a token.

All mails of a ticket to one recipient form one conversation, which has a name of its
own; each mail's name ends with the beginning of that. All of it is made of the
account's id, which nobody outside knows.
"""

import hashlib
import json
import re
from collections.abc import Iterable

from ticket24.domain.tickets.model import TicketRef

_TAG = 16
_OURS = re.compile(r"<?(?:ticket\.|[a-z]+\.[0-9a-f]{32}\.)([0-9a-f]{16})[0-9a-f@]")


def conversation(ref: TicketRef, recipient: str, domain: str) -> str:
    """Name the conversation of a ticket and a recipient: no mail of it was sent."""
    return f"<ticket.{_digest('ticket', *_parts(ref, recipient))}@{domain}>"


def of_news(kind: str, ref: TicketRef, recipient: str, about: str, domain: str) -> str:
    """Name a mail, so that the same news to the same recipient has the same name."""
    parts = _parts(ref, recipient)
    return f"<{kind}.{_digest(kind, *parts, about)}.{tag(ref, recipient)}@{domain}>"


def of_picture(ref: TicketRef, recipient: str, number: int, domain: str) -> str:
    """Name a picture that a mail shows."""
    return f"<picture.{_digest('picture', *_parts(ref, recipient), number)}@{domain}>"


def tag(ref: TicketRef, recipient: str) -> str:
    """Return what the name of each mail of a conversation contains."""
    return _digest("ticket", *_parts(ref, recipient))[:_TAG]


def tags_in(message_ids: Iterable[str]) -> set[str]:
    """Return the tags of the conversations that these mails belong to, if ours."""
    found = (_OURS.match(one) for one in message_ids)
    return {one[1] for one in found if one}


def _parts(ref: TicketRef, recipient: str) -> tuple[object, ...]:
    return ref.account, ref.task_id, recipient


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
