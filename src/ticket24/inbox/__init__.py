"""The process by which mail comes in: it is taken, stored, and then judged.

Any number may run; a mail that one of them stored and did not settle is another's.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

import structlog
from redis.exceptions import RedisError

from ticket24 import systemd
from ticket24.build import build
from ticket24.domain.running.presence import Role
from ticket24.inbox.imap import Fetching, NotTaken
from ticket24.inbox.judging import Judging
from ticket24.inbox.lmtp import Reception, listening_at
from ticket24.inbox.parts import InboxParts, open_inbox
from ticket24.settings import Settings
from ticket24.store.arrivals.mails import ArrivalsFull
from ticket24.store.running.presence import present
from ticket24.store.running.trouble import explained
from ticket24.ways_in import ImapAddress, LmtpPlace
from ticket24.worker.loops import Bell, turns

log = structlog.get_logger()

# How long the thread of a mailbox waits until a mail is stored.
_STORING_SECONDS = 60.0


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
        if settings.imap_url:
            fetching = Fetching(
                ImapAddress.parse(settings.imap_url.get_secret_value()),
                _storing(parts, bell),
                most_bytes=settings.mail_bytes,
            )
            fetching.start()
            stack.push_async_callback(asyncio.to_thread, fetching.thread.join, 5.0)
            stack.callback(fetching.stop)
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


def _storing(parts: InboxParts, bell: Bell) -> Callable[[bytes, list[str]], None]:
    """Return what stores a mail for the thread of a mailbox."""
    loop = asyncio.get_running_loop()

    async def store(raw: bytes, recipients: list[str]) -> None:
        ours = [one for one in recipients if parts.replies.fits(one)]
        id_ = await parts.stores.arrivals.keep(raw, ours)
        log.info("mail_kept", id=id_[:12], size=len(raw))
        bell.ring()

    def keep(raw: bytes, recipients: list[str]) -> None:
        under_way = asyncio.run_coroutine_threadsafe(store(raw, recipients), loop)
        try:
            under_way.result(_STORING_SECONDS)
        except ArrivalsFull:
            raise NotTaken("too much waits to be judged") from None
        except (RedisError, OSError) as error:
            raise NotTaken(explained(error)) from None

    return keep


async def run(settings: Settings) -> None:
    """Take mail in until SIGTERM or SIGINT."""
    stop = systemd.stop_on_signals()
    async with open_inbox(settings) as parts:
        await take_mail(parts, stop)
