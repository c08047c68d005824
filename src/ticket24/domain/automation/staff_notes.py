"""Who of the staff is told what by the company's automation.

Each note and each mail is a command of its own, whose id is made of the cause and the
person. So one that fails holds up no other, and none is asked for twice.
"""

from collections.abc import Iterator
from datetime import timedelta

from ticket24.domain.accounts.model import Account
from ticket24.domain.arrivals.gestures.thanks import only_thanks
from ticket24.domain.automation.ends import last_word
from ticket24.domain.commands.after_the_end import is_unasked
from ticket24.domain.commands.model import MoveCard, MoveTicket, TellStaff
from ticket24.domain.messages.voices import split_customer_line
from ticket24.domain.tickets.descriptions import parse_bbcode, restored
from ticket24.domain.tickets.model import Message, Status, Ticket, Voice
from ticket24.domain.tickets.ratings import solved_at

_RESTING = {Status.IN_REVIEW, Status.DEFERRED}


def of_new(after: Ticket, responsible_id: int, account: Account) -> Iterator[TellStaff]:
    """Tell of a new ticket whoever shall hear of it, except those who made it."""
    settings = account.settings
    from_portal = bool(parse_bbcode(after.description).mark)
    creator_id = settings.department(after.group_id).creator_id or account.user_id
    roles = {"responsible": responsible_id, "creator": creator_id}
    knowing = set() if from_portal else {*after.acted_by}
    automation = settings.automation
    for by, told in (("note", automation.push), ("mail", automation.mail)):
        persons = [roles[one] if isinstance(one, str) else one for one in told]
        for user_id in dict.fromkeys(persons):
            if user_id and user_id not in knowing:
                yield TellStaff(
                    f"{by}-{after.ref.task_id}-{user_id}",
                    after.ref,
                    after.looked_at,
                    user_id,
                    "mail" if by == "mail" else "note",
                    "created",
                )


def of_replies(
    before: Ticket, after: Ticket, account: Account
) -> Iterator[MoveTicket | MoveCard | TellStaff]:
    """Let a customer's reply open or wake a ticket that rests, and tell its person.

    Of several replies the last one counts.
    """
    settings = account.settings
    reply = _last_reply(before, after)
    if reply is None:
        return
    cause = f"{after.ref.task_id}-{reply.key}"
    settled = before.status is after.status  # Else staff may have read it.
    lately = _ended_lately(after, settings.ends.reopen_within)
    if (settled or _ended(before)) and lately and not _thanks(reply, after):
        yield MoveTicket(f"reopen-{cause}", after.ref, 0, "", after.looked_at, "open")
    if not settings.automation.reply_resumes:
        return
    resting = settled and after.status in _RESTING
    if resting:
        yield MoveTicket(
            f"resume-{cause}", after.ref, 0, "", after.looked_at, "resumed"
        )
    stages = settings.department(after.group_id).stages
    finished = after.stage_id in {stages.review, stages.completed} - {0}
    moves = settings.automation.completed_to_stage and (
        resting or (finished and after.status is Status.IN_PROGRESS)
    )
    if moves and stages.in_progress not in {0, after.stage_id}:
        yield MoveCard(f"card-{cause}", after.ref, after.looked_at, stages.in_progress)
    if after.responsible_id:
        yield TellStaff(
            f"note-{cause}-{after.responsible_id}",
            after.ref,
            after.looked_at,
            after.responsible_id,
            "note",
            "replied",
        )


def _thanks(reply: Message, ticket: Ticket) -> bool:
    """Whether a customer only says thanks, perhaps to somebody by name."""
    split = split_customer_line(reply.text)
    names = {message.author for message in ticket.messages} | {ticket.responsible}
    said = restored(split[1] if split else reply.text)
    thanks = only_thanks(said, names, unasked=is_unasked(ticket))
    return thanks and not reply.files


def _ended_lately(after: Ticket, days: int) -> bool:
    since = solved_at(after)
    lately = since is not None and after.looked_at - since <= timedelta(days=days)
    return days > 0 and lately


def _ended(before: Ticket) -> bool:
    """Whether we were ending it for want of the answer that came."""
    last = last_word(before)
    return last is not None and before.ended == last.key


def _last_reply(before: Ticket, after: Ticket) -> Message | None:
    """Return the customer's last message if it is new, or has just been ruled hers."""
    known = {m.key for m in before.messages if m.voice is Voice.CUSTOMER}
    for message in reversed(after.messages):
        new = message.key not in known and not after.is_history(message.key)
        if new and message.voice is Voice.CUSTOMER and message.public:
            return message
    return None
