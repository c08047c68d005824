"""What somebody's mails have in common: how they end, and the logos in them."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ticket24.domain.arrivals.endings import MailEnding
from ticket24.domain.arrivals.model import Attachment

# A logo, an icon, a picture of whoever signs; a screenshot is larger.
_TINY_BYTES = 40_000
_OFTEN = 2
_MOST_LOGOS = 20


@dataclass(frozen=True, slots=True)
class Habit:
    """What is remembered of one mail: how it ended, and digests of its tiny pictures.

    `mail` names it, so that what is judged twice counts once.
    """

    mail: str
    ending: MailEnding = ()
    logos: tuple[str, ...] = ()


def habit(mail: str, ending: MailEnding, attachments: Iterable[Attachment]) -> Habit:
    """Return what is to be remembered of a mail."""
    logos = dict.fromkeys(_digest(one) for one in attachments if _is_tiny(one))
    return Habit(mail, ending, tuple(logos)[:_MOST_LOGOS])


def without_logos(
    attachments: Sequence[Attachment], habits: Sequence[Habit]
) -> tuple[Attachment, ...]:
    """Return files of which those are folded that two earlier mails had alike."""
    return tuple(
        replace(one, folded=True) if _is_seen(one, habits) else one
        for one in attachments
    )


def _is_seen(one: Attachment, habits: Sequence[Habit]) -> bool:
    if not _is_tiny(one):
        return False
    digest = _digest(one)
    return sum(digest in habit.logos for habit in habits) >= _OFTEN


def _is_tiny(one: Attachment) -> bool:
    """Whether it may be a logo: a small picture that the text shows."""
    shown = one.inline and one.type.startswith("image/")
    return shown and len(one.content) < _TINY_BYTES


def _digest(one: Attachment) -> str:
    return hashlib.sha256(one.content).hexdigest()[:16]
