"""How much of a chat a look reads again."""

from datetime import timedelta

from ticket24.domain.tickets.model import Source, Ticket

# How long messages may be edited (more.md 0.2), by clocks that may be half a day apart,
# and how many of them are read again at most.
_EDITABLE = timedelta(days=3, hours=14)
_MOST_AGAIN = 150


def chat_window(before: Ticket | None, overlap: int) -> int:
    """Return the id after which to read a chat, 0 to read all of it.

    Edits and deletions on the new task card raise no event (methods.md 3.1). So the
    last `overlap` messages are read again, and those that can still be edited, as many
    as fit on one page.
    """
    if before is None:
        return 0
    fixed = before.looked_at - _EDITABLE
    chat = [m for m in before.messages if m.key.source is Source.CHAT]
    ids = sorted(m.key.id for m in chat)
    first = min((m.key.id for m in chat if m.at > fixed), default=0)
    recent = sum(id_ >= first for id_ in ids) if first else 0
    again = max(overlap, min(recent, _MOST_AGAIN))
    return ids[-again - 1] if len(ids) > again else 0


def oldest_in_chat(before: Ticket | None) -> int:
    """Return the id of the oldest chat message that we know, or 0."""
    messages = before.messages if before else ()
    ids = [m.key.id for m in messages if m.key.source is Source.CHAT]
    return min(ids, default=0)
