"""A ticket whose customer has not answered is completed, unless he just has."""

import structlog

from ticket24.bitrix.tickets import moving
from ticket24.domain.commands.model import EndTicket
from ticket24.domain.tickets.ends import last_word
from ticket24.domain.tickets.model import Source, Ticket
from ticket24.flows.commands.carrying import Work

log = structlog.get_logger()


async def end_ticket(work: Work, command: EndTicket) -> None:
    """Complete the task if staff's message is still the last word."""
    kept = await work.stores.tickets.get(command.ref)
    if kept is None or await _answered(work, command, kept):
        log.info("ticket_not_ended", account=work.account.slug, id=command.id)
        return
    await moving.complete(work.bitrix, command.ref.task_id)


async def _answered(work: Work, command: EndTicket, kept: Ticket) -> bool:
    """Whether somebody has spoken since: a reply may have been posted a moment ago."""
    last = last_word(kept)
    if last is None or last.key != command.asked:
        return True
    for source in Source:
        known = [m.key.id for m in kept.messages if m.key.source is source]
        posted = await work.stores.commands.posted(command, source)
        if posted > max(known, default=0):
            return True
    return False
