"""A ticket whose customer has not answered is completed, if that is still true."""

from datetime import UTC, datetime, timedelta

import structlog

from ticket24.bitrix.tickets import moving, posting
from ticket24.domain.automation.ends import reminder_id, unanswered
from ticket24.domain.commands.model import EndTicket, PostReply, Progress
from ticket24.domain.news.addressing import written_to
from ticket24.domain.news.gathering import digests_of
from ticket24.domain.tickets.model import Source, Ticket
from ticket24.domain.tickets.moves import Mover
from ticket24.domain.tickets.states import counted
from ticket24.flows.commands.carrying import Work
from ticket24.store.letters.parked import Sort

log = structlog.get_logger()

# An end that is called off is decided again after this long, if the ticket still waits.
_AGAIN = timedelta(days=1)


async def end_ticket(work: Work, command: EndTicket) -> None:
    """Complete the task if nothing has happened since the end was decided.

    Nobody may have said or done anything, here or in Bitrix24, and the reminder has to
    be on its way: one that waits for the mail server reminds nobody.
    """
    ref = command.ref
    kept = await work.stores.tickets.get(ref)
    if kept is None or await _called_off(work, command, kept):
        log.info("ticket_not_ended", account=work.account.slug, id=command.id)
        await work.stores.alarms.set(ref, datetime.now(UTC) + _AGAIN)
        return
    await work.stores.commands.note_mover(ref, Mover("", "completed"))
    await moving.complete(work.bitrix, ref.task_id)


async def _called_off(work: Work, command: EndTicket, kept: Ticket) -> bool:
    asked = unanswered(kept)
    if asked is None or asked.key != command.asked:
        return True
    if not work.account.settings.ends.close_after:
        return True
    return (
        await _replied(work, command, kept)
        or await _not_reminded(work, command, kept)
        or await _moved(work, kept)
    )


async def _replied(work: Work, command: EndTicket, kept: Ticket) -> bool:
    """Whether the customer has replied: just posted, waiting, or set aside."""
    commands = work.stores.commands
    for source in Source:
        known = [m.key.id for m in kept.messages if m.key.source is source]
        if await commands.posted(command, source) > max(known, default=0):
            return True
    waiting = await commands.waiting(work.account.id, kept.contact_ids)
    return any(
        isinstance(one.command, PostReply)
        and one.command.ref == kept.ref
        and one.progress is not Progress.DONE
        for one in waiting
    )


async def _not_reminded(work: Work, command: EndTicket, kept: Ticket) -> bool:
    """Whether a reminder has not gone out, was refused, or came back."""
    stores, id_ = work.stores, work.account.id
    start = reminder_id(kept, command.asked)
    starts = (start, *map(digests_of, kept.contact_ids))
    letters = await stores.outbox.begun(id_, starts)
    for one in kept.contact_ids:
        letters += await stores.gathered.letters(id_, one)
    shelf = tuple(f"{Sort.MAIL}-{one}" for one in starts)
    parked = [one for one in await stores.parked.ids(id_) if one.startswith(shelf)]
    letters += (await stores.untold.get_mails(id_, parked)).values()
    letters += [part for one in letters for part in one.parts]
    if any(letter.id.startswith(start) for letter in letters):
        return True
    customers = await stores.customers.get_all(id_, kept.contact_ids)
    for email in filter(None, map(written_to, customers.values())):
        if await stores.returned.words(id_, email) is not None:
            return True
    return False


async def _moved(work: Work, kept: Ticket) -> bool:
    """Whether somebody wrote or moved the task in Bitrix24, and no look has seen it."""
    ref, now = kept.ref, kept.looked_at
    row = await posting.read_task(work.bitrix, ref.account, ref.task_id, now)
    if row is None:
        return True
    there = counted(row.ticket, work.account)
    seen = (kept.status, kept.in_bitrix24, kept.active_at)
    return (there.status, there.in_bitrix24, there.active_at) != seen
