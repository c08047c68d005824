"""The loops that do the work: dispatch, look, submit, mail, resync, install.

Each takes turns until the worker stops. They meet only in Redis, so any number
of workers may run; a bell between two of them saves a pause.
"""

import asyncio
import signal

import structlog

from ticket24 import notify
from ticket24.build import build
from ticket24.domain.running.presence import Role
from ticket24.settings import Settings
from ticket24.store.presence import present
from ticket24.worker.deliver import Mailing
from ticket24.worker.dispatch import Dispatching
from ticket24.worker.install import Installing
from ticket24.worker.links import Linking
from ticket24.worker.loops import Bell, turns
from ticket24.worker.parts import Parts, open_parts
from ticket24.worker.reconcile import Looking
from ticket24.worker.resync import Sweeping
from ticket24.worker.submit import Submitting

log = structlog.get_logger()

_SWEEP_PAUSE_SECONDS = 1.0

# How long work under way may take to end after a stop was asked for.
_STOP_SECONDS = 60.0


async def work(parts: Parts, stop: asyncio.Event) -> None:
    """Work until `stop` is set; finish what must be noted, then return."""
    looks, mails, sweeps, events = Bell(), Bell(), Bell(), Bell()
    links, submits, installs = Bell(), Bell(), Bell()
    dispatching = Dispatching(parts, looks, sweeps)
    looking = Looking(parts, looks, mails)
    mailing = Mailing(parts, mails)
    sweeping = Sweeping(parts, looks)
    linking = Linking(parts, links)
    submitting = Submitting(parts, submits, looks)
    installing = Installing(parts, installs)
    pause = parts.pace.turn_seconds

    async def ring_at_stop() -> None:
        await stop.wait()
        notify.stopping()
        for bell in (looks, mails, sweeps, events, links, submits, installs):
            bell.ring()

    log.info("worker_started", worker=parts.name, build=build())
    async with (
        present(
            parts.stores.presence,
            parts.name,
            Role.WORKER,
            besides=parts.stores.counted.carry,
        ),
        asyncio.TaskGroup() as loops,
    ):
        loops.create_task(ring_at_stop())
        loops.create_task(
            turns("dispatching", dispatching.turn, events, pause_seconds=0, stop=stop)
        )
        for name, turn, bell, seconds in (
            ("looking", looking.turn, looks, pause),
            ("submitting", submitting.turn, submits, pause),
            ("mailing", mailing.turn, mails, pause),
            ("linking", linking.turn, links, pause),
            ("installing", installing.turn, installs, pause),
            ("sweeping", sweeping.turn, sweeps, _SWEEP_PAUSE_SECONDS),
        ):
            loops.create_task(turns(name, turn, bell, pause_seconds=seconds, stop=stop))
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            for repeatable in (looking, sweeping):
                await repeatable.crew.cancel()
            # What Bitrix24 or the mail server may have taken must be noted.
            for room in (submitting, mailing, installing):
                await room.crew.finish()
            await linking.finish()
            await parts.stores.journal.leave(parts.name)
    except TimeoutError:
        log.warning("worker_stopped_in_the_middle", worker=parts.name)
    log.info("worker_stopped", worker=parts.name)


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_parts(settings) as parts:
        notify.ready()
        await work(parts, stop)
