"""Which messages of a long ticket its page shows; the others are folded.

The latest are always shown, and so is what is new. Whoever asks for a folded message
gets it with its neighbours. All of it is bounded: by number, and by how much was said.

Messages are known by their places, counted from the beginning of the ticket.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ticket24.domain.portal.pages import (
    Earlier,
    PageMessage,
    Seen,
    TicketPage,
    answers,
    is_new,
)
from ticket24.domain.tickets.model import MessageKey

LATEST = 16

# How many new messages are shown at most, and how many neighbours on either side.
MOST = 64

# To fold fewer would only make people press a button.
FEWEST = 8

# However long they are, this many are shown.
_LEAST = 4
_MOST_LETTERS = 24_000

_NUMBER = re.compile("n([0-9]{1,18})")


class Asked(NamedTuple):
    """What somebody asks for: the part around a message, and up to which they need it.

    A page that is open shows another message already, and all that comes after it.
    """

    at: MessageKey | None = None
    until: MessageKey | None = None


NOTHING = Asked()


@dataclass(frozen=True, slots=True)
class Fold:
    """Messages that are folded, from place `start` to before `stop`.

    Asking for the message named `ask` shows those next to where people read: the end of
    what comes first, the beginning of what comes between. `last` names the last of
    them. `new` says that there are new ones among them.
    """

    start: int
    stop: int
    ask: str
    last: str
    new: bool

    def __len__(self) -> int:
        """Count them."""
        return self.stop - self.start


def place_of(page: TicketPage, key: MessageKey | None) -> int | None:
    """Return where a message stands in a page; None if it does not."""
    if key is None:
        return None
    for place, message in enumerate(page.messages, page.earlier.count):
        if message.key == key:
            return place
    return None


def holds(page: TicketPage, key: MessageKey) -> bool:
    """Whether a message is in a ticket, be it among those that its page leaves out.

    Of those only the last is known, but ids rise.
    """
    ids = [one.key.id for one in page.messages if one.key.source is key.source]
    earlier = bool(page.earlier.count and ids) and key.id < min(ids)
    return earlier or key.id in ids


def parts(
    page: TicketPage, seen: Seen, at: int | None = None, until: int | None = None
) -> list[range | Fold]:
    """Return what a page shows and what it folds, in the order of the messages.

    `at` is the place of a message that was asked for; what comes after `until` is then
    not needed.
    """
    shown = [_latest(page, seen)]
    if at is not None and until is not None and at < until:
        shown = [range(until, until + 1)]
    if at is not None and at < shown[0].start:
        shown.insert(0, _around(page, at))
    found: list[range | Fold] = []
    last = range(0)
    for one in shown:
        gap = one.start - last.stop
        if gap < FEWEST and last.stop >= page.earlier.count:
            last = range(last.start, one.stop)  # Nothing would be gained by a fold.
            continue
        if last:
            found.append(last)
        found.append(_fold(page, seen, last.stop, one.start))
        last = one
    return [*found, last]


def latest(page: TicketPage) -> TicketPage:
    """Return a page without those messages that it never shows unless asked."""
    cut = _back(page.messages, len(page.messages), MOST)
    if cut < FEWEST:
        return page
    before, messages = page.messages[:cut], page.messages[cut:]
    named = {number for one in messages for number in _NUMBER.findall(one.text)}
    files = (file for one in before for file in one.files)
    earlier = Earlier(
        cut,
        str(before[-1].key),
        answers(before),
        tuple(file for file in files if str(file.object_id) in named),
    )
    moves = tuple(move for move in page.moves if not 0 < move.place < cut)
    return replace(page, messages=messages, moves=moves, earlier=earlier)


def _latest(page: TicketPage, seen: Seen) -> range:
    messages, missing = page.messages, page.earlier.count
    end = len(messages)
    start = _back(messages, end, LATEST)
    new = start if not _has_new(page.earlier.answers, seen) else 0
    new = next((n for n in range(new) if is_new(messages[n], seen)), new)
    start = max(new, _back(messages, end, MOST))
    return range(missing + start, missing + end)


def _around(page: TicketPage, at: int) -> range:
    messages, missing = page.messages, page.earlier.count
    at -= missing
    start = _back(messages, at, MOST)
    stop = _forth(messages, at, MOST)
    return range(missing + start, missing + stop)


def _fold(page: TicketPage, seen: Seen, start: int, stop: int) -> Fold:
    missing = page.earlier.count
    folded = page.messages[max(start - missing, 0) : max(stop - missing, 0)]
    new = any(is_new(message, seen) for message in folded)
    if start < missing:
        new = new or _has_new(page.earlier.answers, seen)
    last = str(folded[-1].key) if folded else page.earlier.last
    return Fold(start, stop, str(folded[0].key) if start else last, last, new)


def _has_new(answered: Seen, seen: Seen) -> bool:
    return answered.forum > seen.forum or answered.chat > seen.chat


def _back(messages: Sequence[PageMessage], end: int, most: int) -> int:
    """Return where the last of these messages before `end` begin."""
    start, letters = end, 0
    while start > max(end - most, 0):
        letters += len(messages[start - 1].text)
        if letters > _MOST_LETTERS and end - start >= _LEAST:
            break
        start -= 1
    return start


def _forth(messages: Sequence[PageMessage], start: int, most: int) -> int:
    """Return where the first of these messages from `start` on end."""
    stop, letters = start, 0
    while stop < min(start + most, len(messages)):
        letters += len(messages[stop].text)
        if letters > _MOST_LETTERS and stop - start >= _LEAST:
            break
        stop += 1
    return stop
