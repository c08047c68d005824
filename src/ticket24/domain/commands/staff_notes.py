"""Who of the staff is told what by the company's automation.

Each note and each mail is a command of its own, whose id is made of the cause and the
person. So one that fails holds up no other, and none is asked for twice.
"""

from collections.abc import Iterator
from datetime import timedelta

from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import MoveCard, MoveTicket, TellStaff
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.model import Message, Status, Ticket, Voice

# How much of what a customer wrote a mail repeats, BBCode included.
_MOST_WORDS = 4_000

_RESTING = {Status.IN_REVIEW, Status.DEFERRED}


def of_new(after: Ticket, responsible_id: int, account: Account) -> Iterator[TellStaff]:
    """Tell of a new ticket whoever shall hear of it, except those who made it."""
    settings = account.settings
    opened = parse_bbcode(after.description)
    creator_id = settings.department(after.group_id).creator_id or account.user_id
    roles = {"responsible": responsible_id, "creator": creator_id}
    knowing = set() if opened.mark else {*after.acted_by}
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
                    after.subject,
                    opened.name or after.opened_by,
                    after.group_id,
                    after.tags,
                    opened.text[:_MOST_WORDS],
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
    if _ended_lately(after, settings.ends.reopen_within):
        yield MoveTicket(f"reopen-{cause}", after.ref, 0, "", after.looked_at, "open")
    if not settings.automation.reply_resumes:
        return
    if after.status in _RESTING:
        yield MoveTicket(
            f"resume-{cause}", after.ref, 0, "", after.looked_at, "resumed"
        )
    stage = settings.department(after.group_id).stages.in_progress
    working = after.status in {*_RESTING, Status.IN_PROGRESS}
    moves = settings.automation.completed_to_stage and working
    if moves and stage and stage != after.stage_id:
        yield MoveCard(f"card-{cause}", after.ref, after.looked_at, stage)
    if after.responsible_id:
        yield TellStaff(
            f"note-{cause}-{after.responsible_id}",
            after.ref,
            after.looked_at,
            after.responsible_id,
            "note",
            "replied",
            after.subject,
            reply.author,
            after.group_id,
        )


def _ended_lately(after: Ticket, days: int) -> bool:
    closed_at = after.closed_at or after.status_at or after.changed_at
    lately = after.looked_at - closed_at <= timedelta(days=days)
    return after.status is Status.COMPLETED and days > 0 and lately


def _last_reply(before: Ticket, after: Ticket) -> Message | None:
    known = {message.key for message in before.messages}
    for message in reversed(after.messages):
        new = message.key not in known and not after.is_history(message.key)
        if new and message.voice is Voice.CUSTOMER and message.public:
            return message
    return None
