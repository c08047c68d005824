"""The process by which mail comes in: it is taken, stored, and then judged.

Any number may run; a mail that one of them stored and did not settle is another's.
"""

import asyncio
from contextlib import AsyncExitStack

import structlog

from ticket24 import systemd
from ticket24.build import build
from ticket24.domain.running.presence import Role
from ticket24.inbox.judging import Judging
from ticket24.inbox.lmtp import Reception, listening_at
from ticket24.inbox.parts import InboxParts, open_inbox
from ticket24.settings import Settings
from ticket24.store.running.presence import present
from ticket24.ways_in import LmtpPlace
from ticket24.worker.loops import Bell, turns

log = structlog.get_logger()


async def take_mail(parts: InboxParts, stop: asyncio.Event) -> None:
    """Take mail in until `stop` is set; settle what is under way, then return."""
    bell = Bell()
    judging = Judging(parts)
    settings = parts.settings

    async def ring_at_stop() -> None:
        await stop.wait()
        systemd.stopping()
        bell.ring()

    async with AsyncExitStack() as stack:
        if settings.lmtp:
            reception = Reception(
                parts.stores.arrivals, parts.replies, parts.mailbox, bell.ring
            )
            place = LmtpPlace.parse(settings.lmtp)
            await stack.enter_async_context(
                listening_at(place, reception, settings.mail_bytes)
            )
        log.info("inbox_started", inbox=parts.name, build=build())
        systemd.ready()
        async with (
            present(
                parts.stores.presence,
                parts.name,
                Role.INBOX,
                besides=parts.stores.counted.carry,
            ),
            asyncio.TaskGroup() as running,
        ):
            running.create_task(ring_at_stop())
            running.create_task(
                turns(
                    *("judging", judging.turn, bell),
                    pause_seconds=parts.pace.turn_seconds,
                    stop=stop,
                )
            )
    log.info("inbox_stopped", inbox=parts.name)


async def run(settings: Settings) -> None:
    """Take mail in until SIGTERM or SIGINT."""
    stop = systemd.stop_on_signals()
    async with open_inbox(settings) as parts:
        await take_mail(parts, stop)
